"""The server of the batch benches, a process of its own: a paced answer for every row, told from its prompt.

    python batch_server.py RATE EVENTS [FAULTS SEED]

Prints its port. `RATE` in events a second, `EVENTS` deltas a row on average; of `FAULTS`, a share of all requests, a quarter each are
refused, cut, stalled and reset. On each line of standard input it prints what it has seen so far, as JSON.
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
    """Deltas of the answer to a prompt: from half of `events` to half as many again, so that streams don't end as one."""
    return events // 2 + crc32(prompt.encode()) % (events + 1)


def words_of(prompt: str, events: int) -> list[str]:
    """The deltas of the answer to a prompt; some have what JSON escapes, or are not ASCII."""
    return [prompt, *_later(len(prompt) % 3, length_of(prompt, events))]


@cache
def _later(begin: int, events: int) -> list[str]:
    return [_WORDS[(begin + at * at) % len(_WORDS)] for at in range(events - 1)]


def text_of(prompt: str, events: int) -> str:
    """The whole answer."""
    return prompt + _later_text(len(prompt) % 3, length_of(prompt, events))


@cache
def _later_text(begin: int, events: int) -> str:
    return "".join(_later(begin, events))


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
    """The answer as a stream of OpenAI's chunks, with the usage at the end."""

    def frame(chunk: object) -> bytes:
        return b"data: %s\n\n" % json.dumps(chunk, separators=(",", ":"), ensure_ascii=False).encode()

    first = frame(_chunk(prompt, delta={"role": "assistant", "content": "", "refusal": None}))
    before, behind = frame(_chunk(prompt, delta={"content": "\0"})).split(b'"\\u0000"')
    pieces = [before + _encoded(word) + behind for word in words_of(prompt, events)]
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
        told = {"asked": asked, "cpu_s": time.process_time()}
        if faults:
            told.update(drawn=faults.drawn, bursts=faults.bursts)
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
