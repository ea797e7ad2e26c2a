"""`ChatCompletionFunctionCallOptionParam`, as it is sent."""

from __future__ import annotations

from typing import TypedDict

from ssescan.openai.types._params import Required

__all__ = ["ChatCompletionFunctionCallOptionParam"]


class ChatCompletionFunctionCallOptionParam(TypedDict, total=False):
    name: Required[str]
