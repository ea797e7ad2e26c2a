"""What streams and events hold on to: bounded, their own, and given back. Nothing here looks at a clock."""

from __future__ import annotations

import collections
import copy
import functools
import gc
import heapq
import itertools
import os
import pickle
import subprocess
import sys
import tracemalloc
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import BARE_DONE, COMPLETED, DONE, chunk, cut, delta, frame, output, run
from ssescan import EventTooLarge, Parser, Scanner, SSEScanError
from ssescan._core import Selection

BLOCK_BYTES = 65536


def body_of(count: int, first: int = 0) -> bytes:
    return b"".join(delta(f"text {n}") for n in range(first, first + count))


def full_blocks(count: int, events: bytes = body_of(370)) -> Iterator[bytes]:
    """Blocks of 64 KiB that begin with `events`; each made when it is asked for, so that nobody else holds it."""
    block = bytearray(events + b":" * (BLOCK_BYTES - 2 - len(events)) + b"\n\n")
    assert len(block) == BLOCK_BYTES
    for _ in range(count):
        yield bytes(block)


def held(work: Callable[[], Any]) -> tuple[Any, int]:
    """What `work` gives, and the bytes that are allocated because of it afterwards."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        result = work()
        gc.collect()
        return result, tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


MIB = 1 << 20


class TestKept:
    """A small event that is kept does not keep the block that it came in."""

    @pytest.mark.parametrize("dialect", ["assistants", None])
    def test_all_events_of_many_blocks(self, dialect):
        events, size = held(lambda: list(itertools.islice(Scanner(full_blocks(8), dialect=dialect), 2000)))

        assert len(events) == 2000
        assert size < 4 * MIB

    def test_events_that_were_made_while_scanning(self):
        """One of each block; the others are not made."""

        def keep() -> tuple[Any, list]:
            scanner, events, n = Scanner(full_blocks(200), dialect="assistants"), [], 0
            while scanner.scan():
                if n % 370 == 0:
                    events.append(scanner.event)
                n += 1
            return scanner, events

        (_, events), size = held(keep)
        assert len(events) == 200 and size < 2 * MIB

    @pytest.mark.parametrize("dialect", ["assistants", "chat", None])
    @pytest.mark.parametrize("per_block", [1, 2, 3, 20])
    @pytest.mark.parametrize("which", [0, -1])
    def test_one_event_of_each_block(self, dialect, per_block, which):
        """150 events out of 9 MiB of blocks, the stream still open."""
        event = chunk("text") if dialect == "chat" else delta("text")

        def keep() -> tuple[Any, list]:
            scanner = Scanner(full_blocks(150, event * per_block), dialect=dialect)
            events = (list(itertools.islice(scanner, per_block))[which] for _ in range(150))
            return scanner, list(events)

        (scanner, kept), size = held(keep)
        assert len(kept) == 150
        assert scanner.outcome == "open"
        assert size < MIB

    def test_nested_objects(self):
        """A nested object keeps at most the payload of its event, and nothing of a large one."""
        payload = {"delta": {"content": [{"index": 0, "type": "text", "text": {"value": "a"}}]}}

        def texts(id_bytes: int) -> Iterator[Any]:
            event = frame({**payload, "id": "x" * id_bytes}, "thread.message.delta")
            return (
                event.data.delta.content[0].text for event in Scanner(full_blocks(300, event), dialect="assistants")
            )

        for id_bytes in (10, 50000):
            kept, size = held(lambda texts=texts(id_bytes): list(itertools.islice(texts, 300)))
            assert [text.value for text in kept] == ["a"] * 300
            assert size < MIB

    def test_the_last_events_of_dropped_streams(self):
        """An event may be left in its block as long as its stream lives, not longer."""

        def keep() -> list:
            kept = []
            for block in full_blocks(300):
                kept.append(list(Parser("assistants").feed(block))[-1])
            return kept

        kept, size = held(keep)
        assert len(kept) == 300
        assert size < 2 * MIB

    def test_the_last_events_of_dropped_scanners(self):
        def keep() -> list:
            kept = []
            for block in full_blocks(300):
                scanner = Scanner([block], dialect="assistants")
                last = [event for event in itertools.islice(scanner, 300)][-2:]
                kept.append(last)
            return kept

        kept, size = held(keep)
        assert len(kept) == 300
        assert size < 2 * MIB

    def test_models_hold_no_block(self):
        def keep() -> list:
            return [
                next(Scanner([block], dialect="assistants")).data.delta.content[0].text for block in full_blocks(200)
            ]

        kept, size = held(keep)
        assert kept[0].value == "text 0"
        assert size < 2 * MIB

    def test_text_holds_no_block(self):
        kept, size = held(
            lambda: [Scanner([block], dialect="assistants").reader().read(1) for block in full_blocks(200)]
        )

        assert set(kept) == {"t"}
        assert size < MIB

    def test_raw_holds_no_block(self):
        kept, size = held(lambda: [next(Scanner([block], dialect="assistants")).raw for block in full_blocks(200)])

        assert len(kept) == 200
        assert size < MIB

    def test_errors_hold_no_stream(self):
        def keep() -> list:
            kept = []
            for block in full_blocks(100):
                scanner = Scanner([block], dialect="assistants")
                while scanner.scan():
                    pass
                kept.append(scanner.err)
            return kept

        kept, size = held(keep)
        assert len(kept) == 100
        assert size < 4 * MIB  # the partial texts: 64 KiB of events have some 3 KiB of text


class TestBounds:
    def test_a_long_stream_that_nobody_keeps(self):
        """Up to 128 KiB of blocks are kept (D4 allows 1 MiB), and beyond that the text."""
        peak = 0

        def read() -> None:
            nonlocal peak
            tracemalloc.reset_peak()
            for _ in Scanner(itertools.chain(full_blocks(320), [b"\n\n" + DONE]), dialect="assistants"):
                pass
            peak = tracemalloc.get_traced_memory()[1]

        _, size = held(read)
        assert peak < 3 * MIB
        assert size < MIB / 4

    def test_without_a_dialect_nothing_is_kept(self):
        peak = 0

        def read() -> None:
            nonlocal peak
            tracemalloc.reset_peak()
            for _ in Scanner(full_blocks(320)):
                pass
            peak = tracemalloc.get_traced_memory()[1]

        held(read)
        assert peak < MIB

    @pytest.mark.parametrize("dialect", ["assistants", None])
    def test_an_event_of_8_mib_in_blocks_of_100_bytes(self, dialect):
        text = "0123456789" * (8 * MIB // 10)
        blocks = cut(delta(text) + DONE, 100)
        event = next(Scanner(blocks, dialect=dialect))

        assert len(event.raw) > 8 * MIB
        assert (event.text if dialect else event.json()["delta"]["content"][0]["text"]["value"]) == text

    def test_its_text_too(self):
        text = "0123456789" * (8 * MIB // 10)

        assert Scanner(cut(delta(text) + DONE, 100), dialect="assistants").reader().read() == text

    def test_an_event_in_single_bytes(self):
        text = "x" * (MIB // 2)

        assert next(Scanner((bytes([byte]) for byte in delta(text)), dialect="assistants")).text == text

    def test_a_limit_bounds_what_is_held(self):
        def endless() -> Iterator[bytes]:
            yield b"data: "
            while True:
                yield b"x" * 1000

        def read() -> Scanner:
            scanner = Scanner(endless(), max_event_bytes=100_000)
            while scanner.scan():
                pass
            return scanner

        scanner, size = held(read)
        assert isinstance(scanner.err, EventTooLarge)
        assert size < MIB / 2

    def test_comments_are_not_held(self):
        _, size = held(lambda: list(Scanner(b": " + b"c" * 1000 for _ in range(2000))))

        assert size < MIB / 8

    def test_many_open_streams(self):
        """Each with an event handed out and one under way."""

        def opened() -> list:
            scanners = [
                Scanner(itertools.chain([delta("a") + delta("b")[:50]], itertools.repeat(b"")), dialect="assistants")
                for _ in range(200)
            ]
            for scanner in scanners:
                next(scanner)
            return scanners

        scanners, size = held(opened)
        assert size / len(scanners) < 16384


class TestReuse:
    """Events that were let go are made into the next ones. Nobody may notice."""

    @pytest.mark.parametrize("size", [100, 1000, 65536, 1 << 20])
    @pytest.mark.parametrize("step", [1, 2, 3, 7])
    def test_kept_ones_do_not_change(self, size, step):
        kept = []
        for number, event in enumerate(Scanner(cut(body_of(3000), size) + [DONE], dialect="assistants")):
            if number % step == 0:
                kept.append((number, event))

        assert [event.text for _, event in kept] == [f"text {number}" for number, _ in kept]
        assert len({id(event) for _, event in kept}) == len(kept)

    @pytest.mark.parametrize(
        "look", [lambda e: e, lambda e: e.data, lambda e: e.raw, lambda e: e.json(), lambda e: e.text]
    )
    @pytest.mark.parametrize("step", [2, 3])
    def test_what_was_taken_out_of_them_does_not_change(self, look, step):
        kept, expected = [], []
        for number, event in enumerate(Scanner([body_of(500), DONE], dialect="assistants")):
            if number % step == 0:
                kept.append(look(event))
                expected.append(copy.deepcopy(look(pickle.loads(pickle.dumps(event)))))

        assert kept == expected

    def test_pairs(self):
        """Two of one stream at once, of which the loop lets go together."""
        events = Scanner([body_of(101), DONE], dialect="assistants")
        pairs = list(zip(events, events))

        assert [(a.text, b.text) for a, b in pairs] == [(f"text {n}", f"text {n + 1}") for n in range(0, 100, 2)]

    def test_pairs_that_the_loop_lets_go(self):
        events = Scanner([body_of(100), DONE], dialect="assistants")

        assert [(a.text, b.text) for a, b in zip(events, events)] == [
            (f"text {n}", f"text {n + 1}") for n in range(0, 100, 2)
        ]

    def test_a_window(self):
        events = Scanner([body_of(50), DONE], dialect="assistants")
        before, seen = None, []
        for event in events:
            if before is not None:
                assert before is not event
                seen.append((before.text, event.text))
            before = event

        assert seen == [(f"text {n}", f"text {n + 1}") for n in range(49)]

    def test_nested_loops_and_generators(self):
        events = Scanner(cut(body_of(100), 700) + [DONE], dialect="assistants")

        def threes() -> Iterator[list]:
            for first in events:
                yield [first, *itertools.islice(events, 2)]

        groups = list(threes())
        assert [[event.text for event in group] for group in groups[:2]] == [
            ["text 0", "text 1", "text 2"],
            ["text 3", "text 4", "text 5"],
        ]
        assert sum(map(len, groups)) == 100

    def test_lookahead(self):
        events = Scanner([body_of(10), DONE], dialect="assistants")
        first = next(events)
        seen = [event.text for event in itertools.chain([first], events)]

        assert seen == [f"text {n}" for n in range(10)]
        assert first.text == "text 0"

    def test_tee_and_sorting(self):
        left, right = itertools.tee(Scanner([body_of(20), DONE], dialect="assistants"))
        assert [event.text for event in left] == [event.text for event in right]

        events = sorted(Scanner([body_of(9), DONE], dialect="assistants"), key=lambda event: event.text, reverse=True)
        assert [event.text for event in events] == [f"text {n}" for n in range(8, -1, -1)]

    def test_what_takes_events_apart_from_a_loop(self):
        def events() -> Scanner:
            return Scanner(cut(body_of(30), 700) + [DONE], dialect="assistants")

        texts = [f"text {n}" for n in range(30)]
        assert [(a.text, b.text) for a, b in itertools.pairwise(events())] == list(zip(texts, texts[1:]))
        assert [event.text for event in collections.deque(events(), maxlen=3)] == texts[-3:]
        assert max(events(), key=lambda event: event.text).text == "text 9"
        assert functools.reduce(lambda first, _: first, events()).text == "text 0"
        groups = [(key, [e.text for e in group]) for key, group in itertools.groupby(events(), lambda e: e.text[:6])]
        assert [text for _, group in groups for text in group] == texts
        assert [event.text for event in heapq.merge(events(), key=lambda event: 0)] == texts
        first, *_, last = events()
        assert (first.text, last.text) == ("text 0", "text 29")

    def test_the_current_event(self):
        events, kept = Scanner(cut(body_of(200), 1000) + [DONE], dialect="assistants"), []
        while events.scan():
            assert events.event is events.event
            if len(kept) % 2 == 0:
                kept.append(events.event)
            else:
                kept.append(events.text())

        assert [event if isinstance(event, str) else event.text for event in kept] == [f"text {n}" for n in range(200)]

    def test_it_is_not_remade_while_only_the_stream_holds_it(self):
        """`scanner.event` is the current event until the next advance, and the last one behind the end."""
        events = Scanner([body_of(3), DONE], dialect="assistants")
        for text in ("text 0", "text 1", "text 2"):
            assert events.scan()
            assert events.event.text == text
        assert not events.scan()
        assert events.event.text == "text 2"

    def test_other_events_between(self):
        """Rows and classes that change from one event to the next."""
        blocks = [
            delta("a"),
            run("created"),
            delta("b"),
            frame({"n": 1}, "x.y"),
            frame({"n": 2}, "x.z"),
            run("completed"),
        ]
        events = list(Scanner([b"".join(blocks * 20), DONE], dialect="assistants"))
        seen = [type(event).__name__ for event in Scanner([b"".join(blocks * 20), DONE], dialect="assistants")]

        assert seen == [type(event).__name__ for event in events]
        names = [event.event for event in Scanner([b"".join(blocks * 20), DONE], dialect="assistants")]
        assert names == [event.event for event in events]

    def test_events_with_and_without_a_block_of_their_own(self):
        """One that lies in its block, one that a border cut, one of several data lines, by turns."""
        lines = b'event: thread.message.delta\ndata: {"delta":{"content":[{"index":0,"type":"text",\ndata: "text":{"value":"lines"}}]}}\n\n'
        body = b"".join(delta(f"text {n}") + lines for n in range(60))
        expected = [text for n in range(60) for text in (f"text {n}", "lines")]
        for size in (90, 170, 333, 4096):
            texts, kept = [], []
            for event in Scanner(cut(body, size) + [DONE], dialect="assistants"):
                texts.append(event.text)
                if len(texts) % 3 == 0:
                    kept.append(event)
            assert texts == expected
            assert [event.text for event in kept] == expected[2::3]

    def test_parsers(self):
        parser, kept, expected = Parser("assistants"), [], []
        for number, block in enumerate(cut(body_of(500), 1000)):
            events = parser.feed(block)
            if number % 2:
                kept += events
                expected += [event.text for event in events]
            del events

        assert [event.text for event in kept] == expected

    def test_readers_that_show_events(self):
        kept: list = []
        blocks = cut(b"".join(run("created", number=n) + delta("x") for n in range(200)), 900)
        text = (
            Scanner([*blocks, DONE], dialect="assistants")
            .reader(on_event=lambda event: kept.append(event) if len(kept) < 50 else None)
            .read()
        )

        assert text == "x" * 200
        assert [event.data.number for event in kept] == list(range(50))

    def test_what_a_loop_changed_is_not_in_the_next_event(self):
        events = Scanner([body_of(100), DONE], dialect="assistants")
        for number, event in enumerate(events):
            assert event.data.id == "msg_1"
            assert not hasattr(event, "mark")
            assert event.text == event.data.delta.content[0].text.value == f"text {number}"
            event.data.id = "changed"
            event.mark = number


ERROR = frame({"message": "m", "code": "server_error"}, "error")


def work_events() -> None:
    for event in Scanner(cut(body_of(200), 4096) + [DONE], dialect="assistants"):
        event.text


def work_models() -> None:
    for event in Scanner([body_of(50), DONE], dialect="assistants"):
        event.data.delta.content[0].text.value
        event.data.extra = {"a": [1]}
        event.to_dict(), repr(event), event == copy.deepcopy(event), pickle.loads(pickle.dumps(event))


def work_chat() -> None:
    scanner = Scanner([chunk("a") * 50, chunk(finish="stop"), BARE_DONE], dialect="chat")
    for event in scanner:
        event.choices[0].delta.content
    scanner.usage, scanner.finish_reason


def work_readers() -> None:
    blocks = cut(body_of(50), 500) + [DONE]
    Scanner(blocks, dialect="assistants").reader().read()
    list(Scanner(blocks, dialect="assistants").reader(on_event=lambda event: event.event))
    Scanner(blocks, dialect="assistants").byte_reader().read()
    reader = Scanner(blocks, dialect="assistants").reader()
    while reader.read(3):
        pass


def work_errors() -> None:
    blocks = [
        [delta("a")],
        [delta("a"), ERROR],
        [frame("x", "thread.created")],
        [frame("{oops}", "thread.created"), DONE],
        [5],
    ]
    for some in blocks:
        scanner = Scanner(some, dialect="assistants")
        for _ in range(3):
            try:
                for event in scanner:
                    event.data
            except (SSEScanError, TypeError):
                pass
        try:
            scanner.reader().read()
        except (SSEScanError, TypeError):
            pass
        scanner.close()


def work_ends() -> None:
    for end in ("close", "cancel"):
        scanner = Scanner(iter([delta("a"), delta("b")]), dialect="assistants")
        next(scanner)
        getattr(scanner, end)()
        scanner.scan()


def work_plain() -> None:
    for event in Scanner([b"id: 7\nevent: e\ndata: {}\n\n" * 100]):
        event.data, event.id, event.json(), event.event


def work_parsers() -> None:
    for dialect, body in (
        ("assistants", body_of(30) + DONE),
        ("responses", output("a") * 30 + COMPLETED),
        (None, body_of(30)),
    ):
        parser = Parser(dialect)
        [event.raw for block in cut(body, 300) for event in parser.feed(block)]
        parser.finish()


def work_names() -> None:
    for event in Scanner([b"".join(frame({"n": n}, f"name {n}") for n in range(100)), DONE], dialect="assistants"):
        event.event, event.data


WORK = {name.removeprefix("work_"): found for name, found in sorted(globals().items()) if name.startswith("work_")}


def growth(work: Callable[[], None], times: int) -> tuple[int, int]:
    """Blocks and objects that are there after so many times and were not before.

    The least of a few rounds: what leaks grows in each, and threads that other tests left behind do not.
    """
    rounds = []
    gc.collect()
    gc.freeze()  # what is there already need not be counted, nor walked
    for _ in range(3):
        before = counted()
        for _ in range(times):
            work()
        after = counted()
        rounds.append((after[0] - before[0], after[1] - before[1]))
    return min(blocks for blocks, _ in rounds), min(objects for _, objects in rounds)


def counted() -> tuple[int, int]:
    gc.collect()
    return sys.getallocatedblocks(), len(gc.get_objects())


class TestLeaks:
    """Doing the same again and again leaves nothing behind."""

    @pytest.mark.parametrize("work", WORK.values(), ids=WORK)
    def test_nothing_grows(self, work):
        for _ in range(5):
            work()

        blocks, objects = growth(work, 20)
        assert blocks < 200  # one reference lost per event or call would be thousands
        assert objects < 50

    def test_a_hundred_thousand_events(self):
        body = body_of(1000)

        def read() -> None:
            for _ in Scanner(itertools.chain(itertools.repeat(body, 100), [DONE]), dialect="assistants"):
                pass

        read()
        assert growth(read, 1)[0] < 400

    @pytest.mark.parametrize("dialect", ["assistants", "chat", None])
    def test_references_to_shared_objects(self, dialect):
        """Classes, rows and names that all events share are counted right."""
        make = chunk if dialect == "chat" else delta
        event = next(Scanner([make("a"), DONE], dialect=dialect))
        cls, none = type(event), sys.getrefcount(None)
        before = sys.getrefcount(cls)
        for _ in range(20):
            for event in Scanner([make("a") * 100, DONE if dialect != "chat" else BARE_DONE], dialect=dialect):
                copy.copy(event)
        del event
        gc.collect()

        assert abs(sys.getrefcount(cls) - before) < 20
        assert abs(sys.getrefcount(None) - none) < 500

    def test_blocks_are_given_back(self):
        """The references to a block: one for each of us, and the stream's as long as it needs it."""
        block = body_of(100)
        base = sys.getrefcount(block)
        scanner = Scanner([block], dialect=None)
        for _ in scanner:
            pass
        del scanner
        gc.collect()
        assert sys.getrefcount(block) == base

        scanner = Scanner(iter([block]), dialect="assistants")
        kept = [next(scanner) for _ in range(10)]
        del scanner
        gc.collect()
        assert sys.getrefcount(block) == base
        assert [event.text for event in kept] == [f"text {n}" for n in range(10)]

    def test_a_dropped_stream_is_freed_by_its_last_reference(self, no_garbage):
        """Not by the collector: a socket waits for it."""
        for how in ("fresh", "in mid stream", "ended", "failed", "read"):
            block = body_of(10)
            base = sys.getrefcount(block)
            scanner = Scanner(iter([block]), dialect=None if how == "ended" else "assistants")
            if how == "in mid stream":
                next(scanner)
            elif how in ("ended", "failed"):
                while scanner.scan():
                    pass
            elif how == "read":
                scanner.reader().read(3)
            del scanner
            assert sys.getrefcount(block) == base, how

    @pytest.mark.parametrize("error", [ConnectionResetError("reset"), TimeoutError("slow")])
    def test_a_broken_stream_is_freed_by_its_last_reference(self, no_garbage, error):
        """From Python 3.12 on, the traceback of a transport's exception leads to the frame that has the stream."""

        def blocks() -> Iterator[bytes]:
            yield chunk("a")
            raise type(error)(*error.args)

        def read() -> weakref.ref[Scanner]:
            scanner = Scanner(blocks(), dialect="chat")
            while scanner.scan():
                pass
            assert type(scanner.err.__cause__) is type(error)
            return weakref.ref(scanner)

        assert read()() is None


LARGE = """
import resource, sys
from ssescan import Scanner

MIB = 1 << 20
SIZE = 32 * MIB


def blocks():
    yield b'event: thread.message.delta\\ndata: {"delta":{"content":[{"index":0,"type":"text","text":{"value":"'
    block = b"x" * 65536
    for _ in range(SIZE // len(block)):
        yield block
    yield b'"}}]}}\\n\\nevent: done\\ndata: [DONE]\\n\\n'


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


way, dialect = sys.argv[1], sys.argv[2] if sys.argv[2] != "None" else None
small = Scanner([b"event: thread.created\\ndata: {}\\n\\ndata: [DONE]\\n\\n"], dialect=dialect)
for event in small:  # imports
    event.raw, getattr(event, "text", None)
before = peak()
stream = Scanner(blocks(), dialect=dialect)
if way == "events":
    assert sum(1 for _ in stream) == (1 if dialect else 2)
else:
    reader, count = stream.reader(), 0
    while text := reader.read(65536):
        count += len(text)
    assert count == SIZE
print((peak() - before) / SIZE)
"""

GROWTH = """
import gc, os, sys

sys.path.insert(0, sys.argv[1])
from test_memory import WORK


def resident():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def work(times):
    for _ in range(times):
        for one in WORK.values():
            one()


work(10)
before = resident()
work(50)
print(resident() - before)
"""


def measured(program: str, *arguments: str) -> float:
    """What a program prints, in a process of its own: the core's memory is not Python's."""
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


class TestProcess:
    @pytest.mark.skipif(sys.platform == "win32", reason="getrusage is POSIX")
    @pytest.mark.parametrize(
        ("way", "dialect", "times"),
        [("events", None, 3), ("events", "assistants", 4), ("reader", "assistants", 3)],
    )
    def test_an_event_of_32_mib_needs_3_times_that(self, way, dialect, times):
        """And once more for the text that D4 keeps of typed events."""
        assert measured(LARGE, way, str(dialect)) < times + 0.3

    @pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="no /proc here")
    def test_the_process_does_not_grow(self):
        assert measured(GROWTH, str(Path(__file__).parent)) < 2 * MIB


PARTIAL_BYTES = 16 * MIB


class TestPartialText:
    """`partial_text` is the last 16 MiB of the text."""

    def failed(self, blocks: Iterable[bytes]) -> SSEScanError:
        events = Scanner(blocks, dialect="chat")
        while events.scan():
            pass
        assert isinstance(events.err, SSEScanError)
        return events.err

    @pytest.mark.parametrize(
        "piece", ["0123456789abcde\n", "ü€🙂", "\ud83d" + "x" * 100], ids=["ascii", "wide", "surrogates"]
    )
    def test_longer_text_is_truncated(self, piece: str):
        pieces = 17 * MIB // len(piece.encode("utf-8", "surrogatepass")) // 900
        texts = [f"{number} {piece * pieces}" for number in range(900)]
        body, whole = b"".join(map(chunk, texts)), "".join(texts)
        assert len(whole.encode("utf-8", "surrogatepass")) > PARTIAL_BYTES
        for blocks in (cut(body, BLOCK_BYTES), [body]):
            error = self.failed(blocks)

            assert error.partial_text_truncated is True
            assert whole.endswith(error.partial_text)
            assert 0 <= PARTIAL_BYTES - len(error.partial_text.encode("utf-8", "surrogatepass")) < 4

    def test_one_large_event(self):
        error = self.failed([chunk("a" * PARTIAL_BYTES + "b"), chunk("c")])

        assert error.partial_text == "a" * (PARTIAL_BYTES - 2) + "bc"
        assert error.partial_text_truncated is True

    def test_shorter_text_is_whole(self):
        error = self.failed(chunk("a" * MIB) for _ in range(16))

        assert (error.partial_text, error.partial_text_truncated) == ("a" * PARTIAL_BYTES, False)
        assert pickle.loads(pickle.dumps(error)).partial_text_truncated is False

    def test_a_reader(self):
        reader = Scanner((chunk("a" * MIB) for _ in range(20)), dialect="chat").reader()
        with pytest.raises(SSEScanError) as caught:
            reader.read()

        assert (caught.value.partial_text, caught.value.partial_text_truncated) == ("a" * PARTIAL_BYTES, True)


def in_a_process(code: str, *arguments: object) -> str:
    """Run `code` in an interpreter of its own; `peak_mib` and `bodies` are there. Return what it prints."""
    prelude = f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\nfrom test_memory import *\n"
    command = [sys.executable, "-c", prelude + code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def peak_mib() -> int:
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) // 1024


def much_text(size: int) -> Iterator[bytes]:
    """Yield blocks of about 64 KiB with `size` bytes of text in all."""
    events = bytearray(chunk("x" * 1000) * 64)
    for _ in range(size // 64_000):
        yield bytes(events)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
class TestProcessLimits:
    @pytest.mark.parametrize(
        "size", [100_000_000, pytest.param(1_000_000_000, marks=[pytest.mark.soak, pytest.mark.timeout(300)])]
    )
    @pytest.mark.parametrize("end", [DONE, b""], ids=["done", "truncated"])
    def test_a_long_stream_that_keeps_nothing(self, size: int, end: bytes):
        code = """
from ssescan import StreamTruncated
events = Scanner(itertools.chain(much_text(int(sys.argv[1])), [sys.argv[2].encode()]), dialect="chat")
try:
    for _ in events: pass
except StreamTruncated as error:
    assert len(error.partial_text) == PARTIAL_BYTES
print(events.outcome, peak_mib())
"""
        outcome, peak = in_a_process(code, size, end.decode()).split()

        assert outcome == ("done" if end else "truncated")
        assert int(peak) < 100  # an interpreter with this module has 50

    def test_no_memory_is_a_memory_error(self):
        """Under a limit of the address space, wherever the size of an event goes. The stream ends with the error."""
        code = """
for name in WITHOUT_MEMORY:
    child = os.fork()
    if child == 0:
        print(name, without_memory(name), flush=True)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, name
"""
        lines = in_a_process(code).splitlines()

        assert lines == [f"{name} MemoryError broken MemoryError" for name in WITHOUT_MEMORY]


#: Streams to read without memory: a dialect, blocks, and how it is read.
WITHOUT_MEMORY: dict[str, tuple[str | None, Callable[[], Iterator[bytes]], Callable[[Scanner], Any]]] = {
    "data": (None, lambda: itertools.chain([b"data: "], itertools.repeat(b"x" * MIB)), next),
    "event": (None, lambda: itertools.chain([b"event: "], itertools.repeat(b"x" * MIB)), next),
    "id": (None, lambda: itertools.chain([b"id: "], itertools.repeat(b"x" * MIB)), next),
    "error": ("chat", lambda: itertools.chain([b"error: "], itertools.repeat(b"x" * MIB)), next),
    "name": ("chat", lambda: itertools.chain([b"event: "], itertools.repeat(b"x" * MIB)), next),
    "line": ("chat", lambda: itertools.repeat(chunk("x" * MIB)), lambda events: events.reader().readline()),
    "texts": ("chat", lambda: itertools.repeat(chunk("x" * MIB)), lambda events: events.reader().readline()),
    "surrogates": ("chat", lambda: itertools.repeat(chunk("\ud83d" + "x" * MIB)), lambda e: e.reader().readline()),
    "plain": (None, lambda: doubling(lambda size: b"data: " + b"x" * size + b"\n\n"), lambda events: list(events)),
    "usage": (
        "chat",
        lambda: doubling(lambda size: b'data: {"choices":[],"usage":{"x":"' + b"x" * size + b'"}}\n\n'),
        lambda events: list(events),
    ),
    "bytes": (
        "chat",
        lambda: doubling(lambda size: chunk("x" * size)),
        lambda events: [events._read_bytes(Selection("text", None), 1 << 40, None) for _ in range(99)],
    ),
}


def doubling(event: Callable[[int], bytes]) -> Iterator[bytes]:
    """Events that grow, in blocks of 1 MiB."""
    size = MIB
    while True:
        yield from cut(event(size), MIB)
        size *= 2


def without_memory(name: str) -> str:
    """Read a stream of `WITHOUT_MEMORY` in 80 MiB of address space; return the exception, the outcome, and `err`."""
    import resource

    dialect, blocks, read = WITHOUT_MEMORY[name]
    next(Scanner(chunk("a"), dialect="chat")).to_dict()
    events = Scanner(blocks(), dialect=dialect, max_event_bytes=sys.maxsize)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 80 * MIB, used + 80 * MIB))
    try:
        read(events)
    except MemoryError as error:
        caught = type(error).__name__
    return f"{caught} {events.outcome} {type(events.err).__name__}"


def test_the_summary_may_be_asked_for_after_every_event():
    """It costs what it holds. Reading the block again for each of these events takes minutes."""
    usage = frame({"choices": [], "usage": {"total_tokens": 7}})
    events = Scanner([chunk("a") * 30_000 + chunk(finish="stop") + usage + BARE_DONE], dialect="chat")
    asked = [(events.finish_reason, events.usage and events.usage.total_tokens) for _ in events]

    assert asked == [(None, None)] * 30_000 + [("stop", None), ("stop", 7)]
