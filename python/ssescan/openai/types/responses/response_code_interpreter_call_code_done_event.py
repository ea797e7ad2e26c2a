"""The event `response.code_interpreter_call_code.done`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseCodeInterpreterCallCodeDoneEvent"]


class ResponseCodeInterpreterCallCodeDoneEvent(Event):
    code: str
    item_id: str
    output_index: int
    sequence_number: int
    type: Literal["response.code_interpreter_call_code.done"]
