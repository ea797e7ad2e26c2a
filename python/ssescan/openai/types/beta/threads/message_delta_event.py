"""Payload of `thread.message.delta`."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

from .message_delta import MessageDelta

__all__ = ["MessageDeltaEvent"]


class MessageDeltaEvent(Model):
    id: str
    delta: MessageDelta
    object: Literal["thread.message.delta"]
