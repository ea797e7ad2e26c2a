"""Hostile objects around a stream, by a coin: sources, tees, callbacks and finalizers that use the stream they belong to.

They advance it, end it, raise, change their buffers, drop it, and run the garbage collector, anywhere. Only documented
exceptions may come out: no PanicException, no SystemError, no "Already borrowed". Run one round again with
`SSESCAN_HOSTILE=seed:round`.
"""

from __future__ import annotations

import copy
import gc
import io
import itertools
import os
import pickle
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conftest import BARE_DONE, chunk, delta, frame, run
from ssescan import Parser, Scanner, SSEScanError

#: The messages of a RuntimeError or ValueError that the documentation has.
DOCUMENTED = (
    "Stream is being read by another thread",
    "Cannot read channel",
    "Stream was closed before the answer was complete",
    "I/O operation on closed file",
    "text requires a dialect",
    "Unknown channel",
    "generator already executing",
)


class Mine(Exception):
    """Raised by hostile objects."""


class MyInterrupt(BaseException):
    """As a KeyboardInterrupt would be."""


def check(error: BaseException) -> None:
    """Fail for an exception that is not documented."""
    if isinstance(error, (SSEScanError, Mine, MyInterrupt, StopIteration)):
        return
    if type(error) is TypeError:
        assert str(error).startswith(("a block must be bytes", "Parser is not iterable")), repr(error)
        return
    assert type(error) in (RuntimeError, ValueError) and str(error).startswith(DOCUMENTED), repr(error)


class Round:
    """One stream and the hostile objects around it."""

    def __init__(self, draw: random.Random, seen: Counter[str]) -> None:
        self.draw, self.seen, self.depth = draw, seen, 0
        self.events: Scanner | None = None
        self.kept: list[Any] = []
        self.buffers: list[bytearray] = []
        self.dialect = draw.choice(["chat", "assistants", "auto", None])

    def use(self) -> None:
        """Do something to the stream."""
        events = self.events
        if self.depth > 3 or events is None:
            return
        self.depth += 1
        name = self.draw.choice(list(USES))
        try:
            self.kept.append(USES[name](self, events))
            self.seen[name] += 1
        except BaseException as error:
            check(error)
            self.seen[f"{name}: {type(error).__name__}"] += 1
        finally:
            self.depth -= 1

    def meddle(self) -> None:
        """Use the stream a few times, and perhaps raise or forget it, as hostile objects do when they are called."""
        if self.depth > 3:
            return
        while self.draw.random() < 0.4:
            self.use()
        if self.draw.random() < 0.02:
            raise self.draw.choice([Mine, MyInterrupt])
        if self.draw.random() < 0.02:
            self.events = None


class Dropped:
    """Meddles when it is dropped; also a tee, and a callback."""

    def __init__(self, around: Round) -> None:
        self.around = around
        if around.draw.random() < 0.5:
            self.itself = self  # for the garbage collector

    def write(self, block: bytes) -> Any:
        assert type(block) is bytes
        self.around.meddle()
        return self.around.draw.choice([None, Dropped(self.around)])

    def __call__(self, event: Any) -> None:
        self.around.kept.append(event)
        self.around.meddle()

    def __del__(self) -> None:
        self.around.meddle()


class Block(bytes):
    around: Round

    def __del__(self) -> None:
        self.around.meddle()


def set_tee(around: Round, events: Scanner) -> None:
    events.tee = around.draw.choice([None, Dropped(around), io.BytesIO()])


def forget(around: Round, events: Scanner) -> None:
    del around.kept[: around.draw.randrange(1 + len(around.kept))]


def change_buffers(around: Round, events: Scanner) -> None:
    for buffer in around.buffers:
        buffer[:] = b"?" * len(buffer)


def reader_of(around: Round, events: Scanner) -> Any:
    on_event = around.draw.choice([None, Dropped(around)])
    channel, index = around.draw.choice(["text", "text", "reasoning"]), around.draw.choice([..., ..., None, 0])
    return around.draw.choice([events.reader, events.byte_reader])(channel, index, on_event)


def look(event: Any) -> Any:
    return event and (event.json(), event.raw, getattr(event, "text", None), str(event))


def copied(around: Round, events: Scanner) -> Any:
    event = events.event
    return around.draw.choice([copy.copy, copy.deepcopy, repr, lambda e: pickle.loads(pickle.dumps(e))])(event)


USES: dict[str, Callable[[Round, Scanner], Any]] = {
    "next": lambda around, events: next(events),
    "scan": lambda around, events: (events.scan(), events.text() if events.dialect else None),
    "loop": lambda around, events: [event for _, event in zip(range(5), events)],
    "read": lambda around, events: reader_of(around, events).read(around.draw.choice([0, 1, 5, -1])),
    "readline": lambda around, events: reader_of(around, events).readline(),
    "unlike": lambda around, events: events._next_unlike("text", alike=True),
    "facts": lambda around, events: (events.stats, events.outcome, events.err, events.event, events.last_event_id),
    "summary": lambda around, events: (events.usage, events.finish_reason),
    "look": lambda around, events: look(events.event),
    "copy": copied,
    "tee": set_tee,
    "collect": lambda around, events: gc.collect(0),
    "cancel": lambda around, events: events.cancel() if around.draw.random() < 0.1 else None,
    "close": lambda around, events: events.close() if around.draw.random() < 0.1 else None,
    "change": change_buffers,
    "forget": forget,
    "keep": lambda around, events: Dropped(around),
    "another": lambda around, events: Parser("chat").feed(chunk("x")),
}


def body_of(draw: random.Random) -> bytes:
    pieces = [
        lambda: chunk("text\n" * draw.randrange(4)),
        lambda: delta(draw.choice(["ü🙂", "", "\ud83d"])),
        lambda: run("in_progress"),
        lambda: frame({"a": [{"b": {}}]}, "x.y", id="1"),
        lambda: chunk(finish="stop"),
        lambda: b": comment\n\nretry: 5\n\n",
        lambda: frame({"error": {"message": "no"}}),
        lambda: BARE_DONE,
    ]
    weights = [30, 30, 5, 5, 2, 5, 1, 1]
    body = bytearray(b"".join(draw.choices(pieces, weights)[0]() for _ in range(draw.randrange(1, 40))))
    if draw.random() < 0.3:
        body[draw.randrange(len(body))] = draw.randrange(256)
    return bytes(body)


def blocks_of(body: bytes, around: Round) -> list[Any]:
    """The body in blocks of every kind."""
    draw, blocks, at = around.draw, [], 0
    while at < len(body):
        size = draw.choice([1, 7, 100, 5000])
        part = body[at : at + size]
        at += size
        kind = draw.randrange(5)
        if kind == 0:
            block: Any = Block(part)
            block.around = around
        elif kind in (1, 2):
            block = bytearray(part)
            around.buffers.append(block)
            block = memoryview(block) if kind == 2 else block
        else:
            block = draw.choice([part, part, b""])  # a lost block is a hostile source too
        blocks.append(block)
    return [*blocks, *draw.choice([[], [], [], ["a str"], [Dropped(around)]])]


class Iterates:
    def __init__(self, around: Round, blocks: list[Any]) -> None:
        self.around, self.blocks = around, blocks

    def __iter__(self) -> Iterates:
        return self

    def __next__(self) -> Any:
        self.around.meddle()
        if not self.blocks:
            raise StopIteration
        return self.blocks.pop(0)


class File:
    """A binary file."""

    def __init__(self, around: Round, blocks: list[Any]) -> None:
        self.around = around
        self.blocks = [block for block in blocks if isinstance(block, (bytes, bytearray, memoryview)) and len(block)]

    def read1(self, size: int = -1) -> Any:
        self.around.meddle()
        return self.blocks.pop(0) if self.blocks else b""

    def close(self) -> None:
        self.around.meddle()


def generated(around: Round, blocks: list[Any]) -> Iterator[Any]:
    held = Dropped(around)
    for block in blocks:
        around.meddle()
        yield block
    del held


def shrinking(around: Round, blocks: list[Any]) -> list[Any]:
    around.kept.append(blocks)  # `use` may drop it, and then the iterator has the last reference
    return blocks


SOURCES = [Iterates, File, generated, shrinking, lambda around, blocks: tuple(blocks)]


def play(draw: random.Random, seen: Counter[str]) -> None:
    around = Round(draw, seen)
    try:
        source = draw.choice(SOURCES)(around, blocks_of(body_of(draw), around))
        tee = draw.choice([None, Dropped(around)])
        around.events = Scanner(source, dialect=around.dialect, tee=tee)
        del source, tee
        for _ in range(draw.randrange(40)):
            around.use()
    except BaseException as error:
        check(error)
    outcome = around.events.outcome if around.events is not None else "dropped"
    seen[f"outcome {outcome}"] += 1
    around.depth = 9  # what is dropped from here on does nothing
    around.kept.clear()
    around.events = None


def rounds_of(seed: str, only: str) -> Iterator[int]:
    """Yield the numbers of the rounds: one, a hundred, or those of a minute."""
    if only:
        yield int(only)
    elif seed == SMALL:
        yield from range(100)
    else:
        until_s = time.monotonic() + 60
        yield from itertools.takewhile(lambda _: time.monotonic() < until_s, itertools.count())


#: The seed of the test that is not a soak test.
SMALL = "13"


@pytest.mark.parametrize(
    "seed",
    [
        SMALL,
        pytest.param(f"{random.randrange(1 << 32)}", marks=[pytest.mark.soak, pytest.mark.timeout(180)], id="random"),
    ],
)
def test_only_documented_exceptions(seed: str, monkeypatch: pytest.MonkeyPatch):
    unraisable: list[BaseException] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda hook: unraisable.append(hook.exc_value))
    seed, only = os.environ.get("SSESCAN_HOSTILE", f"{seed}:").split(":")
    seen, played, thresholds = Counter[str](), 0, gc.get_threshold()
    try:
        for number in rounds_of(seed, only):
            draw = random.Random(f"{seed}:{number}")
            gc.set_threshold(draw.choice([1, 5, 700]), 100, 100)
            try:
                play(draw, seen)
                for error in unraisable:
                    check(error)
            except BaseException:
                print(f"SSESCAN_HOSTILE={seed}:{number}")
                raise
            unraisable.clear()
            played += 1
    finally:
        gc.set_threshold(*thresholds)
        print(f"seed {seed}, {played} rounds: {dict(seen)}")
    assert only or {"next", "read", "summary", "outcome truncated"} <= set(seen)
