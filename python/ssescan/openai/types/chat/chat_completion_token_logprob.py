"""Log probability of a token, and of those it was chosen from."""

from __future__ import annotations

from typing import List, Optional

from ssescan.models import Model

__all__ = ["ChatCompletionTokenLogprob", "TopLogprob"]


class TopLogprob(Model):
    token: str
    bytes: Optional[List[int]] = None
    logprob: float


class ChatCompletionTokenLogprob(Model):
    token: str
    bytes: Optional[List[int]] = None
    logprob: float
    top_logprobs: List[TopLogprob]
