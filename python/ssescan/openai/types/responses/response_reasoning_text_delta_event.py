"""The event `response.reasoning_text.delta`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseReasoningTextDeltaEvent"]


class ResponseReasoningTextDeltaEvent(Event):
    content_index: int
    delta: str
    item_id: str
    output_index: int
    sequence_number: int
    type: Literal["response.reasoning_text.delta"]
