"""The one tool an assistant must use."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

from .assistant_tool_choice_function import AssistantToolChoiceFunction

__all__ = ["AssistantToolChoice"]


class AssistantToolChoice(Model):
    type: Literal["function", "code_interpreter", "file_search"]
    function: Optional[AssistantToolChoiceFunction] = None
