"""HTTP/1.1 for the replay server: one thread serves all connections.

The loop has a selector and a heap of pauses, and never blocks on a connection. Data that a socket does not accept stays in
the connection's buffer. A pause is an entry in the heap. So one process can pace a thousand streams.
"""

from __future__ import annotations

import heapq
import math
import selectors
import socket
import struct
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from email.message import Message
from http import HTTPStatus
from itertools import count
from typing import NamedTuple, Union

from ssescan._signatures import readable_signature

__all__ = ["Loop", "Reply", "Request", "Step"]

#: Pauses that end within this time are served together, since waking up costs more than a send.
_GRAIN_S = 0.002

#: One step of a body: bytes in one piece, or a pause in seconds.
Step = Union[bytes, float]


@readable_signature
class Request(NamedTuple):
    """One request that the server received.

    Attributes:
        method: The HTTP method.
        path: The request target, with its query.
        headers: The headers. Names are found in any case.
        body: The whole body, decoded if it was chunked.
        peer_port: The client's port, which is the same for requests over one connection.
        at_s: When the request was complete, as `time.monotonic()`.
    """

    method: str
    path: str
    headers: Message
    body: bytes
    peer_port: int
    at_s: float = 0.0


class Reply(NamedTuple):
    """A response: its head, and the steps of its body, which has `length` bytes."""

    status: int
    headers: Mapping[str, str]
    length: int
    steps: Iterator[Step]
    chunked: bool = True


class Loop:
    """Listens as soon as it is constructed; `run` serves until `stop` is called.

    Args:
        host: The address to listen at.
        port: The port; 0 takes a free one.
        answer: Called with each request; returns the reply. It must not block.
        chunked: True to send HTTP chunks where the reply allows it.

    Raises:
        OSError: The address is in use.
    """

    def __init__(self, host: str, port: int, answer: Callable[[Request], Reply], *, chunked: bool) -> None:
        self.answer, self.chunked = answer, chunked
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # With the default backlog, the last of many clients that connect at once would wait a second.
        self._listener = socket.create_server((host, port), family=family, backlog=4096)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self.connections: set[_Connection] = set()
        self._pauses: list[tuple[float, int, _Connection]] = []
        self._order = count()  # keeps pauses that end together in order, and connections from being compared
        self.selector = selectors.DefaultSelector()
        self._bell, self._ringer = socket.socketpair()
        self._stopped = False

    def run(self) -> None:
        """Serve until `stop` is called."""
        self.selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self.selector.register(self._bell, selectors.EVENT_READ, lambda mask: None)
        while not self._stopped:
            for key, mask in self.selector.select(self._wait_s()):
                key.data(mask)
            self._end_pauses()
        for connection in list(self.connections):
            connection.close()
        for closed in (self._listener, self._bell, self._ringer, self.selector):
            closed.close()

    def stop(self) -> None:
        """Stop serving, from any thread. `run` returns."""
        self._stopped = True
        with suppress(OSError):  # the loop has ended already
            self._ringer.send(b"!")

    def pause(self, connection: _Connection, seconds: float) -> None:
        """Resume a connection after so many seconds; never if that is `math.inf`."""
        if seconds != math.inf:
            heapq.heappush(self._pauses, (time.monotonic() + seconds, next(self._order), connection))

    def _wait_s(self) -> float | None:
        if not self._pauses:
            return None
        left_s = self._pauses[0][0] - time.monotonic()
        return max(left_s, _GRAIN_S) if left_s > 0 else 0

    def _end_pauses(self) -> None:
        now = time.monotonic()
        while self._pauses and self._pauses[0][0] <= now:
            heapq.heappop(self._pauses)[2].resume()

    def _accept(self, mask: int) -> None:
        with suppress(OSError):
            while True:
                accepted, address = self._listener.accept()
                self.connections.add(_Connection(self, accepted, address[1]))


class _Connection:
    """The connection of one client: its requests, one after another."""

    def __init__(self, loop: Loop, connected: socket.socket, peer_port: int) -> None:
        self._loop, self._socket, self._peer_port = loop, connected, peer_port
        connected.setblocking(False)
        # Send a frame when it is written, not when the last one was acknowledged.
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = bytearray()
        self._unsent = b""
        self._steps: Iterator[Step] | None = None  # of the current response
        self._chunked = False
        self._last = False  # the connection ends after the current response
        self._stalled = False  # nothing more will be sent
        self._watched = selectors.EVENT_READ
        loop.selector.register(connected, self._watched, self._ready)

    def close(self, *, reset: bool = False) -> None:
        """End the connection, and the steps of its response."""
        if self not in self._loop.connections:
            return
        self._loop.connections.discard(self)
        if self._watched:
            self._watch(0)
        if reset:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()
        self._close_steps()

    def _close_steps(self) -> None:
        steps, self._steps = self._steps, None
        if (end := getattr(steps, "close", None)) is not None:
            end()

    def _ready(self, mask: int) -> None:
        try:
            if mask & selectors.EVENT_WRITE:
                self._send(b"")
                self.resume()
            if mask & selectors.EVENT_READ and self in self._loop.connections:
                self._receive()
        except OSError:  # the client went away
            self.close()

    def _receive(self) -> None:
        received = self._socket.recv(65536)
        if not received:
            self._end_of_requests()
            return
        self._received += received
        if self._steps is None:
            self._next_request()
            self.resume()

    def _end_of_requests(self) -> None:
        """Handle the end of the client's data: it went away, or it sends no further requests."""
        if self._steps is None or self._stalled:
            self.close()
        else:
            self._last = True
            self._watch(self._watched & ~selectors.EVENT_READ)  # the selector would report the end again and again

    def _next_request(self) -> None:
        """Start the response to the next request, if one has arrived."""
        try:
            parsed = _parse(self._received, self._peer_port)
        except ValueError:
            why = b"Invalid request: a body needs a Content-Length or chunks\n"
            self._last = True
            self._begin(Reply(400, {"Content-Type": "text/plain"}, len(why), iter([why]), chunked=False), "GET")
            return
        if parsed is None:
            return
        request, version, taken = parsed
        del self._received[:taken]
        wants = request.headers.get("connection", "").lower()
        self._last = wants == "close" or (version == "HTTP/1.0" and wants != "keep-alive")
        self._begin(self._loop.answer(request), request.method, version)

    def _begin(self, reply: Reply, method: str, version: str = "HTTP/1.1") -> None:
        self._chunked = self._loop.chunked and reply.chunked and version != "HTTP/1.0"
        headers = {"Server": "ssescan-replay", **reply.headers}
        headers.update({"Transfer-Encoding": "chunked"} if self._chunked else {"Content-Length": f"{reply.length}"})
        if self._last:
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {reply.status} {_phrase(reply.status)}", *(f"{k}: {v}" for k, v in headers.items()), "", ""]
        self._send("\r\n".join(lines).encode("latin-1"))
        if method == "HEAD":
            self._chunked = False
            self._steps = iter(())
        else:
            self._steps = reply.steps

    def resume(self) -> None:
        """Run steps until a pause, a full socket, or the end of the responses to all requests so far."""
        try:
            while self._steps is not None and not self._unsent:
                step = next(self._steps, None)
                if step is None:
                    self._finish()
                elif not isinstance(step, bytes):
                    self._stalled = step == math.inf
                    self._loop.pause(self, step)
                    return
                elif step:  # an empty chunk would end the body
                    self._send(b"%x\r\n%b\r\n" % (len(step), step) if self._chunked else step)
        except OSError as error:
            self.close(reset=isinstance(error, ConnectionResetError))
        except Exception:  # a bug in a program's steps; the other connections continue
            traceback.print_exc()
            self.close()

    def _finish(self) -> None:
        if self._chunked:
            self._send(b"0\r\n\r\n")
        self._steps = None
        if self._unsent:
            self._steps = iter(())  # the response ends when all data is sent
            self._chunked = False
        elif self._last:
            self.close()
        else:
            self._next_request()

    def _send(self, data: bytes) -> None:
        data = self._unsent + data
        try:
            sent = self._socket.send(data) if data else 0
        except BlockingIOError:
            sent = 0
        self._unsent = data[sent:] if sent < len(data) else b""
        if bool(self._unsent) != bool(self._watched & selectors.EVENT_WRITE):
            self._watch(self._watched ^ selectors.EVENT_WRITE)

    def _watch(self, events: int) -> None:
        selector = self._loop.selector
        if not self._watched:
            selector.register(self._socket, events, self._ready)
        elif not events:
            selector.unregister(self._socket)
        else:
            selector.modify(self._socket, events, self._ready)
        self._watched = events


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _parse(received: bytearray, peer_port: int) -> tuple[Request, str, int] | None:
    """Return the first request in `received`, its HTTP version and its length; None if it is incomplete.

    Raises:
        ValueError: The length of the body is invalid.
    """
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = received[:end].decode("latin-1").split("\r\n")
    method, path, version = (first.split() + ["", "", ""])[:3]
    headers = Message()
    for name, _, value in (line.partition(":") for line in lines):
        headers[name.strip()] = value.strip()
    body = _body(received, end + 4, headers)
    if body is None:
        return None
    content, taken = body
    return Request(method, path, headers, content, peer_port, time.monotonic()), version, taken


def _body(received: bytearray, begin: int, headers: Message) -> tuple[bytes, int] | None:
    """Return the body of a request and the position of its end; None if it is incomplete."""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return _chunks(received, begin)
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise ValueError(length)
    end = begin + int(length)
    return (bytes(received[begin:end]), end) if len(received) >= end else None


def _chunks(received: bytearray, at: int) -> tuple[bytes, int] | None:
    chunks: list[bytes] = []
    while (line_end := received.find(b"\r\n", at)) >= 0:
        digits = received[at:line_end].partition(b";")[0].strip()
        if not digits.isalnum():  # int() takes a sign
            raise ValueError(digits)
        size = int(digits, 16)
        begin = line_end + 2
        if size == 0:
            trailers_end = received.find(b"\r\n\r\n", line_end)
            return (b"".join(chunks), trailers_end + 4) if trailers_end >= 0 else None
        if len(received) < begin + size + 2:
            return None
        chunks.append(bytes(received[begin : begin + size]))
        at = begin + size + 2
    return None
