"""Details of a step that wrote a message."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["MessageCreationStepDetails", "MessageCreation"]


class MessageCreation(Model):
    message_id: str


class MessageCreationStepDetails(Model):
    message_creation: MessageCreation
    type: Literal["message_creation"]
