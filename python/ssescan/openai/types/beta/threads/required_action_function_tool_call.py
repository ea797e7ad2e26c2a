"""A function call whose output the run waits for."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["RequiredActionFunctionToolCall", "Function"]


class Function(Model):
    arguments: str
    name: str


class RequiredActionFunctionToolCall(Model):
    id: str
    function: Function
    type: Literal["function"]
