"""`ChatCompletionContentPartImage`, as it is received."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["ChatCompletionContentPartImage", "ImageURL", "PromptCacheBreakpoint"]


class ImageURL(Model):
    url: str
    detail: Optional[Literal["auto", "low", "high", "original"]] = None


class PromptCacheBreakpoint(Model):
    mode: Literal["explicit"]
    ttl: Optional[Literal["30m", "12h"]] = None


class ChatCompletionContentPartImage(Model):
    image_url: ImageURL
    type: Literal["image_url"]
    prompt_cache_breakpoint: Optional[PromptCacheBreakpoint] = None
