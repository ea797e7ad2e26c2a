"""Parser: the same stream, for those who bring their own loop."""

from __future__ import annotations

import array
import copy
import gc
import pickle

import pytest

from conftest import BARE_DONE, COMPLETED, DONE, bytewise, chunk, delta, frame, output, run
from ssescan import (
    EventDecodeError,
    EventTooLarge,
    Parser,
    Scanner,
    ServerSentEvent,
    SSEScanError,
    StreamTruncated,
    UnknownEvent,
)
from ssescan.errors import APIError
from ssescan.openai.types.beta.assistant_stream_event import ThreadMessageDelta


def texts(events: list) -> list:
    return [event.text for event in events]


class TestFeed:
    def test_it_gives_what_the_block_completes(self):
        parser, body = Parser("assistants"), delta("a") + delta("b") + delta("c")

        assert parser.feed(body[:10]) == parser.feed(b"") == []
        events = parser.feed(body[10:-1])
        assert texts(events) == ["a", "b"]
        assert [type(event) for event in events] == [ThreadMessageDelta] * 2
        assert texts(parser.feed(b"\n")) == ["c"]

    def test_without_a_dialect(self):
        parser = Parser()

        assert parser.feed(b"id: 1\nretry: 2\ndata: a\n\ndata: b") == [ServerSentEvent(data="a", id="1", retry=2)]
        assert (parser.last_event_id, parser.retry_ms, parser.outcome, parser.dialect) == ("1", 2, "open", None)
        assert parser.finish() == []
        assert (parser.outcome, parser.err, parser.stats.tail_bytes) == ("eof", None, 7)

    @pytest.mark.parametrize(
        "kind",
        [
            bytes,
            bytearray,
            memoryview,
            lambda block: array.array("B", block),
            lambda block: memoryview(block + b"x")[:-1],
        ],
    )
    def test_blocks_of_any_kind(self, kind):
        assert texts(Parser("assistants").feed(kind(delta("a")))) == ["a"]

    @pytest.mark.parametrize("block", ["text", None, 5, [b"x"], object()])
    def test_what_is_no_block_is_refused_and_changes_nothing(self, block):
        parser = Parser("assistants")
        parser.feed(delta("a")[:20])

        with pytest.raises(TypeError, match="a block must be bytes, bytearray or memoryview, got"):
            parser.feed(block)
        assert texts(parser.feed(delta("a")[20:])) == ["a"]
        assert (parser.err, parser.outcome) == (None, "open")

    def test_the_block_may_be_used_again(self):
        """What the caller does with its buffer afterwards is its own business."""
        parser, body = Parser("assistants"), delta("abc")
        buffer, events = bytearray(7), []
        for at in range(0, len(body), 7):
            part = body[at : at + 7]
            buffer[: len(part)] = part
            events += parser.feed(memoryview(buffer)[: len(part)])
            buffer[:] = b"\xff" * 7

        assert texts(events) == ["abc"]
        assert events[0].raw in body

    def test_behind_the_end_mark_blocks_give_nothing(self):
        parser = Parser("assistants")

        assert texts(parser.feed(delta("a") + DONE + delta("never"))) == ["a"]
        assert (parser.outcome, parser.feed(delta("never")), parser.finish()) == ("done", [], [])
        assert (parser.outcome, parser.err) == ("done", None)

    def test_auto(self):
        parser = Parser("auto")

        assert parser.feed(b": hi\n\n") == []
        assert parser.dialect is None
        assert texts(parser.feed(output("a"))) == ["a"]
        assert parser.dialect == "responses"
        assert len(parser.feed(COMPLETED)) == 1
        assert parser.outcome == "done"


class TestFinish:
    @pytest.mark.parametrize(
        ("dialect", "body", "outcome"),
        [
            (None, b"", "eof"),
            (None, b"data: cut", "eof"),
            ("assistants", delta("a") + DONE, "done"),
            ("assistants", delta("a") + b"data: [DONE]", "done"),
            ("assistants", delta("a") + run("completed"), "finished"),
            ("chat", chunk("a") + chunk(finish="stop"), "finished"),
            ("chat", chunk("a") + BARE_DONE, "done"),
            ("responses", output("a") + COMPLETED, "done"),
        ],
    )
    def test_a_good_end(self, dialect, body, outcome):
        parser = Parser(dialect)
        parser.feed(body)

        assert parser.finish() == parser.finish() == []
        assert (parser.outcome, parser.err) == (outcome, None)

    @pytest.mark.parametrize("dialect", ["assistants", "chat", "responses", "auto"])
    def test_a_cut_raises_and_sets_err(self, dialect):
        parser = Parser(dialect)
        parser.feed({"chat": chunk("a"), "responses": output("a")}.get(dialect, delta("a")))

        with pytest.raises(StreamTruncated) as first:
            parser.finish()
        assert first.value is parser.err
        assert (parser.outcome, parser.err.partial_text, parser.err.events) == ("truncated", "a", 1)
        for again in (parser.finish, lambda: parser.feed(b"data: a\n\n")):
            with pytest.raises(StreamTruncated) as second:
                again()
            assert second.value is parser.err

    def test_usage_and_reason_are_known_then(self):
        parser = Parser("chat")
        parser.feed(
            chunk("a") + chunk(finish="stop") + frame({"choices": [], "usage": {"total_tokens": 3}}) + BARE_DONE
        )
        parser.finish()

        assert (parser.usage, parser.finish_reason) == ({"total_tokens": 3}, "stop")


class TestFailure:
    @pytest.mark.parametrize(
        ("block", "kind"),
        [(frame("no JSON", "thread.created"), EventDecodeError), (frame({"message": "m"}, "error"), APIError)],
    )
    def test_events_before_it_are_given_and_the_next_call_raises(self, block, kind):
        parser = Parser("assistants")

        assert texts(parser.feed(delta("a") + delta("b") + block + delta("never"))) == ["a", "b"]
        assert type(parser.err) is kind
        assert (parser.outcome, parser.err.partial_text, parser.err.events) == ("error", "ab", 2)
        for call in (lambda: parser.feed(delta("c")), lambda: parser.feed(b""), parser.finish):
            with pytest.raises(kind) as caught:
                call()
            assert caught.value is parser.err

    def test_an_event_that_is_too_large(self):
        parser = Parser(max_event_bytes=10)

        assert [event.data for event in parser.feed(b"data: a\n\ndata: 0123456789ABC")] == ["a"]
        assert isinstance(parser.err, EventTooLarge)
        assert (parser.err.limit, parser.err.position) == (10, 9)
        with pytest.raises(EventTooLarge):
            parser.finish()

    def test_bytewise_it_is_the_same(self):
        parser, events = Parser("assistants"), []
        with pytest.raises(EventDecodeError):
            for block in bytewise(delta("a") + frame("{", "thread.created") + delta("b")):
                events += parser.feed(block)

        assert texts(events) == ["a"]


class TestArguments:
    def test_the_dialect_may_be_positional_and_nothing_else(self):
        with pytest.raises(TypeError, match="positional"):
            Parser(None, 5)  # type: ignore[misc]

    def test_they_are_checked_like_the_scanners(self):
        with pytest.raises(ValueError, match="Unknown dialect"):
            Parser("foo")
        with pytest.raises(ValueError, match="max_event_bytes"):
            Parser(max_event_bytes=0)
        with pytest.raises(TypeError, match="last_event_id"):
            Parser(last_event_id=None)  # type: ignore[arg-type]

    def test_last_event_id(self):
        assert Parser(last_event_id="x").feed(b"data: a\n\n")[0].id == "x"

    @pytest.mark.parametrize("use", [iter, next, list, lambda parser: parser.scan()])
    def test_it_is_fed_not_iterated(self, use):
        """An advance would take the missing source for the end of the body."""
        parser = Parser("assistants")
        parser.feed(delta("a"))

        with pytest.raises(TypeError, match="Parser is not iterable"):
            use(parser)
        assert parser.outcome == "open"

    def test_it_is_neither_copied_nor_pickled(self):
        for attempt in (copy.copy, pickle.dumps):
            with pytest.raises(TypeError, match="Parser"):
                attempt(Parser())

    def test_its_repr(self):
        assert repr(Parser()) == "<Parser without a dialect: open>"
        assert repr(Parser("chat")) == "<Parser chat: open>"


class TestEvents:
    def test_they_are_those_of_the_scanner(self):
        body = delta("a") + frame({"x": 1}, "thread.new") + run("completed") + DONE

        events = Parser("assistants").feed(body)

        assert events == list(Scanner([body], dialect="assistants"))
        assert [type(event).__name__ for event in events] == [
            "ThreadMessageDelta",
            "UnknownEvent",
            "ThreadRunCompleted",
        ]
        assert isinstance(events[1], UnknownEvent)

    def test_they_outlive_the_parser_and_its_blocks(self):
        events = Parser("assistants").feed(delta("a") + delta("b"))
        gc.collect()

        assert texts(events) == ["a", "b"]
        assert [event.data.delta.content[0].text.value for event in events] == ["a", "b"]

    def test_the_last_one_is_the_current_one(self):
        parser = Parser("assistants")
        events = parser.feed(delta("a") + delta("b"))

        assert parser.event is events[-1]

    def test_an_async_loop(self):
        """What it is for: somebody else's loop, here one without any library."""

        async def blocks():
            for block in bytewise(delta("a") + delta("b") + DONE):
                yield block

        async def read():
            parser = Parser("assistants")
            found = [event.text async for block in blocks() for event in parser.feed(block)]
            parser.finish()
            return found, parser.outcome

        coroutine = read()
        with pytest.raises(StopIteration) as done:
            while True:
                coroutine.send(None)
        assert done.value.value == (["a", "b"], "done")

    def test_every_failure_is_of_the_tree(self):
        for body in (b"data: x\n\n", b"event: error\ndata: x\n\n", b"", frame({"error": 1})):
            parser = Parser("chat")
            parser.feed(body)
            with pytest.raises(SSEScanError):
                parser.finish()
            assert isinstance(parser.err, SSEScanError)
            with pytest.raises(SSEScanError):
                parser.feed(b"")
