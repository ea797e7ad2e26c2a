"""`DecisionQuestionInputImage`, as it is received."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["DecisionQuestionInputImage"]


class DecisionQuestionInputImage(Model):
    image_url: str
    type: Literal["input_image"]
    detail: Optional[Literal["low", "high", "auto", "original"]] = None
