"""`ResponseConversationParam`, as it is sent."""

from __future__ import annotations

from ssescan.models import Model

__all__ = ["ResponseConversationParam"]


class ResponseConversationParam(Model):
    id: str
