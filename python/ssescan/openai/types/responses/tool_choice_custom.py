"""A response must use one custom tool."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ToolChoiceCustom"]


class ToolChoiceCustom(Model):
    name: str
    type: Literal["custom"]
