"""`ResponseCompactionItemParamParam`, as it is sent."""

from __future__ import annotations

from typing import Literal, Optional, TypedDict

from ssescan.openai.types._params import Required

__all__ = ["ResponseCompactionItemParamParam"]


class ResponseCompactionItemParamParam(TypedDict, total=False):
    encrypted_content: Required[str]
    type: Required[Literal["compaction"]]
    id: Optional[str]
