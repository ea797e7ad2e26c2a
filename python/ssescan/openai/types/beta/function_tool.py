"""A function, as a tool of an assistant."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

from ..shared.function_definition import FunctionDefinition

__all__ = ["FunctionTool"]


class FunctionTool(Model):
    function: FunctionDefinition
    type: Literal["function"]
