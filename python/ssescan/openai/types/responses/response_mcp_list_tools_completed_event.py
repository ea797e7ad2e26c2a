"""The event `response.mcp_list_tools.completed`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseMcpListToolsCompletedEvent"]


class ResponseMcpListToolsCompletedEvent(Event):
    item_id: str
    output_index: int
    sequence_number: int
    type: Literal["response.mcp_list_tools.completed"]
