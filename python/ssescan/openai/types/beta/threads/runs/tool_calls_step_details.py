"""Details of a step that called tools."""

from __future__ import annotations

from typing import List, Literal

from ssescan.models import Model

from .tool_call import ToolCall

__all__ = ["ToolCallsStepDetails"]


class ToolCallsStepDetails(Model):
    tool_calls: List[ToolCall]
    type: Literal["tool_calls"]
