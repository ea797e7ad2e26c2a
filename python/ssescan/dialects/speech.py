"""The audio of a text that is read aloud, as it is made: `audio.speech.create(stream_format="sse")`.

Events have their type in the event line and in the payload. Audio is base64, so there is no text.
"""

from __future__ import annotations

from .schema import Dialect, Row

DIALECT = Dialect(
    "speech",
    types="ssescan.types.speech",
    check=False,
    named_by=("sse", "type"),
    claims=("speech.audio.",),
    name_key="type",
    default=Row("UnknownEvent"),
    rows={
        "speech.audio.delta": Row("SpeechAudioDeltaEvent"),
        "speech.audio.done": Row("SpeechAudioDoneEvent", ends="last", usage="usage"),
        "error": Row(None, error=("error", "")),
    },
)
