"""How text output is made."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

from .response_format_text_config import ResponseFormatTextConfig

__all__ = ["ResponseTextConfig"]


class ResponseTextConfig(Model):
    format: Optional[ResponseFormatTextConfig] = None
    verbosity: Optional[Literal["low", "medium", "high"]] = None
