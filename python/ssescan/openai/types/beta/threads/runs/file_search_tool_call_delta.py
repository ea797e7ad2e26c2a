"""A file search, as it arrives."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["FileSearchToolCallDelta"]


class FileSearchToolCallDelta(Model):
    file_search: object
    index: int
    type: Literal["file_search"]
    id: Optional[str] = None
