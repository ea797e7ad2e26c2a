"""The event `response.mcp_call.completed`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseMcpCallCompletedEvent"]


class ResponseMcpCallCompletedEvent(Event):
    item_id: str
    output_index: int
    sequence_number: int
    type: Literal["response.mcp_call.completed"]
