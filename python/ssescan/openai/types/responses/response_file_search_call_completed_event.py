"""The event `response.file_search_call.completed`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseFileSearchCallCompletedEvent"]


class ResponseFileSearchCallCompletedEvent(Event):
    item_id: str
    output_index: int
    sequence_number: int
    type: Literal["response.file_search_call.completed"]
