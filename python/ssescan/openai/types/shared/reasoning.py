"""How, and how much, the model reasons."""

from __future__ import annotations

from typing import Literal, Optional, Union

from ssescan.models import Model

from .reasoning_effort import ReasoningEffort

__all__ = ["Reasoning"]


class Reasoning(Model):
    context: Optional[Literal["auto", "current_turn", "all_turns"]] = None
    effort: Optional[ReasoningEffort] = None
    generate_summary: Optional[Literal["auto", "concise", "detailed"]] = None
    mode: Union[str, Literal["standard", "pro"], None] = None
    summary: Optional[Literal["auto", "concise", "detailed"]] = None
