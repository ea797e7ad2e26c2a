"""A skill sent with the request."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

from .inline_skill_source import InlineSkillSource

__all__ = ["InlineSkill"]


class InlineSkill(Model):
    description: str
    name: str
    source: InlineSkillSource
    type: Literal["inline"]
