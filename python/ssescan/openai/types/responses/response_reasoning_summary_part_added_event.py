"""The event `response.reasoning_summary_part.added`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event
from ssescan.models import Model

__all__ = ["ResponseReasoningSummaryPartAddedEvent", "Part"]


class Part(Model):
    text: str
    type: Literal["summary_text"]


class ResponseReasoningSummaryPartAddedEvent(Event):
    item_id: str
    output_index: int
    part: Part
    sequence_number: int
    summary_index: int
    type: Literal["response.reasoning_summary_part.added"]
