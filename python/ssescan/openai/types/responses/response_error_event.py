"""The event `error`."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.events import Event

__all__ = ["ResponseErrorEvent"]


class ResponseErrorEvent(Event):
    code: Optional[str] = None
    message: str
    param: Optional[str] = None
    sequence_number: int
    type: Literal["error"]
