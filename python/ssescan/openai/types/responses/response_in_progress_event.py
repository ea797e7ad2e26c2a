"""The event `response.in_progress`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

from .response import Response

__all__ = ["ResponseInProgressEvent"]


class ResponseInProgressEvent(Event):
    response: Response
    sequence_number: int
    type: Literal["response.in_progress"]
