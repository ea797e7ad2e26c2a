"""`ResponseInputImageParam`, as it is sent."""

from __future__ import annotations

from typing import Literal, Optional, TypedDict

from ssescan.openai.types._params import Required

from .image_detail import ImageDetail

__all__ = ["ResponseInputImageParam", "PromptCacheBreakpoint"]


class PromptCacheBreakpoint(TypedDict, total=False):
    mode: Required[Literal["explicit"]]
    ttl: Literal["30m", "12h"]


class ResponseInputImageParam(TypedDict, total=False):
    detail: Required[ImageDetail]
    type: Required[Literal["input_image"]]
    file_id: Optional[str]
    image_url: Optional[str]
    prompt_cache_breakpoint: PromptCacheBreakpoint
