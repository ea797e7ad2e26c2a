"""A response must use one MCP server."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["ToolChoiceMcp"]


class ToolChoiceMcp(Model):
    server_label: str
    type: Literal["mcp"]
    name: Optional[str] = None
