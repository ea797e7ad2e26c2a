"""Details of a step that writes a message, as they arrive."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["RunStepDeltaMessageDelta", "MessageCreation"]


class MessageCreation(Model):
    message_id: Optional[str] = None


class RunStepDeltaMessageDelta(Model):
    type: Literal["message_creation"]
    message_creation: Optional[MessageCreation] = None
