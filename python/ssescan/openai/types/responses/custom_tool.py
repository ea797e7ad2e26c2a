"""A tool whose input is free text."""

from __future__ import annotations

from typing import ClassVar, List, Literal, Optional

from ssescan.models import Model

from ..shared.custom_tool_input_format import CustomToolInputFormat

__all__ = ["CustomTool"]


class CustomTool(Model):
    __aliases__: ClassVar[dict[str, str]] = {"async_": "async"}

    name: str
    type: Literal["custom"]
    allowed_callers: Optional[List[Literal["direct", "programmatic"]]] = None
    async_: Optional[bool] = None
    defer_loading: Optional[bool] = None
    description: Optional[str] = None
    format: Optional[CustomToolInputFormat] = None
