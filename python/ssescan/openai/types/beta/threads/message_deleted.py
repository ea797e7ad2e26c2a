"""`MessageDeleted`, as it is received."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["MessageDeleted"]


class MessageDeleted(Model):
    id: str
    deleted: bool
    object: Literal["thread.message.deleted"]
