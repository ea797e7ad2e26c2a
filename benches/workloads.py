"""What is read: bodies made of one kind of event, and the ways they are cut into blocks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Callable

WORDS = [
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "the",
    "lazy",
    "dog",
    "and",
    "runs",
    "away",
    "from",
    "a",
    "bear",
]
BLOCK_BYTES = 65536
DONE = {"assistants": b"event: done\ndata: [DONE]\n\n", "chat": b"data: [DONE]\n\n"}

#: Where the text of an event is, for those who index plain JSON.
TEXT_OF: dict[str, Callable[[Any], str]] = {
    "assistants": lambda payload: payload["delta"]["content"][0]["text"]["value"],
    "chat": lambda payload: payload["choices"][0]["delta"]["content"],
}
#: What stands in front of an event's data.
HEAD = {"assistants": b"event: thread.message.delta\ndata: ", "chat": b"data: "}


@dataclass(frozen=True)
class Workload:
    """A body: `frames` (its events, then the end mark), and the `text` that all of them add."""

    name: str
    title: str
    dialect: str
    texts: tuple[str, ...]
    payload: Callable[[str], Any]
    #: The size of a block where a body is not cut at 64 KiB, nor one event per block.
    block_bytes: int = BLOCK_BYTES

    @cached_property
    def frames(self) -> list[bytes]:
        made: dict[str, bytes] = {}
        for text in self.texts:
            if text not in made:
                made[text] = _framed(text, self.dialect, self.payload)
        return [*(made[text] for text in self.texts), DONE[self.dialect]]

    @cached_property
    def body(self) -> bytes:
        return b"".join(self.frames)

    @cached_property
    def blocks(self) -> list[bytes]:
        return [self.body[at : at + self.block_bytes] for at in range(0, len(self.body), self.block_bytes)]

    @property
    def text(self) -> str:
        return "".join(self.texts)

    @property
    def events(self) -> int:
        return len(self.texts)


def _framed(text: str, dialect: str, payload: Callable[[str], Any]) -> bytes:
    return HEAD[dialect] + json.dumps(payload(text), separators=(",", ":")).encode() + b"\n\n"


def _delta(text: str) -> dict[str, Any]:
    """What the Assistants API sends: some 170 bytes and a word."""
    content = [{"index": 0, "type": "text", "text": {"value": text, "annotations": []}}]
    return {"id": "msg_abc123", "object": "thread.message.delta", "delta": {"content": content}}


def _chunk(text: str) -> dict[str, Any]:
    """What chat completions send with `logprobs=True, top_logprobs=20`: 4 KB with three words."""
    choice = {
        "index": 0,
        "delta": {"content": text},
        "logprobs": {"content": [_logprob(word) for word in text.split()], "refusal": None},
        "finish_reason": None,
    }
    return {
        "id": "chatcmpl-abc123",
        "object": "chat.completion.chunk",
        "created": 1718345013,
        "model": "gpt-4o-2024-08-06",
        "system_fingerprint": "fp_abc123",
        "choices": [choice],
    }


def _logprob(word: str) -> dict[str, Any]:
    top = [_token(WORDS[rank % len(WORDS)], -0.31725305 - rank) for rank in range(20)]
    return {**_token(word, -0.31725305), "top_logprobs": top}


def _token(word: str, logprob: float) -> dict[str, Any]:
    return {"token": f" {word}", "logprob": logprob, "bytes": list(f" {word}".encode())}


def _words(count: int, start: int = 0) -> str:
    return "".join(f" {WORDS[(start + at) % len(WORDS)]}" for at in range(count))


def _lines(chars: int, start: int) -> str:
    """A text with a newline every hundred characters or so, as answers have them."""
    text = ""
    while len(text) < chars:
        text += _words(20, start + len(text)) + "\n"
    return text[:chars]


def deltas(events: int) -> Workload:
    texts = tuple(_words(1, at) for at in range(events))
    return Workload("delta", "Assistants deltas of 176 bytes", "assistants", texts, _delta)


def large_deltas(events: int) -> Workload:
    texts = tuple(_lines(870, at % len(WORDS)) for at in range(events))
    title = "Assistants deltas of 1 KB, a line end every hundred characters"
    return Workload("delta1k", title, "assistants", texts, _delta)


def chunks(events: int) -> Workload:
    texts = tuple(_words(3, at) for at in range(events))
    return Workload("chunk", "Chat chunks of 4 KB, with logprobs", "chat", texts, _chunk)


def huge(size: int) -> Workload:
    texts = (_lines(1 << 20, 0) * (size >> 20),)
    return Workload("huge", f"One event of {size >> 20} MiB in blocks of 1 KiB", "assistants", texts, _delta, 1024)
