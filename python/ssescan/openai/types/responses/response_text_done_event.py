"""The event `response.output_text.done`."""

from __future__ import annotations

from typing import List, Literal, Optional

from ssescan.events import Event
from ssescan.models import Model

__all__ = ["ResponseTextDoneEvent", "Logprob", "LogprobTopLogprob"]


class LogprobTopLogprob(Model):
    token: Optional[str] = None
    logprob: Optional[float] = None


class Logprob(Model):
    token: str
    logprob: float
    top_logprobs: Optional[List[LogprobTopLogprob]] = None


class ResponseTextDoneEvent(Event):
    content_index: int
    item_id: str
    logprobs: List[Logprob]
    output_index: int
    sequence_number: int
    text: str  # the payload's own field, always there  # pyright: ignore[reportIncompatibleMethodOverride]
    type: Literal["response.output_text.done"]
