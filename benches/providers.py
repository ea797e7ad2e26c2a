"""Anthropic's and Gemini's streams against Assistants deltas of the same size."""

from __future__ import annotations

import json
import random
from collections import deque
from operator import attrgetter
from typing import Any, Callable

from measure import Samples
from report import Goal, Row, Table, figure
from workloads import BLOCK_BYTES, WORDS

from ssescan import Scanner

ITERATE, TEXT, READER = "iterating", "`event.text` of each event", "`reader().read()`"
WAYS = (ITERATE, TEXT, READER)
#: At most this many times the time of an Assistants delta of the same size.
LIMIT = 1.5

Frames = list[bytes]


def _frame(payload: Any, name: str = "", padding: int = 0) -> bytes:
    """Return a frame with white space before the last bracket of its payload."""
    head = f"event: {name}\n" if name else ""
    text = json.dumps(payload, separators=(",", ":"))
    return f"{head}data: {text[:-1]}{' ' * padding}{text[-1:]}\n\n".encode()


def anthropic(events: int) -> Frames:
    """Anthropic's deltas: of text, with random white space after the inner object, as Anthropic pads them."""
    chance = random.Random(16)
    start = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None}
    counts = {"input_tokens": 25, "cache_read_input_tokens": 0, "output_tokens": 1}
    frames = [
        _frame({"type": "message_start", "message": {**start, "usage": counts}}, "message_start"),
        _frame(
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            "content_block_start",
        ),
    ]
    for at in range(events):
        delta = {"type": "text_delta", "text": f" {WORDS[at % len(WORDS)]}"}
        payload = {"type": "content_block_delta", "index": 0, "delta": delta}
        frames.append(_frame(payload, "content_block_delta", chance.randrange(16)))
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": events}}
    return [*frames, _frame(end, "message_delta"), _frame({"type": "message_stop"}, "message_stop")]


def gemini(events: int) -> Frames:
    """Gemini's chunks: of text, with token counts in each of them."""
    frames = []
    for at in range(events):
        content = {"role": "model", "parts": [{"text": f" {WORDS[at % len(WORDS)]}"}]}
        candidate: dict[str, Any] = {"content": content, "index": 0}
        if at + 1 == events:
            candidate["finishReason"] = "STOP"
        details = [{"modality": "TEXT", "tokenCount": 9}]
        usage = {"promptTokenCount": 9, "candidatesTokenCount": at + 1, "totalTokenCount": at + 10}
        usage["promptTokensDetails"] = details  # type: ignore[assignment]
        frames.append(
            _frame({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-x", "responseId": "r-1"})
        )
    return frames


def assistants(events: int, size: int) -> Frames:
    """Assistants deltas of `size` bytes: their id is as long as that takes."""

    def made(text: str, id: str) -> bytes:
        content = [{"index": 0, "type": "text", "text": {"value": text, "annotations": []}}]
        payload = {"id": id, "object": "thread.message.delta", "delta": {"content": content}}
        return _frame(payload, "thread.message.delta")

    mean = sum(len(made(f" {word}", "")) for word in WORDS) // len(WORDS)
    id = "m" * max(0, size - mean)
    return [*(made(f" {WORDS[at % len(WORDS)]}", id) for at in range(events)), b"event: done\ndata: [DONE]\n\n"]


#: Name of an API -> makes its stream.
STREAMS: dict[str, Callable[[int], Frames]] = {"anthropic": anthropic, "gemini": gemini}


def _blocks(frames: Frames) -> list[bytes]:
    body = b"".join(frames)
    return [body[at : at + BLOCK_BYTES] for at in range(0, len(body), BLOCK_BYTES)]


def _read(way: str, blocks: list[bytes], dialect: str) -> None:
    events = Scanner(iter(blocks), dialect=dialect)
    if way == ITERATE:
        deque(events, 0)
    elif way == TEXT:
        deque(map(attrgetter("text"), events), 0)
    else:
        events.reader().read()


def cases(name: str, events: int) -> dict[str, Callable[[], None]]:
    """Return the ways of reading a stream of an API, and of reading Assistants deltas of the same size."""
    frames = STREAMS[name](events)
    size = round(sum(map(len, frames)) / len(frames))
    found = {}
    for dialect, blocks in ((name, _blocks(frames)), ("assistants", _blocks(assistants(events, size)))):
        expected = "".join(f" {WORDS[at % len(WORDS)]}" for at in range(events))
        if Scanner(iter(blocks), dialect=dialect).reader().read() != expected:
            raise SystemExit(f"the text of {dialect} is wrong")
        for way in WAYS:
            found[f"{dialect}, {way}"] = lambda way=way, blocks=blocks, dialect=dialect: _read(way, blocks, dialect)
    return found


def table(name: str, samples: dict[str, Samples]) -> Table:
    """Return the table of an API."""
    rows = [Row(case, found) for case, found in samples.items()]
    note = "Processor time; blocks of 64 KiB from memory. The Assistants deltas have the same size."
    return Table(f"providers, {name}", f"Events of {name}, against Assistants deltas", "ns", rows, note, rates=False)


def goals(tables: dict[str, Table]) -> list[Goal]:
    """Return the goals, as far as they were measured."""
    found = []
    for name in STREAMS:
        for way in WAYS:
            what, wanted = f"{name}: {way}, against Assistants deltas of the same size", f"at most {LIMIT:.1f}x"
            if f"providers, {name}" not in tables:
                found.append(Goal(what, wanted, "", None))
                continue
            ratio = tables[f"providers, {name}"].ratio(f"{name}, {way}", f"assistants, {way}")
            said = f"{figure(ratio.median)}x ({figure(ratio.low)} to {figure(ratio.high)})"
            found.append(Goal(what, wanted, said, ratio.median <= LIMIT))
    return found
