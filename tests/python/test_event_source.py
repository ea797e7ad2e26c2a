"""`EventSource`: what it sends, yields, waits for and reports. The standard's points are those of docs/explanation/sse-standard.md.

Waits are recorded instead of waited for, except where `close` ends them.
"""

from __future__ import annotations

import gc
import random
import re
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

import ssescan
from faultserver import (
    CHUNKED,
    CLOSE,
    END,
    RESET,
    STALL,
    FaultServer,
    Gate,
    Request,
    Script,
    certificate,
    head,
    length,
    piece,
    settled,
)
from faultserver import stream as answer
from fixtures import CASES
from ssescan import EventSource, Scanner, ServerSentEvent, Timeouts, errors, testing
from ssescan.reading.comments import MAX_COMMENT_BYTES, CommentCutter
from ssescan.testing import CUT, REFUSED, Asked, FakePool, failure
from ssescan.testing import STALL as SILENCE

#: Ends a source.
STOP = testing.stream(status=204)


def plain(*steps: Any, **options: Any) -> Any:
    return testing.stream(*steps, **options)


class Seen:
    """A source that was read to its end, and everything that was seen of it."""

    def __init__(self, *answers: Any, **options: Any) -> None:
        self.pool = FakePool(*answers)
        self.waits: list[float] = []
        self.reported: list[Any] = []
        self.error: BaseException | None = None
        source = EventSource(
            "http://host/x",
            **{
                "initial_delay_s": 0.01,
                "http_client": self.pool,
                "on_error": lambda error: self.reported.append(type(error).__name__),
                **options,
            },
        )
        source._is_closed.wait = lambda seconds: self.waits.append(seconds)  # type: ignore[method-assign, assignment]
        self.events: list[ServerSentEvent] = []
        try:
            self.events.extend(source)
        except Exception as error:
            self.error = error
        self.source = source
        self.data = [event.data for event in self.events]
        self.ids = [request.headers.get("last-event-id") for request in self.pool.requests]


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits without their random part."""
    monkeypatch.setattr(random, "random", lambda: 0.0)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


class TestRequest:
    def test_of_the_standard(self):
        (asked,) = Seen(STOP).pool.requests

        assert (asked.method, asked.body) == ("GET", None)
        assert asked.headers == {
            "accept": "text/event-stream",
            "cache-control": "no-cache",
            "accept-encoding": "identity",
            "user-agent": f"ssescan/{ssescan.__version__}",
        }

    def test_method_body_and_headers_are_sent_each_time(self):
        own = {"Content-Type": "a/b", "X-Own": "1"}
        seen = Seen(plain(b"data: x\n\n"), failure(500, "x"), STOP, method="REPORT", content="ö", headers=own)

        assert {(asked.method, asked.body) for asked in seen.pool.requests} == {("REPORT", b"\xc3\xb6")}
        assert {(asked.headers["content-type"], asked.headers["x-own"]) for asked in seen.pool.requests} == {
            ("a/b", "1")
        }
        assert len(seen.pool.requests) == 3

    def test_a_body_is_posted(self):
        (asked,) = Seen(STOP, json={"a": [1]}).pool.requests
        assert (asked.method, asked.body, asked.headers["content-type"]) == ("POST", b'{"a":[1]}', "application/json")

        (asked,) = Seen(STOP, content=b"x").pool.requests
        assert (asked.method, asked.body) == ("POST", b"x")

    def test_the_id_at_the_start(self):
        assert Seen(plain(b"data: x\n\n"), STOP, last_event_id="5").ids == ["5", "5"]
        assert Seen(plain(b"id: 6\n\n"), STOP, headers={"LAST-EVENT-ID": "5"}).ids == ["5", "6"]

    @pytest.mark.parametrize(
        "options",
        [
            {"initial_delay_s": -1},
            {"initial_delay_s": float("nan")},
            {"initial_delay_s": float("inf")},
            {"initial_delay_s": True},
            {"initial_delay_s": "1"},
            {"last_event_id": b"1"},
            {"last_event_id": "\ud800"},
            {"content": "\ud800"},
            {"max_event_bytes": 0},
            {"content": 1},
            {"content": b"{}", "json": {}},
            {"timeout": "1"},
            {"http_client": object()},
        ],
    )
    def test_wrong_arguments(self, options: dict[str, Any]):
        with pytest.raises((ValueError, TypeError)) as raised:
            EventSource("http://host/", **options)
        assert raised.type in (ValueError, TypeError)


class TestIds:
    def test_they_live_on_over_connections(self):
        seen = Seen(plain(b"id: a\ndata: 1\n\ndata: 2\n\n"), plain(b"data: 3\n\n"), STOP)

        assert [event.id for event in seen.events] == ["a", "a", "a"]
        assert seen.ids == [None, "a", "a"]
        assert seen.source.last_event_id == "a"

    def test_a_blank_line_without_data_moves_it_and_an_unfinished_frame_does_not(self):
        seen = Seen(plain(b"id: a\n\nid: b\ndata: lost\n"), plain(b"\ndata: 1\n\n"), STOP)

        assert seen.ids == [None, "a", "a"]
        assert seen.data == ["1"]

    def test_after_a_reset_the_header_is_absent(self):
        assert Seen(plain(b"id: 1\n\n"), plain(b"id\n\n"), plain(), STOP).ids == [None, "1", None, None]

    @pytest.mark.parametrize("id", ["…", "é", "\t", "\x7f", "a  ", "🙂"])
    def test_they_are_sent_as_utf_8(self, id: str, server: FaultServer):
        server.play_each(answer(f"retry: 0\nid: {id}\n\n".encode()), (head(length(0), status="204 No Content"),))
        with EventSource(server.origin) as source:
            assert list(source) == []

        sent = server.requests[1].headers["last-event-id"]
        assert sent.encode("latin-1").decode() == id.strip()

    def test_a_body_starts_afresh(self):
        bom = b"\xef\xbb\xbf"
        seen = Seen(plain(bom + b"data: \xe2\x82"), plain(b"\ndata: 1\r"), plain(bom + b"\ndata: 2\n\n"), STOP)

        assert seen.data == ["2"]


class TestAnswers:
    """Which answer ends the source, and how."""

    def test_204_ends_it(self):
        seen = Seen(plain(b"data: x\n\n"), STOP)

        assert (seen.data, seen.error, seen.source.outcome, seen.source.reconnects) == (["x"], None, "done", 1)
        assert list(seen.source) == []
        assert len(seen.pool.requests) == 2

    @pytest.mark.parametrize("status", [201, 202, 205, 206, 210, 299])
    def test_another_success_raises(self, status: int):
        seen = Seen(plain(b"data: x\n\n", status=status))

        assert type(seen.error) is ssescan.NotAnEventStream
        assert str(status) in str(seen.error)
        assert (seen.data, seen.reported, seen.source.outcome, len(seen.pool.requests)) == ([], [], "error", 1)

    @pytest.mark.parametrize("status", [301, 304, 400, 401, 403, 404, 408, 409, 410, 422])
    def test_a_refusal_raises_and_stays(self, status: int):
        seen = Seen(failure(status, "no"))

        assert isinstance(seen.error, errors.APIStatusError)
        assert seen.error.status_code == status
        assert (seen.reported, seen.source.outcome, len(seen.pool.requests)) == ([], "error", 1)
        with pytest.raises(type(seen.error), match=re.escape(str(seen.error))):
            next(seen.source)
        assert len(seen.pool.requests) == 1

    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 529])
    def test_a_server_that_is_busy_is_asked_again(self, status: int):
        seen = Seen(failure(status, "later"), plain(b"data: x\n\n"), STOP)

        assert (seen.data, seen.error) == (["x"], None)
        assert seen.reported == ["RateLimitError" if status == 429 else "InternalServerError"]

    @pytest.mark.parametrize("kind", ["text/event-stream", "text/event-stream;", "TEXT/Event-Stream; charset=latin1"])
    def test_media_types_of_event_streams(self, kind: str):
        assert Seen(plain("/dev/null", content_type=kind), STOP).error is None

    @pytest.mark.parametrize("kind", ["text/x-bogus", "x bogus", "text/event-streamx", "", "application/json"])
    def test_other_media_types_raise(self, kind: str):
        seen = Seen(plain(b"data: x\n\n", content_type=kind))

        assert type(seen.error) is ssescan.NotAnEventStream
        assert len(seen.pool.requests) == 1

    def test_a_page_that_is_labelled_as_a_stream_reconnects(self):
        seen = Seen(plain(b"<html><title>502 Bad Gateway</title>"), plain(b"data: x\n\n"), STOP)

        assert (seen.data, seen.error, seen.reported) == (["x"], None, ["NotAnEventStream"])

    @pytest.mark.parametrize("fault", [CUT, testing.RESET, SILENCE, REFUSED])
    def test_a_network_error_reconnects(self, fault: Any):
        seen = Seen(fault, plain(b"data: 1\n\ndata: lost\n", fault), plain(b"data: 2\n\n"), STOP)

        assert (seen.data, seen.error, len(seen.reported)) == (["1", "2"], None, 2)
        assert (seen.source.reconnects, len(seen.pool.requests)) == (3, 4)

    def test_a_request_that_cannot_be_sent_raises(self):
        seen = Seen(STOP, headers={"X": "a\nb"})

        assert type(seen.error) is errors.APIConnectionError
        assert (seen.reported, seen.pool.requests, seen.source.outcome) == ([], [], "error")

    def test_an_event_that_is_too_large_raises(self):
        seen = Seen(plain(b"data: x\n\ndata: " + b"x" * 200), max_event_bytes=100)

        assert type(seen.error) is ssescan.EventTooLarge
        assert (seen.data, seen.source.outcome, len(seen.pool.requests)) == (["x"], "error", 1)


class TestWaits:
    def test_they_double_up_to_a_limit_and_an_event_resets_them(self, steady: None):
        seen = Seen(*[REFUSED] * 6, plain(b"data: x\n\n"), plain(), failure(500, "x"), STOP, initial_delay_s=1)

        assert seen.waits == [1, 2, 4, 8, 16, 30, 1, 2, 4]

    def test_with_chance_they_are_up_to_a_quarter_longer(self):
        waits = [Seen(plain(), STOP, initial_delay_s=4).waits[0] for _ in range(20)]

        assert all(4 <= wait <= 5 for wait in waits)
        assert len(set(waits)) > 1

    def test_the_server_sets_them(self, steady: None):
        seen = Seen(plain(b"retry: 2000\n"), plain(b"retry: x\ndata: x\n\n"), plain(b"retry: 0\ndata: y\n\n"), STOP)

        assert seen.waits == [2, 2, 0]

    def test_a_longer_time_of_the_server_is_the_limit(self, steady: None):
        assert Seen(plain(b"retry: 60000\n"), plain(), STOP).waits == [60, 60]

    def test_no_number_of_the_server_is_too_large(self, steady: None):
        seen = Seen(plain(b"retry: 18446744073709551615\n"), failure(503, "x", retry_after="1e300"), STOP)

        assert seen.waits == [86400, 86400]

    def test_a_time_of_0_is_no_wait_but_failures_slow_down(self, steady: None):
        seen = Seen(plain(b"data: x\n\n"), REFUSED, REFUSED, plain(b"data: y\n\n"), STOP, initial_delay_s=0)

        assert seen.waits == [0, 0.2, 0.4, 0]

    def test_retry_after_is_respected(self, steady: None):
        seen = Seen(failure(429, "x", retry_after="7"), failure(503, "x", retry_after="0"), STOP, initial_delay_s=1)

        assert seen.waits == [7, 2]


class TestReports:
    def test_a_clean_end_is_no_error(self):
        assert Seen(plain(b"data: x\n\n"), STOP).reported == []

    def test_they_come_before_the_wait(self):
        order: list[str] = []
        pool = FakePool(REFUSED, STOP)
        source = EventSource("http://host/", on_error=lambda error: order.append(str(error)), http_client=pool)
        source._is_closed.wait = lambda seconds: order.append("wait")  # type: ignore[method-assign, assignment, func-returns-value]
        assert list(source) == []

        assert order == ["Connection error: Connection refused", "wait"]

    @pytest.mark.parametrize("raised", [ConnectionError("mine"), errors.StreamBroken("mine"), KeyError("mine")])
    def test_an_exception_of_a_callback_passes(self, raised: Exception):
        cause = KeyError("its cause")

        def fails(_: object) -> None:
            raise raised from cause

        for seen in (
            Seen(REFUSED, STOP, on_error=fails),
            Seen(plain(b"data: x\n\n:c\n"), STOP, on_comment=fails),
        ):
            assert seen.error is raised
            assert (raised.__cause__, raised.__suppress_context__) == (cause, True)
            assert len(seen.pool.requests) == 1
            assert list(seen.source) == []

    def test_a_callback_may_close(self):
        for option, script in (("on_error", REFUSED), ("on_comment", plain(b":c\ndata: x\n\n"))):
            pool = FakePool(script)
            source: EventSource = EventSource(
                "http://host/",
                http_client=pool,
                **{option: lambda _: source.close()},  # noqa: B023
            )
            assert list(source) == []
            assert (source.outcome, len(pool.requests)) == ("cancelled", 1)


class TestComments:
    def test_they_are_reported_after_the_events_before_them(self):
        seen: list[Any] = []
        body = b":1\ndata: a\n\n: 2\r\n:\r:\xff\ndata: b\n:3\n\n:4\n:unfinished"
        pool = FakePool(plain(body), plain(b"\n\n:5\n"), STOP)
        for event in EventSource("http://host/", on_comment=seen.append, http_client=pool, initial_delay_s=0):
            seen.append(event)

        shown = [one if isinstance(one, str) else one.data.upper() for one in seen]
        assert shown == ["1", "A", " 2", "", "�", "3", "B", "4", "5"]

    @pytest.mark.parametrize("size", [1, 3, None])
    def test_reporting_them_changes_no_event(self, size: int | None):
        """The bodies of the standard's points 1 to 24, over one source."""
        bodies = [case.body for case in CASES if case.name.startswith("framing-") and len(case.body) < 20000]
        for on_comment in (None, lambda _: None):
            # The id is sticky over bodies, and the wait between two of them resets it here.
            pool = FakePool(*(plain(body, block=size) for body in bodies), STOP)
            source = EventSource("http://host/", http_client=pool, initial_delay_s=0, on_comment=on_comment)
            source._is_closed.wait = lambda _: setattr(source, "_last_event_id", "")  # type: ignore[method-assign, assignment, return-value]  # noqa: B023
            wanted = [event for body in bodies for event in Scanner([body])]
            assert list(source) == wanted
            assert len(wanted) > 200

    @pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
    def test_they_do_not_depend_on_the_cuts(self, size: int):
        body = b"\xef\xbb\xbf:one\r\n:two\r:three\n\r\n:\n\ndata:no\r:four\r\n: \xf0\x9f\x99\x82\n\xef\xbb\xbf:no\nx:no\n:five\n:no"
        cutter = CommentCutter()
        pieces = [one for at in range(0, len(body), size) for one in cutter.cut(body[at : at + size])]

        assert b"".join(piece for piece, _ in pieces) == body
        assert [text for _, text in pieces if text is not None] == ["one", "two", "three", "", "four", " 🙂", "five"]

    @pytest.mark.parametrize("start", [b"\xef:no\n", b"\xef\xbb:no\n", b"\xef\xbb\xbf\xef\xbb\xbf:no\n"])
    def test_a_part_of_a_byte_order_mark_is_text(self, start: bytes):
        for size in (1, 100):
            cutter = CommentCutter()
            body = start + b":yes\n"
            found = [text for at in range(0, len(body), size) for _, text in cutter.cut(body[at : at + size])]
            assert [text for text in found if text is not None] == ["yes"]

    def test_a_long_one_is_shortened(self):
        cutter = CommentCutter()
        found = [text for block in (b":", *[b"x" * 5000] * 20, b"\n:y\n") for _, text in cutter.cut(block) if text]

        assert found == ["x" * MAX_COMMENT_BYTES, "y"]


class TestRedirects:
    @pytest.mark.parametrize(
        ("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")]
    )
    def test_each_request_begins_at_the_url(self, status: int, method: str, server: FaultServer):
        def play(request: Request) -> Script:
            if request.path == "/":
                return (head(length(0), "Location: /there", status=f"{status} X"),)
            if len(server.requests) > 3:
                return (head(length(0), status="204 X"),)
            return answer(b"id: 1\ndata: x\n\n")

        server.play_each(play)
        with EventSource(f"{server.origin}/", method="POST", content=b"body", initial_delay_s=0) as source:
            assert [event.data for event in source] == ["x"]

        seen = [(request.method, request.path, request.body) for request in server.requests]
        there = (method, "/there", b"body" if method == "POST" else b"")
        assert seen == [("POST", "/", b"body"), there] * 2
        assert [request.headers.get("last-event-id") for request in server.requests] == [None, None, "1", "1"]

    def test_without_a_location_they_raise(self):
        for seen in (Seen(failure(301, "x")), Seen(failure(307, "x", location=""))):
            assert isinstance(seen.error, errors.APIStatusError)
            assert len(seen.pool.requests) == 1

    def test_the_location_of_a_stream_is_where_the_rest_is(self):
        first = plain(b"id: 1\ndata: 1\n\n", location="/runs/5/stream?x=1")
        seen = Seen(
            first, plain(b"data: 2\n\n"), STOP, content=b"{}", method="POST", headers={"Content-Type": "a/b", "K": "v"}
        )

        assert seen.data == ["1", "2"]
        assert [(asked.method, asked.url, asked.body) for asked in seen.pool.requests] == [
            ("POST", "http://host/x", b"{}"),
            *[("GET", "http://host/runs/5/stream?x=1", None)] * 2,
        ]
        assert [asked.headers.get("content-type") for asked in seen.pool.requests] == ["a/b", None, None]
        assert {asked.headers["k"] for asked in seen.pool.requests} == {"v"}
        assert seen.ids == [None, "1", "1"]

    def test_secrets_do_not_follow_a_location_to_another_origin(self):
        first = plain(b"data: 1\n\n", location="http://other/y")
        seen = Seen(first, STOP, headers={"Authorization": "Bearer secret-key", "X-Mine": "1"})

        assert seen.pool.requests[1].url == "http://other/y"
        assert "authorization" not in seen.pool.requests[1].headers
        assert seen.pool.requests[1].headers["x-mine"] == "1"

    @pytest.mark.parametrize("location", ["ftp://other/y", "http://a..b/", "http://" + "a" * 64, "http://:80/", "//[/"])
    def test_a_location_that_is_invalid_is_ignored(self, location: str):
        seen = Seen(plain(b"data: 1\n\n", location=location), STOP)

        assert [asked.url for asked in seen.pool.requests] == ["http://host/x"] * 2


class TestTransport:
    """Over sockets."""

    @pytest.mark.parametrize("end", [(piece(b"data: lost\n") + END,), (CLOSE,), (RESET,)], ids=str)
    def test_every_end_of_a_body_reconnects(self, end: Script, server: FaultServer):
        gate = Gate()
        server.play_each((head(CHUNKED), piece(b"data: 1\n\n"), gate, *end), answer(b"data: 2\n\n"), (STALL,))
        with EventSource(server.origin, initial_delay_s=0.01) as source:
            assert next(source).data == "1"
            gate.opened.set()
            assert next(source).data == "2"
            assert source.reconnects == 1

    def test_silence_is_an_error_and_reconnects(self, server: FaultServer):
        reported: list[Exception] = []
        server.play_each((head(CHUNKED), piece(b"data: 1\n\n"), STALL), answer(b"data: 2\n\n"), (STALL,))
        with EventSource(server.origin, initial_delay_s=0.01, timeout=0.3, on_error=reported.append) as source:
            assert [next(source).data, next(source).data] == ["1", "2"]

        (error,) = reported
        assert isinstance(error, ssescan.StreamTimeout)
        assert error.clock == "idle"

    def test_comments_keep_it_alive_unless_an_event_timeout_is_set(self):
        for timeout in (EventSource("http://host/", timeout=5), EventSource("http://host/")):
            assert timeout._timeouts.event_s is None
        assert EventSource("http://host/", timeout=Timeouts(event_s=5))._timeouts.event_s == 5

    def test_connections_are_reused_and_closed_at_the_end(self, server: FaultServer):
        server.play_each(answer(b"data: 1\n\n"), answer(b"data: 2\n\n"), (head(length(0), status="204 X"),))
        source = EventSource(server.origin, initial_delay_s=0)
        assert [event.data for event in source] == ["1", "2"]

        assert server.connections == 1
        assert server.is_left()
        assert source.outcome == "done"

    def test_a_pool_of_the_caller_stays_open(self, server: FaultServer):
        import urllib3

        server.play_each(answer(b"data: 1\n\n"), (head(length(0), status="204 X"),))
        with urllib3.PoolManager() as pool:
            assert len(list(EventSource(server.origin, initial_delay_s=0, http_client=pool))) == 1
            assert pool.request("GET", server.origin).status == 204
        assert server.connections == 1


class TestClose:
    """From another thread, at every stage: the loop ends at once, without an exception."""

    seen: list[Any]

    def ends(self, source: EventSource, is_there: Callable[[], bool]) -> list[str]:
        """Iterate in a thread, close the source when it `is_there`, and return the data, which `is_there` finds in `seen`."""
        self.seen = seen = []

        def read() -> None:
            try:
                for event in source:
                    seen.append(event.data)
            except BaseException as error:
                seen.append(error)

        thread = threading.Thread(target=read)
        thread.start()
        assert settled(is_there)
        source.close()
        thread.join(5)
        assert not thread.is_alive()
        source.close()
        assert (source.outcome, list(source)) == ("cancelled", [])
        return seen

    def test_while_it_waits_for_the_headers(self, server: FaultServer):
        server.play(STALL)
        assert self.ends(EventSource(server.origin), lambda: bool(server.requests)) == []
        assert server.is_left()

    @pytest.mark.parametrize("tls", [False, True])
    def test_while_a_connection_of_the_callers_pool_waits_for_the_headers(self, tls: bool, loopback: None):
        import urllib3

        with FaultServer(tls) as server, urllib3.PoolManager(ca_certs=certificate()) as pool:
            server.play_each(answer(b"data: 1\n\n"), (STALL,))
            source = EventSource(server.origin, initial_delay_s=0, http_client=pool)
            assert self.ends(source, lambda: len(server.requests) == 2) == ["1"]
            assert server.connections == 1
            assert server.is_left()

    def test_a_thread_whose_wait_is_ended_finds_the_source_closed(self):
        # Otherwise it connects again, since the source looks open for a moment.
        source = EventSource("http://host/")
        found: list[str] = []
        source._interrupt = lambda: found.append(source.outcome)
        source.close()
        assert found == ["cancelled"]

    @pytest.mark.parametrize("on_comment", [None, print])
    def test_while_it_reads(self, server: FaultServer, on_comment: Any):
        server.play(head(CHUNKED), piece(b"id: 1\ndata: x\n\n"), STALL)
        source = EventSource(server.origin, on_comment=on_comment)
        assert self.ends(source, lambda: bool(self.seen)) == ["x"]
        assert server.is_left()

    def test_while_it_waits_to_reconnect(self, server: FaultServer):
        server.play(*answer(b"id: 1\ndata: x\n\n"))
        source = EventSource(server.origin, initial_delay_s=60)
        assert self.ends(source, lambda: source._fruitless == 1) == ["x"]
        assert (source.last_event_id, source.reconnects, len(server.requests)) == ("1", 0, 1)

    def test_while_it_reads_the_body_of_an_error(self, server: FaultServer):
        server.play(head(CHUNKED, status="503 X", kind="text/plain"), piece(b"x"), STALL)
        assert self.ends(EventSource(server.origin), lambda: bool(server.requests)) == []

    def test_before_and_between_events(self):
        pool = FakePool(plain(b"data: 1\n\ndata: 2\n\n"))
        source = EventSource("http://host/", http_client=pool)
        source.close()
        assert (list(source), pool.requests, source.outcome) == ([], [], "cancelled")

        with EventSource("http://host/", http_client=pool) as source:
            assert next(source).data == "1"
        assert (list(source), source.outcome, len(pool.requests)) == ([], "cancelled", 1)

    def test_before_a_request_is_sent_over_a_new_connection(self, server: FaultServer):
        server.play(STALL)
        source = EventSource(server.origin)
        source._is_closed.set()  # as `close` does while the connection is being made
        with pytest.raises(Exception, match="^$"):
            source._connect()
        assert (server.requests, server.is_left()) == ([], True)

    def test_while_the_headers_arrive(self):
        def respond(_: Asked) -> Any:
            source.close()
            return plain(b"data: x\n\n")

        source = EventSource("http://host/", http_client=FakePool(respond))
        assert list(source) == []
        assert source._stream is not None
        assert source._stream.outcome == "cancelled"

    def test_another_thread_may_not_iterate(self):
        caught: list[Exception] = []

        def iterate(_: object) -> None:
            try:
                next(source)
            except RuntimeError as error:
                caught.append(error)
            source.close()

        source = EventSource("http://host/", on_error=iterate, http_client=FakePool(REFUSED))
        assert list(source) == []
        assert len(caught) == 1

    def test_nothing_is_left_for_the_garbage_collector(self):
        gc.collect()
        gc.disable()
        try:
            for answers in ([plain(b"data: x\n\n"), STOP], [REFUSED, STOP], [failure(404, "x")], [plain(CUT), STOP]):
                source = EventSource("http://host/", initial_delay_s=0, http_client=FakePool(*answers))
                with suppress(errors.NotFoundError):
                    list(source)
                left = weakref.ref(source)
                del source
                assert left() is None
        finally:
            gc.enable()

    def test_repr_has_no_secrets(self):
        assert repr(EventSource("http://u:p@host/x?key=1")) == "<EventSource http://host/x: open>"
