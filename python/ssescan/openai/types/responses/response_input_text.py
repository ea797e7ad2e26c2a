"""Text part of an input message."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["ResponseInputText", "PromptCacheBreakpoint"]


class PromptCacheBreakpoint(Model):
    mode: Literal["explicit"]
    ttl: Optional[Literal["30m", "12h"]] = None


class ResponseInputText(Model):
    text: str
    type: Literal["input_text"]
    prompt_cache_breakpoint: Optional[PromptCacheBreakpoint] = None
