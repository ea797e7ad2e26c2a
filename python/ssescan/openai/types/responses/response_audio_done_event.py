"""The event `response.audio.done`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseAudioDoneEvent"]


class ResponseAudioDoneEvent(Event):
    sequence_number: int
    type: Literal["response.audio.done"]
