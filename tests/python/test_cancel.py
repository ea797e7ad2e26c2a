"""Ending a stream from outside: by another thread, by Ctrl-C, by closing it. None of it waits for the server."""

from __future__ import annotations

import gzip
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3

from conftest import BARE_DONE, HI, chunk, gzipped
from faultserver import (
    CALLS,
    CHUNKED,
    END,
    STALL,
    FaultServer,
    Flood,
    Gate,
    Script,
    certificate,
    head,
    length,
    piece,
    settled,
    sockets_to,
    stream,
    timed,
)
from ssescan import Scanner, StreamBroken, StreamCancelled

pytestmark = pytest.mark.usefixtures("loopback")

#: What it may take to wake a reader, on a machine that has other things to do.
SOON_S = 0.1


STALLED: dict[str, Script] = {
    "chunked": (head(CHUNKED), piece(HI), STALL),
    "inside a chunk": (head(CHUNKED), piece(HI), b"ff\r\ndata: ", STALL),
    "length": (head(length(10**6)), HI, STALL),
    "closed": (head("Connection: close"), HI, STALL),
    "gzip": (head(CHUNKED, "Content-Encoding: gzip"), piece(gzipped(HI)[0]), STALL),
    "pings": (head(CHUNKED), piece(HI), Flood(piece(b": ping\n\n"), 0.01)),
}
READS: dict[str, Callable[[Scanner], object]] = {
    "next": next,
    "scan": lambda events: events.scan() or events.err,
    "reader": lambda events: events.reader().read(),
    "bytes": lambda events: events.byte_reader().read(100),
}
each_read = pytest.mark.parametrize("read", READS)
each_script = pytest.mark.parametrize("script", STALLED)


def waiting(events: Scanner) -> bool:
    """Its reader is in a read, and has been for a moment."""
    return settled(lambda: events._busy) and (time.sleep(0.02) or events._busy)


def outcome_of(read: str, events: Scanner) -> object:
    """Return the result of a read, or the error of a cancelled one."""
    try:
        return READS[read](events)
    except StreamCancelled as error:
        return error


@pytest.mark.flaky(reruns=2)  # elapsed time is the point here, and a busy machine is late at times
class TestFromAnotherThread:
    @each_read
    @each_script
    def test_cancel_wakes_the_reader(self, server: FaultServer, script: str, read: str):
        server.play(*STALLED[script])
        events = CALLS["chat"](server.client())
        next(events)
        with ThreadPoolExecutor(1) as beside:
            reading = beside.submit(outcome_of, read, events)
            assert script == "pings" or waiting(events)
            with timed() as passed:
                events.cancel()
                error = reading.result(5)
                assert passed.on_idle() < SOON_S

        assert (type(error), error, events.outcome) == (StreamCancelled, events.err, "cancelled")
        assert (error.partial_text, error.events, error.retryable) == ("Hi", 1, False)
        assert sockets_to(server.port) == []
        self.check_sticky(events)

    def check_sticky(self, events: Scanner) -> None:
        with pytest.raises(StreamCancelled) as caught:
            next(events)
        assert caught.value is events.err
        assert events.scan() is False
        events.close()
        events.cancel()
        assert events.outcome == "cancelled"

    @each_read
    def test_close_does_too(self, server: FaultServer, read: str):
        server.play(*STALLED["chunked"])
        events = CALLS["chat"](server.client())
        next(events)
        with ThreadPoolExecutor(1) as beside:
            reading = beside.submit(outcome_of, read, events)
            assert waiting(events)
            with timed() as passed:
                events.close()
                assert passed.on_idle() < SOON_S
            error = reading.result(5)

        assert type(error) is StreamCancelled
        assert events.outcome == "cancelled"
        assert settled(lambda: sockets_to(server.port) == [])

    def test_the_message_of_a_helper_stream_says_it_once(self, server: FaultServer):
        server.play(*STALLED["chunked"])
        with server.client().chat.completions.stream(model="m", messages=[]) as events:
            next(events)
            with ThreadPoolExecutor(1) as beside:
                reading = beside.submit(list, events)
                assert waiting(events._raw_stream)
                events.close()
                error = reading.exception(5)

        assert str(error) == f"Stream was cancelled (after 1 event, {len(HI)} bytes)."

    def test_before_the_first_event(self, server: FaultServer):
        server.play(head(CHUNKED), STALL)
        events = CALLS["chat"](server.client())
        with ThreadPoolExecutor(1) as beside:
            reading = beside.submit(outcome_of, "next", events)
            assert waiting(events)
            events.cancel()
            error = reading.result(5)

        assert (type(error), error.partial_text, error.events) == (StreamCancelled, "", 0)

    def test_from_many_at_once(self, server: FaultServer):
        server.play(*STALLED["chunked"])
        events = CALLS["chat"](server.client())
        next(events)
        with ThreadPoolExecutor(9) as beside:
            reading = beside.submit(outcome_of, "next", events)
            assert waiting(events)
            ends = [beside.submit(end) for end in (events.cancel, events.close) * 4]
            assert [end.result(5) for end in ends] == [None] * 8
            assert type(reading.result(5)) is StreamCancelled

        assert events.outcome == "cancelled"

    def test_what_still_came_is_thrown_away(self):
        """The flag is up before the reader wakes, so nothing is handed out behind a cancel."""
        gate = Gate()
        with FaultServer() as server:
            server.play(head(CHUNKED), piece(HI), gate, piece(HI) * 50, STALL)
            events = CALLS["chat"](server.client())
            next(events)
            events._wake = gate.opened.set  # the bytes win the race, always
            with ThreadPoolExecutor(1) as beside:
                reading = beside.submit(outcome_of, "next", events)
                assert waiting(events)
                events.cancel()
                error = reading.result(5)

        assert (type(error), error.events, error.partial_text) == (StreamCancelled, 1, "Hi")

    def test_a_connection_that_was_given_back_is_not_woken(self, server: FaultServer):
        """The body is at its end, and its connection serves another stream; the reader has yet to notice."""
        gate = Gate()
        server.play_each(stream(HI), (head(CHUNKED), piece(HI), gate, piece(HI), piece(BARE_DONE), END))
        client = server.client()
        first = CALLS["chat"](client)
        wake = first._source.interrupt
        next(first)
        settled(lambda: not first._source.read() and False, 0.1)  # what came behind the event
        with CALLS["chat"](client) as second:
            next(second)
            wake()
            gate.opened.set()
            assert len(list(second)) == 1
        assert server.connections == 1
        first.close()

    def test_others_are_left_alone(self, server: FaultServer):
        """Sixteen streams of one client; every second one is cancelled."""
        gate = Gate()
        server.play(head(CHUNKED), piece(HI), gate, piece(BARE_DONE), END)
        client = server.client()
        streams = [CALLS["chat"](client) for _ in range(16)]
        for events in streams:
            next(events)
        with ThreadPoolExecutor(16) as beside:
            reading = [beside.submit(outcome_of, "scan", events) for events in streams]
            assert all(map(waiting, streams))
            for events in streams[::2]:
                events.cancel()
            assert [type(each.result(5)) for each in reading[::2]] == [StreamCancelled] * 8
            assert not any(each.done() for each in reading[1::2])
            gate.opened.set()
            assert [each.result(5) for each in reading[1::2]] == [None] * 8

        assert [str(events.outcome) for events in streams] == ["cancelled", "done"] * 8

    def test_a_scanner_over_a_response_of_urllib3(self, server: FaultServer):
        server.play(*STALLED["chunked"])
        with urllib3.PoolManager(ca_certs=certificate()) as pool:
            events = Scanner(pool.request("GET", server.origin, preload_content=False), dialect="chat")
            next(events)
            with ThreadPoolExecutor(1) as beside:
                reading = beside.submit(outcome_of, "next", events)
                assert waiting(events)
                with timed() as passed:
                    events.cancel()
                    error = reading.result(5)
                    assert passed.on_idle() < SOON_S

        assert type(error) is StreamCancelled


class TestInOneThread:
    def test_cancel_before_the_first_event(self, server: FaultServer):
        server.play(*STALLED["chunked"])
        events = CALLS["chat"](server.client())
        events.cancel()

        assert events.outcome == "cancelled"
        with pytest.raises(StreamCancelled):
            next(events)
        assert sockets_to(server.port) == []

    def test_close_before_the_first_event(self, server: FaultServer):
        server.play(*STALLED["chunked"])
        events = CALLS["chat"](server.client())
        events.close()

        assert (events.outcome, events.err, list(events)) == ("cancelled", None, [])
        assert sockets_to(server.port) == []

    @each_script
    def test_closing_is_never_in_the_way(self, server: FaultServer, script: str):
        server.play(*STALLED[script])
        events = CALLS["chat"](server.client())
        next(events)
        with timed() as passed:
            events.close()
            events.close()
            assert passed.on_idle() < SOON_S

        assert (events.outcome, events.err) == ("cancelled", None)
        assert sockets_to(server.port) == []
        assert list(events) == []

    @pytest.mark.parametrize("end", [Scanner.close, Scanner.cancel])
    def test_behind_the_end(self, server: FaultServer, end: Callable[[Scanner], None]):
        server.play(*stream(HI, BARE_DONE))
        client = server.client()
        events = CALLS["chat"](client)
        assert len(list(events)) == 1
        end(events)
        end(events)

        assert (events.outcome, events.err, list(events)) == ("done", None, [])
        assert len(list(CALLS["chat"](client))) == 1
        assert server.connections == 1

    @pytest.mark.parametrize("end", [Scanner.close, Scanner.cancel])
    def test_behind_a_failure(self, server: FaultServer, end: Callable[[Scanner], None]):
        server.play(*stream(HI))
        events = CALLS["chat"](server.client())
        while events.scan():
            pass
        error = events.err
        end(events)

        assert (events.outcome, events.err) == ("truncated", error)

    @pytest.mark.parametrize("end", [Scanner.close, Scanner.cancel])
    def test_inside_the_loop(self, server: FaultServer, end: Callable[[Scanner], None]):
        server.play(head(CHUNKED), piece(HI * 5), STALL)
        seen = 0
        events = CALLS["chat"](server.client())
        try:
            for _ in events:
                seen += 1
                end(events)
        except StreamCancelled:
            assert end is Scanner.cancel

        assert (seen, events.outcome) == (1, "cancelled")

    def test_inside_a_callback(self, server: FaultServer):
        server.play(head(CHUNKED), piece(chunk()), piece(HI), STALL)
        events = CALLS["chat"](server.client())

        with pytest.raises(StreamCancelled):
            events.reader(on_event=lambda _: events.cancel()).read()
        assert sockets_to(server.port) == []

    def test_a_reader_that_is_closed(self, server: FaultServer):
        server.play(*STALLED["chunked"])
        events = CALLS["chat"](server.client())
        reader = events.reader()
        assert reader.read(1) == "H"
        with timed() as passed:
            reader.close()
            assert passed.on_idle() < SOON_S

        assert events.outcome == "cancelled"
        assert sockets_to(server.port) == []


# Ctrl-C


PROGRAM = """
import signal, sys, time
from ssescan import Scanner
from ssescan.openai import OpenAI

signal.signal(signal.SIGINT, signal.default_int_handler)
client = OpenAI(api_key="k", base_url=sys.argv[1], max_retries=0)
events = client.chat.completions.create(model="m", messages=[], stream=True)
print(next(events).text, flush=True)
try:
    %s
except KeyboardInterrupt:
    print(time.monotonic(), events.outcome, events.err, flush=True)
    events.close()
    print(events.outcome, list(events), flush=True)
"""


@pytest.mark.flaky(reruns=2)  # as above
class TestCtrlC:
    @pytest.mark.parametrize(
        "read", ["next(events)", "events.reader().read()", "events.byte_reader().readall()", "events.scan()"]
    )
    def test_a_process_that_reads(self, server: FaultServer, read: str):
        server.play(*STALLED["chunked"])
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM % read, server.origin],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert program.stdout.readline() == "Hi\n"
        time.sleep(0.1)
        sent_s = time.monotonic()
        program.send_signal(signal.SIGINT)
        output, errors = program.communicate(timeout=10)

        assert (program.returncode, errors) == (0, "")
        woke_s, outcome, error, *closed = output.split()
        assert float(woke_s) - sent_s < 0.5
        assert (outcome, error, closed) == ("open", "None", ["cancelled", "[]"])

    @each_read
    def test_it_is_not_remembered(self, server: FaultServer, read: str):
        """The stream stands where it stood, and may be read on."""
        gate = Gate()
        server.play(
            head(CHUNKED), piece(HI), b"5\r\ndat", gate, b"a:\r\n", piece(b" {}\n\n"), piece(HI), piece(BARE_DONE), END
        )
        events = CALLS["chat"](server.client())
        next(events)
        previous = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            interrupt_soon(events)
            with pytest.raises(KeyboardInterrupt):
                READS[read](events)
        finally:
            signal.signal(signal.SIGINT, previous)
        assert (events.outcome, events.err) == ("open", None)
        gate.opened.set()

        assert events.reader().read() == "Hi"
        assert (events.outcome, events.stats.events) == ("done", 3)

    @pytest.mark.parametrize(
        ("headers", "moment"),
        [
            ((CHUNKED,), "deadlines.Deadlines.end_wait"),
            ((CHUNKED, "Content-Encoding: gzip"), "deadlines.Deadlines.end_wait"),
            ((CHUNKED, "Content-Encoding: gzip"), "body.BodyReader._unframed"),
        ],
    )
    def test_lost_data_is_reported(self, headers: tuple[str, ...], moment: str, monkeypatch: pytest.MonkeyPatch):
        """An interrupt between a read and the use of its block. The data after it would look complete."""

        def interrupted(*args: object, **options: object) -> None:
            raise KeyboardInterrupt

        pieces = [HI, HI, BARE_DONE] if len(headers) == 1 else [gzip.compress(event) for event in (HI, HI, BARE_DONE)]
        with FaultServer() as server:
            server.play(head(*headers), *(piece(data) for data in pieces), END)
            events = CALLS["chat"](server.client())
            with monkeypatch.context() as patch:
                patch.setattr(f"ssescan.http.{moment}", interrupted)
                with pytest.raises(KeyboardInterrupt):
                    next(events)
            with pytest.raises(StreamBroken, match="KeyboardInterrupt"):
                list(events)


def interrupt_soon(events: Scanner) -> None:
    """As Ctrl-C does: a signal to the main thread while it waits."""
    main = threading.main_thread().ident

    def send() -> None:
        waiting(events)
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=send, daemon=True).start()
