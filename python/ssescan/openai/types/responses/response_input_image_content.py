"""Image part of a function's output."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

from .image_detail import ImageDetail

__all__ = ["ResponseInputImageContent", "PromptCacheBreakpoint"]


class PromptCacheBreakpoint(Model):
    mode: Literal["explicit"]
    ttl: Optional[Literal["30m", "12h"]] = None


class ResponseInputImageContent(Model):
    type: Literal["input_image"]
    detail: Optional[ImageDetail] = None
    file_id: Optional[str] = None
    image_url: Optional[str] = None
    prompt_cache_breakpoint: Optional[PromptCacheBreakpoint] = None
