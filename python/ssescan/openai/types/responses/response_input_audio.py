"""`ResponseInputAudio`, as it is received."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ResponseInputAudio", "InputAudio"]


class InputAudio(Model):
    data: str
    format: Literal["mp3", "wav"]


class ResponseInputAudio(Model):
    input_audio: InputAudio
    type: Literal["input_audio"]
