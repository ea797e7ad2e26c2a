"""`ToolChoiceApplyPatchParam`, as it is sent."""

from __future__ import annotations

from typing import Literal, TypedDict

from ssescan.openai.types._params import Required

__all__ = ["ToolChoiceApplyPatchParam"]


class ToolChoiceApplyPatchParam(TypedDict, total=False):
    type: Required[Literal["apply_patch"]]
