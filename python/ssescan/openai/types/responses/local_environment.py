"""The caller's machine, as a place to run a shell."""

from __future__ import annotations

from typing import List, Literal, Optional

from ssescan.models import Model

from .local_skill import LocalSkill

__all__ = ["LocalEnvironment"]


class LocalEnvironment(Model):
    type: Literal["local"]
    skills: Optional[List[LocalSkill]] = None
