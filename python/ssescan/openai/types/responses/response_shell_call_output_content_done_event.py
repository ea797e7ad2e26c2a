"""The event `response.shell_call_output_content.done`."""

from __future__ import annotations

from typing import List, Literal, Optional, TypeAlias, Union

from ssescan.events import Event
from ssescan.models import Model

__all__ = [
    "ResponseShellCallOutputContentDoneEvent",
    "Output",
    "OutputOutcome",
    "OutputOutcomeTimeout",
    "OutputOutcomeExit",
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


class ResponseShellCallOutputContentDoneEvent(Event):
    command_index: int
    item_id: str
    output: List[Output]
    output_index: int
    sequence_number: int
    type: Literal["response.shell_call_output_content.done"]
