"""Text part of a message delta."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

from .text_delta import TextDelta

__all__ = ["TextDeltaBlock"]


class TextDeltaBlock(Model):
    index: int
    type: Literal["text"]
    text: Optional[TextDelta] = None
