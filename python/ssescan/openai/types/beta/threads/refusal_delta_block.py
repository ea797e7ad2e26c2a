"""Refusal part of a message delta."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["RefusalDeltaBlock"]


class RefusalDeltaBlock(Model):
    index: int
    type: Literal["refusal"]
    refusal: Optional[str] = None
