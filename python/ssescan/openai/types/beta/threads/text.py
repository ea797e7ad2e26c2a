"""Text of a message, with its annotations."""

from __future__ import annotations

from typing import List

from ssescan.models import Model

from .annotation import Annotation

__all__ = ["Text"]


class Text(Model):
    annotations: List[Annotation]
    value: str
