"""The event `response.image_generation_call.completed`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseImageGenCallCompletedEvent"]


class ResponseImageGenCallCompletedEvent(Event):
    item_id: str
    output_index: int
    sequence_number: int
    type: Literal["response.image_generation_call.completed"]
