"""The event `response.reasoning_summary_text.delta`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseReasoningSummaryTextDeltaEvent"]


class ResponseReasoningSummaryTextDeltaEvent(Event):
    delta: str
    item_id: str
    output_index: int
    sequence_number: int
    summary_index: int
    type: Literal["response.reasoning_summary_text.delta"]
