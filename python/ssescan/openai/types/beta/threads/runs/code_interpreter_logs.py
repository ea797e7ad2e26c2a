"""Printed output of the code interpreter, as it arrives."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["CodeInterpreterLogs"]


class CodeInterpreterLogs(Model):
    index: int
    type: Literal["logs"]
    logs: Optional[str] = None
