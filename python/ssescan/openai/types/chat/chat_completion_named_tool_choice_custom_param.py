"""`ChatCompletionNamedToolChoiceCustomParam`, as it is sent."""

from __future__ import annotations

from typing import Literal, TypedDict

from ssescan.openai.types._params import Required

__all__ = ["ChatCompletionNamedToolChoiceCustomParam", "Custom"]


class Custom(TypedDict, total=False):
    name: Required[str]


class ChatCompletionNamedToolChoiceCustomParam(TypedDict, total=False):
    custom: Required[Custom]
    type: Required[Literal["custom"]]
