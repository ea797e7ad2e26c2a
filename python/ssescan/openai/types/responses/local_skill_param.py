"""`LocalSkillParam`, as it is sent."""

from __future__ import annotations

from typing import TypedDict

from ssescan.openai.types._params import Required

__all__ = ["LocalSkillParam"]


class LocalSkillParam(TypedDict, total=False):
    description: Required[str]
    name: Required[str]
    path: Required[str]
