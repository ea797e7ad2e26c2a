"""The event `response.output_item.added`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

from .response_output_item import ResponseOutputItem

__all__ = ["ResponseOutputItemAddedEvent"]


class ResponseOutputItemAddedEvent(Event):
    item: ResponseOutputItem
    output_index: int
    sequence_number: int
    type: Literal["response.output_item.added"]
