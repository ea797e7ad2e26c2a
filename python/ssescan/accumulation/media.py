"""From the events of transcriptions, images and speech to the answer."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from .chunks import choice_index, choices_of, delta_of, usage_of

__all__ = ["Images", "Speech", "Transcription"]


class Transcription:
    """The transcription that events add up to, with the segments of its speakers."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._logprobs: list[Any] = []
        self._segments: list[dict[str, Any]] = []
        self._rest: dict[str, Any] = {}

    def add(self, name: str, event: dict[str, Any]) -> None:
        """Add an event, or a chunk of a server that sends chunks of Chat Completions."""
        if name == "transcript.text.delta":
            self._add_piece(event.get("delta"), event.get("logprobs"))
        elif name == "transcript.text.segment":
            self._segments.append(event)
        elif name == "transcript.text.done":
            left_out = ("type", "obfuscation")
            self._rest |= {key: value for key, value in event.items() if key not in left_out and value is not None}
        else:
            choices = choices_of(event)
            for choice in choices:
                if choice_index(choice) == 0:
                    self._add_piece(delta_of(choice, {}).get("content"), None)
            if usage := usage_of(event, choices):
                self._rest["usage"] = usage

    def _add_piece(self, text: Any, logprobs: Any) -> None:
        if isinstance(text, str):
            self._texts.append(text)
        if isinstance(logprobs, list):
            self._logprobs += logprobs

    def answer(self) -> dict[str, Any]:
        """Return the transcription. The last event counts; without it, or without a text in it, the pieces do."""
        answer = {"text": "".join(self._texts), **self._rest}
        if self._logprobs and not answer.get("logprobs"):
            answer["logprobs"] = self._logprobs
        return {**answer, "task": "transcribe", "segments": self._segments} if self._segments else answer


class Images:
    """The complete images that events add up to. Previews are left out."""

    def __init__(self) -> None:
        self._images: list[dict[str, Any]] = []
        self._rest: dict[str, Any] = {}

    def add(self, name: str, event: dict[str, Any]) -> None:
        """Add an event."""
        if not name.startswith(("image_generation.", "image_edit.")):
            return
        image: dict[str, Any] = {key: event.pop(key) for key in ("b64_json", "url", "revised_prompt") if key in event}
        if name.endswith(".completed"):
            self._images.append(image)
        left_out = ("type", "partial_image_index", "obfuscation")
        self._rest |= {key: value for key, value in event.items() if key not in left_out and value is not None}

    def answer(self) -> dict[str, Any]:
        """Return the response, with the latest settings and usage."""
        rest = {"created" if key == "created_at" else key: value for key, value in self._rest.items()}
        return {**rest, "data": self._images}


class Speech:
    """The audio that events add up to. Pieces may end at any character of the base64 text."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._undecoded = ""
        self.usage: dict[str, Any] | None = None

    def add(self, name: str, event: dict[str, Any]) -> None:
        """Add an event."""
        if name == "speech.audio.delta" and isinstance(audio := event.get("audio"), str):
            text = self._undecoded + "".join(audio.split())
            end = len(text) // 4 * 4
            self._pieces.append(_decoded(text[:end]))
            self._undecoded = text[end:]
        elif isinstance(usage := event.get("usage"), dict):
            self.usage = usage

    def audio(self) -> bytes:
        """Return the audio. Characters that are too few for a byte are left out."""
        rest = self._undecoded
        return b"".join((*self._pieces, _decoded(rest + "=" * (4 - len(rest))) if len(rest) > 1 else b""))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"Invalid audio in an event: {error}. The server must send base64.") from None
