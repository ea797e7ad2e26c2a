"""The event `response.reasoning_summary_text.done`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseReasoningSummaryTextDoneEvent"]


class ResponseReasoningSummaryTextDoneEvent(Event):
    item_id: str
    output_index: int
    sequence_number: int
    summary_index: int
    text: str  # the payload's own field, always there  # pyright: ignore[reportIncompatibleMethodOverride]
    type: Literal["response.reasoning_summary_text.done"]
