"""A call of the shell tool."""

from __future__ import annotations

from typing import List, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

from .response_container_reference import ResponseContainerReference
from .response_local_environment import ResponseLocalEnvironment

__all__ = ["ResponseFunctionShellToolCall", "Action", "Environment", "Caller", "CallerDirect", "CallerProgram"]


class Action(Model):
    commands: List[str]
    max_output_length: Optional[int] = None
    timeout_ms: Optional[int] = None


Environment: TypeAlias = Union[ResponseLocalEnvironment, ResponseContainerReference, None]


class CallerDirect(Model):
    type: Literal["direct"]


class CallerProgram(Model):
    caller_id: str
    type: Literal["program"]


Caller: TypeAlias = Union[CallerDirect, CallerProgram, None]


class ResponseFunctionShellToolCall(Model):
    id: str
    action: Action
    call_id: str
    environment: Optional[Environment] = None
    status: Literal["in_progress", "completed", "incomplete"]
    type: Literal["shell_call"]
    caller: Optional[Caller] = None
    created_by: Optional[str] = None
