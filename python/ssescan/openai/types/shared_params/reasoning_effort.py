"""`ReasoningEffort`."""

from __future__ import annotations

from typing import Literal, Optional, TypeAlias

__all__ = ["ReasoningEffort"]

ReasoningEffort: TypeAlias = Optional[Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]]
