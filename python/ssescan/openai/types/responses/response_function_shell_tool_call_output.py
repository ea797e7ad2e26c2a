"""What a call of the shell tool gave."""

from __future__ import annotations

from typing import List, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

__all__ = [
    "ResponseFunctionShellToolCallOutput",
    "Output",
    "OutputOutcome",
    "OutputOutcomeTimeout",
    "OutputOutcomeExit",
    "Caller",
    "CallerDirect",
    "CallerProgram",
]


class OutputOutcomeTimeout(Model):
    type: Literal["timeout"]


class OutputOutcomeExit(Model):
    exit_code: int
    type: Literal["exit"]


OutputOutcome: TypeAlias = Union[OutputOutcomeTimeout, OutputOutcomeExit]


class Output(Model):
    outcome: OutputOutcome
    stderr: str
    stdout: str
    created_by: Optional[str] = None


class CallerDirect(Model):
    type: Literal["direct"]


class CallerProgram(Model):
    caller_id: str
    type: Literal["program"]


Caller: TypeAlias = Union[CallerDirect, CallerProgram, None]


class ResponseFunctionShellToolCallOutput(Model):
    id: str
    call_id: str
    max_output_length: Optional[int] = None
    output: List[Output]
    status: Literal["in_progress", "completed", "incomplete"]
    type: Literal["shell_call_output"]
    caller: Optional[Caller] = None
    created_by: Optional[str] = None
