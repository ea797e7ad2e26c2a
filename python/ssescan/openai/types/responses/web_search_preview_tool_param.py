"""`WebSearchPreviewToolParam`, as it is sent."""

from __future__ import annotations

from typing import List, Literal, Optional, TypedDict

from ssescan.openai.types._params import Required

__all__ = ["WebSearchPreviewToolParam", "UserLocation"]


class UserLocation(TypedDict, total=False):
    type: Required[Literal["approximate"]]
    city: Optional[str]
    country: Optional[str]
    region: Optional[str]
    timezone: Optional[str]


class WebSearchPreviewToolParam(TypedDict, total=False):
    type: Required[Literal["web_search_preview", "web_search_preview_2025_03_11"]]
    search_content_types: List[Literal["text", "image"]]
    search_context_size: Literal["low", "medium", "high"]
    user_location: Optional[UserLocation]
