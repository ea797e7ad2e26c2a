"""`ChatCompletionDeleted`, as it is received."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ChatCompletionDeleted"]


class ChatCompletionDeleted(Model):
    id: str
    deleted: bool
    object: Literal["chat.completion.deleted"]
