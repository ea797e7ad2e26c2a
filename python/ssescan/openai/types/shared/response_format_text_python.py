"""`ResponseFormatTextPython`, as it is received."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ResponseFormatTextPython"]


class ResponseFormatTextPython(Model):
    type: Literal["python"]
