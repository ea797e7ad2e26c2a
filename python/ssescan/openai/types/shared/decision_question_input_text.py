"""`DecisionQuestionInputText`, as it is received."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["DecisionQuestionInputText"]


class DecisionQuestionInputText(Model):
    text: str
    type: Literal["input_text"]
