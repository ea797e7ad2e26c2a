"""Chat completions whose content was parsed into a class of the caller's."""

from __future__ import annotations

from typing import Generic, List, Optional, TypeVar

from .chat_completion import ChatCompletion, Choice
from .chat_completion_message import ChatCompletionMessage
from .parsed_function_tool_call import ParsedFunctionToolCall

__all__ = ["ParsedChatCompletion", "ParsedChoice"]

ContentType = TypeVar("ContentType")

# The fields that are declared again hold subclasses. Checkers object, since a field can be set.


class ParsedChatCompletionMessage(ChatCompletionMessage, Generic[ContentType]):
    parsed: Optional[ContentType] = None
    tool_calls: Optional[List[ParsedFunctionToolCall]] = None  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleVariableOverride]


class ParsedChoice(Choice, Generic[ContentType]):
    message: ParsedChatCompletionMessage[ContentType]  # pyright: ignore[reportIncompatibleVariableOverride]


class ParsedChatCompletion(ChatCompletion, Generic[ContentType]):
    choices: List[ParsedChoice[ContentType]]  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleVariableOverride]

    @property
    def tool_calls_truncated(self) -> bool:
        """True if the arguments of a tool call are not complete JSON. Do not run such a call."""
        from ssescan.accumulation.tool_arguments import truncated_tool_calls

        calls = (call for choice in self.choices or () for call in (choice.message and choice.message.tool_calls) or ())
        return bool(truncated_tool_calls(calls))
