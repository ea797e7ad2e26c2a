"""`ApplyPatchToolParam`, as it is sent."""

from __future__ import annotations

from typing import List, Literal, Optional, TypedDict

from ssescan.openai.types._params import Required

__all__ = ["ApplyPatchToolParam"]


class ApplyPatchToolParam(TypedDict, total=False):
    type: Required[Literal["apply_patch"]]
    allowed_callers: Optional[List[Literal["direct", "programmatic"]]]
