"""Refusal part of an output message."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ResponseOutputRefusal"]


class ResponseOutputRefusal(Model):
    refusal: str
    type: Literal["refusal"]
