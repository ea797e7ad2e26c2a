"""`AssistantDeleted`, as it is received."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["AssistantDeleted"]


class AssistantDeleted(Model):
    id: str
    deleted: bool
    object: Literal["assistant.deleted"]
