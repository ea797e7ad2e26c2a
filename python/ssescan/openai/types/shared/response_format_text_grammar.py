"""`ResponseFormatTextGrammar`, as it is received."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ResponseFormatTextGrammar"]


class ResponseFormatTextGrammar(Model):
    grammar: str
    type: Literal["grammar"]
