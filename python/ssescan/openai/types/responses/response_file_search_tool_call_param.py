"""`ResponseFileSearchToolCallParam`, as it is sent."""

from __future__ import annotations

from typing import Dict, Iterable, Literal, Optional, TypedDict, Union

from ssescan.openai.types._params import Required, SequenceNotStr

__all__ = ["ResponseFileSearchToolCallParam", "Result"]


class Result(TypedDict, total=False):
    attributes: Optional[Dict[str, Union[str, float, bool]]]
    file_id: str
    filename: str
    score: float
    text: str


class ResponseFileSearchToolCallParam(TypedDict, total=False):
    id: Required[str]
    queries: Required[SequenceNotStr[str]]
    status: Required[Literal["in_progress", "searching", "completed", "incomplete", "failed"]]
    type: Required[Literal["file_search_call"]]
    results: Optional[Iterable[Result]]
