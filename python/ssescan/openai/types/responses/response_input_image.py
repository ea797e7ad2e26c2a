"""Image part of an input message."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

from .image_detail import ImageDetail

__all__ = ["ResponseInputImage", "PromptCacheBreakpoint"]


class PromptCacheBreakpoint(Model):
    mode: Literal["explicit"]
    ttl: Optional[Literal["30m", "12h"]] = None


class ResponseInputImage(Model):
    detail: ImageDetail
    type: Literal["input_image"]
    file_id: Optional[str] = None
    image_url: Optional[str] = None
    prompt_cache_breakpoint: Optional[PromptCacheBreakpoint] = None
