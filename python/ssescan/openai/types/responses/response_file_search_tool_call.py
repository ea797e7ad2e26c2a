"""A file search and its results."""

from __future__ import annotations

from typing import Dict, List, Literal, Optional, Union

from ssescan.models import Model

__all__ = ["ResponseFileSearchToolCall", "Result"]


class Result(Model):
    attributes: Optional[Dict[str, Union[str, float, bool]]] = None
    file_id: Optional[str] = None
    filename: Optional[str] = None
    score: Optional[float] = None
    text: Optional[str] = None


class ResponseFileSearchToolCall(Model):
    id: str
    queries: List[str]
    status: Literal["in_progress", "searching", "completed", "incomplete", "failed"]
    type: Literal["file_search_call"]
    results: Optional[List[Result]] = None
