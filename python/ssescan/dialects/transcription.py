"""The text of a recording, as it is transcribed.

Events have their type in the event line and in the payload. The stream ends with the event that contains the whole text.
Some servers send chunks of Chat Completions instead.
"""

from __future__ import annotations

from .schema import Channel, Dialect, Reason, Row

_chunk = {"text": Channel("choices[*].delta.content", "choices[*].index")}

DIALECT = Dialect(
    "transcription",
    types="ssescan.openai.types.audio",
    check=False,
    named_by=("sse", "type"),
    claims=("transcript.", "object=transcription.chunk"),
    name_key="type",
    default=(
        Row("UnknownEvent", _chunk, ends="payload", usage="usage", when=Reason("choices[*].finish_reason")),
        Row("UnknownEvent", _chunk, usage="usage"),
    ),
    rows={
        "transcript.text.segment": Row("TranscriptionTextSegmentEvent"),
        "transcript.text.delta": Row("TranscriptionTextDeltaEvent", {"text": Channel("delta")}),
        "transcript.text.done": Row("TranscriptionTextDoneEvent", ends="last", usage="usage"),
        "error": Row(None, error=("error", "")),
    },
)
