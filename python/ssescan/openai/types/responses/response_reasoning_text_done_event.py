"""The event `response.reasoning_text.done`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseReasoningTextDoneEvent"]


class ResponseReasoningTextDoneEvent(Event):
    content_index: int
    item_id: str
    output_index: int
    sequence_number: int
    text: str  # the payload's own field, always there  # pyright: ignore[reportIncompatibleMethodOverride]
    type: Literal["response.reasoning_text.done"]
