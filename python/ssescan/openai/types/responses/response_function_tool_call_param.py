"""`ResponseFunctionToolCallParam`, as it is sent."""

from __future__ import annotations

from typing import Literal, Optional, TypeAlias, TypedDict, Union

from ssescan.openai.types._params import Required

__all__ = ["ResponseFunctionToolCallParam", "Caller", "CallerDirect", "CallerProgram"]


class CallerDirect(TypedDict, total=False):
    type: Required[Literal["direct"]]


class CallerProgram(TypedDict, total=False):
    caller_id: Required[str]
    type: Required[Literal["program"]]


Caller: TypeAlias = Union[CallerDirect, CallerProgram]

_ResponseFunctionToolCallParamReservedKeywords = TypedDict(
    "_ResponseFunctionToolCallParamReservedKeywords", {"async": bool}, total=False
)


class ResponseFunctionToolCallParam(_ResponseFunctionToolCallParamReservedKeywords, total=False):
    arguments: Required[str]
    call_id: Required[str]
    name: Required[str]
    type: Required[Literal["function_call"]]
    id: str
    caller: Optional[Caller]
    namespace: str
    status: Literal["in_progress", "completed", "incomplete"]
