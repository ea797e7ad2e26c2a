"""Output that is plain text."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ResponseFormatText"]


class ResponseFormatText(Model):
    type: Literal["text"]
