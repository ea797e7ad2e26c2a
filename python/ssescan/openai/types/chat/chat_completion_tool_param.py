"""`ChatCompletionToolParam`, as it is sent."""

from __future__ import annotations

from typing import TypeAlias

from ..shared_params.function_definition import FunctionDefinition as FunctionDefinition
from .chat_completion_function_tool_param import ChatCompletionFunctionToolParam

__all__ = ["ChatCompletionToolParam", "FunctionDefinition"]

ChatCompletionToolParam: TypeAlias = ChatCompletionFunctionToolParam
