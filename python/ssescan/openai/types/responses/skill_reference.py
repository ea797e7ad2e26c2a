"""A stored skill, by id."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["SkillReference"]


class SkillReference(Model):
    skill_id: str
    type: Literal["skill_reference"]
    version: Optional[str] = None
