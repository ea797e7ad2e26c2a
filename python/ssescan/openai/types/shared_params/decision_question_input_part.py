"""`DecisionQuestionInputPart`."""

from __future__ import annotations

from typing import TypeAlias, Union

from .decision_input_json import DecisionInputJSON
from .decision_question_input_image import DecisionQuestionInputImage
from .decision_question_input_text import DecisionQuestionInputText

__all__ = ["DecisionQuestionInputPart"]

DecisionQuestionInputPart: TypeAlias = Union[DecisionQuestionInputText, DecisionQuestionInputImage, DecisionInputJSON]
