"""The event `response.refusal.done`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseRefusalDoneEvent"]


class ResponseRefusalDoneEvent(Event):
    content_index: int
    item_id: str
    output_index: int
    refusal: str
    sequence_number: int
    type: Literal["response.refusal.done"]
