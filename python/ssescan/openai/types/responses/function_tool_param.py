"""`FunctionToolParam`, as it is sent."""

from __future__ import annotations

from typing import Dict, List, Literal, Optional, TypedDict

from ssescan.openai.types._params import Required

__all__ = ["FunctionToolParam"]

_FunctionToolParamReservedKeywords = TypedDict("_FunctionToolParamReservedKeywords", {"async": bool}, total=False)


class FunctionToolParam(_FunctionToolParamReservedKeywords, total=False):
    name: Required[str]
    parameters: Required[Optional[Dict[str, object]]]
    strict: Required[Optional[bool]]
    type: Required[Literal["function"]]
    allowed_callers: Optional[List[Literal["direct", "programmatic"]]]
    defer_loading: bool
    description: Optional[str]
    output_schema: Optional[Dict[str, object]]
