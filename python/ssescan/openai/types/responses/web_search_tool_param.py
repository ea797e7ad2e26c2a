"""`WebSearchToolParam`, as it is sent."""

from __future__ import annotations

from typing import Literal, Optional, TypedDict

from ssescan.openai.types._params import Required, SequenceNotStr

__all__ = ["WebSearchToolParam", "Filters", "UserLocation"]


class Filters(TypedDict, total=False):
    allowed_domains: Optional[SequenceNotStr[str]]


class UserLocation(TypedDict, total=False):
    city: Optional[str]
    country: Optional[str]
    region: Optional[str]
    timezone: Optional[str]
    type: Literal["approximate"]


class WebSearchToolParam(TypedDict, total=False):
    type: Required[Literal["web_search", "web_search_2025_08_26"]]
    external_web_access: bool
    filters: Optional[Filters]
    search_context_size: Literal["low", "medium", "high"]
    user_location: Optional[UserLocation]
