"""`ChatCompletionMessageFunctionToolCall`, as it is received."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ChatCompletionMessageFunctionToolCall", "Function"]


class Function(Model):
    arguments: str
    name: str


class ChatCompletionMessageFunctionToolCall(Model):
    id: str
    function: Function
    type: Literal["function"]
