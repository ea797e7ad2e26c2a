"""A tool call of a run step."""

from __future__ import annotations

from typing import TypeAlias, Union

from .code_interpreter_tool_call import CodeInterpreterToolCall
from .file_search_tool_call import FileSearchToolCall
from .function_tool_call import FunctionToolCall

__all__ = ["ToolCall"]

ToolCall: TypeAlias = Union[CodeInterpreterToolCall, FileSearchToolCall, FunctionToolCall]
