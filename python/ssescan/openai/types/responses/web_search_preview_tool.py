"""Web search, preview form, as a tool."""

from __future__ import annotations

from typing import List, Literal, Optional

from ssescan.models import Model

__all__ = ["WebSearchPreviewTool", "UserLocation"]


class UserLocation(Model):
    type: Literal["approximate"]
    city: Optional[str] = None
    country: Optional[str] = None
    region: Optional[str] = None
    timezone: Optional[str] = None


class WebSearchPreviewTool(Model):
    type: Literal["web_search_preview", "web_search_preview_2025_03_11"]
    search_content_types: Optional[List[Literal["text", "image"]]] = None
    search_context_size: Optional[Literal["low", "medium", "high"]] = None
    user_location: Optional[UserLocation] = None
