"""The event `response.audio.transcript.done`."""

from __future__ import annotations

from typing import Literal

from ssescan.events import Event

__all__ = ["ResponseAudioTranscriptDoneEvent"]


class ResponseAudioTranscriptDoneEvent(Event):
    sequence_number: int
    type: Literal["response.audio.transcript.done"]
