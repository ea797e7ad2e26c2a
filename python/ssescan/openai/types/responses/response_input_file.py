"""File part of an input message."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["ResponseInputFile", "PromptCacheBreakpoint"]


class PromptCacheBreakpoint(Model):
    mode: Literal["explicit"]
    ttl: Optional[Literal["30m", "12h"]] = None


class ResponseInputFile(Model):
    type: Literal["input_file"]
    detail: Optional[Literal["auto", "low", "high"]] = None
    file_data: Optional[str] = None
    file_id: Optional[str] = None
    file_url: Optional[str] = None
    filename: Optional[str] = None
    prompt_cache_breakpoint: Optional[PromptCacheBreakpoint] = None
