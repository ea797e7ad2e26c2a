"""`ToolChoiceAllowedParam`, as it is sent."""

from __future__ import annotations

from typing import Dict, Iterable, Literal, TypedDict

from ssescan.openai.types._params import Required

__all__ = ["ToolChoiceAllowedParam"]


class ToolChoiceAllowedParam(TypedDict, total=False):
    mode: Required[Literal["auto", "required"]]
    tools: Required[Iterable[Dict[str, object]]]
    type: Required[Literal["allowed_tools"]]
