"""Image part of a message delta, by file id."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

from .image_file_delta import ImageFileDelta

__all__ = ["ImageFileDeltaBlock"]


class ImageFileDeltaBlock(Model):
    index: int
    type: Literal["image_file"]
    image_file: Optional[ImageFileDelta] = None
