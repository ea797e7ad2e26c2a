"""The event `response.created`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

from .response import Response

__all__ = ["ResponseCreatedEvent"]


class ResponseCreatedEvent(Event):
    response: Response
    sequence_number: int
    type: Literal["response.created"]
