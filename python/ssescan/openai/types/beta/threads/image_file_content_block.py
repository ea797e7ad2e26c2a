"""Image part of a message, by file id."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

from .image_file import ImageFile

__all__ = ["ImageFileContentBlock"]


class ImageFileContentBlock(Model):
    image_file: ImageFile
    type: Literal["image_file"]
