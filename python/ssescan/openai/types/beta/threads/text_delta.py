"""Text that a delta adds, with its annotations."""

from __future__ import annotations

from typing import List, Optional

from ssescan.models import Model

from .annotation_delta import AnnotationDelta

__all__ = ["TextDelta"]


class TextDelta(Model):
    annotations: Optional[List[AnnotationDelta]] = None
    value: Optional[str] = None
