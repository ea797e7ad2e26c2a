"""A skill on the caller's machine."""

from __future__ import annotations

from ssescan.models import Model

__all__ = ["LocalSkill"]


class LocalSkill(Model):
    description: str
    name: str
    path: str
