"""The event `response.code_interpreter_call.in_progress`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseCodeInterpreterCallInProgressEvent"]


class ResponseCodeInterpreterCallInProgressEvent(Event):
    item_id: str
    output_index: int
    sequence_number: int
    type: Literal["response.code_interpreter_call.in_progress"]
