"""`ResponseSteerPendingEvent`, as it is received."""

from __future__ import annotations

from typing import List, Literal, Optional

from ssescan.models import Model

from .response_steer_pending_reason import ResponseSteerPendingReason
from .response_steer_required_input import ResponseSteerRequiredInput

__all__ = ["ResponseSteerPendingEvent", "Steer"]


class Steer(Model):
    id: str
    previous_response_id: str


class ResponseSteerPendingEvent(Model):
    reason: ResponseSteerPendingReason
    required_input: List[ResponseSteerRequiredInput]
    sequence_number: int
    steer: Steer
    type: Literal["response.steer.pending"]
    stream_id: Optional[str] = None
