"""How an assistant chooses its tools."""

from __future__ import annotations

from typing import Literal, TypeAlias, Union

from .assistant_tool_choice import AssistantToolChoice

__all__ = ["AssistantToolChoiceOption"]

AssistantToolChoiceOption: TypeAlias = Union[Literal["none", "auto", "required"], AssistantToolChoice]
