"""`AssistantToolChoiceOptionParam`, as it is sent."""

from __future__ import annotations

from typing import Literal, TypeAlias, Union

from .assistant_tool_choice_param import AssistantToolChoiceParam

__all__ = ["AssistantToolChoiceOptionParam"]

AssistantToolChoiceOptionParam: TypeAlias = Union[Literal["none", "auto", "required"], AssistantToolChoiceParam]
