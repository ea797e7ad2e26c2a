"""`ResponseConversationParamParam`, as it is sent."""

from __future__ import annotations

from typing import TypedDict

from ssescan.openai.types._params import Required

__all__ = ["ResponseConversationParamParam"]


class ResponseConversationParamParam(TypedDict, total=False):
    id: Required[str]
