"""`ResponseSteerAcceptedEvent`, as it is received."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

__all__ = ["ResponseSteerAcceptedEvent", "Steer"]


class Steer(Model):
    id: str
    previous_response_id: str


class ResponseSteerAcceptedEvent(Model):
    sequence_number: int
    steer: Steer
    type: Literal["response.steer.accepted"]
    stream_id: Optional[str] = None
