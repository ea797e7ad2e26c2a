"""The event `response.reasoning_summary_part.done`."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.events import Event
from ssescan.models import Model

__all__ = ["ResponseReasoningSummaryPartDoneEvent", "Part"]


class Part(Model):
    text: str
    type: Literal["summary_text"]


class ResponseReasoningSummaryPartDoneEvent(Event):
    item_id: str
    output_index: int
    part: Part
    sequence_number: int
    summary_index: int
    type: Literal["response.reasoning_summary_part.done"]
    status: Optional[Literal["incomplete"]] = None
