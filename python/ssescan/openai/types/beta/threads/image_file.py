"""An image, by file id."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["ImageFile"]


class ImageFile(Model):
    file_id: str
    detail: Optional[Literal["auto", "low", "high"]] = None
