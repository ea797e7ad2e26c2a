"""`ChatCompletionContentPartText`, as it is received."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["ChatCompletionContentPartText", "PromptCacheBreakpoint"]


class PromptCacheBreakpoint(Model):
    mode: Literal["explicit"]
    ttl: Optional[Literal["30m", "12h"]] = None


class ChatCompletionContentPartText(Model):
    text: str
    type: Literal["text"]
    prompt_cache_breakpoint: Optional[PromptCacheBreakpoint] = None
