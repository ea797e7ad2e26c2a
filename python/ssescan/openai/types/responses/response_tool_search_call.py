"""A search for tools."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["ResponseToolSearchCall"]


class ResponseToolSearchCall(Model):
    id: str
    arguments: object
    call_id: Optional[str] = None
    execution: Literal["server", "client"]
    status: Literal["in_progress", "completed", "incomplete"]
    type: Literal["tool_search_call"]
    created_by: Optional[str] = None
