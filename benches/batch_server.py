"""Serve the batch benches, in a process of its own. The answer to a request follows from its prompt, and is paced.

    python batch_server.py RATE EVENTS [FAULTS SEED]

It prints its port. `RATE` is in events per second. `EVENTS` is the average number of deltas per answer. `FAULTS` is a
share of all requests: a quarter each are refused, truncated, stalled and reset. For each line of standard input it prints
the requests that it has received so far, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from functools import cache
from zlib import crc32

from ssescan.replay import Faults, Recording, ReplayServer, Request

USAGE = {"prompt_tokens": 7, "completion_tokens": 0, "total_tokens": 7}


_WORDS = (" the", " token", ' "quoted"', "\n", " žluťoučký", " 😀", " of", " model", ",", " answer", ".\n\n")


def length_of(prompt: str, events: int) -> int:
    """Return the number of deltas in an answer: 50 to 150 % of `events`, so that streams do not end at the same time."""
    return events // 2 + crc32(prompt.encode()) % (events + 1)


def words_of(prompt: str, events: int) -> list[str]:
    """Return the deltas of an answer. Some have characters that JSON escapes, or that are not ASCII."""
    return [prompt, *_later(len(prompt) % 3, length_of(prompt, events))]


@cache
def _later(start: int, events: int) -> list[str]:
    return [_WORDS[(start + at * at) % len(_WORDS)] for at in range(events - 1)]


def text_of(prompt: str, events: int) -> str:
    """Return the text of an answer."""
    return prompt + _later_text(len(prompt) % 3, length_of(prompt, events))


@cache
def _later_text(start: int, events: int) -> str:
    return "".join(_later(start, events))


def _chunk(prompt: str, **choice: object) -> dict[str, object]:
    return {
        "id": f"chatcmpl-{prompt.replace(' ', '-')}",
        "object": "chat.completion.chunk",
        "created": 1763800000,
        "model": "gpt-4o-mini-2024-07-18",
        "service_tier": "default",
        "system_fingerprint": "fp_560af6e559",
        "choices": [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": None, **choice}],
        "usage": None,
    }


def body_of(prompt: str, events: int) -> bytes:
    """Return an answer as a stream of OpenAI's chunks, with the usage at the end."""

    def frame(chunk: object) -> bytes:
        return b"data: %s\n\n" % json.dumps(chunk, separators=(",", ":"), ensure_ascii=False).encode()

    first = frame(_chunk(prompt, delta={"role": "assistant", "content": "", "refusal": None}))
    before, after = frame(_chunk(prompt, delta={"content": "\0"})).split(b'"\\u0000"')
    pieces = [before + _encoded(word) + after for word in words_of(prompt, events)]
    count = length_of(prompt, events)
    usage = {"prompt_tokens": 7, "completion_tokens": count, "total_tokens": count + 7}
    last = frame(_chunk(prompt, finish_reason="stop")) + frame({**_chunk(prompt), "choices": [], "usage": usage})
    return first + b"".join(pieces) + last + b"data: [DONE]\n\n"


@cache
def _encoded(word: str) -> bytes:
    return json.dumps(word, ensure_ascii=False).encode()


def main() -> None:
    rate, events = float(sys.argv[1]), int(sys.argv[2])
    faults = None
    if len(sys.argv) > 3:
        share = float(sys.argv[3]) / 4
        faults = Faults(seed=int(sys.argv[4]), busy=share, cut=share, stall=share, reset=share)

    def answer(request: Request) -> Recording:
        prompt = json.loads(request.body)["messages"][0]["content"]
        asked.append((prompt, request.at_s))
        server.requests.clear()
        return Recording(prompt, body_of(prompt, events))

    asked: list[tuple[str, float]] = []
    server = ReplayServer(answer, rate=rate or None, faults=faults)
    print(server.port, flush=True)
    for _ in sys.stdin:
        seen = {"asked": asked, "cpu_s": time.process_time()}
        if faults:
            seen.update(drawn=faults.drawn, bursts=faults.bursts)
        print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    main()
