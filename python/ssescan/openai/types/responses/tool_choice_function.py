"""A response must call one function."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ToolChoiceFunction"]


class ToolChoiceFunction(Model):
    name: str
    type: Literal["function"]
