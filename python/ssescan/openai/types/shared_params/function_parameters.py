"""`FunctionParameters`."""

from __future__ import annotations

from typing import Dict, TypeAlias

__all__ = ["FunctionParameters"]

FunctionParameters: TypeAlias = Dict[str, object]
