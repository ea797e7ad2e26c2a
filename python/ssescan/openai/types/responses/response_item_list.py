"""`ResponseItemList`, as it is received."""

from __future__ import annotations

from typing import List, Literal

from ssescan.models import Model

from .response_item import ResponseItem

__all__ = ["ResponseItemList"]


class ResponseItemList(Model):
    data: List[ResponseItem]
    first_id: str
    has_more: bool
    last_id: str
    object: Literal["list"]
