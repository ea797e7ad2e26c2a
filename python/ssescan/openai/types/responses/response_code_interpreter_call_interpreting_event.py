"""The event `response.code_interpreter_call.interpreting`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseCodeInterpreterCallInterpretingEvent"]


class ResponseCodeInterpreterCallInterpretingEvent(Event):
    item_id: str
    output_index: int
    sequence_number: int
    type: Literal["response.code_interpreter_call.interpreting"]
