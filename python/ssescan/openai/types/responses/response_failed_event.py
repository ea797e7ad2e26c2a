"""The event `response.failed`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

from .response import Response

__all__ = ["ResponseFailedEvent"]


class ResponseFailedEvent(Event):
    response: Response
    sequence_number: int
    type: Literal["response.failed"]
