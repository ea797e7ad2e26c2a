"""`ChatCompletionToolMessageParam`, as it is sent."""

from __future__ import annotations

from typing import Iterable, Literal, TypedDict, Union

from ssescan.openai.types._params import Required

from .chat_completion_content_part_text_param import ChatCompletionContentPartTextParam

__all__ = ["ChatCompletionToolMessageParam"]


class ChatCompletionToolMessageParam(TypedDict, total=False):
    content: Required[Union[str, Iterable[ChatCompletionContentPartTextParam]]]
    role: Required[Literal["tool"]]
    tool_call_id: Required[str]
