"""Bodies of one kind of event, and the ways to split them into blocks."""

from __future__ import annotations

import itertools
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
#: The last frame of a body.
DONE = {
    "assistants": b"event: done\ndata: [DONE]\n\n",
    "chat": b"data: [DONE]\n\n",
    "anthropic": b'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    "gemini": b'data: {"candidates":[{"finishReason":"STOP","index":0}]}\n\n',
}

#: Where the text of an event is, for those who index plain JSON.
TEXT_OF: dict[str, Callable[[Any], str]] = {
    "assistants": lambda payload: payload["delta"]["content"][0]["text"]["value"],
    "chat": lambda payload: payload["choices"][0]["delta"]["content"],
    "anthropic": lambda payload: payload["delta"]["text"],
    "gemini": lambda payload: payload["candidates"][0]["content"]["parts"][0]["text"],
}
#: Where the text of a typed event is.
FIELD_OF: dict[str, Callable[[Any], str]] = {
    "assistants": lambda event: event.data.delta.content[0].text.value,
    "chat": lambda chunk: chunk.choices[0].delta.content,
    "anthropic": lambda event: event.delta.text,
    "gemini": lambda chunk: chunk.candidates[0].content.parts[0].text,
}
#: The bytes of a frame before its data.
HEAD = {
    "assistants": b"event: thread.message.delta\ndata: ",
    "chat": b"data: ",
    "anthropic": b"event: content_block_delta\ndata: ",
    "gemini": b"data: ",
}


@dataclass(frozen=True)
class Workload:
    """A body: `frames` (its events, then the end marker), and the `text` that all of them add."""

    name: str
    title: str
    dialect: str
    texts: tuple[str, ...]
    payload: Callable[[str], Any]
    #: The size of a block where a body is not cut at 64 KiB, nor one event per block.
    block_bytes: int = BLOCK_BYTES
    #: The spaces before the last brace of a payload. Each event in turn has one of these numbers of them.
    padding: tuple[int, ...] = (0,)

    @cached_property
    def frames(self) -> list[bytes]:
        made: dict[tuple[str, int], bytes] = {}
        events = list(zip(self.texts, itertools.cycle(self.padding)))
        for text, spaces in events:
            if (text, spaces) not in made:
                made[text, spaces] = _framed(self.dialect, self.payload(text), spaces)
        return [*(made[event] for event in events), DONE[self.dialect]]

    @cached_property
    def body(self) -> bytes:
        return b"".join(self.frames)

    @cached_property
    def blocks(self) -> list[bytes]:
        return [self.body[at : at + self.block_bytes] for at in range(0, len(self.body), self.block_bytes)]

    @cached_property
    def payloads(self) -> list[bytes]:
        """The data of all events but the end marker."""
        return [frame[len(HEAD[self.dialect]) : -2] for frame in self.frames[:-1]]

    @property
    def text(self) -> str:
        return "".join(self.texts)

    @property
    def events(self) -> int:
        return len(self.texts)


def _framed(dialect: str, payload: Any, spaces: int) -> bytes:
    data = json.dumps(payload, separators=(",", ":")).encode()
    return HEAD[dialect] + data[:-1] + b" " * spaces + data[-1:] + b"\n\n"


def _delta(text: str) -> dict[str, Any]:
    """A delta of the Assistants API: some 170 bytes and a word."""
    content = [{"index": 0, "type": "text", "text": {"value": text, "annotations": []}}]
    return {"id": "msg_abc123", "object": "thread.message.delta", "delta": {"content": content}}


_CHUNK = {
    "id": "chatcmpl-abc123",
    "object": "chat.completion.chunk",
    "created": 1718345013,
    "model": "gpt-4o-2024-08-06",
    "system_fingerprint": "fp_abc123",
}


def _chunk(text: str) -> dict[str, Any]:
    """A chunk of chat completions with `logprobs=True, top_logprobs=20`: 4 KB with three words."""
    choice = {
        "index": 0,
        "delta": {"content": text},
        "logprobs": {"content": [_logprob(word) for word in text.split()], "refusal": None},
        "finish_reason": None,
    }
    return {**_CHUNK, "choices": [choice]}


def _small_chunk(text: str) -> dict[str, Any]:
    """A chunk of chat completions: some 230 bytes and a word."""
    choice = {"index": 0, "delta": {"content": text}, "logprobs": None, "finish_reason": None}
    return {**_CHUNK, "choices": [choice]}


def _logprob(word: str) -> dict[str, Any]:
    top = [_token(WORDS[rank % len(WORDS)], -0.31725305 - rank) for rank in range(20)]
    return {**_token(word, -0.31725305), "top_logprobs": top}


def _token(word: str, logprob: float) -> dict[str, Any]:
    return {"token": f" {word}", "logprob": logprob, "bytes": list(f" {word}".encode())}


def _block_delta(text: str) -> dict[str, Any]:
    """A delta of Anthropic: the type is in the event line and in the payload."""
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


def _content(text: str) -> dict[str, Any]:
    """A chunk of Gemini: the usage differs in each of them."""
    tokens = 8 + len(text)
    usage = {"promptTokenCount": 8, "candidatesTokenCount": len(text), "totalTokenCount": tokens}
    usage |= {"promptTokensDetails": [{"modality": "TEXT", "tokenCount": 8}], "thoughtsTokenCount": tokens}
    return {
        "candidates": [{"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}],
        "usageMetadata": usage,
        "modelVersion": "gemini-2.5-flash",
        "responseId": "mBuWaMXkGcaHkdUP",
    }


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


def small_chunks(events: int) -> Workload:
    texts = tuple(_words(1, at) for at in range(events))
    return Workload("chat", "Chat chunks of 230 bytes", "chat", texts, _small_chunk)


def chunks(events: int) -> Workload:
    texts = tuple(_words(3, at) for at in range(events))
    return Workload("chunk", "Chat chunks of 4 KB, with logprobs", "chat", texts, _chunk)


def block_deltas(events: int, *, padded: bool = False) -> Workload:
    texts = tuple(_words(1, at) for at in range(events))
    padding = tuple(at * 7 % 17 for at in range(97)) if padded else (0,)
    name, title = ("padded", "Anthropic deltas, padded by spaces") if padded else ("block", "Anthropic deltas")
    return Workload(name, title, "anthropic", texts, _block_delta, padding=padding)


def contents(events: int) -> Workload:
    texts = tuple(_words(1 + at % 3, at) for at in range(events))
    return Workload("gemini", "Gemini chunks, with another usage in each", "gemini", texts, _content)


def huge(size: int) -> Workload:
    texts = (_lines(1 << 20, 0) * (size >> 20),)
    return Workload("huge", f"One event of {size >> 20} MiB in blocks of 1 KiB", "assistants", texts, _delta, 1024)
