"""`LocalEnvironmentParam`, as it is sent."""

from __future__ import annotations

from typing import Iterable, Literal, TypedDict

from ssescan.openai.types._params import Required

from .local_skill_param import LocalSkillParam

__all__ = ["LocalEnvironmentParam"]


class LocalEnvironmentParam(TypedDict, total=False):
    type: Required[Literal["local"]]
    skills: Iterable[LocalSkillParam]
