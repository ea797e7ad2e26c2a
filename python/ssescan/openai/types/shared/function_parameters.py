"""A function's parameters, as a JSON schema."""

from __future__ import annotations

from typing import Dict, TypeAlias

__all__ = ["FunctionParameters"]

FunctionParameters: TypeAlias = Dict[str, object]
