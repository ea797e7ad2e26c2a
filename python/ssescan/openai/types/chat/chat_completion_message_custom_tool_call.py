"""`ChatCompletionMessageCustomToolCall`, as it is received."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ChatCompletionMessageCustomToolCall", "Custom"]


class Custom(Model):
    input: str
    name: str


class ChatCompletionMessageCustomToolCall(Model):
    id: str
    custom: Custom
    type: Literal["custom"]
