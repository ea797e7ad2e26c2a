"""`Metadata`."""

from __future__ import annotations

from typing import Dict, TypeAlias

__all__ = ["Metadata"]

Metadata: TypeAlias = Dict[str, str]
