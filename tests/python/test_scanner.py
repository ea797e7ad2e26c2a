"""Scanner: advancing, ending, failing, and what can be asked of a stream. Sources are lists; no test needs a socket."""

from __future__ import annotations

import copy
import gc
import http.client
import io
import pickle
import re
import ssl
import subprocess
import sys
import threading
import time
import traceback
import warnings
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Optional

import pytest

import ssescan
from conftest import BARE_DONE, COMPLETED, DONE, Asked, bytewise, chunk, cut, delta, frame, output, run
from ssescan import (
    Channel,
    Dialect,
    EventDecodeError,
    EventTooLarge,
    Finish,
    Outcome,
    Parser,
    Row,
    Scanner,
    ServerSentEvent,
    SSEScanError,
    Stats,
    StreamBroken,
    StreamCancelled,
    StreamTimeout,
    StreamTruncated,
    UnknownEvent,
    dialects,
    testing,
)
from ssescan.dialects import PresentKey, Reason, Text, Unless, When
from ssescan.errors import APIError, BadRequestError, InternalServerError, RateLimitError
from ssescan.events import Event
from ssescan.openai import OpenAI
from ssescan.openai.types.beta.assistant_stream_event import ThreadCreated, ThreadMessageDelta, ThreadRunCompleted
from ssescan.openai.types.chat import ChatCompletionChunk
from ssescan.openai.types.responses import ResponseCompletedEvent, ResponseFailedEvent, ResponseTextDeltaEvent
from ssescan.testing import FakePool

HELLO = [delta("Hel"), delta("lo"), run("completed", usage={"total_tokens": 3}), DONE]


def assistants(*blocks: bytes, **more: Any) -> Scanner:
    return Scanner(list(blocks), dialect="assistants", **more)


def drain(scanner: Scanner) -> list:
    """The events up to the end or the failure."""
    events = []
    while scanner.scan():
        events.append(scanner.event)
    return events


def failure(advance: Callable[[], object]) -> BaseException:
    with pytest.raises(BaseException) as caught:
        advance()
    return caught.value


class TestScan:
    def test_the_four_parts(self):
        events = assistants(*HELLO)
        seen = []
        assert (events.event, events.err, events.text()) == (None, None, None)

        while events.scan():
            seen.append((type(events.event), events.text()))

        assert seen == [(ThreadMessageDelta, "Hel"), (ThreadMessageDelta, "lo"), (ThreadRunCompleted, None)]
        assert (events.err, events.outcome) == (None, "done")
        assert events.scan() is False

    def test_event_is_the_one_that_iteration_gives(self):
        events = assistants(*HELLO)
        for event in events:
            assert event is events.event

    def test_scan_does_not_raise_for_what_the_stream_did(self):
        events = assistants(delta("a"))

        assert events.scan() is True
        assert events.scan() is False
        assert isinstance(events.err, StreamTruncated)
        assert events.scan() is False

    def test_an_event_without_text_and_one_with_an_empty_one(self):
        events = assistants(delta(None), delta(""), *HELLO)

        assert events.scan() and events.text() is None
        assert events.scan() and events.text() == ""

    def test_without_a_dialect_there_is_no_text(self):
        events = Scanner([b"data: a\n\n"])

        assert events.scan()
        assert events.text() is None

    def test_a_field_named_text_is_the_events_own(self):
        """D5: `event.text` is openai's there, `Scanner.text()` unwraps."""
        done = frame(
            {"type": "response.output_text.done", "text": "all", "output_index": 0}, "response.output_text.done"
        )
        events = Scanner([output("a"), done, COMPLETED], dialect="responses")

        assert events.scan() and (events.event.text, events.text()) == ("a", "a")
        assert events.scan() and (events.event.text, events.text()) == ("all", None)

    def test_both_ways_of_advancing_mix(self):
        events = assistants(*HELLO)

        assert next(events).text == "Hel"
        assert events.scan() and events.text() == "lo"
        assert [type(event) for event in events] == [ThreadRunCompleted]
        assert not events.scan()

    def test_events_come_out_of_any_kind_of_call(self):
        assert len(list(assistants(*HELLO))) == 3
        assert len([*assistants(*HELLO)]) == 3
        assert [event.text for event in map(lambda event: event, assistants(*HELLO))] == ["Hel", "lo", None]
        assert sum(1 for _ in zip(assistants(*HELLO), range(9))) == 3
        first, *rest = assistants(*HELLO)
        assert (first.text, len(rest)) == ("Hel", 2)


class TestPlanned:
    """`scan` makes no event; `event` does."""

    def test_only_events_that_are_asked_for_are_made(self):
        made = []

        class Counted(UnknownEvent):
            __slots__ = ()

            def __del__(self):
                made.append(self.raw)

        table = Dialect("counted", {}, Row(Counted.__name__, {"text": Channel("t")}), types=__name__)
        globals()["Counted"] = Counted
        events, n = Scanner([b'data: {"t": "%d"}\n\n' % n for n in range(6)], dialect=table), 0
        while events.scan():
            assert events.text() == str(n)
            if n == 3:
                assert events.event is events.event and events.event.text == "3" and events.text() == "3"
            n += 1
        assert events.event.text == "5" == events.text()
        del events
        gc.collect()
        assert made == [b'{"t": "3"}', b'{"t": "5"}']

    def test_the_last_event_outlives_the_end(self):
        events = assistants(*HELLO)
        while events.scan():
            pass
        last = events.event
        assert type(last) is ThreadRunCompleted and events.event is last and events.text() is None
        events.close()
        assert events.event is last

    @pytest.mark.parametrize("end", [lambda events: events.close(), lambda events: events.cancel()])
    def test_ending_the_stream_keeps_the_event(self, end):
        events = assistants(*HELLO)
        assert events.scan()
        end(events)
        assert events.text() == "Hel" == events.event.text

    def test_a_failure_has_the_last_event(self):
        events = assistants(delta("a"), delta("b"))
        while events.scan():
            pass
        assert events.err.last_event is events.event and events.err.last_event.text == "b"
        assert "thread.message.delta" in str(events.err)

    def test_an_event_that_only_scan_knows_stays_behind(self):
        events = assistants(*HELLO)
        assert events.scan() and next(events).text == "lo" == events.text()
        assert events.scan() and list(events) == []
        assert type(events.event) is ThreadRunCompleted
        seen = []
        events = assistants(delta("a"), delta(None), delta("b"), *HELLO)
        assert events.scan() and events.reader(on_event=lambda event: seen.append(events.event)).read() == "bHello"
        assert [type(event) for event in seen] == [ThreadMessageDelta, ThreadRunCompleted] and events.event is seen[1]

    def test_a_damaged_payload(self):
        damaged = b'event: thread.message.delta\ndata: {"delta": {"content": [}}\n\n'
        for look in (lambda events: events.text(), lambda events: events.event.text, lambda events: next(events).text):
            events = assistants(damaged * 2, delta("a"), DONE)
            assert events.scan()
            error = failure(lambda look=look: look(events))
            assert (type(error), error.event, error.raw) == (
                EventDecodeError,
                "thread.message.delta",
                b'{"delta": {"content": [}}',
            )
            assert events.err is None

    def test_a_name_that_the_dialect_does_not_know(self):
        events = assistants(frame({"delta": {}}, "thread.new"), frame({"delta": {}}, "thread.other"), DONE)
        assert events.scan() and events.text() is None
        assert events.scan() and events.text() is None and events.event.name == "thread.other"

    def test_without_a_dialect(self):
        events = Scanner([b"data: a\n\nevent: x\ndata: b\nid: 7\n\n"])
        assert events.scan() and events.scan()
        assert events.event is events.event and events.event == ServerSentEvent("x", "b", "7")

    def test_plain_events_are_used_again_only_if_nothing_refers_to_them(self):
        """An event that is kept, or referred to weakly, stays; the others are one or two objects."""
        events, kept, weak, ids = Scanner([b"data: %d\n\n" % n for n in range(12)]), [], [], set()
        for n, event in enumerate(events):
            assert event.data == str(n) and event.json() == n or n % 3
            ids.add(id(event))
            if n in (2, 5):
                kept.append(event)
            elif n == 7:
                weak.append((weakref.ref(event), event.raw))
        assert [event.data for event in kept] == ["2", "5"] and kept[0].raw == b"2"
        assert all(ref() is None or ref().raw == raw for ref, raw in weak)
        ids = {id(event) for event in Scanner([b"data: %d\n\n" % n for n in range(50)])}
        assert len(ids) <= 3

    def test_an_event_made_by_hand(self):
        made = ThreadMessageDelta(event="thread.message.delta", data={"delta": {"content": [{"text": {"value": "a"}}]}})
        assert made.text == "a" and UnknownEvent().text is None
        with pytest.raises(AttributeError):
            made.text = "b"


class TestCursor:
    def test_a_scanner_is_its_own_iterator(self):
        events = assistants(*HELLO)

        assert iter(events) is events

    def test_a_second_loop_goes_on(self):
        events = assistants(*HELLO)
        for _ in events:
            break

        assert [event.text for event in events] == ["lo", None]

    def test_behind_a_good_end_it_stops_for_ever(self):
        events = assistants(*HELLO)
        drain(events)

        for _ in range(3):
            assert list(events) == []
            assert not events.scan()
            with pytest.raises(StopIteration):
                next(events)

    def test_nothing_is_read_behind_the_end_mark(self):
        source = Asked([*HELLO, delta("never")])

        assert len(list(Scanner(source, dialect="assistants"))) == 3
        assert source.count == 4

    def test_nothing_is_read_behind_the_last_event(self):
        source = Asked([output("a"), COMPLETED, output("never")])
        events = Scanner(source, dialect="responses")

        assert [type(event) for event in events] == [ResponseTextDeltaEvent, ResponseCompletedEvent]
        assert (source.count, events.outcome) == (2, "done")

    def test_nothing_is_read_ahead(self):
        source = Asked([delta("a") + delta("b"), delta("c"), DONE])
        events = Scanner(source, dialect="assistants")

        assert source.count == 0
        asked = [source.count for _ in events]
        assert asked == [1, 1, 2]


class TestFailure:
    def test_it_is_sticky(self):
        events = assistants(delta("a"))
        first = failure(lambda: list(events))

        for advance in (
            lambda: next(events),
            lambda: list(events),
            lambda: events.reader().read(),
            lambda: next(iter(events)),
        ):
            assert failure(advance) is first
        assert events.err is first
        assert (type(first), events.outcome) == (StreamTruncated, "truncated")

    @pytest.mark.parametrize("blocks", [[delta("a")], [delta("a"), "no bytes"]], ids=["ours", "the source's"])
    def test_its_traceback_does_not_grow(self, blocks):
        events = Scanner(blocks, dialect="assistants")
        depths = []
        for _ in range(5):
            depths.append(len(traceback.extract_tb(failure(lambda: list(events)).__traceback__)))

        assert len(set(depths[1:])) == 1
        assert depths[-1] <= depths[0]

    def test_the_events_before_it_are_given(self):
        events, seen = assistants(delta("a") + delta("b")), []
        with pytest.raises(StreamTruncated):
            for event in events:
                seen.append(event.text)

        assert seen == ["a", "b"]

    def test_scan_says_false_and_iteration_raises(self):
        events = assistants()

        assert not events.scan()
        assert failure(lambda: next(events)) is events.err

    def test_what_it_carries(self):
        error = failure(lambda: list(assistants(delta("Hel"), delta("lo"))))

        assert isinstance(error, StreamTruncated)
        assert (error.partial_text, error.events, error.outcome) == ("Hello", 2, "truncated")
        assert (error.retryable, error.request_id, error.status_code, error.raw) == (True, None, None, None)
        assert "2 events" in str(error)
        assert "thread.message.delta" in str(error)
        assert "\n" not in str(error)

    def test_it_says_how_much_of_an_event_was_cut(self):
        error = failure(lambda: list(assistants(delta("a"), b"data: {")))

        assert "7 bytes of an unfinished event" in str(error)


class TestSourceFailures:
    def test_what_is_not_the_transports_passes_unchanged_and_is_sticky(self):
        cause = ZeroDivisionError("mine")
        events = Scanner(Asked([delta("a")], cause), dialect="assistants")

        assert failure(lambda: list(events)) is cause
        assert failure(lambda: next(events)) is cause
        assert events.scan() is False
        assert (events.err, events.outcome) == (cause, "broken")

    def test_its_traceback_leads_to_the_source(self):
        def blocks():
            yield delta("a")
            raise LookupError("here")

        error = failure(lambda: list(Scanner(blocks(), dialect="assistants")))

        assert traceback.extract_tb(error.__traceback__)[-1].line == 'raise LookupError("here")'

    @pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
    def test_what_is_no_exception_is_not_remembered(self, error):
        class Interrupted(Asked):
            def __next__(self):
                if self.count == 1:
                    self.count += 1
                    raise error
                return super().__next__()

        events = Scanner(Interrupted(HELLO), dialect="assistants")

        assert next(events).text == "Hel"
        with pytest.raises(error):
            next(events)
        assert (events.err, events.outcome) == (None, "open")
        assert [event.text for event in events] == ["lo", None]
        assert events.outcome == "done"

    def test_the_count_of_bytes_survives_an_interrupt(self):
        class Interrupted(Asked):
            def __next__(self):
                if self.count == 1 and not self.closed:
                    self.closed = 1
                    raise KeyboardInterrupt
                return super().__next__()

        events = Scanner(Interrupted([b"data: a\n\n", b"tail"]))
        next(events)
        with pytest.raises(KeyboardInterrupt):
            next(events)
        list(events)

        assert events.stats.tail_bytes == 4

    def test_an_exception_of_the_source_after_a_complete_answer_passes_too(self):
        """D6 forgives a broken connection then, not a bug in somebody's generator."""
        events = Scanner(Asked([delta("a"), run("completed")], ZeroDivisionError()), dialect="assistants")

        assert isinstance(failure(lambda: list(events)), ZeroDivisionError)
        assert events.outcome == "broken"

    def test_a_connection_that_breaks_after_a_complete_answer_is_finished(self):
        events = Scanner(Asked([delta("a"), run("completed")], ConnectionResetError()), dialect="assistants")

        assert len(list(events)) == 2
        assert (events.outcome, events.err) == ("finished", None)

    def test_chat_is_complete_when_every_choice_is(self):
        broken = ConnectionResetError()
        one = [chunk("a"), chunk("b", index=1), chunk(finish="stop")]
        events = Scanner(Asked(one, broken), dialect="chat")
        assert isinstance(failure(lambda: list(events)), StreamBroken)

        both = Scanner(Asked([*one, chunk(index=1, finish="length")], broken), dialect="chat")
        assert len(list(both)) == 4
        assert both.outcome == "finished"

    def test_a_source_that_advances_its_own_stream(self):
        def blocks():
            yield delta("a")
            next(events)

        events = Scanner(blocks(), dialect="assistants")

        assert isinstance(failure(lambda: list(events)), RuntimeError)


def _urllib3(name: str, *args: Any) -> BaseException:
    import urllib3

    return getattr(urllib3.exceptions, name)(*args)


def _module(module: str, name: str, *args: Any) -> BaseException:
    return getattr(pytest.importorskip(module), name)(*args)


def _requests_timeout() -> BaseException:
    return _module("requests.exceptions", "ConnectionError", _urllib3("ReadTimeoutError", None, "/", "Read timed out."))


BROKEN = {
    "reset": lambda: ConnectionResetError(104, "Connection reset by peer"),
    "aborted": lambda: ConnectionAbortedError(),
    "pipe": lambda: BrokenPipeError(),
    "http.client.IncompleteRead": lambda: http.client.IncompleteRead(b"x", 5),
    "http.client.RemoteDisconnected": lambda: http.client.RemoteDisconnected("closed"),
    "ssl": lambda: ssl.SSLError("bad record"),
    "urllib3.ProtocolError": lambda: _urllib3("ProtocolError", "Connection broken"),
    "urllib3.IncompleteRead": lambda: _urllib3("IncompleteRead", 3, 5),
    "urllib3.DecodeError": lambda: _urllib3("DecodeError", "bad gzip"),
    "requests.ChunkedEncodingError": lambda: _module("requests.exceptions", "ChunkedEncodingError", "cut"),
    "requests.ConnectionError": lambda: _module("requests.exceptions", "ConnectionError", "cut"),
    "httpx.ReadError": lambda: _module("httpx", "ReadError", "cut"),
    "httpx.RemoteProtocolError": lambda: _module("httpx", "RemoteProtocolError", "cut"),
    "httpx2.ReadError": lambda: _module("httpx2", "ReadError", "cut"),
}
TIMED_OUT = {
    "TimeoutError": lambda: TimeoutError("timed out"),
    "urllib3.ReadTimeoutError": lambda: _urllib3("ReadTimeoutError", None, "/", "Read timed out."),
    "requests.ReadTimeout": lambda: _module("requests.exceptions", "ReadTimeout", "slow"),
    "requests.ConnectionError": _requests_timeout,
    "httpx.ReadTimeout": lambda: _module("httpx", "ReadTimeout", "slow"),
    "httpx2.ReadTimeout": lambda: _module("httpx2", "ReadTimeout", "slow"),
}


class TestTransportFailures:
    @pytest.mark.parametrize("cause", BROKEN.values(), ids=BROKEN)
    def test_it_is_broken(self, cause):
        cause = cause()
        events = Scanner(Asked([delta("a")], cause), dialect="assistants")
        error = failure(lambda: list(events))

        assert type(error) is StreamBroken
        assert isinstance(error, ConnectionError)
        assert error.__cause__ is cause
        assert (error.outcome, error.partial_text, error.events, error.retryable) == ("broken", "a", 1, True)
        assert failure(lambda: next(events)) is error

    @pytest.mark.parametrize("cause", TIMED_OUT.values(), ids=TIMED_OUT)
    def test_it_timed_out(self, cause):
        cause = cause()
        events = Scanner(Asked([delta("a")], cause), dialect="assistants")
        error = failure(lambda: list(events))

        assert type(error) is StreamTimeout
        assert isinstance(error, TimeoutError)
        assert (error.clock, error.outcome, error.partial_text) == ("idle", "timeout", "a")
        assert error.__cause__ is cause

    def test_without_a_dialect_it_is_broken_too(self):
        events = Scanner(Asked([b"data: a\n\n"], ConnectionResetError()))

        assert next(events).data == "a"
        assert isinstance(failure(lambda: next(events)), StreamBroken)
        assert events.outcome == "broken"

    def test_a_module_whose_name_only_begins_so_is_not_the_transports(self):
        mine = type("Mine", (Exception,), {"__module__": "sslery"})()

        assert failure(lambda: list(Scanner(Asked([], mine)))) is mine

    def test_an_error_of_the_disk_is_not_the_transports(self):
        cause = OSError(5, "Input/output error")

        assert failure(lambda: list(Scanner(Asked([], cause)))) is cause


class Waiting:
    """A source that waits before each block, until it is let go."""

    def __init__(self, *blocks: bytes) -> None:
        self.blocks = iter(blocks)
        self.is_waiting = threading.Event()
        self.go = threading.Event()
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        self.is_waiting.set()
        assert self.go.wait(30)
        return next(self.blocks)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


class TestThreads:
    def test_two_may_not_advance_at_once(self, thread):
        source = Waiting(*HELLO)
        events = Scanner(source, dialect="assistants")
        reading = thread.submit(list, events)
        assert source.is_waiting.wait(30)
        try:
            for advance in (lambda: next(events), events.scan, lambda: events.reader().read(1), lambda: list(events)):
                assert "being read by another thread" in str(failure(advance))
                assert isinstance(failure(advance), RuntimeError)
        finally:
            source.go.set()

        assert len(reading.result(30)) == 3
        assert (events.outcome, events.err) == ("done", None)

    def test_everything_else_may_be_asked_meanwhile(self, thread):
        source = Waiting(*HELLO)
        events = Scanner(source, dialect="assistants", last_event_id="7")
        reading = thread.submit(list, events)
        assert source.is_waiting.wait(30)
        try:
            assert (events.outcome, events.err, events.event, events.text()) == ("open", None, None, None)
            assert (events.stats.events, events.last_event_id, events.retry_ms) == (0, "7", None)
            assert (events.usage, events.finish_reason, events.dialect, events.tee) == (None, None, "assistants", None)
            assert repr(events)
        finally:
            source.go.set()
        reading.result(30)

    def test_the_next_thread_may_go_on(self, thread):
        events = assistants(*HELLO)

        assert next(events).text == "Hel"
        assert thread.submit(lambda: next(events).text).result(30) == "lo"
        assert thread.submit(lambda: len(list(events))).result(30) == 1

    @pytest.mark.parametrize("end", ["cancel", "close"])
    def test_ending_it_while_a_source_blocks(self, thread, end):
        source = Waiting(*HELLO)
        events = Scanner(source, dialect="assistants")
        reading = thread.submit(failure, lambda: list(events))
        assert source.is_waiting.wait(30)

        getattr(events, end)()
        getattr(events, end)()
        assert source.closed == 0  # a generator can't be closed while it runs
        source.go.set()

        error = reading.result(30)
        assert type(error) is StreamCancelled
        assert (error.events, error.partial_text, error.outcome) == (0, "", "cancelled")
        assert (events.err, events.outcome) == (error, "cancelled")
        assert events.event is None  # the block that came is thrown away
        assert source.closed == 1

    def test_ending_it_while_a_reader_blocks(self, thread):
        source = Waiting(*HELLO)
        reader = Scanner(source, dialect="assistants").reader()
        reading = thread.submit(failure, reader.read)
        assert source.is_waiting.wait(30)

        reader._scanner.cancel()
        source.go.set()

        assert type(reading.result(30)) is StreamCancelled

    def test_a_failure_of_the_source_behind_a_cancel_is_the_cancel(self, thread):
        """Waking a reader makes its transport fail: that is not what went wrong."""
        source = Waiting()
        source.blocks = Asked([], ConnectionResetError())
        events = Scanner(source, dialect="assistants")
        reading = thread.submit(failure, lambda: list(events))
        assert source.is_waiting.wait(30)

        events.cancel()
        source.go.set()

        assert type(reading.result(30)) is StreamCancelled
        assert events.outcome == "cancelled"

    def test_the_end_of_the_source_behind_a_cancel_is_the_cancel(self, thread):
        source = Waiting()
        events = Scanner(source, dialect="assistants")
        reading = thread.submit(failure, lambda: list(events))
        assert source.is_waiting.wait(30)

        events.cancel()
        source.go.set()

        assert type(reading.result(30)) is StreamCancelled

    def test_many_streams_in_many_threads(self):
        body = b"".join(delta(str(n)) for n in range(300)) + DONE
        expected = "".join(map(str, range(300)))

        with ThreadPoolExecutor(8) as pool:
            texts = pool.map(
                lambda size: "".join(e.text for e in Scanner(cut(body, size), dialect="assistants")), range(100, 140)
            )
            assert list(texts) == [expected] * 40

    def test_cancelling_many_times_at_once_is_one_failure(self):
        for _ in range(50):
            events = assistants(delta("a"))
            with ThreadPoolExecutor(4) as pool:
                errors = list(pool.map(lambda _: (events.cancel(), events.scan(), events.err)[2], range(8)))
            assert set(map(id, errors)) == {id(events.err)}


class Mine:
    """Something that a user hung on an event; when that is dropped, it does something with the stream."""

    def __init__(self, do: Callable[[], object], errors: list[BaseException]) -> None:
        self.do = do
        self.errors = errors

    def __del__(self) -> None:
        try:
            self.do()
        except BaseException as error:
            self.errors.append(error)


class TestFinalizers:
    """Python code that runs in the middle of an advance: when an event is dropped, when the collector is at work."""

    @pytest.mark.parametrize("name", ["stats", "event", "last_event_id", "retry_ms", "usage", "dialect"])
    def test_looking_at_the_stream(self, name):
        events, errors = assistants(delta("a") * 50, DONE), []
        for event in events:
            event.data.mine = Mine(lambda: getattr(events, name), errors)

        assert errors == []

    @pytest.mark.parametrize("name", ["cancel", "close"])
    def test_ending_it(self, name):
        events, errors, count = assistants(delta("a") * 50, DONE), [], 0
        for event in iter(lambda: events.scan() and events.event, False):
            event.data.mine = Mine(getattr(events, name), errors)
            count += 1

        assert errors == []
        assert count < 5
        assert events.outcome == "cancelled"

    def test_advancing_it(self):
        """Allowed or not, it is an exception at worst, and one of those that can be expected."""
        events, errors = assistants(delta("a") * 50, DONE), []
        for event in events:
            event.data.mine = Mine(events.scan, errors)

        assert {type(error) for error in errors} <= {RuntimeError}

    def test_the_collector(self):
        events, errors = assistants(delta("a") * 500, DONE), []

        def look(*_: Any) -> None:
            try:
                print(events.stats, events.event, file=io.StringIO())
            except BaseException as error:
                errors.append(error)

        threshold = gc.get_threshold()
        gc.callbacks.append(look)
        gc.set_threshold(5)
        try:
            kept = list(events)
        finally:
            gc.callbacks.remove(look)
            gc.set_threshold(*threshold)
        assert len(kept) == 500
        assert errors == []

    def test_a_tee_that_advances_the_stream(self):
        class Nosy(io.BytesIO):
            def write(self, block):
                found.append(failure(events.scan))
                return super().write(block)

        found: list[BaseException] = []
        events = assistants(delta("a"), delta("b"), DONE, tee=Nosy())

        assert [event.text for event in events] == ["a", "b"]
        assert {type(error) for error in found} == {RuntimeError}


class TestClose:
    def test_before_the_end(self):
        source = Asked(HELLO)
        events = Scanner(source, dialect="assistants")
        next(events)

        events.close()

        assert (events.outcome, events.err, source.closed) == ("cancelled", None, 1)
        assert (list(events), events.scan()) == ([], False)
        with pytest.raises(StopIteration):
            next(events)
        assert events.event.text == "Hel"

    def test_before_anything_was_read(self):
        source = Asked(HELLO)
        Scanner(source).close()

        assert (source.count, source.closed) == (0, 1)

    def test_behind_a_good_end_the_outcome_stays(self):
        events = assistants(*HELLO)
        drain(events)
        events.close()

        assert (events.outcome, events.err) == ("done", None)

    def test_behind_a_failure_the_failure_stays(self):
        events = assistants(delta("a"))
        drain(events)
        error = events.err
        events.close()

        assert (events.outcome, events.err) == ("truncated", error)
        assert failure(lambda: next(events)) is error

    def test_it_may_be_repeated(self):
        source = Asked(HELLO)
        events = Scanner(source, dialect="assistants")
        for _ in range(3):
            events.close()

        assert source.closed == 1

    def test_a_failing_source_is_closed(self):
        source = Asked([delta("a")])
        drain(Scanner(source, dialect="assistants"))

        assert source.closed == 1

    def test_closing_in_the_loop_ends_it(self):
        events, seen = assistants(delta("a") + delta("b") + DONE), []
        for event in events:
            seen.append(event.text)
            events.close()

        assert seen == ["a"]


class TestCancel:
    def test_before_the_end(self):
        source = Asked(HELLO)
        events = Scanner(source, dialect="assistants")
        next(events)

        events.cancel()

        assert (events.outcome, source.closed) == ("cancelled", 1)
        assert isinstance(events.err, StreamCancelled)
        assert events.err.partial_text == "Hel"
        assert failure(lambda: next(events)) is events.err
        assert failure(lambda: list(events)) is events.err
        assert failure(events.reader().read) is events.err
        assert events.scan() is False

    def test_behind_the_end_it_changes_nothing(self):
        events = assistants(*HELLO)
        drain(events)
        events.cancel()

        assert (events.outcome, events.err, list(events)) == ("done", None, [])

    def test_behind_a_close_it_changes_nothing(self):
        events = assistants(*HELLO)
        events.close()
        events.cancel()

        assert (events.outcome, events.err) == ("cancelled", None)

    def test_a_close_behind_it_changes_nothing(self):
        events = assistants(*HELLO)
        events.cancel()
        error = events.err
        events.close()

        assert (events.outcome, events.err) == ("cancelled", error)

    def test_a_source_may_cancel_its_own_stream(self):
        def blocks():
            yield delta("a")
            events.cancel()
            yield delta("never")

        events = Scanner(blocks(), dialect="assistants")

        assert [event.text for event in drain(events)] == ["a"]
        assert isinstance(events.err, StreamCancelled)

    def test_a_source_may_close_its_own_stream(self):
        def blocks():
            yield delta("a")
            events.close()
            yield delta("never")

        events = Scanner(blocks(), dialect="assistants")

        assert [event.text for event in drain(events)] == ["a"]
        assert events.outcome == "cancelled"


class TestWith:
    def test_it_closes(self):
        source = Asked(HELLO)
        with Scanner(source, dialect="assistants") as events:
            assert next(events).text == "Hel"

        assert (events.outcome, source.closed) == ("cancelled", 1)

    def test_it_lets_exceptions_pass(self):
        source = Asked(HELLO)
        with pytest.raises(KeyError), Scanner(source, dialect="assistants"):
            raise KeyError

        assert source.closed == 1

    def test_a_failure_inside_passes_as_it_is(self):
        with pytest.raises(StreamTruncated) as caught, assistants(delta("a")) as events:
            list(events)

        assert caught.value is events.err


class TestTee:
    def test_it_gets_every_byte_as_it_came(self):
        body = b"\xef\xbb\xbf: c\r\n\r\n" + b"".join(HELLO) + b"tail"
        tee = io.BytesIO()

        list(Scanner(bytewise(body), tee=tee))

        assert tee.getvalue() == body

    def test_before_the_events_of_the_block(self):
        tee = io.BytesIO()
        blocks = [delta("a"), delta("b"), DONE]
        written = [tee.getvalue() for _ in Scanner(blocks, dialect="assistants", tee=tee)]

        assert written == [blocks[0], blocks[0] + blocks[1]]

    def test_it_may_be_set_and_taken_away_in_mid_stream(self):
        tee = io.BytesIO()
        events = Scanner([b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\n"])
        assert events.tee is None

        next(events)
        events.tee = tee
        assert events.tee is tee
        next(events)
        events.tee = None
        next(events)

        assert tee.getvalue() == b"data: 2\n\n"

    def test_readers_fill_it_too(self):
        tee = io.BytesIO()

        assert assistants(*HELLO, tee=tee).reader().read() == "Hello"
        assert tee.getvalue() == b"".join(HELLO)

    def test_it_gets_the_block_of_a_failure(self):
        tee = io.BytesIO()
        blocks = [delta("a"), frame("no JSON", "thread.created")]

        drain(assistants(*blocks, tee=tee))

        assert tee.getvalue() == b"".join(blocks)

    @pytest.mark.parametrize("raised", [BrokenPipeError("mine"), TimeoutError("mine"), KeyError("mine")])
    def test_the_exception_of_a_tee_is_no_failure_of_the_connection(self, raised):
        class Failing(io.BytesIO):
            def write(self, block):
                raise raised

        events = assistants(*HELLO, tee=Failing())
        assert failure(lambda: next(events)) is raised
        assert (events.outcome, events.err) == ("broken", raised)

    def test_a_tee_that_fails_ends_the_stream(self):
        """Going on behind the hole would hand out an answer that looks whole and is not."""

        class Full(io.BytesIO):
            def write(self, block):
                raise OSError(28, "No space left on device")

        events = assistants(*HELLO, tee=Full())
        error = failure(lambda: next(events))

        assert isinstance(error, OSError)
        events.tee = None
        assert failure(lambda: list(events)) is error
        assert events.outcome == "broken"

    def test_an_interrupt_in_the_tee_loses_nothing(self):
        class Interrupted(io.BytesIO):
            def write(self, block):
                events.tee = None
                raise KeyboardInterrupt

        events = assistants(*HELLO, tee=Interrupted())
        with pytest.raises(KeyboardInterrupt):
            next(events)

        assert "".join(event.text or "" for event in events) == "Hello"


class TestStats:
    def test_it_counts(self):
        events = assistants(delta("a"), b": ping\n\n", delta("b"), DONE + b"da")
        assert events.stats[:3] == (0, 0, 0)

        next(events)
        assert events.stats[:3] == (1, len(delta("a")), 0)

        drain(events)
        assert events.stats.events == 2
        assert events.stats.bytes == len(delta("a") + delta("b") + DONE) + 10

    def test_a_snapshot_does_not_change(self):
        events = assistants(*HELLO)
        before = events.stats
        drain(events)

        assert before.events == 0
        assert events.stats.events == 3

    def test_times_are_those_of_the_monotonic_clock(self):
        before = time.monotonic()
        events = assistants(run("created"), delta("a"), DONE)
        stats = events.stats
        assert before <= stats.opened_s <= time.monotonic()
        assert (stats.first_byte_s, stats.first_text_s, stats.last_s) == (None, None, None)

        next(events)
        stats = events.stats
        assert stats.opened_s <= stats.first_byte_s <= stats.last_s
        assert stats.first_text_s is None

        next(events)
        first = events.stats
        assert stats.first_byte_s <= first.first_text_s
        drain(events)
        assert events.stats.first_text_s == first.first_text_s
        assert events.stats.first_byte_s == first.first_byte_s
        assert events.stats.last_s >= first.last_s

    def test_a_reader_sees_the_first_text_too(self):
        events = assistants(*HELLO)
        events.reader().read(1)

        assert events.stats.first_text_s is not None

    def test_an_empty_delta_is_no_text_yet(self):
        events = assistants(delta(""), delta("a"), DONE)
        next(events)
        assert events.stats.first_text_s is None
        next(events)
        assert events.stats.first_text_s is not None

    @pytest.mark.parametrize("blocks", [[b"\n", b"", b"a"], [b"data: a\n\n", b"", b"", b"abc"]])
    def test_empty_blocks_are_nothing(self, blocks):
        events = Scanner(blocks)
        list(events)

        assert events.stats.tail_bytes == len(blocks[-1])

    def test_durations(self):
        stats = Stats(30, 512, 0, opened_s=10.0, first_byte_s=11.0, first_text_s=11.5, last_s=14.0)
        assert (stats.duration_s, stats.time_to_first_byte_s, stats.time_to_first_text_s) == (4.0, 1.0, 1.5)
        assert stats.events_per_s == 10.0
        assert repr(stats) == "<Stats: 30 events, 512 bytes in 4.000 s, first text after 1.500 s>"
        unknown = Scanner([]).stats
        assert unknown.duration_s is unknown.time_to_first_byte_s is unknown.time_to_first_text_s is None
        assert unknown.events_per_s is None
        assert stats._replace(last_s=11.0).events_per_s is None
        assert repr(unknown) == "<Stats: 0 events, 0 bytes>"

    def test_they_start_when_the_request_was_sent(self):
        asked_s: list[float] = []
        pool = FakePool(lambda _: asked_s.append(time.monotonic()) or testing.chat("a"))
        for made in (
            ssescan.stream("http://host/", dialect="chat", http_client=pool),
            OpenAI(api_key="k", http_client=pool).chat.completions.create(model="m", messages=[], stream=True),
        ):
            drain(made)
            stats = made.stats
            assert stats.opened_s < asked_s[-1] < stats.first_byte_s
            assert stats.duration_s >= stats.time_to_first_text_s >= stats.time_to_first_byte_s > 0

    def test_it_is_a_named_tuple(self):
        events, bytes_, tail_bytes, *times = Scanner([]).stats

        assert (events, bytes_, tail_bytes, len(times)) == (0, 0, 0, 4)


class TestIds:
    def test_they_are_sticky_and_move_at_blank_lines(self):
        events = Scanner([b"id: 1\ndata: a\n\n", b"data: b\n\n", b"id: 2\n\n", b"data: c\n\n", b"id: 3\n"])

        assert [(event.data, event.id) for event in events] == [("a", "1"), ("b", "1"), ("c", "2")]
        assert events.last_event_id == "2"

    def test_the_one_at_the_start_may_be_given(self):
        events = Scanner([b"data: a\n\nid\ndata: b\n\n"], last_event_id="ö")

        assert events.last_event_id == "ö"
        assert [event.id for event in events] == ["ö", ""]

    def test_retry(self):
        events = Scanner([b"retry: 5\ndata: a\n\n", b"data: b\n\nretry: 7\n"])
        assert events.retry_ms is None

        assert [event.retry for event in events] == [5, None]
        assert events.retry_ms == 7

    def test_with_a_dialect_too(self):
        events = assistants(b"id: 9\nretry: 1\n" + delta("a"), DONE)
        drain(events)

        assert (events.last_event_id, events.retry_ms) == ("9", 1)


USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "details": {"cached_tokens": 0}}
FULL = {
    "chat": (
        [chunk("Hello"), chunk(finish="stop"), frame({"choices": [], "usage": USAGE}), BARE_DONE],
        "stop",
    ),
    "assistants": ([delta("Hello"), run("completed", usage=USAGE), DONE], None),
    "responses": (
        [output("Hello"), frame({"type": "response.completed", "response": {"usage": USAGE}}, "response.completed")],
        None,
    ),
}


class TestUsage:
    @pytest.mark.parametrize("dialect", FULL)
    @pytest.mark.parametrize("size", [7, 50, 10_000])
    @pytest.mark.parametrize("way", ["events", "reader", "byte_reader", "read in bits"])
    def test_it_is_known_after_the_end(self, dialect, size, way):
        blocks, finish_reason = FULL[dialect]
        events = Scanner(cut(b"".join(blocks), size), dialect=dialect)
        if way == "events":
            list(events)
        elif way == "reader":
            assert events.reader().read() == "Hello"
        elif way == "byte_reader":
            assert events.byte_reader().read() == b"Hello"
        else:
            assert "".join(iter(lambda: events.reader().read(2), "")) == "Hello"

        assert events.usage == USAGE
        assert (events.usage.total_tokens, events.usage.details.cached_tokens) == (3, 0)
        assert events.finish_reason == finish_reason

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("chat-finish-length", "length"),
            ("responses-end-incomplete", "max_output_tokens"),
            ("anthropic/max_tokens", "max_tokens"),
            ("cohere/max_tokens", "MAX_TOKENS"),
            ("gemini/max_tokens", "MAX_TOKENS"),
            ("recorded-aimock_chat", "stop"),
            ("responses-plain", None),
        ],
    )
    def test_an_answer_that_reached_its_token_limit(self, name: str, reason: str | None):
        body = (Path(__file__).parents[1] / "streams" / f"{name}.sse").read_bytes()
        for size in (40, 100_000):
            events = Scanner(cut(body, size), dialect="auto")
            assert events.reader().read() and not isinstance(events.err, Exception)
            assert events.finish_reason == reason
            assert events.reached_token_limit == (reason not in ("stop", None))

    def test_what_the_server_did_not_send_is_none(self):
        events = Scanner([chunk("a"), BARE_DONE], dialect="chat")
        drain(events)

        assert (events.usage, events.finish_reason, events.outcome) == (None, None, "done")

    def test_without_a_dialect_there_is_none(self):
        events = Scanner([chunk(finish="stop")])
        drain(events)

        assert (events.usage, events.finish_reason) == (None, None)

    def test_the_reason_is_that_of_the_first_choice(self):
        events = Scanner([chunk("b", index=1, finish="length"), chunk("a", finish="stop"), BARE_DONE], dialect="chat")
        drain(events)

        assert events.finish_reason == "stop"

    def test_it_is_what_the_server_said_last(self):
        blocks = [frame({"choices": [], "usage": {"total_tokens": n}}) for n in (1, 2)]
        events = Scanner([*blocks, frame({"choices": [], "usage": None}), BARE_DONE], dialect="chat")
        drain(events)

        assert events.usage.total_tokens == 2

    def test_only_what_was_handed_out_counts(self):
        events = Scanner([chunk("a") + chunk(finish="stop")], dialect="chat")
        next(events)

        assert events.finish_reason is None


class TestDialects:
    def test_typed_events(self):
        assert [type(event) for event in Scanner([delta("a"), DONE], dialect="assistants")] == [ThreadMessageDelta]
        assert [type(event) for event in Scanner([chunk("a"), BARE_DONE], dialect="chat")] == [ChatCompletionChunk]
        assert [type(event) for event in Scanner([output("a"), COMPLETED], dialect="responses")] == [
            ResponseTextDeltaEvent,
            ResponseCompletedEvent,
        ]

    def test_none_gives_plain_events(self):
        events = list(Scanner([delta("a"), DONE, BARE_DONE]))

        assert [type(event) for event in events] == [ServerSentEvent] * 3
        assert [(event.event, event.data) for event in events[1:]] == [("done", "[DONE]"), ("message", "[DONE]")]

    @pytest.mark.parametrize(
        ("blocks", "dialect"),
        [
            ([delta("a"), DONE], "assistants"),
            ([frame({"event": "thread.created", "data": {"id": "t"}}), BARE_DONE], "assistants"),
            ([chunk("a"), BARE_DONE], "chat"),
            ([output("a"), COMPLETED], "responses"),
            ([frame({"type": "response.output_text.delta", "delta": "a"}), COMPLETED], "responses"),
            ([b": hi\n\n", b"data:\n\n", b"event: ping\ndata: {}\n\n", chunk("a"), BARE_DONE], "chat"),
        ],
        ids=["assistants", "wrapped", "chat", "responses", "responses without names", "behind what is skipped"],
    )
    def test_auto(self, blocks, dialect):
        events, plain = Scanner(blocks, dialect="auto"), Scanner(blocks, dialect=dialect)
        assert events.dialect is None

        assert drain(events) == drain(plain)
        assert (events.dialect, events.outcome) == (dialect, plain.outcome)
        assert repr(events) == f"<Scanner {dialect}: done>"

    def test_auto_and_unclaimed_is_none_for_good(self):
        events = Scanner([b"data: 12:00\n\n", delta("a"), DONE], dialect="auto")

        assert [type(event) for event in events] == [ServerSentEvent] * 3
        assert (events.dialect, events.outcome) == (None, "eof")

    @pytest.mark.parametrize("blocks", [[], [b": only a comment\n\n"], [b"event: ping\ndata: {}\n\n"], [b"data: cut"]])
    def test_auto_without_an_event_is_truncated(self, blocks):
        """A dialect was asked for, so nothing at all is no complete answer."""
        assert isinstance(failure(lambda: list(Scanner(blocks, dialect="auto"))), StreamTruncated)

    @pytest.mark.parametrize(
        ("first", "status"),
        [
            (frame({"error": {"message": "no", "code": 429}}), 429),
            (frame({"message": "no", "type": "overloaded_error"}, "error"), 529),
            (frame({"object": "error", "message": "no", "code": 400}), 400),
        ],
    )
    def test_auto_raises_an_error_that_is_the_first_event(self, first, status):
        for read in (list, lambda events: events.reader().read(), lambda events: list(events.texts())):
            error = failure(lambda read=read: read(Scanner([first, BARE_DONE], dialect="auto")))
            assert (error.status_code, str(error)) == (status, "no")

    @pytest.mark.parametrize("first", ["{}", " { } ", "null"])
    def test_auto_waits_for_the_event_after_an_empty_one(self, first):
        events = Scanner([frame(first), chunk("Hi", finish="stop")], dialect="auto")
        assert (events.reader().read(), events.dialect, events.outcome) == ("Hi", "chat", "finished")

    @pytest.mark.parametrize("first", [DONE, BARE_DONE, frame({"error": None}), frame({"error": {}}, "tick")])
    def test_auto_takes_only_errors_for_errors(self, first):
        events = Scanner([first], dialect="auto")
        assert (len(list(events)), events.outcome) == (1, "eof")

    def test_auto_reads_text(self):
        for blocks, _ in FULL.values():
            assert Scanner(blocks, dialect="auto").reader().read() == "Hello"

    def test_an_unknown_name_is_an_unknown_event(self):
        body = frame({"id": "x", "new": {"deep": [1]}}, "thread.brand.new")
        events = assistants(body, DONE)
        event = next(events)

        assert type(event) is UnknownEvent
        assert (event.event, event.name, event.text) == ("thread.brand.new", "thread.brand.new", None)
        assert event.json() == event.data == {"id": "x", "new": {"deep": [1]}}
        assert event.data.new.deep == [1]
        assert event.raw == b'{"id":"x","new":{"deep":[1]}}'
        assert list(events) == []

    def test_an_unknown_name_of_the_responses_is_too(self):
        events = Scanner([frame({"type": "response.new", "a": 1}, "response.new"), COMPLETED], dialect="responses")
        event = next(events)

        assert type(event) is UnknownEvent
        assert (event.event, event.json(), event.a) == ("response.new", {"type": "response.new", "a": 1}, 1)

    def test_many_unknown_names(self):
        blocks = [frame({"n": n}, f"x.{n}") for n in range(200)]

        assert [event.name for event in assistants(*blocks, *blocks, DONE)] == [f"x.{n % 200}" for n in range(400)]


NESTED = {"error": {"message": "slow down", "code": "rate_limit_exceeded", "type": "requests", "param": "n"}}
ERRORS: list[tuple[str, bytes, type, dict]] = [
    ("assistants", frame(NESTED, "error"), RateLimitError, {"status_code": 429, "retryable": True}),
    ("assistants", frame(NESTED["error"], "error"), RateLimitError, {"status_code": 429, "retryable": True}),
    ("assistants", frame({"event": "error", "data": NESTED["error"]}), RateLimitError, {"status_code": 429}),
    ("chat", frame(NESTED), RateLimitError, {"status_code": 429, "retryable": True}),
    ("chat", b"error: " + frame(NESTED["error"])[6:], RateLimitError, {"status_code": 429}),
    ("responses", frame(NESTED["error"], "error"), RateLimitError, {"status_code": 429}),
]


class TestServerErrors:
    @pytest.mark.parametrize(("dialect", "block", "kind", "facts"), ERRORS)
    def test_it_raises_with_all_it_says(self, dialect, block, kind, facts):
        text = {"assistants": delta, "chat": chunk, "responses": output}[dialect]("so far")
        events = Scanner([text, block, DONE], dialect=dialect)

        assert len(drain(events)) == 1
        error = events.err
        assert type(error) is kind
        assert (error.message, str(error)) == ("slow down", "slow down")
        assert (error.code, error.type, error.param) == ("rate_limit_exceeded", "requests", "n")
        assert error.body == NESTED["error"]
        assert (error.partial_text, error.events, error.outcome) == ("so far", 1, "error")
        assert {name: getattr(error, name) for name in facts} == facts
        assert error.raw in block
        assert failure(lambda: next(events)) is error

    @pytest.mark.parametrize(
        ("error", "kind", "status", "retryable"),
        [
            ({"message": "m", "code": "server_error"}, InternalServerError, 500, True),
            ({"message": "m", "code": 503}, InternalServerError, 503, True),
            ({"message": "m", "code": "429"}, RateLimitError, 429, True),
            ({"message": "m", "type": "invalid_request_error"}, BadRequestError, 400, False),
            ({"message": "m", "code": "something_else"}, APIError, None, False),
            ({"message": "m"}, APIError, None, False),
            ({"code": True}, APIError, None, False),
        ],
    )
    def test_its_class_is_that_of_the_status(self, error, kind, status, retryable):
        found = failure(lambda: list(Scanner([frame({"error": error})], dialect="chat")))

        assert type(found) is kind
        assert (found.status_code, found.retryable) == (status, retryable)
        assert str(found)

    @pytest.mark.parametrize(
        "payload", [{"error": "words"}, {"error": ["words"]}, {"error": {"detail": 5}}, {"error": 1}]
    )
    def test_other_shapes(self, payload):
        error = failure(lambda: list(Scanner([frame(payload)], dialect="chat")))

        assert type(error) is APIError
        assert error.body == payload["error"]
        assert str(error)

    def test_a_failed_response_is_handed_out_and_then_raises(self):
        failed = {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "m"}}}
        events = Scanner([output("a"), frame(failed, "response.failed")], dialect="responses")

        assert [type(event) for event in drain(events)] == [ResponseTextDeltaEvent, ResponseFailedEvent]
        assert (type(events.err), events.err.message, events.outcome) == (InternalServerError, "m", "error")
        assert events.err.events == 2

    def test_a_failed_run_is_an_event(self):
        events = assistants(delta("a"), run("failed", last_error={"code": "server_error", "message": "m"}), DONE)

        assert len(list(events)) == 2
        assert events.outcome == "done"

    def test_nothing_is_handed_out_behind_it(self):
        events = Scanner([frame(NESTED) + chunk("never") + BARE_DONE], dialect="chat")

        assert drain(events) == []
        assert drain(events) == []

    def test_without_a_dialect_it_is_an_event(self):
        assert [event.event for event in Scanner([frame(NESTED, "error")])] == ["error"]


CUT_JSON = '{"id":"t","object"'
BAD_INSIDE = '{"delta":{"content":[{"index":0,"type":"text","text":{"value":oops}}]}}'


class TestMalformed:
    @pytest.mark.parametrize("payload", [CUT_JSON, "[1]", '"x"', "null", "5", "x", "}{", "{"])
    def test_at_dispatch(self, payload):
        events = assistants(delta("a"), frame(payload, "thread.created"), delta("b"), DONE)

        assert [event.text for event in drain(events)] == ["a"]
        error = events.err
        assert type(error) is EventDecodeError
        assert (error.event, error.raw) == ("thread.created", payload.encode())
        assert "thread.created" in str(error)
        assert repr(payload)[1:-1] in str(error)
        assert (error.partial_text, error.events, error.outcome) == ("a", 1, "error")
        assert failure(lambda: next(events)) is error
        assert failure(events.reader().read) is error
        assert not events.scan()

    def test_json_of_an_event_without_a_dialect_need_not_be_an_object(self):
        assert [event.json() for event in Scanner([frame("[1]"), frame("5")])] == [[1], 5]
        with pytest.raises(EventDecodeError, match=r"^Event 'message': payload is not the expected JSON \(.*\): 'x'$"):
            next(Scanner([frame("x")])).json()

    @pytest.mark.parametrize("body", [b'{"a":1}\n{"b":2}\n', b"<html>", b"\nHello.\n\n"])
    def test_a_file_that_is_not_an_event_stream_is_not_called_cut(self, body):
        error = failure(lambda: list(Scanner([body], dialect="auto")))
        assert type(error) is StreamTruncated
        assert str(error).startswith("Expected an event stream, got ")
        assert not error.retryable

    def test_the_event_before_it_is_not_given_again(self):
        """The fault of the Go version: Decode failed, and the last event came once more."""
        events = assistants(delta("a"), frame(CUT_JSON, "thread.created"), delta("b"))
        seen = []
        with pytest.raises(EventDecodeError):
            for event in events:
                seen.append(event.text)

        assert seen == ["a"]

    @pytest.mark.parametrize(
        "look",
        [
            lambda event: event.data,
            lambda event: event.json(),
            lambda event: event.text,
            lambda event: event.to_dict(),
            lambda event: event.undeclared,
            lambda event: event.model_dump_json(),
        ],
        ids=["data", "json", "text", "to_dict", "a field", "model_dump_json"],
    )
    def test_at_first_look(self, look):
        events = assistants(delta("a"), frame(BAD_INSIDE, "thread.message.delta"), delta("b"), DONE)
        next(events)
        event = next(events)

        for _ in range(3):
            error = failure(lambda: look(event))
            assert type(error) is EventDecodeError
            assert (error.event, error.raw) == ("thread.message.delta", BAD_INSIDE.encode())
            assert "thread.message.delta" in str(error)
            assert "oops" in str(error)
        assert event.event == "thread.message.delta"
        assert event.raw == BAD_INSIDE.encode()

    def test_text_of_the_scanner(self):
        events = assistants(delta("a"), frame(BAD_INSIDE, "thread.message.delta"), DONE)
        assert events.scan() and events.text() == "a"
        assert events.scan()

        for _ in range(2):
            assert type(failure(events.text)) is EventDecodeError

    def test_it_can_be_printed_all_the_same(self):
        """A repr that raises takes the traceback of whoever looks for the fault."""
        events = assistants(frame(BAD_INSIDE, "thread.message.delta"), DONE)
        event = next(events)

        assert "ThreadMessageDelta" in repr(event)
        assert "oops" in repr(event)

    def test_readers(self):
        events = assistants(delta("a"), frame(BAD_INSIDE, "thread.message.delta"), delta("b"), DONE)
        reader = events.reader()
        assert reader.read(9) == "a"

        error = failure(reader.read)
        assert type(error) is EventDecodeError
        assert (error.partial_text, error.raw, error.event) == ("a", BAD_INSIDE.encode(), "thread.message.delta")
        assert failure(lambda: reader.read(1)) is error
        assert failure(lambda: next(events)) is error
        assert events.outcome == "error"

    def test_a_reader_does_not_count_it(self):
        events = assistants(delta("a"), frame(BAD_INSIDE, "thread.message.delta"))

        assert failure(events.reader().read).events == 1

    def test_a_long_payload_is_shown_in_part(self):
        error = failure(lambda: list(assistants(frame("x" * 5000, "thread.created"))))

        assert len(str(error)) < 500
        assert "(5000 bytes)" in str(error)
        assert len(error.raw) == 5000

    def test_bad_bytes_are_shown(self):
        error = failure(lambda: list(assistants(b"event: thread.created\ndata: \xff\xfe\n\n")))

        assert error.raw == b"\xff\xfe"
        assert "\ufffd" in str(error)

    def test_without_a_dialect_only_json_fails(self):
        event = next(Scanner([b"event: e\ndata: x\n\n"]))

        assert event.data == "x"
        for _ in range(2):
            error = failure(event.json)
            assert type(error) is EventDecodeError
            assert (error.event, error.raw) == ("e", b"x")

    @pytest.mark.parametrize(
        ("payload", "value"),
        [
            ('{"a":NaN}', "nan"),
            ('{"a":-Infinity}', "-inf"),
            ('{"a":1e400}', "inf"),
            ('{"a":18446744073709551615}', "18446744073709551615"),
        ],
    )
    def test_what_only_the_standard_library_reads_is_no_error(self, payload, value):
        event = next(assistants(frame(payload, "thread.created"), DONE))

        assert str(event.data.a) == value
        assert str(event.json()["a"]) == value

    def test_integers_over_64_bits_are_floats(self):
        event = next(assistants(frame('{"a":123456789012345678901234567890}', "thread.created"), DONE))

        assert event.data.a == 1.2345678901234568e29


class TestSize:
    @pytest.mark.parametrize("cuts", [1, 7, 10_000])
    def test_the_limit_is_what_is_held_of_one_event(self, cuts):
        body = b"event: abc\ndata: 1234\ndata: 5678\n\n" * 3
        assert len(list(Scanner(cut(body, cuts), max_event_bytes=12))) == 3

        events = Scanner(cut(body, cuts), max_event_bytes=11)
        error = failure(lambda: list(events))
        assert type(error) is EventTooLarge
        assert (error.limit, error.size, error.position, error.outcome) == (11, 12, 0, "error")
        assert failure(lambda: next(events)) is error

    @pytest.mark.parametrize("cuts", [1, 7, 100, 10_000])
    def test_it_says_where(self, cuts):
        body = delta("a") + b": comment\n\n" + frame("y" * 1000, "thread.created")
        events = Scanner(cut(body, cuts), dialect="assistants", max_event_bytes=500)

        assert len(drain(events)) == 1
        error = events.err
        assert (error.limit, error.events, error.partial_text) == (500, 1, "a")
        assert error.position == len(delta("a") + b": comment\n\n")
        for part in ("max_event_bytes=500", f"byte {error.position}", str(error.size), "larger max_event_bytes"):
            assert part in str(error)
        assert "_" not in str(error).replace("max_event_bytes", "")  # plain digits

    def test_it_is_found_while_the_bytes_arrive(self):
        def endless() -> Iterator[bytes]:
            yield b"data: "
            while True:
                yield b"x" * 100

        source = Asked(endless())

        assert type(failure(lambda: list(Scanner(source, max_event_bytes=1000)))) is EventTooLarge
        assert source.bytes <= 1200

    @pytest.mark.parametrize("line", [b": comment", b"unknown: field", b"no colon at all"])
    def test_what_is_not_held_does_not_count(self, line):
        body = line + b"x" * 5000 + b"\n\ndata: a\n\n"

        assert [event.data for event in Scanner(cut(body, 100), max_event_bytes=10)] == ["a"]

    @pytest.mark.parametrize("field", [b"data", b"event", b"id"])
    def test_every_field_that_is_held_counts(self, field):
        for blocks in ([field + b": " + b"x" * 100 + b"\ndata: a\n\n"], bytewise(field + b": " + b"x" * 100)):
            assert type(failure(lambda blocks=blocks: list(Scanner(blocks, max_event_bytes=50)))) is EventTooLarge

    def test_readers_raise_it_too(self):
        events = assistants(delta("a"), frame("y" * 1000, "thread.created"), max_event_bytes=500)
        reader = events.reader()

        error = failure(reader.read)
        assert type(error) is EventTooLarge
        assert failure(reader.read) is error


def long_stream(count: int) -> tuple[list[bytes], list[str]]:
    texts = [f"{n}ö " for n in range(count)]
    return [delta(text) for text in texts], texts


@pytest.mark.parametrize("count", [10, 9000], ids=["short", "over 1 MiB"])
@pytest.mark.parametrize("size", [1000, 65536, 1 << 22])
class TestPartialText:
    def test_of_a_cut_stream(self, count, size):
        blocks, texts = long_stream(count)
        events = Scanner(cut(b"".join(blocks), size), dialect="assistants")

        error = failure(lambda: list(events))

        assert error.partial_text == "".join(texts)
        assert error.events == count

    def test_of_a_stream_that_was_left_in_the_middle(self, count, size):
        blocks, texts = long_stream(count)
        handed_out = count * 9 // 10
        events = Scanner(cut(b"".join(blocks), size), dialect="assistants")
        for _ in range(handed_out):
            next(events)
        events.cancel()

        assert events.err.partial_text == "".join(texts[:handed_out])
        assert events.err.events == handed_out

    def test_of_a_reader(self, count, size):
        blocks, texts = long_stream(count)
        events = Scanner(cut(b"".join(blocks), size), dialect="assistants")

        error = failure(events.reader().read)

        assert error.partial_text == "".join(texts)

    def test_of_a_reader_that_was_left_in_the_middle(self, count, size):
        """The characters that were handed out, not those that were taken."""
        blocks, texts = long_stream(count)
        events = Scanner(cut(b"".join(blocks), size), dialect="assistants")
        reader, read = events.reader(), ""
        while len(read) < len("".join(texts)) * 8 // 10:
            read += reader.read(7)
        events.cancel()

        assert failure(reader.read).partial_text == read

    def test_usage_and_reason(self, count, size):
        body = b"".join(chunk(f"{n} ") for n in range(count)) + chunk(finish="stop")
        body += frame({"choices": [], "usage": {"total_tokens": count}}) + BARE_DONE
        for way in (list, lambda events: events.reader().read()):
            events = Scanner(cut(body, size), dialect="chat")
            way(events)
            assert (events.finish_reason, events.usage, events.outcome) == ("stop", {"total_tokens": count}, "done")

    def test_completeness(self, count, size):
        body = b"".join(chunk(f"{n} ") for n in range(count)) + chunk(finish="stop")
        events = Scanner(cut(body, size), dialect="chat")

        assert len(list(events)) == count + 1
        assert events.outcome == "finished"


class Tick(Event):
    """What a clock of the test's own says."""

    at: int
    say: Optional[str] = None
    parts: Optional[list[Part]] = None


class Part(ssescan.models.Model):
    words: Optional[str] = None


CLOCK = Dialect(
    "clock",
    types=__name__,
    rows={
        "tick": Row("Tick", {"text": Channel(("say", "parts")), "aside": Channel("parts[*].words", "parts[*].n")}),
        "noon": Row("Tick", ends="payload"),
        "stop": Row(None, ends="mark"),
        "last": Row("Tick", ends="last"),
        "oops": Row(None, error=("why",)),
        "late": Row("Tick", fails="why"),
    },
    default=Row("UnknownEvent"),
    skip=("ping", "silence"),
)


def tick(name: str = "tick", **payload: Any) -> bytes:
    return frame({"at": 1, **payload}, name)


class TestDropped:
    @pytest.mark.parametrize("dialect", [None, "assistants"])
    def test_an_exception_on_its_way_is_not_lost(self, dialect: str | None):
        """CPython forgets it if an attribute is looked up meanwhile that is not in its cache."""

        class Forgets:
            def __del__(self):
                sys._clear_type_cache()

        def blocks() -> Iterator[bytes]:
            yield b"event: thread.created\ndata: {}\n\n" * 2
            raise ValueError("lost")

        def made() -> Scanner:
            scanner = Scanner(blocks(), dialect=dialect)
            scanner.forgets = Forgets()
            return scanner

        kept: list[Any] = []
        with pytest.raises(ValueError, match="lost"):
            kept.extend(made())
        assert len(kept) == 2


class TestOwnDialect:
    def test_events_text_and_the_mark(self):
        events = Scanner(
            [tick(say="tick "), tick("silence"), tick(say="tock"), tick("stop"), tick(say="never")], dialect=CLOCK
        )

        assert [(type(event), event.at, event.text) for event in events] == [(Tick, 1, "tick "), (Tick, 1, "tock")]
        assert (events.outcome, events.dialect) == ("done", "clock")

    def test_the_last_event(self):
        events = Scanner([tick("last", say="a"), tick()], dialect=CLOCK)

        assert len(list(events)) == 1
        assert events.outcome == "done"

    def test_payload_that_completes(self):
        assert len(list(Scanner([tick("noon"), tick(say="a")], dialect=CLOCK))) == 2
        assert isinstance(failure(lambda: list(Scanner([tick()], dialect=CLOCK))), StreamTruncated)

    def test_its_error(self):
        error = failure(lambda: list(Scanner([tick("oops", why={"message": "no hands"})], dialect=CLOCK)))

        assert type(error) is APIError
        assert str(error) == "no hands"

    def test_its_failure_for_readers(self):
        blocks = [tick(say="a"), tick("late", why={"message": "too late"}), tick("stop")]
        assert len(list(Scanner(blocks, dialect=CLOCK))) == 2

        reader = Scanner(blocks, dialect=CLOCK).reader()
        assert reader.read(1) == "a"
        assert str(failure(reader.read)) == "too late"

    def test_channels_of_its_own(self):
        blocks = [tick(parts=[{"words": "x", "n": 1}, {"words": "y", "n": 2}], say="s"), tick("stop")]

        assert Scanner(blocks, dialect=CLOCK).reader("aside").read() == "xy"
        assert Scanner(blocks, dialect=CLOCK).reader("aside", index=2).read() == "y"
        assert Scanner(blocks, dialect=CLOCK).reader().read() == "s"
        with pytest.raises(ValueError, match="aside, text"):
            Scanner(blocks, dialect=CLOCK).reader("refusal")

    def test_it_is_compiled_once_and_not_kept_for_ever(self):
        mine = Dialect("mine", types=__name__, rows={}, default=Row("Tick"))
        assert dialects.table_of(mine) is dialects.table_of(mine)
        assert hash(mine) == hash(mine) and mine != Dialect("mine", types=__name__, rows={}, default=Row("Tick"))
        gone = weakref.ref(mine)
        (event,) = list(Parser(mine).feed(tick(say="a")))
        del mine
        gc.collect()

        assert gone() is None
        assert (event.say, copy.copy(event), event.raw) == ("a", event, event.raw)

    def test_its_models_nest(self):
        event = next(Scanner([tick(parts=[{"words": "x"}])], dialect=CLOCK))

        assert [type(part) for part in event.parts] == [Part]

    def test_events_pickle(self):
        event = next(Scanner([tick(say="a")], dialect=CLOCK))
        again = pickle.loads(pickle.dumps(event))

        assert again == event
        assert (again.text, again.raw) == ("a", event.raw)

    def test_finish(self):
        part = Dialect(
            "parts",
            types=__name__,
            rows={},
            default=Row("Tick"),
            named_by=(),
            finish=Finish("parts[*].end", "parts[*].n"),
        )
        half = [frame({"parts": [{"n": 1, "end": "x"}, {"n": 2, "end": None}]})]

        assert isinstance(failure(lambda: list(Scanner(half, dialect=part))), StreamTruncated)
        assert len(list(Scanner([*half, frame({"parts": [{"n": 2, "end": "y"}]})], dialect=part))) == 2

    @pytest.mark.parametrize("path", ["end", "parts[*].end"])
    def test_finish_without_numbers(self, path):
        one = Dialect("one", types=__name__, rows={}, default=Row("Tick"), named_by=(), finish=Finish(path))
        first = frame({"n": 5, "parts": [{"n": 7}]})

        assert isinstance(failure(lambda: list(Scanner([first], dialect=one))), StreamTruncated)
        events = Scanner([first, frame({"n": 6, "end": "x", "parts": [{"n": 8, "end": "x"}]})], dialect=one)
        assert (len(list(events)), events.outcome) == (2, "finished")

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            (Row("Tick", {"text": Channel("a..b")}), "a key is missing"),
            (Row("Tick", {"text": Channel("a[0].b")}), "misspelt"),
            (Row("Tick", {"text": Channel("a[*].b", "b[*].index")}), "same prefix"),
            (Row("Tick", {"text": Channel(Text("a[*].b", When("b", "x")))}), "use several rows with `Row(when=...)`"),
            (Row("Tick", {"text": Channel(tuple("abcdefg"))}), "too many paths"),
            (Row("Tick", {"text": Channel("[x].b")}), "`[0]` must be a number"),
            (Row("Tick", {"text": Channel("[0].b")}), "payloads that are arrays need an attribute"),
            (Row("Tick", ends="sometimes"), "ends must be"),
            (Row("Tick", usage=("usage", "a.count")), "must end in the same key"),
            (Row("Tick", when=When("a..b")), "a key is missing"),
            (Row("Tick", when=When("a")), 'row "x": the last row of a name must have no condition'),
            (Row("Tick", whole=True), 'row "x": the last row of a name must have no condition'),
            ((Row("Tick"), Row("Tick")), 'row "x": only the last row of a name may have no condition'),
            ("Tick", "row \"x\": expected Row, got 'Tick'"),
            (Row(int), "row \"x\": cls: expected str or None, got <class 'int'>"),
            (Row("Tick", {"text": "t"}), 'Invalid dialect wrong: row "x": channel "text": expected Channel, got \'t\''),
            (Row("Tick", {"text": Channel(5)}), 'channel "text": path: expected str, Text or a tuple of them, got 5'),
            (
                Row("Tick", {"text": Channel(Text("t", "k"))}),
                "when: expected When, Unless, Reason or None, got 'k'",
            ),
            (Row("Tick", ["text"]), "channels: expected Mapping with keys that are str, got ['text']"),
            (Row("Tick", error="error"), "row \"x\": error: expected tuple or list of str, or None, got 'error'"),
            (Row("Tick", when="kind"), "row \"x\": when: expected When, Unless, Reason or a tuple of them, got 'kind'"),
            (Row("Tick", when=("kind",)), "when: expected When, Unless, Reason or a tuple of them, got ('kind',)"),
            (Row("Tick", {1: Channel("t")}), "channels: expected Mapping with keys that are str, got {1:"),
            (Row("Tick", usage=(3,)), "usage: expected str, tuple or list of str, or None, got (3,)"),
            (Row("Tick", ends=3), "ends: expected str or None, got 3"),
            (Row("Tick", whole="item"), "whole: expected bool or tuple or list of str, got 'item'"),
            (Row("Tick", error=When("a")), "error: expected tuple or list of str, or None, got When("),
            (
                Row("Tick", when=When("a", 1)),
                "when: value: expected str, tuple of str, True or None, got 1. Write a number",
            ),
            (Row("Tick", when=Unless("a", False)), "when: value: expected str, tuple of str, True or None, got False."),
            (Row("Tick", when=When("a", ("1", 1))), "value: expected str, tuple of str, True or None, got ('1', 1)."),
            (Row("Tick", when=When("a", ())), "when: value: expected str, tuple of str, True or None, got ()."),
            (Row(None, error=()), "error: expected tuple or list of str, or None, got ()."),
            (Row("Tick", when=When("a", ignore_case="no")), "when: ignore_case: expected bool, got 'no'"),
            (Row("Tick", when=Reason(3)), "when: path: expected str, got 3"),
            (
                Row("Tick", {"text": Channel(Text("a", When("b", ["1"])))}),
                "path: when: value: expected str, tuple of str",
            ),
            (Row("Tick", {"text": Channel(("a", 3))}), "path: expected str, Text or a tuple of them, got ('a', 3)"),
            (
                Row(None),
                'row "x": cls is None, but the events are yielded. Name a class, such as UnknownEvent. To ignore',
            ),
            (Row(None, ends="payload"), "cls is None, but the events are yielded"),
            (Row(None, error=("",), ends="last"), "cls is None, but the events are yielded"),
        ],
    )
    def test_a_wrong_one_is_refused_when_it_is_made(self, row, message):
        rules = {"types": __name__, "rows": {"x": row}, "default": Row("UnknownEvent")}
        with pytest.raises(ValueError, match=re.escape(message)):
            Dialect("wrong", **rules)
        with pytest.raises(ValueError, match=re.escape(message)):
            Dialect("wrong", **rules, check=False).compile()

    @pytest.mark.parametrize("name", ["Nothing", "APIError"])
    def test_a_class_that_is_none_is_refused_when_it_is_first_used(self, name):
        wrong = Dialect("wrong", types=__name__, rows={"x": Row(name)}, default=Row("UnknownEvent"))
        with pytest.raises(
            (TypeError, AttributeError), match={"Nothing": "dialect wrong: .*Nothing"}.get(name, "Model")
        ):
            Scanner([], dialect=wrong)

    @pytest.mark.parametrize("rule", [{"skip": "ping"}, {"claims": "x"}, {"named_by": "type"}, {"finish": "done"}])
    def test_a_string_in_place_of_a_tuple_is_not_read_letter_by_letter(self, rule):
        ((name, value),) = rule.items()
        with pytest.raises(ValueError, match=f"Invalid dialect wrong: {name}: expected .*, got '{value}'"):
            Dialect("wrong", types=__name__, rows={}, default=Row("UnknownEvent"), **rule)

    @pytest.mark.parametrize(
        ("rule", "message"),
        [
            ({"index": "0"}, "index: expected int or None, got '0'."),
            ({"index": True}, "index: expected int or None, got True."),
            ({"payload": 3}, "payload: expected str or None, got 3."),
            ({"rows": {1: Row("Tick")}}, "rows: expected Mapping with keys that are str, got {1:"),
            ({"named_by": (3,)}, "named_by: expected tuple or list of str or PresentKey, got (3,)."),
            ({"named_by": (PresentKey(3),)}, "named_by: path: expected str, got 3."),
            ({"finish": Finish("a", each=3)}, "finish: each: expected str or None, got 3."),
            ({"finish": Finish("a", error=(3,))}, "finish: error: expected str or tuple or list of str, got (3,)."),
            ({"default": Row(None)}, "default: cls is None, but the events are yielded."),
        ],
    )
    def test_a_wrong_attribute_is_refused_when_it_is_made(self, rule, message):
        rules = {"types": __name__, "rows": {}, "default": Row("UnknownEvent"), **rule}
        with pytest.raises(ValueError, match=re.escape(f"Invalid dialect wrong: {message}")):
            Dialect("wrong", **rules)

    def test_one_that_names_its_events_for_checkers_is_the_same(self):
        typed = Dialect[Tick]("typed", types=__name__, rows={}, default=Row("Tick", ends="last"))
        assert isinstance(typed, Dialect)
        assert [type(event) for event in Scanner([frame({})], dialect=typed)] == [Tick]

    def test_an_error_without_an_object_has_the_payload_as_its_body(self):
        rows = {"spill": Row(None, error=("spill",))}
        one = Dialect("one", types=__name__, rows=rows, default=Row("UnknownEvent"))
        error = failure(lambda: list(Scanner([frame({"ink": 3}, "spill")], dialect=one)))
        assert (type(error), error.body, error.raw) == (APIError, {"ink": 3}, b'{"ink":3}')

    @pytest.mark.parametrize("value", ["1", ("1",)])
    def test_a_number_is_compared_as_it_is_in_json(self, value):
        text = Channel(Text("p[*].b", When("p[*].c", value)))
        rows = {"end": Row(None, ends="mark")}
        one = Dialect("one", types=__name__, rows=rows, default=Row("UnknownEvent", {"text": text}))
        body = frame({"p": [{"b": "x", "c": 1}, {"b": "y", "c": 2}]}) + frame({}, "end")
        assert list(Scanner(body, dialect=one).texts()) == ["x"]

    def test_built_in_ones_are_compiled_when_they_are_first_used(self):
        program = (
            "from ssescan import dialects as d; d.Dialect.compile = None; "
            "print(len([d.get(name) for name in d.NAMES]), [name for name in d.NAMES if d.get(name) in d._tables])"
        )
        shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        assert shown == "11 []\n"


class TestArguments:
    @pytest.mark.parametrize("dialect", ["assistant", "", 5, ["chat"], Dialect])
    def test_dialect(self, dialect):
        with pytest.raises(
            ValueError,
            match="Unknown dialect .*available: 'assistants', 'responses', .*'chat', .*'cohere', 'auto', a Dialect",
        ):
            Scanner([], dialect=dialect)

    @pytest.mark.parametrize("limit", [0, -1, 1.5, True, "5", None])
    def test_max_event_bytes(self, limit):
        with pytest.raises(ValueError, match="max_event_bytes must be a positive number of bytes"):
            Scanner([], max_event_bytes=limit)

    def test_a_huge_limit_is_none(self):
        assert len(list(Scanner([b"data: a\n\n"], max_event_bytes=10**30))) == 1

    @pytest.mark.parametrize("timeout", ["5", True, [1]])
    def test_timeout(self, timeout):
        with pytest.raises(TypeError, match="timeout must be a number, Timeouts, None or an object like httpx.Timeout"):
            Scanner([], timeout=timeout)

    @pytest.mark.parametrize("last_event_id", [5, None, b"x"])
    def test_last_event_id(self, last_event_id):
        with pytest.raises(TypeError, match="last_event_id must be a str"):
            Scanner([], last_event_id=last_event_id)

    @pytest.mark.parametrize("argument", ["dialect", "max_event_bytes", "last_event_id", "timeout", "tee"])
    def test_all_but_the_source_are_by_name(self, argument):
        with pytest.raises(TypeError, match="positional"):
            Scanner([], None)  # type: ignore[misc]
        assert argument in Scanner.__init__.__annotations__

    def test_an_unknown_argument(self):
        with pytest.raises(TypeError, match="max_events"):
            Scanner([], max_events=1)  # type: ignore[call-arg]

    @pytest.mark.parametrize("block", ["text", 5, None, ["x"], object()])
    def test_a_block_that_is_no_bytes(self, block):
        events = Scanner([b"data: a\n\n", block])
        next(events)

        error = failure(lambda: next(events))
        assert isinstance(error, TypeError)
        assert f"must be bytes, bytearray or memoryview, got {type(block).__name__}" in str(error)
        assert failure(lambda: next(events)) is error

    def test_text_needs_a_dialect(self):
        with pytest.raises(ValueError, match="pass dialect="):
            Scanner([]).reader()

    def test_a_scanner_is_neither_copied_nor_pickled(self):
        for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match="Scanner"):
                attempt(assistants())

    def test_its_repr(self):
        assert repr(Scanner([])) == "<Scanner without a dialect: open>"
        assert repr(Scanner([], dialect="auto")) == "<Scanner auto: open>"
        assert repr(assistants()) == "<Scanner assistants: open>"


class TestOutcome:
    def test_it_equals_its_value(self):
        assert Outcome.DONE == "done"
        assert (str(Outcome.DONE), f"{Outcome.DONE}", Outcome("done")) == ("done", "done", Outcome.DONE)
        assert [outcome.value for outcome in Outcome] == [
            *("open", "done", "finished", "eof", "truncated", "error", "cancelled", "timeout", "broken"),
        ]

    @pytest.mark.parametrize(
        ("blocks", "outcome"),
        [
            ([delta("a"), DONE], "done"),
            ([delta("a"), BARE_DONE], "done"),
            ([delta("a"), b"data: [DONE]"], "done"),
            ([delta("a"), run("completed")], "finished"),
            ([delta("a"), run("requires_action")], "finished"),
            ([delta("a"), run("cancelling")], "truncated"),
            ([delta("a")], "truncated"),
            ([], "truncated"),
        ],
    )
    def test_of_the_four_endings(self, blocks, outcome):
        events = assistants(*blocks)
        drain(events)

        assert events.outcome == outcome
        assert (events.err is None) == (outcome in ("done", "finished"))

    def test_a_truncated_stream_can_not_look_complete(self):
        """At no byte, for nobody: loops, scan, readers."""
        body = delta("a") + delta("b") + run("in_progress")
        for at in range(len(body) + 1):
            assert isinstance(failure(lambda at=at: list(assistants(body[:at]))), SSEScanError)
            assert isinstance(failure(lambda at=at: assistants(body[:at]).reader().read()), SSEScanError)
            events = assistants(body[:at])
            drain(events)
            assert isinstance(events.err, SSEScanError)


def test_a_dropped_stream_closes_its_generator(no_garbage):
    closed = []

    def blocks() -> Iterator[bytes]:
        try:
            yield delta("a")
            yield delta("b")
        finally:
            closed.append(True)

    events = Scanner(blocks(), dialect="assistants")
    kept = next(events)
    assert closed == []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        del events

    assert closed == [True]
    assert kept.text == "a"
    assert isinstance(kept, ThreadMessageDelta)
    assert ThreadCreated is not None
