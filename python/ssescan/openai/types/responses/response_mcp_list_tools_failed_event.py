"""The event `response.mcp_list_tools.failed`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseMcpListToolsFailedEvent"]


class ResponseMcpListToolsFailedEvent(Event):
    item_id: str
    output_index: int
    sequence_number: int
    type: Literal["response.mcp_list_tools.failed"]
