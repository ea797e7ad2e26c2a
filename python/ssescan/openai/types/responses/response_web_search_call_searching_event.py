"""The event `response.web_search_call.searching`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseWebSearchCallSearchingEvent"]


class ResponseWebSearchCallSearchingEvent(Event):
    item_id: str
    output_index: int
    sequence_number: int
    type: Literal["response.web_search_call.searching"]
