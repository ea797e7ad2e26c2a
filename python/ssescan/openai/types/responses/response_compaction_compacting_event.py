"""The event `response.compaction.compacting`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseCompactionCompactingEvent"]


class ResponseCompactionCompactingEvent(Event):
    item_id: str
    output_index: int
    sequence_number: int
    type: Literal["response.compaction.compacting"]
