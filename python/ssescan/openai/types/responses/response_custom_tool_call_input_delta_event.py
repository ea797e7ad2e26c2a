"""The event `response.custom_tool_call_input.delta`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseCustomToolCallInputDeltaEvent"]


class ResponseCustomToolCallInputDeltaEvent(Event):
    delta: str
    item_id: str
    output_index: int
    sequence_number: int
    type: Literal["response.custom_tool_call_input.delta"]
