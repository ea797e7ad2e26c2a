"""`CompactedResponse`, as it is received."""

from __future__ import annotations

from typing import List, Literal, Optional

from ssescan.models import Model

from .response_output_item import ResponseOutputItem
from .response_usage import ResponseUsage

__all__ = ["CompactedResponse", "Image"]


class Image(Model):
    context_compression: Literal["enabled", "disabled"]


class CompactedResponse(Model):
    id: str
    created_at: int
    object: Literal["response.compaction"]
    output: List[ResponseOutputItem]
    usage: ResponseUsage
    image: Optional[Image] = None
