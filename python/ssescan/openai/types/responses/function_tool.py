"""A function, as a tool."""

from __future__ import annotations

from typing import ClassVar, Dict, List, Literal, Optional

from ssescan.models import Model

__all__ = ["FunctionTool"]


class FunctionTool(Model):
    __aliases__: ClassVar[dict[str, str]] = {"async_": "async"}

    name: str
    parameters: Optional[Dict[str, object]] = None
    strict: Optional[bool] = None
    type: Literal["function"]
    allowed_callers: Optional[List[Literal["direct", "programmatic"]]] = None
    async_: Optional[bool] = None
    defer_loading: Optional[bool] = None
    description: Optional[str] = None
    output_schema: Optional[Dict[str, object]] = None
