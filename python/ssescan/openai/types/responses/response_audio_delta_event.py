"""The event `response.audio.delta`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseAudioDeltaEvent"]


class ResponseAudioDeltaEvent(Event):
    delta: str
    sequence_number: int
    type: Literal["response.audio.delta"]
