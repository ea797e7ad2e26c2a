"""`ChatCompletionUserMessageParam`, as it is sent."""

from __future__ import annotations

from typing import Iterable, Literal, TypedDict, Union

from ssescan.openai.types._params import Required

from .chat_completion_content_part_param import ChatCompletionContentPartParam

__all__ = ["ChatCompletionUserMessageParam"]


class ChatCompletionUserMessageParam(TypedDict, total=False):
    content: Required[Union[str, Iterable[ChatCompletionContentPartParam]]]
    role: Required[Literal["user"]]
    name: str
