"""What the model thought, as far as it is shown."""

from __future__ import annotations

from typing import List, Literal, Optional

from ssescan.models import Model

__all__ = ["ResponseReasoningItem", "Summary", "Content"]


class Summary(Model):
    text: str
    type: Literal["summary_text"]


class Content(Model):
    text: str
    type: Literal["reasoning_text"]


class ResponseReasoningItem(Model):
    id: str
    summary: List[Summary]
    type: Literal["reasoning"]
    content: Optional[List[Content]] = None
    encrypted_content: Optional[str] = None
    status: Optional[Literal["in_progress", "completed", "incomplete"]] = None
