"""`SkillReferenceParam`, as it is sent."""

from __future__ import annotations

from typing import Literal, TypedDict

from ssescan.openai.types._params import Required

__all__ = ["SkillReferenceParam"]


class SkillReferenceParam(TypedDict, total=False):
    skill_id: Required[str]
    type: Required[Literal["skill_reference"]]
    version: str
