"""Web search, as a tool."""

from __future__ import annotations

from typing import List, Literal, Optional

from ssescan.models import Model

__all__ = ["WebSearchTool", "Filters", "UserLocation"]


class Filters(Model):
    allowed_domains: Optional[List[str]] = None


class UserLocation(Model):
    city: Optional[str] = None
    country: Optional[str] = None
    region: Optional[str] = None
    timezone: Optional[str] = None
    type: Optional[Literal["approximate"]] = None


class WebSearchTool(Model):
    type: Literal["web_search", "web_search_2025_08_26"]
    external_web_access: Optional[bool] = None
    filters: Optional[Filters] = None
    search_context_size: Optional[Literal["low", "medium", "high"]] = None
    user_location: Optional[UserLocation] = None
