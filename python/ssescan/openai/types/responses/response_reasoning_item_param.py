"""`ResponseReasoningItemParam`, as it is sent."""

from __future__ import annotations

from typing import Iterable, Literal, Optional, TypedDict

from ssescan.openai.types._params import Required

__all__ = ["ResponseReasoningItemParam", "Summary", "Content"]


class Summary(TypedDict, total=False):
    text: Required[str]
    type: Required[Literal["summary_text"]]


class Content(TypedDict, total=False):
    text: Required[str]
    type: Required[Literal["reasoning_text"]]


class ResponseReasoningItemParam(TypedDict, total=False):
    id: Required[str]
    summary: Required[Iterable[Summary]]
    type: Required[Literal["reasoning"]]
    content: Iterable[Content]
    encrypted_content: Optional[str]
    status: Literal["in_progress", "completed", "incomplete"]
