"""`ChatCompletionMessageToolCallUnion`."""

from __future__ import annotations

from typing import TypeAlias, Union

from .chat_completion_message_custom_tool_call import ChatCompletionMessageCustomToolCall
from .chat_completion_message_function_tool_call import ChatCompletionMessageFunctionToolCall
from .chat_completion_message_function_tool_call import (
    ChatCompletionMessageFunctionToolCall as _compat_ChatCompletionMessageToolCall,
)
from .chat_completion_message_function_tool_call import Function as Function

__all__ = ["ChatCompletionMessageToolCallUnion", "Function"]

ChatCompletionMessageToolCallUnion: TypeAlias = Union[
    ChatCompletionMessageFunctionToolCall, ChatCompletionMessageCustomToolCall
]

ChatCompletionMessageToolCall: TypeAlias = _compat_ChatCompletionMessageToolCall
