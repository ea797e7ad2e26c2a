"""`CompletionChoice`, as it is received."""

from __future__ import annotations

from typing import Dict, List, Literal, Optional

from ssescan.models import Model

__all__ = ["CompletionChoice", "Logprobs"]


class Logprobs(Model):
    text_offset: Optional[List[int]] = None
    token_logprobs: Optional[List[float]] = None
    tokens: Optional[List[str]] = None
    top_logprobs: Optional[List[Dict[str, float]]] = None


class CompletionChoice(Model):
    finish_reason: Literal["stop", "length", "content_filter"]
    index: int
    logprobs: Optional[Logprobs] = None
    text: str
