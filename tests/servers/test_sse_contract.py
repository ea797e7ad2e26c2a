"""The service of the contract tests, without the tests: what they ask of it, and a stream of each kind.

sse_contract.sh runs the tests themselves, which need Go and a registry.
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


class Harness:
    """Plays the part of the tests: drives the service, and receives what it reports."""

    def __init__(self, url: str) -> None:
        self._url, self._pool = url, urllib3.PoolManager()
        self.messages: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._callbacks = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._callbacks.serve_forever, args=(0.05,), daemon=True).start()

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
        thread = threading.Thread(target=service.serve_forever, args=(0.05,))
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
