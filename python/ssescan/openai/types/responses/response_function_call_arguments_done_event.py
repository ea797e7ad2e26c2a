"""The event `response.function_call_arguments.done`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseFunctionCallArgumentsDoneEvent"]


class ResponseFunctionCallArgumentsDoneEvent(Event):
    arguments: str
    item_id: str
    output_index: int
    sequence_number: int
    type: Literal["response.function_call_arguments.done"]
