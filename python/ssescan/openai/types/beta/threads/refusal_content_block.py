"""Refusal part of a message."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["RefusalContentBlock"]


class RefusalContentBlock(Model):
    refusal: str
    type: Literal["refusal"]
