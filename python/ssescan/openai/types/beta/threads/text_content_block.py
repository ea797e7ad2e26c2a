"""Text part of a message."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

from .text import Text

__all__ = ["TextContentBlock"]


class TextContentBlock(Model):
    text: Text
    type: Literal["text"]
