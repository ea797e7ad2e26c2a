"""`ImageURLParam`, as it is sent."""

from __future__ import annotations

from typing import Literal, TypedDict

from ssescan.openai.types._params import Required

__all__ = ["ImageURLParam"]


class ImageURLParam(TypedDict, total=False):
    url: Required[str]
    detail: Literal["auto", "low", "high"]
