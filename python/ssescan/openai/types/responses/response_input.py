"""`ResponseInput`."""

from __future__ import annotations

from typing import List, TypeAlias

from .response_input_item import ResponseInputItem

__all__ = ["ResponseInput"]

ResponseInput: TypeAlias = List[ResponseInputItem]
