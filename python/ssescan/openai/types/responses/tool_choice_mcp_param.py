"""`ToolChoiceMcpParam`, as it is sent."""

from __future__ import annotations

from typing import Literal, Optional, TypedDict

from ssescan.openai.types._params import Required

__all__ = ["ToolChoiceMcpParam"]


class ToolChoiceMcpParam(TypedDict, total=False):
    server_label: Required[str]
    type: Required[Literal["mcp"]]
    name: Optional[str]
