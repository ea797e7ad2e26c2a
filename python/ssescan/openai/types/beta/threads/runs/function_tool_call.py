"""A function call."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["FunctionToolCall", "Function"]


class Function(Model):
    arguments: str
    name: str
    output: Optional[str] = None


class FunctionToolCall(Model):
    id: str
    function: Function
    type: Literal["function"]
