"""Which tier of service answers."""

from __future__ import annotations

from typing import Literal, Optional, TypeAlias

__all__ = ["ServiceTier"]

ServiceTier: TypeAlias = Optional[Literal["auto", "default", "flex", "scale", "priority", "fast", "ultrafast"]]
