"""Tools that a search found."""

from __future__ import annotations

from typing import List, Literal, Optional

from ssescan.models import Model

from .tool import Tool

__all__ = ["ResponseToolSearchOutputItem"]


class ResponseToolSearchOutputItem(Model):
    id: str
    call_id: Optional[str] = None
    execution: Literal["server", "client"]
    status: Literal["in_progress", "completed", "incomplete"]
    tools: List[Tool]
    type: Literal["tool_search_output"]
    created_by: Optional[str] = None
