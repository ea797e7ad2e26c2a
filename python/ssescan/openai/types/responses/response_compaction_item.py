"""A conversation, compacted."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["ResponseCompactionItem"]


class ResponseCompactionItem(Model):
    id: str
    encrypted_content: str
    type: Literal["compaction"]
    created_by: Optional[str] = None
