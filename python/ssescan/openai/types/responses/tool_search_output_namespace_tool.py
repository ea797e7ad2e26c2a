"""Tools under one name, as a search found them."""

from __future__ import annotations

from typing import ClassVar, Dict, List, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

from .custom_tool import CustomTool

__all__ = ["ToolSearchOutputNamespaceTool", "Tool", "ToolFunction"]


class ToolFunction(Model):
    __aliases__: ClassVar[dict[str, str]] = {"async_": "async"}

    name: str
    type: Literal["function"]
    allowed_callers: Optional[List[Literal["direct", "programmatic"]]] = None
    async_: Optional[bool] = None
    defer_loading: Optional[bool] = None
    description: Optional[str] = None
    output_schema: Optional[Dict[str, object]] = None
    parameters: Optional[object] = None
    strict: Optional[bool] = None


Tool: TypeAlias = Union[ToolFunction, CustomTool]


class ToolSearchOutputNamespaceTool(Model):
    description: str
    name: str
    tools: List[Tool]
    type: Literal["namespace"]
