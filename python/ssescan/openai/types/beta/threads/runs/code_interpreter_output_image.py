"""Image output of the code interpreter, as it arrives."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["CodeInterpreterOutputImage", "Image"]


class Image(Model):
    file_id: Optional[str] = None


class CodeInterpreterOutputImage(Model):
    index: int
    type: Literal["image"]
    image: Optional[Image] = None
