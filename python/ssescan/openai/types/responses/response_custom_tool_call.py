"""A call of a tool whose input is free text."""

from __future__ import annotations

from typing import ClassVar, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

__all__ = ["ResponseCustomToolCall", "Caller", "CallerDirect", "CallerProgram"]


class CallerDirect(Model):
    type: Literal["direct"]


class CallerProgram(Model):
    caller_id: str
    type: Literal["program"]


Caller: TypeAlias = Union[CallerDirect, CallerProgram, None]


class ResponseCustomToolCall(Model):
    __aliases__: ClassVar[dict[str, str]] = {"async_": "async"}

    call_id: str
    input: str
    name: str
    type: Literal["custom_tool_call"]
    id: Optional[str] = None
    async_: Optional[bool] = None
    caller: Optional[Caller] = None
    namespace: Optional[str] = None
