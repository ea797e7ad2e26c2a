"""The event `response.completed`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

from .response import Response

__all__ = ["ResponseCompletedEvent"]


class ResponseCompletedEvent(Event):
    response: Response
    sequence_number: int
    type: Literal["response.completed"]
