"""Figures of the README: both sides in one process, in turn, on the same bytes; medians.

    make bench

Prints a table of times per event and the ratios that the goals are stated in. Machines differ and are
noisy: trust the ratios.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any, Callable

import orjson

from ssescan import Scanner

EVENTS = 50_000
ROUNDS = 7
HEAD = b"event: thread.message.delta\ndata: "
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


def delta(text: str) -> bytes:
    """An event of about 165 bytes, as the Assistants API sends them."""
    content = [{"index": 0, "type": "text", "text": {"value": text, "annotations": []}}]
    payload = {"id": "msg_abc123", "object": "thread.message.delta", "delta": {"content": content}}
    return HEAD + json.dumps(payload, separators=(",", ":")).encode() + b"\n\n"


DELTAS = [delta(" " + WORDS[i % len(WORDS)]) for i in range(EVENTS)]
BODY = b"".join(DELTAS) + b"event: done\ndata: [DONE]\n\n"
BLOCKS = [BODY[at : at + 65536] for at in range(0, len(BODY), 65536)]


def split() -> int:
    return len(BODY.split(b"\n\n"))


def plain_text() -> str:
    """The fastest plain Python that we know: split, orjson, index, join."""
    frames = [frame for frame in BODY.split(b"\n\n") if frame.startswith(HEAD)]
    return "".join([orjson.loads(frame[len(HEAD) :])["delta"]["content"][0]["text"]["value"] for frame in frames])


def typed_events() -> None:
    for _ in Scanner(iter(BLOCKS), dialect="assistants"):
        pass


def plain_events() -> None:
    for _ in Scanner(iter(BLOCKS)):
        pass


def one_event_per_block() -> None:
    for _ in Scanner(iter([*DELTAS, b"event: done\ndata: [DONE]\n\n"]), dialect="assistants"):
        pass


def reader_text() -> str:
    return Scanner(iter(BLOCKS), dialect="assistants").reader().read()


def typed_text() -> None:
    for event in Scanner(iter(BLOCKS), dialect="assistants"):
        event.data.delta.content[0].text.value  # noqa: B018


def openai_text() -> None:
    """openai-python's own Stream over the same blocks; None if it is not installed."""
    for event in openai_stream(BLOCKS[: len(BLOCKS) // 20]):
        if event.event == "thread.message.delta":
            event.data.delta.content[0].text.value  # noqa: B018


def openai_stream(blocks: list[bytes]) -> Any:
    import httpx2
    from openai import OpenAI, Stream
    from openai.types.beta import AssistantStreamEvent

    client = OpenAI(api_key="none")
    response = httpx2.Response(200, content=iter(blocks), request=httpx2.Request("POST", "http://localhost"))
    return Stream(cast_to=AssistantStreamEvent, response=response, client=client)


def linear(size: int) -> float:
    """Seconds for one event of `size` bytes in blocks of 100 bytes."""
    body = b"data: " + b"x" * size + b"\n\n"
    blocks = [body[at : at + 100] for at in range(0, len(body), 100)]
    start = time.perf_counter()
    events = list(Scanner(iter(blocks)))
    assert len(events) == 1
    return time.perf_counter() - start


def measure(functions: list[Callable[[], Any]]) -> dict[str, float]:
    """Median seconds of each, the functions taking turns."""
    taken: dict[str, list[float]] = {function.__name__: [] for function in functions}
    for _ in range(ROUNDS):
        for function in functions:
            start = time.perf_counter()
            function()
            taken[function.__name__].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in taken.items()}


def main() -> None:
    assert reader_text() == plain_text()
    functions = [split, plain_text, plain_events, typed_events, one_event_per_block, reader_text, typed_text]
    seconds = measure(functions)
    print(f"Python {sys.version.split()[0]}, {EVENTS} events of {len(BODY) / EVENTS:.0f} bytes, medians of {ROUNDS}\n")
    for name, taken in seconds.items():
        print(f"{name:24} {taken / EVENTS * 1e9:8.0f} ns per event")
    print()
    print(f"typed iteration / split                {seconds['typed_events'] / seconds['split']:6.2f}x   at most 0.45x")
    print(
        f"plain Python's text / reader().read()  {seconds['plain_text'] / seconds['reader_text']:6.1f}x   at least 8x"
    )
    pairs = [(linear(8 << 20), linear(4 << 20)) for _ in range(ROUNDS + 1)][1:]
    big, small = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"8 MiB event / 4 MiB event              {big / small:6.2f}x   at most 2.6x")
    try:
        theirs = measure([openai_text])["openai_text"] / (EVENTS / 20)
    except ImportError:
        print("openai is not installed: no comparison with it")
    else:
        ours = (seconds["typed_text"]) / EVENTS
        print(f"openai / ours, typed delta's text      {theirs / ours:6.1f}x")


if __name__ == "__main__":
    main()
