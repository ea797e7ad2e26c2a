"""`ChatCompletionFunctionTool`, as it is received."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

from ..shared.function_definition import FunctionDefinition

__all__ = ["ChatCompletionFunctionTool"]


class ChatCompletionFunctionTool(Model):
    function: FunctionDefinition
    type: Literal["function"]
