"""The event `response.mcp_call_arguments.delta`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseMcpCallArgumentsDeltaEvent"]


class ResponseMcpCallArgumentsDeltaEvent(Event):
    delta: str
    item_id: str
    output_index: int
    sequence_number: int
    type: Literal["response.mcp_call_arguments.delta"]
