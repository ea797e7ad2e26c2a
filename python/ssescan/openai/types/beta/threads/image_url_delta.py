"""An image by URL, as it arrives."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["ImageURLDelta"]


class ImageURLDelta(Model):
    detail: Optional[Literal["auto", "low", "high"]] = None
    url: Optional[str] = None
