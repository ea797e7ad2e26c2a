"""Image part of a message, by URL."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

from .image_url import ImageURL

__all__ = ["ImageURLContentBlock"]


class ImageURLContentBlock(Model):
    image_url: ImageURL
    type: Literal["image_url"]
