"""The archive of a skill sent with the request."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["InlineSkillSource"]


class InlineSkillSource(Model):
    data: str
    media_type: Literal["application/zip"]
    type: Literal["base64"]
