"""Details of a step that calls tools, as they arrive."""

from __future__ import annotations

from typing import List, Literal, Optional

from ssescan.models import Model

from .tool_call_delta import ToolCallDelta

__all__ = ["ToolCallDeltaObject"]


class ToolCallDeltaObject(Model):
    type: Literal["tool_calls"]
    tool_calls: Optional[List[ToolCallDelta]] = None
