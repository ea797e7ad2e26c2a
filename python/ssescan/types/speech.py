"""Events of `audio.speech.create(stream_format="sse")`."""

from __future__ import annotations

from typing import Literal, Optional, TypeAlias, Union

from ssescan.events import Event
from ssescan.models import Model

__all__ = ["SpeechAudioDeltaEvent", "SpeechAudioDoneEvent", "SpeechEvent", "Usage"]


class Usage(Model):
    """The tokens of a request."""

    input_tokens: int
    output_tokens: int
    total_tokens: int


class SpeechAudioDeltaEvent(Event):
    """A piece of the audio. `audio` is base64."""

    audio: str
    type: Literal["speech.audio.delta"]


class SpeechAudioDoneEvent(Event):
    """The end of the audio."""

    type: Literal["speech.audio.done"]
    usage: Optional[Usage] = None


SpeechEvent: TypeAlias = Union[SpeechAudioDeltaEvent, SpeechAudioDoneEvent]
