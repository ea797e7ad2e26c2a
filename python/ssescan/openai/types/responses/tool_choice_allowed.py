"""The tools a response may choose from."""

from __future__ import annotations

from typing import Dict, List, Literal

from ssescan.models import Model

__all__ = ["ToolChoiceAllowed"]


class ToolChoiceAllowed(Model):
    mode: Literal["auto", "required"]
    tools: List[Dict[str, object]]
    type: Literal["allowed_tools"]
