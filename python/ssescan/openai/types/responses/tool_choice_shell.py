"""A response must use the shell tool."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ToolChoiceShell"]


class ToolChoiceShell(Model):
    type: Literal["shell"]
