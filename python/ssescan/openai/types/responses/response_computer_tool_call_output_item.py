"""What a call of the computer tool gave."""

from __future__ import annotations

from typing import List, Literal, Optional

from ssescan.models import Model

from .response_computer_tool_call_output_screenshot import ResponseComputerToolCallOutputScreenshot

__all__ = ["ResponseComputerToolCallOutputItem", "AcknowledgedSafetyCheck"]


class AcknowledgedSafetyCheck(Model):
    id: str
    code: Optional[str] = None
    message: Optional[str] = None


class ResponseComputerToolCallOutputItem(Model):
    id: str
    call_id: str
    output: ResponseComputerToolCallOutputScreenshot
    status: Literal["completed", "incomplete", "failed", "in_progress"]
    type: Literal["computer_call_output"]
    acknowledged_safety_checks: Optional[List[AcknowledgedSafetyCheck]] = None
    created_by: Optional[str] = None
