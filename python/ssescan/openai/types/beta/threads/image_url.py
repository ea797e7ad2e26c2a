"""An image, by URL."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["ImageURL"]


class ImageURL(Model):
    url: str
    detail: Optional[Literal["auto", "low", "high"]] = None
