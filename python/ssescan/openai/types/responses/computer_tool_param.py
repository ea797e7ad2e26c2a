"""`ComputerToolParam`, as it is sent."""

from __future__ import annotations

from typing import Literal, TypedDict

from ssescan.openai.types._params import Required

__all__ = ["ComputerToolParam"]


class ComputerToolParam(TypedDict, total=False):
    type: Required[Literal["computer"]]
