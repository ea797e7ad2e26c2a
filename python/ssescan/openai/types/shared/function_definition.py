"""A function's name, purpose and parameters."""

from __future__ import annotations

from typing import Optional

from ssescan.models import Model

from .function_parameters import FunctionParameters

__all__ = ["FunctionDefinition"]


class FunctionDefinition(Model):
    name: str
    description: Optional[str] = None
    parameters: Optional[FunctionParameters] = None
    strict: Optional[bool] = None
