"""The computer tool."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ComputerTool"]


class ComputerTool(Model):
    type: Literal["computer"]
