"""A function call, as it arrives."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["FunctionToolCallDelta", "Function"]


class Function(Model):
    arguments: Optional[str] = None
    name: Optional[str] = None
    output: Optional[str] = None


class FunctionToolCallDelta(Model):
    index: int
    type: Literal["function"]
    id: Optional[str] = None
    function: Optional[Function] = None
