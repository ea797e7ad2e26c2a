"""`NamespaceToolParam`, as it is sent."""

from __future__ import annotations

from typing import Dict, Iterable, List, Literal, Optional, TypeAlias, TypedDict, Union

from ssescan.openai.types._params import Required

from .custom_tool_param import CustomToolParam

__all__ = ["NamespaceToolParam", "Tool", "ToolFunction"]

_ToolFunctionReservedKeywords = TypedDict("_ToolFunctionReservedKeywords", {"async": bool}, total=False)


class ToolFunction(_ToolFunctionReservedKeywords, total=False):
    name: Required[str]
    type: Required[Literal["function"]]
    allowed_callers: Optional[List[Literal["direct", "programmatic"]]]
    defer_loading: bool
    description: Optional[str]
    output_schema: Optional[Dict[str, object]]
    parameters: Optional[object]
    strict: Optional[bool]


Tool: TypeAlias = Union[ToolFunction, CustomToolParam]


class NamespaceToolParam(TypedDict, total=False):
    description: Required[str]
    name: Required[str]
    tools: Required[Iterable[Tool]]
    type: Required[Literal["namespace"]]
