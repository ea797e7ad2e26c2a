"""`ChatModel`."""

from __future__ import annotations

from typing import TypeAlias

from .shared import chat_model

__all__ = ["ChatModel"]

ChatModel: TypeAlias = chat_model.ChatModel
