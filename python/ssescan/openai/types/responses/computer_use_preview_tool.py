"""The computer tool, preview form."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ComputerUsePreviewTool"]


class ComputerUsePreviewTool(Model):
    display_height: int
    display_width: int
    environment: Literal["windows", "mac", "linux", "ubuntu", "browser"]
    type: Literal["computer_use_preview"]
