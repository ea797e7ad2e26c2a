"""Threads that read, cancel, close, abandon and run out of time, over one client's pool and a server that does everything.

Nobody gets what is another's, a good end has the whole text, nothing hangs, and nothing is left open.
"""

from __future__ import annotations

import gc
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from conftest import BARE_DONE, chunk
from faultserver import (
    CHUNKED,
    CLOSE,
    CUT,
    END,
    RESET,
    STALL,
    FaultServer,
    Pause,
    Request,
    Script,
    head,
    length,
    piece,
    settled,
    sockets_to,
)
from ssescan import Scanner, SSEScanError, Timeouts
from ssescan.openai import OpenAI

pytestmark = pytest.mark.usefixtures("loopback")

THREADS = 16
#: Of each thread: enough for every pair of a server's way and a reader's way to meet. On a busy machine they take longer.
STREAMS = 40
LIMITS = Timeouts(connect_s=5, idle_s=0.3, event_s=0.3, total_s=2)


# What the server does, by a coin that the name of the model throws.


def events_of(model: str) -> list[bytes]:
    """Each says whose it is."""
    return [chunk(f"{model} ") for _ in range(random.Random(model).randint(1, 6))]


def whole(events: list[bytes], draw: random.Random) -> Script:
    return (head(CHUNKED), *map(piece, events), piece(BARE_DONE) + END)


def slow_and_late(events: list[bytes], draw: random.Random) -> Script:
    steps = (step for event in events for step in (piece(event), Pause(draw.random() * 0.004)))
    return (head(CHUNKED), *steps, piece(BARE_DONE), Pause(draw.random() * 0.03), END)


def with_length(events: list[bytes], draw: random.Random) -> Script:
    body = b"".join(events) + draw.choice((BARE_DONE, chunk(finish="stop")))
    at = draw.randrange(len(body))
    return (head(length(len(body))), body[:at], Pause(draw.random() * 0.005), body[at:])


def closed(events: list[bytes], draw: random.Random) -> Script:
    return (head("Connection: close"), *events, BARE_DONE, CLOSE)


def lingering(events: list[bytes], draw: random.Random) -> Script:
    return (head(CHUNKED), *map(piece, events), piece(BARE_DONE), STALL)


def broken(events: list[bytes], draw: random.Random) -> Script:
    return (head(CHUNKED), *map(piece, events), draw.choice((RESET, CUT, STALL, END)))


def busy(events: list[bytes], draw: random.Random) -> Script:
    return (head(length(2), status="503 Busy", kind="application/json"), b"{}")


ANSWERS = (whole, slow_and_late, with_length, closed, lingering, broken, busy)


def answer(request: Request) -> Script:
    model = json.loads(request.body)["model"]
    draw = random.Random(model + "answer")
    return draw.choice(ANSWERS)(events_of(model), draw)


# What the readers do; each gives the text that it saw.


def iterated(events: Scanner, draw: random.Random) -> Iterator[str]:
    for event in events:
        yield event.text or ""


def read(events: Scanner, draw: random.Random) -> Iterator[str]:
    yield from iter(events.reader().readline, "")


def ended_by_another(events: Scanner, draw: random.Random) -> Iterator[str]:
    timer = threading.Timer(draw.random() * 0.01, draw.choice((events.cancel, events.close)))
    timer.start()
    while events.scan():
        yield events.text() or ""
    timer.join()


def abandoned(events: Scanner, draw: random.Random) -> Iterator[str]:
    if draw.random() < 0.5:
        events.__dict__["itself"] = events  # for the collector to find, wherever it is then
    yield next(events).text or ""


def left(events: Scanner, draw: random.Random) -> Iterator[str]:
    with events:
        yield next(events).text or ""


READERS = (iterated, read, ended_by_another, abandoned, left)


def use(client: OpenAI, model: str) -> str:
    """Reads one stream in some way. Gives what came of it."""
    draw, texts, events = random.Random(model + "reader"), [], None
    reader: Callable[..., Iterator[str]] = draw.choice(READERS)
    try:
        events = client.chat.completions.create(model=model, messages=[], stream=True)
        texts += reader(events, draw)
    except SSEScanError as error:
        assert units(error.partial_text, model) >= units("".join(texts), model)
        outcome = type(error).__name__
    except StopIteration:  # closed by the server before the first event
        outcome = "nothing"
    else:
        outcome = str(events.outcome)
        if reader in (iterated, read) and outcome in ("done", "finished"):
            assert units("".join(texts), model) == len(events_of(model))
    assert units("".join(texts), model) <= len(events_of(model))
    return outcome


def units(text: str, model: str) -> int:
    """How many texts of this model's events it is made of, and nothing else."""
    assert text.replace(f"{model} ", "") == ""
    return text.count(f"{model} ")


def use_all(client: OpenAI, thread: int, streams: int) -> Counter[str]:
    return Counter(use(client, f"m{thread}-{number}") for number in range(streams))


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("streams", [STREAMS, pytest.param(600, marks=pytest.mark.soak)])
def test_everything_at_once(tls: bool, streams: int):
    with FaultServer(tls=tls, plays=[answer]) as server, ThreadPoolExecutor(THREADS) as beside:
        client = server.client(timeout=LIMITS)
        threads = [beside.submit(use_all, client, n, streams) for n in range(THREADS)]
        seen = sum((thread.result(100) for thread in threads), Counter())
        assert set(seen) >= {"done", "finished", "cancelled", "StreamTruncated", "StreamBroken", "InternalServerError"}
        gc.collect()
        client.close()
        assert settled(lambda: sockets_to(server.port) == [])


# Several threads end one stream. They must agree on how it ended.


def advance(events: Scanner) -> None:
    try:
        while events.scan():
            pass
    except RuntimeError as error:
        assert str(error) == "Stream is being read by another thread"


def raises(events: Scanner) -> None:
    try:
        for _ in events:
            pass
    except SSEScanError as error:
        assert error is events.err
    except RuntimeError as error:
        assert str(error) == "Stream is being read by another thread"


def reads_text(events: Scanner) -> None:
    try:
        events.reader().read()
    except SSEScanError as error:
        assert error is events.err
    except (RuntimeError, ValueError) as error:  # another thread reads, or closed the stream
        assert str(error).startswith(("Stream ", "Cannot "))


ENDERS = (advance, raises, reads_text, Scanner.cancel, Scanner.close)
SOURCES = ("blocks", "broken", "truncated", "response")


def verdict_of(events: Scanner) -> tuple[str, BaseException | None] | None:
    """Return the outcome and the exception as this thread sees them; None while the stream is open.

    Exceptions are equal if they are identical. The stream makes another one when the program has dropped the last.
    """
    outcome = events.outcome
    return None if outcome == "open" else (str(outcome), events.err)


def blocks_of(kind: str) -> Iterator[bytes]:
    for n in range(3):
        yield chunk(f"{n} ")
        time.sleep(0)  # another thread may run here
    if kind == "broken":
        raise ConnectionResetError("reset")
    if kind == "blocks":
        yield BARE_DONE


def end_together(events: Scanner, draw: random.Random, beside: ThreadPoolExecutor) -> str:
    """Let four threads end a stream at once. Return the outcome that all of them see."""
    start = threading.Barrier(4)

    def end(how: Callable[[Scanner], Any]) -> set[tuple[str, BaseException | None]]:
        start.wait(10)
        seen = {verdict_of(events)}
        how(events)
        seen.add(verdict_of(events))
        return {verdict for verdict in seen if verdict is not None}

    ends = [beside.submit(end, draw.choice(ENDERS)) for _ in range(4)]
    seen = set().union(*(each.result(10) for each in ends))
    if events.outcome == "open":  # all four found a thread that was reading, or the reader was not the last one
        events.close()
    seen.add(verdict_of(events))
    assert len(seen) == 1, seen
    assert events.scan() is False
    assert verdict_of(events) in seen
    return str(events.outcome)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize("seconds", [0.5, pytest.param(60.0, marks=[pytest.mark.soak, pytest.mark.timeout(120)])])
def test_all_threads_see_one_verdict(seconds: float):
    draw, seen = random.Random(5), Counter[str]()
    switch_s = sys.getswitchinterval()
    with FaultServer(plays=[answer]) as server, ThreadPoolExecutor(4) as beside:
        client = server.client(timeout=LIMITS)
        until_s = time.monotonic() + seconds
        sys.setswitchinterval(1e-5)
        try:
            while time.monotonic() < until_s:
                kind = draw.choice(SOURCES)
                if kind == "response":
                    try:
                        model = f"m{seen.total()}"
                        events: Scanner = client.chat.completions.create(model=model, messages=[], stream=True)
                    except SSEScanError:
                        continue
                else:
                    events = Scanner(blocks_of(kind), dialect="chat")
                seen[end_together(events, draw, beside)] += 1
                if draw.random() < 0.5:
                    events.close()
                del events  # a drop takes the same way
        finally:
            sys.setswitchinterval(switch_s)
        client.close()
        assert settled(lambda: sockets_to(server.port) == [])
    assert set(seen) >= {"done", "cancelled", "truncated", "broken"}
