"""`ResponseCustomToolCallParam`, as it is sent."""

from __future__ import annotations

from typing import Literal, Optional, TypeAlias, TypedDict, Union

from ssescan.openai.types._params import Required

__all__ = ["ResponseCustomToolCallParam", "Caller", "CallerDirect", "CallerProgram"]


class CallerDirect(TypedDict, total=False):
    type: Required[Literal["direct"]]


class CallerProgram(TypedDict, total=False):
    caller_id: Required[str]
    type: Required[Literal["program"]]


Caller: TypeAlias = Union[CallerDirect, CallerProgram]

_ResponseCustomToolCallParamReservedKeywords = TypedDict(
    "_ResponseCustomToolCallParamReservedKeywords", {"async": bool}, total=False
)


class ResponseCustomToolCallParam(_ResponseCustomToolCallParamReservedKeywords, total=False):
    call_id: Required[str]
    input: Required[str]
    name: Required[str]
    type: Required[Literal["custom_tool_call"]]
    id: str
    caller: Optional[Caller]
    namespace: str
