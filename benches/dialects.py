"""The text of the other streams of OpenAI: transcriptions and agents, with ssescan and with openai.

Streams of images and speech have no text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from peers import httpx2_response
from workloads import BLOCK_BYTES, WORDS

from ssescan import Scanner

EVENT, FIELD, THEIRS = "ssescan, event.text", "ssescan, the field", "openai, the field"


@dataclass(frozen=True)
class Kind:
    """A stream of one kind of event with text."""

    name: str
    title: str
    dialect: str
    #: Makes the payload of an event from its number and its text.
    payload: Callable[[int, str], dict[str, Any]]
    #: The payload of the event after which the answer is complete.
    last: dict[str, Any]
    #: The name of the field with the text.
    field: str = "delta"

    def blocks(self, events: int) -> list[bytes]:
        """Return a body of many events, in blocks."""
        payloads = [self.payload(at, f" {WORDS[at % len(WORDS)]}") for at in range(events)]
        frames = [f"event: {it['type']}\ndata: {json.dumps(it)}\n\n" for it in [*payloads, self.last]]
        body = "".join(frames).encode()
        return [body[at : at + BLOCK_BYTES] for at in range(0, len(body), BLOCK_BYTES)]


TURN = {"session_id": "as_1", "turn_id": "t_1", "item_id": "i_1", "output_index": 0, "content_index": 0}
DONE = {"type": "transcript.text.done", "text": ""}
KINDS = [
    Kind(
        "transcription",
        "Transcription deltas",
        "transcription",
        lambda at, text: {"type": "transcript.text.delta", "delta": text},
        DONE,
    ),
    Kind(
        "logprobs",
        "Transcription deltas with a log probability",
        "transcription",
        lambda at, text: {
            "type": "transcript.text.delta",
            "delta": text,
            "logprobs": [{"token": text, "logprob": -0.1, "bytes": list(text.encode())}],
        },
        DONE,
    ),
    Kind(
        "segments",
        "Transcription segments of speakers",
        "transcription",
        lambda at, text: {
            "type": "transcript.text.segment",
            "id": f"seg_{at}",
            "start": at * 0.5,
            "end": at * 0.5 + 0.4,
            "speaker": "A",
            "text": text,
        },
        DONE,
        "text",
    ),
    Kind(
        "agents",
        "Text deltas of agents",
        "agents",
        lambda at, text: {
            "type": "agent.session.turn.output_text.delta",
            "event_id": f"ev_{at}",
            **TURN,
            "delta": text,
            "obfuscation": "x9Kq2",
        },
        {"type": "agent.session.idle", "event_id": "ev_last", "session": {"id": "as_1", "status": "idle"}},
    ),
]


def _openai(dialect: str, blocks: list[bytes]) -> Iterable[Any]:
    from openai import OpenAI, Stream
    from openai._models import FinalRequestOptions
    from openai.types.audio import TranscriptionStreamEvent
    from openai.types.beta import AgentSessionEvent

    cls: Any = AgentSessionEvent if dialect == "agents" else TranscriptionStreamEvent
    options = FinalRequestOptions.construct(method="post", url="/")
    options.stream_mode = "events" if dialect == "agents" else "legacy"
    return Stream(cast_to=cls, response=httpx2_response(blocks), client=OpenAI(api_key="none"), options=options)


def cases(kind: Kind, events: int) -> dict[str, Callable[[], None]]:
    """Return the functions to measure, by name."""
    blocks, field = kind.blocks(events), kind.field

    def ours() -> Iterable[Any]:
        return Scanner(iter(blocks), dialect=kind.dialect)

    def by_event() -> None:
        for event in ours():
            _ = event.text

    def by_field(make: Callable[[], Iterable[Any]]) -> Callable[[], None]:
        name = kind.last["type"]

        def run() -> None:
            for event in make():
                if event.type != name:
                    getattr(event, field)

        return run

    def theirs() -> Iterable[Any]:
        return _openai(kind.dialect, blocks)

    texts = [[getattr(event, field) for event in make() if event.type != kind.last["type"]] for make in (ours, theirs)]
    if texts[0] != texts[1] or texts[0] != [event.text for event in ours()][:events]:
        raise SystemExit(f"ssescan and openai see other texts in: {kind.title}")
    return {EVENT: by_event, FIELD: by_field(ours), THEIRS: by_field(theirs)}
