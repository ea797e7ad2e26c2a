"""An image by file id, as it arrives."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["ImageFileDelta"]


class ImageFileDelta(Model):
    detail: Optional[Literal["auto", "low", "high"]] = None
    file_id: Optional[str] = None
