"""The event `response.queued`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

from .response import Response

__all__ = ["ResponseQueuedEvent"]


class ResponseQueuedEvent(Event):
    response: Response
    sequence_number: int
    type: Literal["response.queued"]
