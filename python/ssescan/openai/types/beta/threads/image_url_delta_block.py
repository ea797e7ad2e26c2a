"""Image part of a message delta, by URL."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

from .image_url_delta import ImageURLDelta

__all__ = ["ImageURLDeltaBlock"]


class ImageURLDeltaBlock(Model):
    index: int
    type: Literal["image_url"]
    image_url: Optional[ImageURLDelta] = None
