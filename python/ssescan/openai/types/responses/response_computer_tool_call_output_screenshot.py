"""A screenshot after a computer action."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["ResponseComputerToolCallOutputScreenshot"]


class ResponseComputerToolCallOutputScreenshot(Model):
    type: Literal["computer_screenshot"]
    file_id: Optional[str] = None
    image_url: Optional[str] = None
