"""The service of the contract tests: its protocol, and each of their 134 checks, from a harness of our own.

sse_contract.sh runs LaunchDarkly's own program, which needs Go and a registry. `TestChecks*` check the same streams and
expect the same messages, for commit 81fc8203db98 and the payload sizes that were added later. Pieces of a stream are sent
without a pause, since the core's tests cut streams everywhere.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import urllib3
from sse_contract_service import CAPABILITIES, Service

from faultserver import CHUNKED, END, RESET, STALL, FaultServer, Gate, Script, head, length, piece, settled

GONE = (head(length(0), status="204 No Content"),)
BOM = b"\xef\xbb\xbf"
Event = dict[str, str]


class Harness:
    """Plays the part of the tests: drives the service, and receives what it reports."""

    def __init__(self, url: str) -> None:
        self._url, self._pool = url, urllib3.PoolManager()
        self.messages: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._callbacks = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._callbacks.serve_forever, args=(0.01,), daemon=True).start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        messages = self.messages

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                messages.put((self.path, json.loads(body)))
                self.send_response(202)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None: ...

        return Handler

    def ask(self, method: str, path: str, body: Any = None) -> urllib3.BaseHTTPResponse:
        content = None if body is None else json.dumps(body)
        return self._pool.request(method, self._url + path, body=content)

    def open(self, stream: FaultServer, **params: Any) -> str:
        """Make the service open a stream, and return its path in the service."""
        callback = f"http://127.0.0.1:{self._callbacks.server_port}/callbacks/1"
        fixed = {"streamUrl": stream.origin, "callbackUrl": callback, "tag": "t", "readTimeoutMs": None}
        made = self.ask("POST", "/", {**fixed, "initialDelayMs": 0, **params})
        assert made.status == 201
        return made.headers["Location"]

    def seen(self, *kinds: str) -> list[Any]:
        """Return the next messages, which must be of these kinds: data of events, text of comments and errors."""
        found = [self.messages.get(timeout=5) for _ in kinds]
        assert [message["kind"] for _, message in found] == list(kinds)
        return [
            message["event"]["data"] if kind == "event" else message[kind] for kind, (_, message) in zip(kinds, found)
        ]

    def close(self) -> None:
        self._callbacks.shutdown()
        self._callbacks.server_close()
        self._pool.clear()


@pytest.fixture
def stream() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def harness() -> Iterator[Harness]:
    with Service(0) as service:
        thread = threading.Thread(target=service.serve_forever, args=(0.01,))
        thread.start()
        harness = Harness(f"http://127.0.0.1:{service.server_port}")
        yield harness
        assert harness.ask("DELETE", "/").status == 204
        thread.join(5)
        assert not thread.is_alive()
        harness.close()


def flow(*blocks: bytes) -> Script:
    """A stream that stays open."""
    return (head(CHUNKED), *map(piece, blocks), STALL)


class TestProtocol:
    def test_it_says_what_it_can(self, harness: Harness):
        described = harness.ask("GET", "/").json()

        assert described["capabilities"] == CAPABILITIES
        assert "event-type-listeners" not in CAPABILITIES

    def test_what_is_wrong_is_refused(self, harness: Harness, stream: FaultServer):
        stream.play(*flow())
        path = harness.open(stream)

        assert [harness.ask("POST", "/", wrong).status for wrong in ({}, [], "x")] == [400] * 3
        assert harness.ask("POST", path, {"command": "sing"}).status == 400
        assert harness.ask("DELETE", path).status == 204
        assert harness.ask("DELETE", path).status == 404
        assert harness.ask("POST", path, {"command": "restart"}).status == 404
        assert stream.is_left()

    def test_the_request_is_what_they_ask_for(self, harness: Harness, stream: FaultServer):
        stream.play(*flow(b"data: x\n\n"))
        harness.open(
            stream, method="REPORT", body='{"a": 1}', headers={"content-type": "a/b", "x-y": "z"}, lastEventId="5"
        )
        harness.seen("event")

        (request,) = stream.requests
        assert (request.method, request.body) == ("REPORT", b'{"a": 1}')
        names = ("accept", "cache-control", "content-type", "x-y", "last-event-id")
        assert [request.headers[name] for name in names] == ["text/event-stream", "no-cache", "a/b", "z", "5"]


class TestStreams:
    def test_messages_are_numbered_and_in_order(self, harness: Harness, stream: FaultServer):
        stream.play(*flow(b":1\nid: a\nevent: e\ndata: 2\n\n: 3\ndata: 4\n\n"))
        harness.open(stream)
        found = [harness.messages.get(timeout=5) for _ in range(4)]

        assert [path for path, _ in found] == [f"/callbacks/1/{number}" for number in (1, 2, 3, 4)]
        assert [message for _, message in found] == [
            {"kind": "comment", "comment": "1"},
            {"kind": "event", "event": {"type": "e", "data": "2", "id": "a"}},
            {"kind": "comment", "comment": " 3"},
            {"kind": "event", "event": {"type": "message", "data": "4", "id": "a"}},
        ]

    def test_a_clean_end_is_not_reported_and_a_broken_one_is(self, harness: Harness, stream: FaultServer):
        gate = Gate()
        stream.play_each(
            (head(CHUNKED), piece(b"id: 1\ndata: a\n\nid: lost\n") + END),
            (head(CHUNKED), piece(b"data: b\n\n"), gate, RESET),
            flow(b"data: c\n\n"),
        )
        harness.open(stream)
        assert harness.seen("event", "event") == ["a", "b"]
        gate.opened.set()
        assert harness.seen("error", "event")[1] == "c"
        assert [request.headers.get("last-event-id") for request in stream.requests] == [None, "1", "1"]

    @pytest.mark.parametrize("location", [[], ["Location:"]])
    @pytest.mark.parametrize("status", ["301 X", "307 X"])
    def test_a_redirect_without_a_location_is_an_error(
        self, harness: Harness, stream: FaultServer, status: str, location: list[str]
    ):
        stream.play(head(length(0), *location, status=status))
        harness.open(stream)

        harness.seen("error")
        assert len(stream.requests) == 1

    def test_a_read_timeout_is_an_error_and_reconnects(self, harness: Harness, stream: FaultServer):
        stream.play_each(flow(b"data: a\n\n"), flow(b"data: b\n\n"))
        harness.open(stream, readTimeoutMs=200)

        assert harness.seen("event", "error", "event")[::2] == ["a", "b"]

    def test_a_restart_resumes(self, harness: Harness, stream: FaultServer):
        stream.play_each(flow(b"id: 1\ndata: a\n\n"), flow(b"data: b\n\n"))
        path = harness.open(stream)
        harness.seen("event")
        assert harness.ask("POST", path, {"command": "restart"}).status == 202

        assert harness.seen("event") == ["b"]
        assert stream.requests[1].headers["last-event-id"] == "1"

    def test_204_stops_it_for_good(self, harness: Harness, stream: FaultServer):
        stream.play_each((head(CHUNKED), piece(b"data: a\n\n") + END), GONE)
        harness.open(stream)
        harness.seen("event")

        assert settled(lambda: len(stream.requests) == 2 and not threading_readers())
        assert harness.messages.empty()


def threading_readers() -> list[threading.Thread]:
    """Return the threads in which the service reads streams."""
    return [thread for thread in threading.enumerate() if "_run" in thread.name]


# ---- The checks ------------------------------------------------------------------------------------------------------


def event(data: str, kind: str = "message", id: str = "") -> Event:
    return {"type": kind, "data": data, "id": id}


def one_by_one(data: bytes, size: int = 1) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


HELLO, GREETING = event("Hello"), event("Hello", "greeting", "abc")
CHARACTERS = "data: €豆腐\n\n".encode()
#: Name -> the pieces of a stream, and the events that it has.
PARSING: dict[str, tuple[list[bytes], list[Event]]] = {
    "one_line": ([b"data: Hello\n\n"], [HELLO]),
    "two_chunks": ([b"data: Hel", b"lo\n\n"], [HELLO]),
    "shared_chunk": ([b"data: test", b"test\n\ndata:", b"test\n\n"], [event("testtest"), event("test")]),
    "two_events": ([b"data: Hello\n\ndata: World\n\n"], [HELLO, event("World")]),
    "two_lines": ([b"data: Hello\ndata:World\n\n"], [event("Hello\nWorld")]),
    "empty_data": ([b"data:\n\n"], [event("")]),
    "type": ([b"event: greeting\ndata: Hello\n\n"], [event("Hello", "greeting")]),
    "id": ([b"id: abc\ndata: Hello\n\n"], [event("Hello", id="abc")]),
    "type_and_id": ([b"event: greeting\nid: abc\ndata: Hello\n\n"], [GREETING]),
    "id_with_nul": ([b"id: a\x00bc\ndata: Hello\n\n"], [HELLO]),
    "id_persists": ([b"id: a\ndata: 1\n\n", b"data: 2\n\n"], [event("1", id="a"), event("2", id="a")]),
    "id_is_emptied": ([b"id: a\ndata: 1\n\n", b"id: \ndata: 2\n\n"], [event("1", id="a"), event("2")]),
    "reverse_order": ([b"data: Hello\nid: abc\nevent: greeting\n\n"], [GREETING]),
    "unknown_field": ([b"event: greeting\ncolor: blue\ndata: Hello\n\n"], [event("Hello", "greeting")]),
    "no_space": ([b"event:greeting\ndata:Hello\n\n"], [event("Hello", "greeting")]),
    "two_spaces": ([b"event:  greeting\ndata:  Hello\n\n"], [event(" Hello", " greeting")]),
    "no_colon": ([b"data\n\ndata\ndata\n\n"], [event(""), event("\n")]),
    "characters": ([CHARACTERS], [event("€豆腐")]),
    "characters_in_bytes": (one_by_one(CHARACTERS), [event("€豆腐")]),
    "hundred": ([b"".join(b"data: %d\n\n" % n for n in range(100))], [event(str(n)) for n in range(100)]),
    "bom": ([BOM + b"data: Hello\n\n"], [HELLO]),
    "bom_all_fields": ([BOM + b"event: greeting\nid: abc\ndata: Hello\n\n"], [GREETING]),
    "bom_two_events": ([BOM + b"data: Hello\n\ndata: World\n\n"], [HELLO, event("World")]),
    "bom_later": ([b"data: Hello\n\n", b"data: " + BOM + b"x\n\n"], [HELLO, event("\ufeffx")]),
    "bom_in_two": ([BOM[:2], BOM[2:] + b"data: Hello\n\n"], [HELLO]),
    "bom_in_three": ([*one_by_one(BOM), b"data: Hello\n\n"], [HELLO]),
    "bom_in_data": ([BOM + b"data: " + BOM + b"Hello\n\n"], [event("\ufeffHello")]),
    "bom_missing": ([b"data: Hello\n\n"], [HELLO]),
    "bom_two_lines": ([BOM + b"data: a\ndata: b\n\n"], [event("a\nb")]),
    "bom_empty_data": ([BOM + b"data:\n\n"], [event("")]),
    "cr_at_the_ends": (
        [b"data: Hello\r", b"\ndata: World\r", b"\n\r\ndata: OK\r", b"\n", b"\r", b"\n"],
        [event("Hello\nWorld"), event("OK")],
    ),
}
#: Name -> a stream with line feeds, and the data of its events.
LINES = {
    "one_line": (b"data: 1\n\n", ["1"]),
    "two_lines": (b"data: 1\n\ndata: 2a\ndata: 2b\n\n", ["1", "2a\n2b"]),
    "first_is_empty": (b"data:\ndata: b\ndata: c\n\n", ["\nb\nc"]),
    "middle_is_empty": (b"data: a\ndata:\ndata: c\n\n", ["a\n\nc"]),
    "extra_line": (b"data: 1\n\n\ndata: 2\n\n", ["1", "2"]),
    "extra_lines": (b"data: 1\n\n\n\ndata: 2\n\n", ["1", "2"]),
}
#: Sizes of data around those of common buffers, and the two of large messages.
SIZES = (
    *(1, 128, 512, 1023, 1024, 1025, 2048, 3999, 4094, 4096, 4098, 6144, 8189, 8192, 8195, 12288, 16384, 32768, 65536),
    *(262_144, 1_048_576, 5_242_880),
)
#: Name -> the pieces of a stream, and the kinds and texts of its messages.
COMMENTS = {
    "one": ([b":Hello\n"], [("comment", "Hello")]),
    "two": ([b":Hello\n", b":World\n"], [("comment", "Hello"), ("comment", "World")]),
    "before": ([b":Hello\n", b"data: x\n\n"], [("comment", "Hello"), ("event", "x")]),
    "after": ([b"data: x\n\n", b":Hello\n"], [("event", "x"), ("comment", "Hello")]),
    "after_bom": ([BOM + b":Hello\ndata: x\n\n"], [("comment", "Hello"), ("event", "x")]),
}


class TestChecksOfParsing:
    @pytest.mark.parametrize("name", PARSING)
    def test_events(self, harness: Harness, stream: FaultServer, name: str):
        pieces, events = PARSING[name]
        stream.play(*flow(*pieces))
        harness.open(stream)
        found = [harness.messages.get(timeout=5)[1] for _ in events]

        assert found == [{"kind": "event", "event": one} for one in events]

    @pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
    @pytest.mark.parametrize("name", LINES)
    def test_line_ends(self, harness: Harness, name: str, end: bytes):
        body, data = LINES[name]
        body = body.replace(b"\n", end)
        for size in (len(body), 1, 2):
            with FaultServer() as stream:
                stream.play(*flow(*one_by_one(body, size)))
                path = harness.open(stream)
                assert harness.seen(*["event"] * len(data)) == data
                assert harness.ask("DELETE", path).status == 204

    def test_sizes(self, harness: Harness):
        """The largest size is also sent in two pieces."""
        for size in SIZES:
            data = bytes(33 + at % 90 for at in range(97)) * (size // 97 + 1)
            for cut in (size, size // 2)[: 1 + (size == SIZES[-1])]:
                with FaultServer() as stream:
                    stream.play(*flow(b"data: " + data[:cut], data[cut:size] + b"\n\n"))
                    path = harness.open(stream)
                    assert harness.seen("event") == [data[:size].decode()]
                    assert harness.ask("DELETE", path).status == 204

    @pytest.mark.parametrize("name", COMMENTS)
    def test_comments(self, harness: Harness, stream: FaultServer, name: str):
        pieces, messages = COMMENTS[name]
        stream.play(*flow(*pieces))
        harness.open(stream)

        assert harness.seen(*[kind for kind, _ in messages]) == [text for _, text in messages]


class TestChecksOfHttp:
    def test_the_default_request(self, harness: Harness, stream: FaultServer):
        stream.play(*flow(b"data: x\n\n"))
        harness.open(stream, initialDelayMs=None)
        harness.seen("event")

        (request,) = stream.requests
        assert (request.method, request.body) == ("GET", b"")
        assert (request.headers["accept"], request.headers["cache-control"]) == ("text/event-stream", "no-cache")
        assert "last-event-id" not in request.headers

    @pytest.mark.parametrize("status", ["301 X", "307 X"])
    def test_a_redirect_is_followed(self, harness: Harness, stream: FaultServer, status: str):
        location = f"Location: {stream.origin}/other"
        stream.play_each((head(length(0), location, status=status),), flow(b"data: hello\n\n"))
        harness.open(stream)

        assert harness.seen("event") == ["hello"]
        assert [request.path for request in stream.requests] == ["/", "/other"]

    @pytest.mark.parametrize("method", ["POST", "REPORT"])
    def test_a_body_is_sent_again(self, harness: Harness, stream: FaultServer, method: str):
        stream.play_each((head(CHUNKED), piece(b"data: a\n\n") + END), flow(b"data: b\n\n"))
        kind = "application/json; charset=utf-8"
        headers = {"content-type": kind, "header-name-1": "value-1", "header-name-2": "value-2"}
        harness.open(stream, method=method, body='{"hello": "world"}', headers=headers)
        harness.seen("event", "event")

        for request in stream.requests:
            assert (request.method, request.body) == (method, b'{"hello": "world"}')
            assert {name: request.headers[name] for name in headers} == headers


class TestChecksOfReconnecting:
    @pytest.mark.parametrize(
        ("body", "sent"),
        [
            (b"id: abc\ndata: x\n\n", "abc"),
            (b"id: abc\ndata: x\n\ndata: y\n\n", "abc"),
            (b"id: abc\ndata: x\n\nid: \ndata: y\n\n", None),
            (b"id: abc\ndata: x\n\nid: def\ndata: lost", "abc"),
        ],
        ids=["last", "before", "emptied", "partial"],
    )
    def test_the_last_id_is_sent(self, harness: Harness, stream: FaultServer, body: bytes, sent: str | None):
        stream.play_each((head(CHUNKED), piece(body) + END), flow(b"data: again\n\n", b"id: new\ndata: World\n\n"))
        harness.open(stream)
        events = [harness.messages.get(timeout=5)[1]["event"] for _ in range(body.count(b"\n\n") + 2)]

        assert [request.headers.get("last-event-id") for request in stream.requests] == [None, sent]
        assert events[-2:] == [event("again", id=sent or ""), event("World", id="new")]

    def test_an_id_of_the_caller_is_sent_first(self, harness: Harness, stream: FaultServer):
        stream.play(*flow(b"data: x\n\n"))
        harness.open(stream, lastEventId="abc")

        assert harness.messages.get(timeout=5)[1]["event"] == event("x", id="abc")
        assert stream.requests[0].headers["last-event-id"] == "abc"

    def test_204_is_the_end_before_an_event(self, harness: Harness, stream: FaultServer):
        stream.play(*GONE)
        harness.open(stream)

        assert settled(lambda: bool(stream.requests) and not threading_readers())
        assert len(stream.requests) == 1
