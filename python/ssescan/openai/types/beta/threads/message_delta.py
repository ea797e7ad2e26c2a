"""What a delta adds to a message."""

from __future__ import annotations

from typing import List, Literal, Optional

from ssescan.models import Model

from .message_content_delta import MessageContentDelta

__all__ = ["MessageDelta"]


class MessageDelta(Model):
    content: Optional[List[MessageContentDelta]] = None
    role: Optional[Literal["user", "assistant"]] = None
