"""The event `response.incomplete`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

from .response import Response

__all__ = ["ResponseIncompleteEvent"]


class ResponseIncompleteEvent(Event):
    response: Response
    sequence_number: int
    type: Literal["response.incomplete"]
