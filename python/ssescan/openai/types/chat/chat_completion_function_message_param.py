"""`ChatCompletionFunctionMessageParam`, as it is sent."""

from __future__ import annotations

from typing import Literal, Optional, TypedDict

from ssescan.openai.types._params import Required

__all__ = ["ChatCompletionFunctionMessageParam"]


class ChatCompletionFunctionMessageParam(TypedDict, total=False):
    content: Required[Optional[str]]
    name: Required[str]
    role: Required[Literal["function"]]
