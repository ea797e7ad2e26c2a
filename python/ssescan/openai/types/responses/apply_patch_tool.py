"""The patch tool."""

from __future__ import annotations

from typing import List, Literal, Optional

from ssescan.models import Model

__all__ = ["ApplyPatchTool"]


class ApplyPatchTool(Model):
    type: Literal["apply_patch"]
    allowed_callers: Optional[List[Literal["direct", "programmatic"]]] = None
