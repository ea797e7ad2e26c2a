"""A function call."""

from __future__ import annotations

from typing import ClassVar, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

__all__ = ["ResponseFunctionToolCall", "Caller", "CallerDirect", "CallerProgram"]


class CallerDirect(Model):
    type: Literal["direct"]


class CallerProgram(Model):
    caller_id: str
    type: Literal["program"]


Caller: TypeAlias = Union[CallerDirect, CallerProgram, None]


class ResponseFunctionToolCall(Model):
    __aliases__: ClassVar[dict[str, str]] = {"async_": "async"}

    arguments: str
    call_id: str
    name: str
    type: Literal["function_call"]
    id: Optional[str] = None
    async_: Optional[bool] = None
    caller: Optional[Caller] = None
    namespace: Optional[str] = None
    status: Optional[Literal["in_progress", "completed", "incomplete"]] = None
