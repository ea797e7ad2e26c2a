"""A conversation, compacted, as input."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["ResponseCompactionItemParam"]


class ResponseCompactionItemParam(Model):
    encrypted_content: str
    type: Literal["compaction"]
    id: Optional[str] = None
