"""Responses whose text and tool calls were parsed into classes of the caller's."""

from __future__ import annotations

from typing import ClassVar, Generic, List, Optional, TypeAlias, TypeVar, Union

from .response import Response
from .response_apply_patch_tool_call import ResponseApplyPatchToolCall
from .response_apply_patch_tool_call_output import ResponseApplyPatchToolCallOutput
from .response_code_interpreter_tool_call import ResponseCodeInterpreterToolCall
from .response_compaction_item import ResponseCompactionItem
from .response_computer_tool_call import ResponseComputerToolCall
from .response_computer_tool_call_output_item import ResponseComputerToolCallOutputItem
from .response_custom_tool_call import ResponseCustomToolCall
from .response_custom_tool_call_output_item import ResponseCustomToolCallOutputItem
from .response_file_search_tool_call import ResponseFileSearchToolCall
from .response_function_shell_tool_call import ResponseFunctionShellToolCall
from .response_function_shell_tool_call_output import ResponseFunctionShellToolCallOutput
from .response_function_tool_call import ResponseFunctionToolCall
from .response_function_tool_call_output_item import ResponseFunctionToolCallOutputItem
from .response_function_web_search import ResponseFunctionWebSearch
from .response_output_item import (
    AdditionalTools,
    ImageGenerationCall,
    LocalShellCall,
    LocalShellCallAction,
    LocalShellCallOutput,
    McpApprovalRequest,
    McpApprovalResponse,
    McpCall,
    McpListTools,
    Program,
    ProgramOutput,
)
from .response_output_message import ResponseOutputMessage
from .response_output_refusal import ResponseOutputRefusal
from .response_output_text import ResponseOutputText
from .response_reasoning_item import ResponseReasoningItem
from .response_tool_search_call import ResponseToolSearchCall
from .response_tool_search_output_item import ResponseToolSearchOutputItem

__all__ = ["ParsedResponse", "ParsedResponseOutputMessage", "ParsedResponseOutputText"]

ContentType = TypeVar("ContentType")

# `__api_exclude__` names what was added here and is not sent when the model is input of another call.
# The fields that are declared again hold subclasses. Checkers object, since a field can be set.


class ParsedResponseOutputText(ResponseOutputText, Generic[ContentType]):
    __api_exclude__: ClassVar[set[str]] = {"parsed"}

    parsed: Optional[ContentType] = None


ParsedContent: TypeAlias = Union[ParsedResponseOutputText[ContentType], ResponseOutputRefusal]


class ParsedResponseOutputMessage(ResponseOutputMessage, Generic[ContentType]):
    content: List[ParsedContent[ContentType]]  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleVariableOverride]


class ParsedResponseFunctionToolCall(ResponseFunctionToolCall):
    __api_exclude__: ClassVar[set[str]] = {"parsed_arguments"}

    parsed_arguments: object = None


ParsedResponseOutputItem: TypeAlias = Union[
    ParsedResponseOutputMessage[ContentType],
    ParsedResponseFunctionToolCall,
    ResponseFileSearchToolCall,
    ResponseFunctionWebSearch,
    ResponseComputerToolCall,
    ResponseComputerToolCallOutputItem,
    ResponseToolSearchCall,
    ResponseToolSearchOutputItem,
    AdditionalTools,
    ResponseReasoningItem,
    Program,
    ProgramOutput,
    McpCall,
    McpApprovalRequest,
    McpApprovalResponse,
    ImageGenerationCall,
    LocalShellCall,
    LocalShellCallOutput,
    LocalShellCallAction,
    McpListTools,
    ResponseCodeInterpreterToolCall,
    ResponseCompactionItem,
    ResponseFunctionShellToolCall,
    ResponseFunctionShellToolCallOutput,
    ResponseApplyPatchToolCall,
    ResponseApplyPatchToolCallOutput,
    ResponseFunctionToolCallOutputItem,
    ResponseCustomToolCall,
    ResponseCustomToolCallOutputItem,
]


class ParsedResponse(Response, Generic[ContentType]):
    output: List[ParsedResponseOutputItem[ContentType]]  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleVariableOverride]

    @property
    def output_parsed(self) -> Optional[ContentType]:
        """The first text part of a message that was parsed, or None."""
        return next(
            (
                part.parsed
                for item in self.output or ()
                if isinstance(item, ParsedResponseOutputMessage)
                for part in item.content or ()
                if isinstance(part, ParsedResponseOutputText) and part.parsed
            ),
            None,
        )

    @property
    def tool_calls_truncated(self) -> bool:
        """True if the arguments of a function call are not complete JSON. Do not run such a call."""
        from ssescan.accumulation.tool_arguments import truncated_tool_calls

        return bool(truncated_tool_calls(item for item in self.output or () if item.type == "function_call"))
