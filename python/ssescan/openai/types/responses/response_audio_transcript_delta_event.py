"""The event `response.audio.transcript.delta`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseAudioTranscriptDeltaEvent"]


class ResponseAudioTranscriptDeltaEvent(Event):
    delta: str
    sequence_number: int
    type: Literal["response.audio.transcript.delta"]
