"""Text part of a function's output."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["ResponseInputTextContent", "PromptCacheBreakpoint"]


class PromptCacheBreakpoint(Model):
    mode: Literal["explicit"]
    ttl: Optional[Literal["30m", "12h"]] = None


class ResponseInputTextContent(Model):
    text: str
    type: Literal["input_text"]
    prompt_cache_breakpoint: Optional[PromptCacheBreakpoint] = None
