"""Search for tools, as a tool."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["ToolSearchTool"]


class ToolSearchTool(Model):
    type: Literal["tool_search"]
    description: Optional[str] = None
    execution: Optional[Literal["server", "client"]] = None
    parameters: Optional[object] = None
