"""The event `response.mcp_call.failed`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseMcpCallFailedEvent"]


class ResponseMcpCallFailedEvent(Event):
    item_id: str
    output_index: int
    sequence_number: int
    type: Literal["response.mcp_call.failed"]
