"""`FunctionDefinition`, as it is sent."""

from __future__ import annotations

from typing import Optional, TypedDict

from ssescan.openai.types._params import Required

from .function_parameters import FunctionParameters

__all__ = ["FunctionDefinition"]


class FunctionDefinition(TypedDict, total=False):
    name: Required[str]
    description: str
    parameters: FunctionParameters
    strict: Optional[bool]
