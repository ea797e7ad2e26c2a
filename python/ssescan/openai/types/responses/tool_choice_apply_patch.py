"""A response must use the patch tool."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ToolChoiceApplyPatch"]


class ToolChoiceApplyPatch(Model):
    type: Literal["apply_patch"]
