"""TextReader and ByteReader: the text of a stream as a file."""

from __future__ import annotations

import csv
import gc
import io
import itertools
import json
import re
import shutil
import threading
import tokenize
import traceback
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import BARE_DONE, COMPLETED, DONE, Asked, bytewise, chunk, cut, cut_at_random, delta, frame, output, run
from fixtures import mend
from ssescan import ByteReader, EventDecodeError, Scanner, StreamCancelled, StreamTruncated, TextReader, testing
from ssescan.errors import APIError, InternalServerError
from ssescan.openai.types.beta.assistant_stream_event import ThreadRunCreated
from ssescan.reading.fences import Fence, FencedReads


def assistants(*blocks: bytes) -> Scanner:
    return Scanner(list(blocks), dialect="assistants")


def answer(text: str, size: int = 3) -> list[bytes]:
    """A stream whose deltas have up to `size` characters, one a block."""
    return [*(delta(text[at : at + size]) for at in range(0, len(text), size)), DONE]


def failure(read: Callable[[], object]) -> BaseException:
    with pytest.raises(BaseException) as caught:
        read()
    return caught.value


class TestRead:
    def test_it_gives_what_there_is(self):
        source = Asked([delta("Hello"), delta(", "), delta("world") + delta("!"), DONE])
        reader = Scanner(source, dialect="assistants").reader()

        assert [(reader.read(1000), source.count) for _ in range(3)] == [("Hello", 1), (", ", 2), ("world!", 3)]
        assert reader.read(1000) == ""

    def test_it_does_not_wait_for_more_than_one_character(self):
        """The source blocks until what came before was read."""
        read = threading.Semaphore(1)

        def blocks():
            for block in answer("abcdef", 2):
                assert read.acquire(timeout=30)
                yield block

        reader, texts = Scanner(blocks(), dialect="assistants").reader(), []
        while text := reader.read(1 << 20):
            texts.append(text)
            read.release()

        assert texts == ["ab", "cd", "ef"]

    @pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
    def test_up_to_that_many_characters(self, size):
        reader = assistants(*answer("Hellö🙂 world", 5)).reader()
        parts = list(iter(lambda: reader.read(size), ""))

        assert "".join(parts) == "Hellö🙂 world"
        assert max(map(len, parts)) <= size

    def test_zero_is_nothing_at_once(self):
        source = Asked(answer("abc"))
        reader = Scanner(source, dialect="assistants").reader()

        assert (reader.read(0), source.count) == ("", 0)
        assert reader.read(2) == "ab"
        assert reader.read(0) == ""
        assert reader.read() == "c"

    @pytest.mark.parametrize("size", [None, -1, -5])
    def test_everything(self, size):
        reader = assistants(*answer("Hello, world")).reader()

        assert reader.read(2) == "He"
        assert reader.read(size) == "llo, world"
        assert reader.read(size) == ""

    def test_the_end_is_for_ever(self):
        reader = assistants(*answer("abc")).reader()
        reader.read()

        assert [reader.read(), reader.read(5), reader.readline(), list(reader), reader.readlines()] == [
            "",
            "",
            "",
            [],
            [],
        ]
        assert reader.read(1) == ""

    def test_events_without_text_are_no_empty_strings(self):
        """An empty string is the end to everybody who reads files."""
        quiet = [run("created"), delta(None), delta(""), b": ping\n\n", frame({"x": 1}, "new.name"), b"data:\n\n"]
        blocks = [block for text in ("a", "b") for block in (*quiet, delta(text), *quiet)]
        reader = assistants(*blocks, DONE).reader()

        assert list(iter(lambda: reader.read(10), "")) == ["a", "b"]

    def test_a_stream_without_text_reads_nothing(self):
        assert assistants(run("created"), run("completed"), DONE).reader().read() == ""
        assert Scanner([COMPLETED], dialect="responses").byte_reader().read() == b""
        assert assistants(run("requires_action"), DONE).reader().read() == ""

    def test_a_reader_over_a_stream_that_has_ended_well(self):
        events = assistants(*answer("abc"))
        list(events)

        assert events.reader().read() == ""

    @pytest.mark.parametrize("size", ["5", 1.5, [1]])
    def test_a_size_that_is_none(self, size):
        with pytest.raises(TypeError):
            assistants(*answer("abc")).reader().read(size)

    def test_many_small_reads_are_linear(self):
        """A megabyte in one event, read by the character: what is left over must not be copied each time."""
        text = "x" * 1_000_000
        for read in (lambda r: r.read(1), lambda r: r.readline(1)):
            reader = assistants(delta(text), DONE).reader()
            assert sum(len(read(reader)) for _ in range(len(text))) == len(text)


class TestLines:
    TEXT = "one\ntwo\r\nthree\u2028still three\x0b\n\nlast"
    LINES = ["one\n", "two\r\n", "three\u2028still three\x0b\n", "\n", "last"]

    @pytest.mark.parametrize("size", [1, 2, 5, 100])
    def test_they_end_at_newlines_and_nowhere_else(self, size):
        blocks = answer(self.TEXT, size)

        assert list(assistants(*blocks).reader()) == self.LINES
        assert assistants(*blocks).reader().readlines() == self.LINES
        reader = assistants(*blocks).reader()
        assert list(iter(reader.readline, "")) == self.LINES

    def test_of_at_most_so_many_characters(self):
        reader = assistants(*answer("abcdef\ng")).reader()

        assert [reader.readline(n) for n in (0, 2, 100, 5, 5)] == ["", "ab", "cdef\n", "g", ""]
        assert reader.readline(None) == ""

    def test_a_hint(self):
        assert assistants(*answer("a\nb\nc\n")).reader().readlines(3) == ["a\n", "b\n"]

    def test_a_line_comes_before_the_next_one_is_asked_for(self):
        source = Asked([delta("one\ntw"), delta("o\n"), delta("three"), DONE])
        reader = Scanner(source, dialect="assistants").reader()

        assert [(line, source.count) for line in reader] == [("one\n", 1), ("two\n", 2), ("three", 4)]

    def test_lines_and_reads_mix(self):
        reader = assistants(*answer("ab\ncd\nef", 100)).reader()

        assert (reader.read(1), reader.readline(), reader.read(1), next(reader), reader.read()) == (
            "a",
            "b\n",
            "c",
            "d\n",
            "ef",
        )

    @given(
        st.text(st.sampled_from("ab\n\r🙂"), max_size=30), st.integers(1, 6), st.lists(st.integers(-1, 5), max_size=20)
    )
    def test_as_a_real_file(self, text: str, size: int, calls: list[int]):
        reader = assistants(*answer(text, size)).reader()
        file = io.StringIO(text, newline="\n")

        for limit in calls:
            assert reader.readline(limit) == file.readline(limit)
        assert reader.read() == file.read()

    def test_a_long_line_in_small_blocks_is_linear(self):
        """Two megabytes: if each block searched or copied the line so far, this would take minutes."""
        part = "\u00fc" * 16
        for size in (-1, 1_048_576):
            reader = assistants(*[delta(part)] * 65536, DONE).reader()
            assert reader.readline(size) == part * 65536

    @pytest.mark.parametrize("read", [lambda r: r.read(), lambda r: r.readline()])
    def test_an_interrupted_read_keeps_the_text_of_all_its_blocks(self, read):
        class Interrupted(Asked):
            def __next__(self):
                if self.count == 3 and not self.closed:
                    self.closed = 1
                    raise KeyboardInterrupt
                return super().__next__()

        piece = "x" * 20000
        events = Scanner(Interrupted([*map(delta, [piece, piece + HIGH, LOW, "y"]), DONE]), dialect="assistants")
        reader = events.reader()

        assert isinstance(failure(lambda: read(reader)), KeyboardInterrupt)
        assert events.stats.events == 3
        assert read(reader) == piece + piece + "\U0001f642y"


class TestFile:
    """What a text file has."""

    def test_it_is_one(self):
        reader = assistants(*answer("abc")).reader()

        assert isinstance(reader, (TextReader, io.TextIOBase))
        assert (reader.readable(), reader.writable(), reader.seekable(), reader.isatty()) == (True, False, False, False)
        assert (reader.encoding, reader.errors, reader.newlines, reader.closed) == ("utf-8", "strict", None, False)
        for unsupported in (
            reader.fileno,
            reader.tell,
            reader.detach,
            lambda: reader.seek(0),
            lambda: reader.write("x"),
        ):
            with pytest.raises(io.UnsupportedOperation):
                unsupported()

    def test_bytes_are_one_too(self):
        reader = assistants(*answer("abc")).byte_reader()

        assert isinstance(reader, (ByteReader, io.RawIOBase))
        assert (reader.readable(), reader.writable(), reader.seekable(), reader.closed) == (True, False, False, False)

    @pytest.mark.parametrize("kind", ["reader", "byte_reader"])
    def test_closing_it_closes_the_stream(self, kind):
        source = Asked(answer("abc"))
        events = Scanner(source, dialect="assistants")
        reader = getattr(events, kind)()
        reader.close()
        reader.close()

        assert (reader.closed, events.outcome, source.closed) == (True, "cancelled", 1)
        for read in (
            reader.read,
            reader.readline,
            lambda: reader.read(0),
            lambda: list(reader),
            reader.readlines,
            reader.__enter__,
        ):
            assert isinstance(failure(read), ValueError)
            assert "closed file" in str(failure(read))

    def test_with(self):
        events = assistants(*answer("abc"))
        with events.reader() as reader:
            assert reader.read(1) == "a"

        assert reader.closed
        assert events.outcome == "cancelled"

    @pytest.mark.parametrize("kind", ["reader", "byte_reader"])
    def test_the_finalizer_does_not_close(self, kind):
        source = Asked(answer("abcdef"))
        events = Scanner(source, dialect="assistants")
        getattr(events, kind)().read(2)
        gc.collect()

        assert (events.outcome, source.closed) == ("open", 0)
        assert events.reader().read() == "cdef"

    def test_a_closed_stream_is_no_end_of_the_text(self):
        """The text of a `with` block that is over, say."""
        for way in ("carried", "not carried"):
            with assistants(*answer("abcdef")) as events:
                reader = events.reader()
                reader.read(2 if way == "carried" else 3)
            for read in (reader.read, lambda reader=reader: reader.read(1), reader.readline):
                assert isinstance(failure(read), ValueError)
                assert "closed" in str(failure(read))

    def test_a_stream_that_is_closed_behind_its_end_reads_nothing_more(self):
        with assistants(*answer("abc")) as events:
            reader = events.reader()
            assert reader.read() == "abc"

        assert reader.read() == ""


class TestPartners:
    """Programs that read files, and must not wait for what they do not need."""

    def test_copyfileobj(self):
        out = io.StringIO()
        shutil.copyfileobj(assistants(*answer("Hello, wörld🙂")).reader(), out)
        assert out.getvalue() == "Hello, wörld🙂"

        raw = io.BytesIO()
        shutil.copyfileobj(assistants(*answer("Hello, wörld🙂")).byte_reader(), raw)
        assert raw.getvalue() == "Hello, wörld🙂".encode()

    def test_copyfileobj_writes_as_it_comes(self):
        source = Asked(answer("abcdef"))
        written: list[tuple[str, int]] = []
        out = io.StringIO()
        out.write = lambda text: written.append((text, source.count))  # type: ignore[assignment,method-assign]
        shutil.copyfileobj(Scanner(source, dialect="assistants").reader(), out)

        assert written == [("abc", 1), ("def", 2)]

    def test_json(self):
        value = {"a": [1, 2, {"b": "ü🙂"}]}

        assert json.load(assistants(*answer(json.dumps(value))).reader()) == value
        assert json.load(assistants(*answer(json.dumps(value))).byte_reader()) == value

    def test_csv_gives_row_i_before_row_i_plus_1_is_asked_for(self):
        source = Asked([delta("a,b\n"), delta('1,"x'), delta('\ny"\n'), delta("2,z\n"), DONE])
        rows = csv.reader(Scanner(source, dialect="assistants").reader())

        assert [(row, source.count) for row in rows] == [(["a", "b"], 1), (["1", "x\ny"], 3), (["2", "z"], 4)]

    @pytest.mark.parametrize("kind", ["reader", "byte_reader"])
    @pytest.mark.filterwarnings("ignore::DeprecationWarning")  # ijson takes text, but would rather not
    def test_ijson_gives_item_1_before_the_next_block_is_asked_for(self, kind):
        ijson = pytest.importorskip("ijson")
        blocks = [delta('[{"n": 1}, '), delta('{"n": 2}'), delta("]"), DONE]
        source = Asked(blocks)
        items = ijson.items(getattr(Scanner(source, dialect="assistants"), kind)(), "item")

        assert next(items) == {"n": 1}
        assert source.count <= 2
        assert next(items) == {"n": 2}
        assert list(items) == []

    @pytest.mark.parametrize("backend", ["python", "yajl2_c"])
    @pytest.mark.filterwarnings("ignore::DeprecationWarning")  # ijson takes text, but would rather not
    def test_ijson_with_each_item_acknowledged(self, backend):
        """The server sends the next item only when the one before was taken out of the stream."""
        ijson = pytest.importorskip("ijson")
        try:
            items_of = ijson.get_backend(backend).items
        except ImportError:
            pytest.skip(f"ijson has no such backend here: {backend}")
        taken = threading.Semaphore(0)

        def blocks():
            yield delta("[")
            for number in range(5):
                yield delta(f'{"," * bool(number)}{{"n": {number}}}')
                assert taken.acquire(timeout=30)
            yield delta("]") + DONE

        found = []
        for item in items_of(Scanner(blocks(), dialect="assistants").byte_reader(), "item"):
            found.append(item)
            taken.release()
        assert found == [{"n": number} for number in range(5)]

    def test_tokenize(self):
        tokens = tokenize.generate_tokens(assistants(*answer("x = 1\nif x:\n    y = 'ü'\n")).reader().readline)
        assert [token.string for token in tokens if token.type == tokenize.NAME] == ["x", "if", "x", "y"]

        tokens = tokenize.tokenize(io.BufferedReader(assistants(*answer("x = 'ü'\n")).byte_reader()).readline)
        assert [token.string for token in tokens if token.type == tokenize.STRING] == ["'ü'"]

    def test_text_over_buffered_over_raw(self):
        source = Asked(answer("zwei\nZeilen ü🙂\n", 4))
        text = io.TextIOWrapper(
            io.BufferedReader(Scanner(source, dialect="assistants").byte_reader()), "utf-8", newline=""
        )

        assert text.readline() == "zwei\n"
        assert source.count <= 3
        assert text.read() == "Zeilen ü🙂\n"

    def test_buffered_reading(self):
        buffered = io.BufferedReader(assistants(*answer("abcdefgh")).byte_reader(), 4)

        assert (buffered.peek(1)[:1], buffered.read(3), buffered.read1(100), buffered.read()) == (
            b"a",
            b"abc",
            b"def",
            b"gh",
        )

    def test_joining_and_unpacking(self):
        first, *rest = assistants(*answer("a\nb\nc")).reader()

        assert (first, rest) == ("a\n", ["b\n", "c"])
        assert list(itertools.islice(assistants(*answer("a\nb\nc")).reader(), 2)) == ["a\n", "b\n"]


class TestTexts:
    """`Scanner.texts()`: one str per event that adds text."""

    def test_the_representation(self):
        scanner = Scanner(bytes(testing.chat("a")), dialect="chat")
        texts = scanner.texts()
        assert repr(texts) == "<TextIterator text: open>"
        assert (list(texts), repr(texts)) == (["a"], "<TextIterator text: done>")
        assert repr(scanner.texts("reasoning", index=1)) == "<TextIterator reasoning[1]: done>"

    def test_one_for_each_event_as_soon_as_it_has_arrived(self):
        asked = Asked([delta("a") + delta("b"), delta(None) + delta(""), delta("c\nd"), DONE])
        texts = Scanner(asked, dialect="assistants").texts()
        assert [(text, asked.count) for text in texts] == [("a", 1), ("b", 1), ("c\nd", 3)]
        assert list(texts) == []

    def test_channels_and_indices(self):
        body = [
            chunk("a"),
            chunk("b", index=1),
            chunk(reasoning_content="r"),
            chunk("c", finish="stop"),
            chunk(index=1, finish="stop"),
        ]
        assert list(Scanner(body, dialect="chat").texts()) == ["a", "c"]
        assert list(Scanner(body, dialect="chat").texts(index=1)) == ["b"]
        assert list(Scanner(body, dialect="chat").texts(index=None)) == ["a", "b", "c"]
        assert list(Scanner(body, dialect="chat").texts("reasoning")) == ["r"]
        for error, wrong in ((ValueError, {"channel": "x"}), (TypeError, {"index": "0"})):
            with pytest.raises(error):
                Scanner(body, dialect="chat").texts(**wrong)
        with pytest.raises(ValueError, match="requires a dialect"):
            Scanner(body).texts()

    def test_half_a_pair_waits_for_the_other_half(self):
        pair = [delta("x\ud83d"), delta(None), delta("\ude00y"), delta("\ud83d"), delta("z"), DONE]
        assert list(assistants(*pair).texts()) == ["x", "😀y", "\ud83dz"]
        texts = assistants(delta("\ud83d")).texts()
        assert next(texts) == "\ud83d"  # nothing follows: the stream is truncated
        with pytest.raises(StreamTruncated):
            next(texts)

    def test_unread_text_comes_first(self):
        scanner = assistants(delta("abc") + delta("d"), delta("e"), DONE)
        assert scanner.reader().read(1) == "a"
        with pytest.raises(RuntimeError, match="unread characters"):
            next(scanner.texts("tool_arguments"))
        texts = scanner.texts()
        assert next(texts) == "bcd" and scanner.reader().read(9) == "e" and list(texts) == []

    def test_it_shares_the_position_with_all_else(self):
        scanner = assistants(*map(delta, "abcdef"), DONE)
        texts = scanner.texts()
        assert next(texts) == "a" and next(scanner).text == "b" and next(scanner.texts()) == "c"
        assert scanner.reader().read(1) == "d" and scanner.scan() and scanner.text() == "e"
        assert [*texts, scanner.outcome, scanner.stats.events] == ["f", "done", 6]
        assert scanner.stats.first_text_s is not None

    @pytest.mark.parametrize(
        ("ending", "error"), [([], StreamTruncated), ([run("failed")], APIError), ([b"data: {]\n\n"], EventDecodeError)]
    )
    def test_it_raises_as_a_reader_does(self, ending, error):
        scanner, seen = assistants(delta("a"), delta("b"), *ending), []
        with pytest.raises(error) as caught:
            seen.extend(iter(scanner.texts()))
        assert seen == ["a", "b"] and caught.value.partial_text == "ab" and caught.value is scanner.err
        with pytest.raises(error):
            next(scanner.texts())

    def test_the_text_of_an_event_that_fails_comes_before_the_failure(self):
        body = [chunk("a"), chunk("b", finish="error")]
        scanner, seen = Scanner(body, dialect="chat"), []
        with pytest.raises(APIError):
            seen.extend(iter(scanner.texts()))
        assert seen == ["a", "b"] and scanner.outcome == "error"

    def test_a_stream_that_is_closed(self):
        scanner = assistants(*map(delta, "abc"), DONE)
        texts = scanner.texts()
        assert next(texts) == "a"
        scanner.close()
        with pytest.raises(ValueError, match="closed before"):
            next(texts)
        scanner = assistants(*map(delta, "abc"), DONE)
        texts = scanner.texts()
        scanner.cancel()
        with pytest.raises(StreamCancelled):
            next(texts)

    def test_an_interrupt_loses_nothing(self):
        def blocks():
            yield delta("a\ud83d")
            yield delta("\ude00")

        class Interrupted:
            def __init__(self):
                self.blocks, self.times = blocks(), 0

            def __iter__(self):
                return self

            def __next__(self):
                self.times += 1
                if self.times == 2:
                    raise KeyboardInterrupt
                return next(self.blocks, DONE)

        scanner = Scanner(Interrupted(), dialect="assistants")
        texts = scanner.texts()
        assert next(texts) == "a"
        with pytest.raises(KeyboardInterrupt):
            next(texts)
        assert list(texts) == ["😀"]

    def test_a_cycle_through_it_is_collected(self):
        scanner = assistants(delta("a"), DONE)
        scanner.own, gone = scanner.texts(), weakref.ref(scanner)
        del scanner
        gc.collect()
        assert gone() is None


class TestOnEvent:
    def test_it_is_called_with_each_event_that_adds_no_text(self):
        seen = []
        blocks = [run("created"), delta("a") + delta(None) + delta(""), run("completed"), DONE]
        reader = assistants(*blocks).reader(on_event=lambda event: seen.append((event.event, event.text)))

        assert reader.read() == "a"
        assert seen == [("thread.run.created", None), ("thread.message.delta", None), ("thread.run.completed", None)]

    def test_it_is_called_as_they_come(self):
        source, seen = Asked([run("created"), delta("a"), run("completed"), DONE]), []
        reader = Scanner(source, dialect="assistants").reader(on_event=lambda event: seen.append(source.count))
        reader.read(1)
        assert seen == [1]
        reader.read()

        assert seen == [1, 3]

    def test_its_events_may_be_kept(self):
        kept: list[Any] = []
        blocks = [b"".join(run("created", number=n) for n in range(i, i + 10)) for i in range(0, 100, 10)]
        assistants(*blocks, DONE).reader(on_event=kept.append).read()

        assert [event.data.number for event in kept] == list(range(100))
        assert {type(event) for event in kept} == {ThreadRunCreated}

    def test_what_it_raises_passes_and_loses_nothing(self):
        def raise_once(event):
            if not seen:
                seen.append(event)
                raise LookupError

        seen: list[Any] = []
        events = assistants(delta("a") + run("created") + delta("b"), delta("c"), DONE)
        reader = events.reader(on_event=raise_once)

        assert isinstance(failure(reader.read), LookupError)
        assert (events.err, events.outcome) == (None, "open")
        assert reader.read() == "abc"

    def test_without_it_such_events_still_act(self):
        assert isinstance(failure(assistants(delta("a"), frame({"message": "m"}, "error")).reader().read), APIError)

    def test_it_may_end_the_stream(self):
        events = assistants(run("created"), delta("a"), DONE)

        assert isinstance(failure(events.reader(on_event=lambda event: events.cancel()).read), StreamCancelled)
        assert events.outcome == "cancelled"

    @pytest.mark.parametrize("size, partial", [(9, ""), (-1, "a")])
    def test_text_before_it_ends_the_stream(self, size, partial):
        """A read of all text fails with what it read; another one leaves it unread."""
        events = assistants(delta("a") + run("created"), delta("b"), DONE)

        assert isinstance(
            failure(lambda: events.reader(on_event=lambda _: events.cancel()).read(size)), StreamCancelled
        )
        assert events.err.partial_text == partial

    def test_plain_events_of_an_unclaimed_stream(self):
        seen = []
        events = Scanner([b"event: tick\ndata: 12:00\n\n"], dialect="auto")

        assert events.reader(on_event=seen.append).read() == ""
        assert [(event.event, event.data) for event in seen] == [("tick", "12:00")]


TWO = [
    chunk("a"),
    chunk("A", index=1),
    chunk("b", reasoning_content="r"),
    chunk("B", index=1, refusal="no"),
    chunk(finish="stop"),
    chunk(index=1, finish="stop"),
    BARE_DONE,
]
BOTH = frame({"choices": [{"index": 0, "delta": {"content": "0"}}, {"index": 1, "delta": {"content": "1"}}]})


class TestViews:
    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ({}, "ab"),
            ({"index": 0}, "ab"),
            ({"index": 1}, "AB"),
            ({"index": 2}, ""),
            ({"index": None}, "aAbB"),
            ({"channel": "reasoning"}, "r"),
            ({"channel": "refusal"}, ""),
            ({"channel": "refusal", "index": 1}, "no"),
            ({"channel": "refusal", "index": None}, "no"),
            ({"channel": "tool_arguments"}, ""),
        ],
    )
    @pytest.mark.parametrize("size", [10, 10_000])
    def test_channels_and_choices(self, arguments, text, size):
        blocks = cut(b"".join(TWO), size)

        assert Scanner(blocks, dialect="chat").reader(**arguments).read() == text
        assert Scanner(blocks, dialect="chat").byte_reader(**arguments).read() == text.encode()

    def test_two_choices_in_one_chunk(self):
        for index, text in ((0, "0"), (1, "1"), (None, "01"), (..., "0")):
            assert Scanner([BOTH, BARE_DONE], dialect="chat").reader(index=index).read() == text

    def test_the_first_alternative_that_is_a_string(self):
        """Some servers send reasoning under both names; the text is never there twice."""
        blocks = [chunk(reasoning_content="a", reasoning="a"), chunk(reasoning_content=None, reasoning="b"), BARE_DONE]

        assert Scanner(blocks, dialect="chat").reader("reasoning").read() == "ab"

    def test_tool_arguments(self):
        call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a"'}}
        more = [{"index": 0, "function": {"arguments": ":1}"}}, {"index": 1, "function": {"arguments": "{}"}}]
        blocks = [chunk(tool_calls=[call]), chunk(tool_calls=more), BARE_DONE]

        assert Scanner(blocks, dialect="chat").reader("tool_arguments").read() == '{"a":1}'
        assert Scanner(blocks, dialect="chat").reader("tool_arguments", index=1).read() == "{}"

    def test_assistants_take_all_parts_unless_asked_for_one(self):
        blocks = [delta("a", 0), delta("b", 1), DONE]

        assert assistants(*blocks).reader().read() == "ab"
        assert assistants(*blocks).reader(index=1).read() == "b"

    def test_responses_take_all_outputs_unless_asked_for_one(self):
        blocks = [output("a", 0), output("b", 1), COMPLETED]

        assert Scanner(blocks, dialect="responses").reader().read() == "ab"
        assert Scanner(blocks, dialect="responses").reader(index=0).read() == "a"

    def test_readers_of_one_view_share_it(self):
        events = assistants(*answer("abcdef"))

        assert (events.reader().read(2), events.reader().read(2), events.byte_reader().read(2)) == ("ab", "c", b"de")
        assert events.reader().read() == "f"

    def test_a_byte_reader_keeps_nothing_that_another_reader_needs(self):
        events = assistants(delta("ü€🙂x"), DONE)

        assert events.byte_reader().read(4) == "ü".encode()
        assert events.reader().read(1) == "€"
        assert events.byte_reader().read(5) == "🙂x".encode()

    def test_another_view_while_text_is_carried(self):
        events = Scanner(TWO, dialect="chat")
        reader = Scanner([chunk("abc"), *TWO], dialect="chat").reader()
        reader.read(1)
        events = reader._scanner

        for other in (events.reader("reasoning"), events.reader(index=1), events.byte_reader("refusal", 1)):
            error = failure(lambda other=other: other.read(1))
            assert isinstance(error, RuntimeError)
            assert "2 unread characters of 'text' (index default) are buffered. Read them first." in str(error)
        assert str(error).startswith("Cannot read channel 'refusal' (index 1): ")
        assert reader.read(2) == "bc"
        assert events.reader("reasoning").read() == "r"

    def test_another_view_goes_on_where_the_first_stopped(self):
        blocks = [
            chunk("a"),
            chunk("b"),
            chunk("c"),
            chunk("d", reasoning="r"),
            chunk("E", index=1),
            chunk("f"),
            BARE_DONE,
        ]
        events = Scanner(blocks, dialect="chat")

        assert (events.reader().read(1), events.reader().read(1)) == ("a", "b")
        assert events.reader("reasoning").read(1) == "r"  # the text up to there was passed over
        assert events.reader(index=1).read(1) == "E"
        assert events.reader().read() == "f"

    def test_half_a_pair_is_carried_text(self):
        events = Scanner([chunk("a\ud83d"), chunk("\ude42b"), chunk(reasoning="r"), BARE_DONE], dialect="chat")
        assert events.reader().read(1) == "a"

        assert isinstance(failure(lambda: events.reader("reasoning").read(1)), RuntimeError)
        assert events.reader().read(9) == "🙂b"
        assert events.reader("reasoning").read() == "r"

    @pytest.mark.parametrize("channel", ["texts", "", 5, None])
    def test_a_channel_that_the_dialect_has_not(self, channel):
        with pytest.raises(
            ValueError, match=r"Unknown channel .* \(available: reasoning, refusal, text, tool_arguments\)"
        ):
            Scanner([], dialect="chat").reader(channel)

    @pytest.mark.parametrize("index", ["0", 1.5, [0]])
    def test_an_index_that_is_none(self, index):
        with pytest.raises(TypeError, match="index must be an int, or None for all"):
            Scanner([], dialect="chat").reader(index=index)

    def test_without_a_dialect(self):
        for make in (Scanner([]).reader, Scanner([]).byte_reader):
            with pytest.raises(ValueError, match="text requires a dialect"):
                make()


class TestSharing:
    """Readers and iteration have one cursor."""

    def test_reading_takes_whole_blocks_and_iteration_goes_on_behind_them(self):
        events = assistants(delta("a") + delta("b"), delta("c") + delta("d"), DONE)

        assert events.reader().read(1) == "a"
        assert next(events).text == "c"
        assert events.reader().read() == "bd"

    def test_a_block_that_iteration_began_is_finished_first(self):
        events = assistants(delta("a") + delta("b") + delta("c"), delta("d"), DONE)

        assert next(events).text == "a"
        assert events.reader().read(10) == "bc"
        assert next(events).text == "d"
        assert events.reader().read() == ""

    def test_the_text_is_there_once(self):
        blocks = cut_at_random(b"".join(answer("abcdefghijklmnopqrstuvwxyz", 1)), 3)
        events, found = assistants(*blocks), []
        for turn in itertools.count():
            if turn % 2:
                if not (text := events.reader().read(2)):
                    break
                found.append(text)
            elif events.scan():
                found.append(events.text())

        assert sorted("".join(found)) == list("abcdefghijklmnopqrstuvwxyz")

    def test_stats_count_events_that_were_read(self):
        events = assistants(*answer("abcdef"))
        events.reader().read()

        assert (events.stats.events, events.stats.bytes) == (2, len(b"".join(answer("abcdef"))))


PAIRS = "🙂😀"
HIGH, LOW = "\ud83d", "\ude42"  # 🙂


class TestSurrogates:
    @pytest.mark.parametrize("per_block", [1, 2, 100])
    @pytest.mark.parametrize("size", [1, 2, 1000])
    def test_a_pair_split_over_deltas_is_one_character(self, per_block, size):
        units = ["a", HIGH, LOW, "b", HIGH, LOW, HIGH, LOW, "c"]
        deltas = [delta(unit) for unit in units]
        blocks = [b"".join(deltas[at : at + per_block]) for at in range(0, len(deltas), per_block)]
        reader = assistants(*blocks, DONE).reader()

        parts = list(iter(lambda: reader.read(size), ""))
        assert "".join(parts) == "a🙂b🙂🙂c"
        assert assistants(*blocks, DONE).byte_reader().read() == "a🙂b🙂🙂c".encode()

    def test_with_events_between_the_halves(self):
        between = [b": ping\n\n", run("in_progress"), delta(None), delta("")]

        assert assistants(delta("a" + HIGH), *between, delta(LOW + "b"), DONE).reader().read() == "a🙂b"

    def test_what_is_in_front_of_a_half_is_given_at_once(self):
        source = Asked([delta("a" + HIGH), delta(LOW + "b"), DONE])
        reader = Scanner(source, dialect="assistants").reader()

        assert (reader.read(9), source.count) == ("a", 1)
        assert reader.read(9) == "🙂b"

    @pytest.mark.parametrize("text", [HIGH + "a", "a" + LOW, LOW + HIGH, HIGH + HIGH + LOW, "a" + HIGH])
    @pytest.mark.parametrize("split", [True, False])
    def test_lone_ones(self, text, split):
        """Text passes them on, since Python's str can hold them; bytes end them as U+FFFD."""
        units = list(text) if split else [text]
        blocks = [*map(delta, units), DONE]
        expected = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")

        assert assistants(*blocks).reader().read() == expected
        assert assistants(*blocks).byte_reader().read() == mend(text).encode()
        reader = assistants(*blocks).reader()
        assert "".join(iter(lambda: reader.read(1), "")) == expected

    def test_one_that_waits_at_a_cut_is_given_before_that_is_told(self):
        reader = assistants(delta("a" + HIGH)).reader()

        assert (reader.read(9), reader.read(9)) == ("a", HIGH)
        assert failure(lambda: reader.read(9)).partial_text == "a" + HIGH

    def test_one_that_waits_when_the_stream_is_cancelled_was_not_handed_out(self):
        events = assistants(delta("a" + HIGH), delta(LOW))
        assert events.reader().read(9) == "a"
        events.cancel()

        assert events.err.partial_text == "a"


class TestBytes:
    TEXT = "aü€🙂" * 5 + "\n"

    @pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 64])
    def test_buffers_of_any_size(self, size):
        raw, buffer, found = assistants(*answer(self.TEXT, 3)).byte_reader(), bytearray(size), b""
        while count := raw.readinto(buffer):
            assert 1 <= count <= size
            found += buffer[:count]

        assert found == self.TEXT.encode()
        assert raw.readinto(buffer) == 0

    @pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
    def test_reads(self, size):
        raw = assistants(*answer(self.TEXT, 3)).byte_reader()

        assert b"".join(iter(lambda: raw.read(size), b"")) == self.TEXT.encode()
        assert raw.read(0) == b""

    def test_lines(self):
        assert list(assistants(*answer("ü\n€\n🙂", 2)).byte_reader()) == ["ü\n".encode(), "€\n".encode(), "🙂".encode()]

    def test_an_empty_buffer_asks_for_nothing(self):
        source = Asked(answer("abc"))

        assert Scanner(source, dialect="assistants").byte_reader().readinto(bytearray()) == 0
        assert source.count == 0

    def test_other_kinds_of_buffers(self):
        import array

        raw = assistants(*answer("abcdefgh", 8)).byte_reader()
        numbers = array.array("H", [0, 0])

        assert raw.readinto(numbers) == 4
        assert numbers.tobytes() == b"abcd"
        view = bytearray(6)
        assert raw.readinto(memoryview(view)[1:4]) == 3
        assert bytes(view) == b"\0efg\0\0"
        with pytest.raises(TypeError):
            raw.readinto(b"bytes do not change")

    def test_it_is_prompt(self):
        source = Asked(answer("aübcde", 2))
        raw = Scanner(source, dialect="assistants").byte_reader()

        assert (raw.read(1000), source.count) == ("aü".encode(), 1)


FAILED = {"code": "server_error", "message": "The run broke"}
READS = {
    "read": lambda reader: reader.read(),
    "read(n)": lambda reader: [reader.read(2) for _ in range(100)],
    "readline": lambda reader: [reader.readline() for _ in range(100)],
    "readlines": lambda reader: reader.readlines(),
    "iteration": lambda reader: list(reader),
    "readinto": lambda reader: [reader.readinto(bytearray(2)) for _ in range(100)],
}
TEXT_READS = {name: read for name, read in READS.items() if name != "readinto"}


def each_read(test: Any) -> Any:
    cases = [("reader", name) for name in TEXT_READS] + [("byte_reader", name) for name in READS]
    return pytest.mark.parametrize(("kind", "how"), cases)(test)


class TestFailure:
    @each_read
    def test_a_cut_raises(self, kind, how):
        events = assistants(delta("one\ntw"), delta("o"))
        reader = getattr(events, kind)()

        error = failure(lambda: READS[how](reader))
        assert type(error) is StreamTruncated
        assert (error.partial_text, error.events, error.outcome) == ("one\ntwo", 2, "truncated")
        assert failure(lambda: READS[how](reader)) is error
        assert events.err is error

    @each_read
    @pytest.mark.parametrize("state", ["failed", "expired", "cancelled"])
    def test_a_run_that_ended_badly_raises(self, kind, how, state):
        """Iteration shows it as an event; but text that is no whole answer must not look like one."""
        blocks = [delta("one\ntw"), run(state, last_error=FAILED), DONE]
        assert len(list(assistants(*blocks))) == 2

        events = assistants(*blocks)
        error = failure(lambda: READS[how](getattr(events, kind)()))
        assert type(error) is InternalServerError
        assert (error.message, error.code, error.body, error.partial_text) == (
            "The run broke",
            "server_error",
            FAILED,
            "one\ntw",
        )
        assert (events.outcome, events.err) == ("error", error)
        assert failure(lambda: next(events)) is error

    @pytest.mark.parametrize("state", ["failed", "expired", "cancelled"])
    @pytest.mark.parametrize("more", [{}, {"last_error": None}])
    def test_also_without_a_reason(self, state, more):
        error = failure(assistants(delta("a"), run(state, **more), DONE).reader().read)

        assert isinstance(error, APIError)
        assert f"thread.run.{state}" in str(error)

    def test_text_in_front_of_it_is_given_first(self):
        reader = assistants(delta("a") + run("failed", last_error=FAILED) + delta("never") + DONE).reader()

        assert reader.read(10) == "a"
        assert isinstance(failure(lambda: reader.read(10)), InternalServerError)

    @pytest.mark.parametrize("state", ["completed", "incomplete", "requires_action"])
    def test_other_ends_of_a_run_do_not(self, state):
        assert assistants(delta("a"), run(state)).reader().read() == "a"

    def test_a_failed_response(self):
        failed = {"type": "response.failed", "response": {"error": FAILED}}
        events = Scanner([output("a"), frame(failed, "response.failed")], dialect="responses")

        error = failure(events.reader().read)
        assert type(error) is InternalServerError
        assert error.partial_text == "a"

    def test_an_incomplete_response_does_not(self):
        incomplete = {
            "type": "response.incomplete",
            "response": {"incomplete_details": {"reason": "max_output_tokens"}},
        }
        events = Scanner([output("a"), frame(incomplete, "response.incomplete")], dialect="responses")

        assert events.reader().read() == "a"
        assert events.outcome == "done"

    @each_read
    def test_an_error_event_raises(self, kind, how):
        error = failure(lambda: READS[how](getattr(assistants(delta("a"), frame(FAILED, "error")), kind)()))

        assert type(error) is InternalServerError
        assert error.partial_text == "a"

    @each_read
    def test_malformed_json_raises(self, kind, how):
        bad = frame('{"delta":{"content":[{"text":{"value":"x}}]}}', "thread.message.delta")
        error = failure(lambda: READS[how](getattr(assistants(delta("a"), bad, delta("b"), DONE), kind)()))

        assert type(error) is EventDecodeError
        assert error.partial_text == "a"

    @each_read
    def test_an_exception_of_the_source_passes(self, kind, how):
        cause = LookupError("mine")
        events = Scanner(Asked([delta("a")], cause), dialect="assistants")

        assert failure(lambda: READS[how](getattr(events, kind)())) is cause

    @each_read
    def test_a_keyboard_interrupt_loses_nothing(self, kind, how):
        class Interrupted(Asked):
            def __next__(self):
                if self.count == 1 and not self.closed:
                    self.closed = 1
                    raise KeyboardInterrupt
                return super().__next__()

        events = Scanner(Interrupted([delta("abc" + HIGH), delta(LOW + "d"), DONE]), dialect="assistants")
        reader = getattr(events, kind)()
        assert reader.read(3) in ("abc", b"abc")

        assert isinstance(failure(lambda: READS[how](reader)), KeyboardInterrupt)
        assert reader.read() in ("🙂d", "🙂d".encode())

    def test_partial_text_is_what_was_handed_out(self):
        for count in range(1, 6):
            events = assistants(delta("Hello"), delta("world"))
            read = events.reader().read(count)
            events.cancel()
            assert events.err.partial_text == read

    def test_partial_text_of_another_channel_is_that_channels(self):
        events = Scanner([chunk("no", reasoning="yes")], dialect="chat")

        assert failure(events.reader("reasoning").read).partial_text == "yes"

    def test_a_cancel_raises_even_with_text_at_hand(self):
        events = assistants(delta("Hello"), DONE)
        reader = events.reader()
        reader.read(1)
        events.cancel()

        for read in (reader.read, lambda: reader.read(1), reader.readline):
            assert failure(read) is events.err

    def test_another_thread_may_not_read_meanwhile(self):
        waiting, go = threading.Event(), threading.Event()

        def blocks():
            waiting.set()
            assert go.wait(30)
            yield from answer("abc")

        reader = Scanner(blocks(), dialect="assistants").reader()
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(reader.read)
            assert waiting.wait(30)
            error = failure(reader.read)
            go.set()
            assert reading.result(30) == "abc"
        assert isinstance(error, RuntimeError)


class TestWays:
    TEXT = 'Grüße, 世界 🙂\nline two\r\n\ttab \\ "quoted" \u2028 \x7f'

    @pytest.mark.parametrize("seed", range(10))
    @pytest.mark.parametrize("ascii_only", [True, False])
    def test_the_text_does_not_depend_on_the_cuts(self, seed, ascii_only):
        parts = [self.TEXT[at : at + seed % 4 + 1] for at in range(0, len(self.TEXT), seed % 4 + 1)]
        payloads = ({"delta": {"content": [{"index": 0, "type": "text", "text": {"value": part}}]}} for part in parts)
        body = b"".join(
            b"event: thread.message.delta\ndata: " + json.dumps(payload, ensure_ascii=ascii_only).encode() + b"\n\n"
            for payload in payloads
        )
        for blocks in ([body + DONE], bytewise(body + DONE), cut_at_random(body + DONE, seed)):
            assert assistants(*blocks).reader().read() == self.TEXT
            assert assistants(*blocks).byte_reader().read() == self.TEXT.encode()
            assert "".join(assistants(*blocks).reader()) == self.TEXT

    @given(st.lists(st.text(max_size=5), max_size=8), st.lists(st.integers(1, 6), min_size=1), st.integers(0, 99))
    def test_random_reads_of_random_text(self, parts: list[str], sizes: list[int], seed: int):
        body = b"".join(map(delta, parts)) + DONE
        reader, found = assistants(*cut_at_random(body, seed)).reader(), []
        for size in itertools.cycle(sizes):
            if not (text := reader.read(size)):
                break
            assert len(text) <= size
            found.append(text)

        assert "".join(found) == "".join(parts)


MARKER = r"(?:[-+*]|\d+[.)]) {1,4}"


def unfenced(answer: str) -> str:
    """Return what `fence=True` reads from a whole answer: the rule, written plainly."""
    thinking = re.match(r"\s*<think>.*?(</think>|\Z)", answer, re.DOTALL)
    lines = re.findall(r"[^\n]*\n|[^\n]+", answer[thinking.end() :] if thinking else answer)
    texts = [at for at, line in enumerate(lines) if line.strip()]
    item = None
    for lead in (0, 1, 2):
        line = lines[texts[lead]] if texts[lead:] else ""
        opening = re.fullmatch(rf"(( *)(?:{MARKER})?)(```+(?!.*`)|~~~+).*\n?", line)
        if opening and len(opening[2]) > 3 + (item.end() if item else 0):
            opening = None
        if opening or not re.match(rf"\s*(?:{MARKER})?[a-zA-Z*]", line):
            break
        item = re.match(rf" *{MARKER}", line)
    return _inside_of(opening, lines[texts[lead] + 1 :]) if opening else answer


def _inside_of(opening: re.Match[str], lines: list[str]) -> str:
    indent, fence = len(opening[1]), opening[3]
    found, closed = "", False
    for line in lines:
        if closed := bool(re.fullmatch(rf" {{0,{indent + 3}}}{fence}{fence[0]}*[ \t]*\r?\n?", line)):
            break
        found += line
    *before, last = found.rstrip().split("\n")
    if not closed and last.count(fence) and fence not in last.rstrip(fence[0]) and last.endswith(fence):
        found = "\n".join([*before, last.rstrip(fence[0])])
    return re.sub(rf"^ {{0,{indent}}}", "", found, flags=re.MULTILINE)


PARTS = st.sampled_from(
    [
        *("```", "``", "`", "~~~", "````", "json", "\n", "\n", "\n", "\r\n", " ", "    ", "Here:", "**", "{}", "x"),
        *("- ", "1. ", "  ", "\n```", "```\n", "<think>", "</think>", "<", "\t"),
    ]
)


class TestFence:
    CSV = "name,age\nAda,36\n"

    def fenced(self, *pieces: str) -> TextReader:
        return Scanner(bytes(testing.chat(*pieces)), dialect="chat").reader(fence=True)

    @pytest.mark.parametrize(
        ("answer", "text"),
        [
            ("```csv\n{}```", CSV),
            ("```\n{}```\n", CSV),
            ("~~~ csv title=x\r\n{}~~~~  \r\n", CSV),
            ("\n\n  ````json\n{}```\n````\nI hope this helps!\n```\nmore\n```\n", CSV + "```\n"),
            ("Here is the **CSV**:\n\n```csv\n{}```\n", CSV),
            ("Sure!\n\n**CSV**\n```csv\n{}```\n", CSV),
            ("以下是CSV：\n```\n{}```", CSV),
            ("```csv\n{}", CSV),  # the answer reached its token limit
            ("```csv\n{}``", CSV + "``"),
            ("```csv", ""),
            ("```csv\n```", ""),
            ("```csv\nname,age\nAda,36```", CSV[:-1]),  # the fence is closed in the last line of text
            ("```csv\nname,age\nAda,36``` \n\n", CSV[:-1]),
            ("```csv\nname,age\nAda,36```\nBye", "name,age\nAda,36```\nBye"),
            ("```md\nUse ```x```", "Use ```x```"),  # two in a line belong together
            ("````md\na```", "a```"),
            ("  ```csv\n  name,age\n  Ada,36\n  ```", CSV),
            ("   ~~~\n    name,age\n Ada,36\n\n   ~~~", " name,age\nAda,36\n\n"),
            ("- ```csv\n  name,age\n  Ada,36\n  ```\n- more", CSV),
            ("1. Here is the CSV:\n\n   ```csv\n   name,age\n   Ada,36\n   ```", CSV),
            ("10) **CSV:**\n      ```csv\n      name,age\n      Ada,36\n      ```", CSV),
            ("\ufeff```csv\n{}```", CSV),
            ("<think>\nFirst I.\nThen I.\n```\nno\n```\nSo.\n</think>\n\n```csv\n{}```", CSV),
            ("<thinking>A</think></thinking>Here:\n```csv\n{}```", CSV),
            ("```python\nif x:\n    print('```')\n    ```\n```", "if x:\n    print('```')\n    ```\n"),
        ],
    )
    def test_the_text_inside(self, answer: str, text: str):
        answer = answer.replace("{}", self.CSV)
        assert self.fenced(answer).read() == self.fenced(*answer).read() == text

    @pytest.mark.parametrize(
        "answer",
        [
            "{}",
            "Sure.\nHere it is:\nYour CSV:\n```csv\n{}```\n",
            "Use `this`:\n{}",
            "```csv a``` and more",
            "    ```\n{}",
            "``\n{}``\n",
            "Here:",
            "<think>I.\nII.\nIII.\n</think>\n{}",
            "<think>I.\n",
            "<thin",
            "<table>\n</table>\n",
            "- one\n- two\n",
            "-1",
            "12",
            "  ",
            "~",
            "def f():\n    return 1\n",
            "x" * 201 + ":\n```\n{}```\n",
            "\n" * 402 + "```\n{}```\n",
            "```" + "x" * 200 + "\n{}```\n",
        ],
    )
    def test_an_answer_without_a_fence_is_unchanged(self, answer: str):
        answer = answer.replace("{}", self.CSV)
        assert self.fenced(answer).read() == self.fenced(*answer).read() == answer

    @given(st.lists(PARTS, max_size=14), st.randoms())
    def test_any_answer_split_anywhere(self, parts: list[str], random: Any):
        answer = "".join(parts)
        pieces, at = [], 0
        while at < len(answer):
            pieces.append(answer[at : (at := at + random.randint(1, 5))])
        for given_pieces in (pieces, [answer], list(answer)):
            fence = Fence()
            assert "".join(map(fence.feed, given_pieces)) + fence.finish() == unfenced(answer)

    def test_reads_and_lines_of_any_size(self):
        answer = f"```csv\n{self.CSV}ü🙂\n```\nBye"
        text = self.CSV + "ü🙂\n"
        for size in (1, 2, 3, 5, 1000):
            reader, found = self.fenced(*answer), []
            assert reader.read(0) == ""
            while part := reader.read(size):
                assert len(part) <= size
                found.append(part)
            assert "".join(found) == text
            lines = self.fenced(answer)
            assert "".join(iter(lambda: lines.readline(size), "")) == text  # noqa: B023
            raw = Scanner(bytes(testing.chat(*answer)), dialect="chat").byte_reader(fence=True)
            assert b"".join(iter(lambda: raw.read(size), b"")) == text.encode()  # noqa: B023
        assert list(self.fenced(*answer)) == text.splitlines(keepends=True)
        assert list(csv.DictReader(self.fenced(f"```csv\n{self.CSV}```"))) == [{"name": "Ada", "age": "36"}]
        assert json.load(self.fenced("Here you are:\n\n```json\n", '{"a": [1,', " 2]}\n``", "`\n")) == {"a": [1, 2]}

    def test_text_is_not_held_back_longer_than_it_must_be(self):
        fence = Fence()
        assert [fence.feed(piece) for piece in ("``", "`json\n", '{"a"', ": 1}\n", "``", "`", "\n", "Bye")] == [
            *("", "", '{"a"', ": 1}\n", "", "", "", "")
        ]
        assert Fence().feed('{"a"') == '{"a"'
        fence = Fence()
        assert [fence.feed(piece) for piece in ("na", "me,age\n", "A", "da,36\nE", "v")] == [
            "",
            "",
            "",
            "name,age\nAda,36\nE",
            "v",
        ]

    def test_a_stream_that_breaks_raises_after_the_fence_too(self):
        for pieces in (["```\n", "a\n"], ["```\n", "a\n", "```\n", "Bye"]):
            steps = testing.chat(*pieces).steps[: len(pieces) + 1]
            for read in (lambda reader: reader.read(), lambda reader: [*reader]):
                reader = Scanner(steps, dialect="chat").reader(fence=True)
                with pytest.raises(StreamTruncated) as caught:
                    read(reader)
                assert caught.value.partial_text == "".join(pieces)
                with pytest.raises(StreamTruncated):
                    reader.read(1)

    @pytest.mark.parametrize("kind", ["reader", "byte_reader"])
    @pytest.mark.parametrize("method", ["read", "readline"])
    def test_the_traceback_of_a_failure_does_not_keep_the_stream(self, kind: str, method: str):
        """The stream has the exception, so that this would be a cycle."""
        scanner = Scanner(testing.chat("```\n", "a").steps[:3], dialect="chat")
        read = getattr(getattr(scanner, kind)(fence=True), method)
        with pytest.raises(StreamTruncated) as caught:
            while read(100):
                pass
        frames = [one for one, _ in traceback.walk_tb(caught.value.__traceback__)][1:]

        assert {Path(one.f_code.co_filename).name for one in frames} == {"readers.py", "fences.py"}
        for one in frames:
            assert not [
                value for value in one.f_locals.values() if isinstance(value, (Scanner, io.IOBase, FencedReads))
            ]

    @pytest.mark.parametrize("read", [lambda reader: reader.read(), lambda reader: reader.readline()])
    def test_an_interrupted_read_loses_nothing(self, read: Any):
        class Source:
            blocks: list[Any] = [*testing.chat("```\na", "b\n", "```").steps]

            def __iter__(self) -> Any:
                return self

            def __next__(self) -> bytes:
                if not self.blocks:
                    raise StopIteration
                block = self.blocks.pop(0)
                if block is None:
                    raise KeyboardInterrupt
                return block

        source = Source()
        source.blocks = [*source.blocks[:2], None, *source.blocks[2:]]
        reader = Scanner(source, dialect="chat").reader(fence=True)
        with pytest.raises(KeyboardInterrupt):
            read(reader)
        assert read(reader) == "ab\n"

    def test_closing_and_the_representation(self):
        reader = self.fenced("```\na```")
        assert repr(reader) == "<TextReader text: open>"
        assert (reader.read(), repr(reader)) == ("a", "<TextReader text: done>")
        reader.close()
        assert repr(reader) == "<TextReader text: closed>"
        with pytest.raises(ValueError):
            reader.read()
        scanner = Scanner(bytes(testing.chat(tool_calls=[("f", {})])), dialect="chat")
        assert repr(scanner.byte_reader("tool_arguments", index=1)) == "<ByteReader tool_arguments[1]: open>"
