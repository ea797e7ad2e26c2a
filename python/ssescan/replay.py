"""The embedded server that replays recorded streams.

A recording is a body (`NAME.sse`, exact bytes) and, if there is one beside it, `NAME.headers`: the status line and the
headers as they once came. The server sends the body again, one HTTP chunk per frame, as fast as the client takes it or
at a rate. It is the standard library's HTTP server, so that a test or a demonstration needs nothing else; nothing in
this file knows events, dialects or JSON.

Between a recording and its socket there are only steps: bytes, which go out as one piece, and numbers, which are
pauses in seconds. `steps_of` makes the ordinary ones, and a script of faults is another function of that shape.
"""

from __future__ import annotations

import os
import re
import socket
import sys
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from email.message import Message
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

__all__ = ["Recording", "ReplayServer", "Request", "steps_of"]

EVENT_STREAM = "text/event-stream; charset=utf-8"

# A line end and at least one more: the blank line that completes a frame, and any that follow it. The look-ahead
# keeps a CRLF from being taken for a CR and an LF, which would be a blank line that is not there.
_FRAME_END = re.compile(rb"(?:\r\n|\n|\r(?!\n)){2,}")

# How often the accepting thread looks whether it should stop: what `close` waits at most.
_POLL_S = 0.05


class Recording(NamedTuple):
    """One recorded answer: the body's exact bytes, the HTTP status, and the headers that are sent with it."""

    name: str
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({"Content-Type": EVENT_STREAM})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Recording:
        """Read `path`, and status and content type from the `.headers` file beside it if there is one.

        The name is the file's stem. Raises OSError for what cannot be read, ValueError for headers without a status
        line.
        """
        path = Path(path)
        beside = path.with_suffix(".headers")
        recorded = _read_headers(beside) if beside != path and beside.is_file() else ()
        return cls(path.stem, path.read_bytes(), *recorded)


class Request(NamedTuple):
    """One request as the server saw it.

    `path` is the request target with its query; `headers` finds names in any case; `body` is whole, and decoded if it
    was chunked; `peer_port` is the client's port: the same for two requests that came over one connection.
    """

    method: str
    path: str
    headers: Message
    body: bytes
    peer_port: int


def steps_of(recording: Recording, *, rate: float | None = None, block: int | None = None) -> Iterator[bytes | float]:
    """Yield what to send and how long to wait before it: bytes are one piece, a number is a pause in seconds.

    A piece is a frame up to and including its blank line (LF, CR or CRLF), or `block` bytes cut anywhere; what follows
    the last blank line is a piece too. `rate` is in events per second, the first at once; a block goes out when the
    last event in it is due, as through a proxy that buffers.
    """
    began = time.monotonic()
    for events_before, piece in _frames(recording.body) if block is None else _blocks(recording.body, block):
        # Measured from the beginning, so that late wake-ups and slow writes do not add up.
        if rate and (pause := began + events_before / rate - time.monotonic()) > 0:
            yield pause
        yield piece


_Source = str | os.PathLike[str] | bytes | Recording


class ReplayServer:
    """An HTTP/1.1 server in a daemon thread that answers with recorded streams; it listens once constructed.

    `streams` is one or several of: a path (see `Recording.load`), bytes (a body), a `Recording`. GET and POST of
    `/NAME` or `/NAME.sse` give that recording; any other path, such as an API call, gives the next one in order,
    beginning again after the last. If two have one name, the first answers to it. An unknown `/NAME.sse` is 404, other
    methods are 405, HEAD gives the headers and does not move the order.

    `rate` (events per second) and `block` (bytes per piece) are those of `steps_of`; `steps`, a function of a
    `Recording`, replaces both, and an OSError it raises cuts the connection at that point. `chunked=False` sends a
    Content-Length instead, as is done for HTTP/1.0. `port=0` takes a free port.

    `url` (without a slash at its end), `host` and `port` tell where it listens; `requests` is the list of every
    `Request` seen, in order, each there before its answer begins. `close`, or leaving the `with`, cuts what is open.

    Raises OSError if a file cannot be read or the address is taken, ValueError for no streams, or a rate or block
    that is not positive.
    """

    def __init__(
        self,
        streams: _Source | Iterable[_Source],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        rate: float | None = None,
        block: int | None = None,
        chunked: bool = True,
        steps: Callable[[Recording], Iterable[bytes | float]] | None = None,
    ) -> None:
        _check_positive(rate=rate, block=block)
        self.requests: list[Request] = []
        self._http = _Server((host, port), _Queue(_load_all(streams)), self.requests)
        self._http.chunked = chunked
        self._http.steps = steps or partial(steps_of, rate=rate, block=block)
        self.host, self.port = host, self._http.server_port
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(_POLL_S,), name="ssescan-replay", daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def wait(self) -> None:
        """Block until the server is closed. Ctrl-C gets through within half a second on every system."""
        while not self._http.stopping.wait(0.5):
            pass

    def close(self) -> None:
        """Stop listening and cut the connections that are open, also in the middle of a stream. Twice is harmless."""
        if self._http.stopping.is_set():
            return
        self._http.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._http.cut_connections()
        self._thread.join()

    def __enter__(self) -> ReplayServer:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def _load_all(streams: _Source | Iterable[_Source]) -> list[Recording]:
    # A Recording is a tuple and a str is iterable: the single ones are told by their types first.
    sources = [streams] if isinstance(streams, (str, os.PathLike, bytes, Recording)) else streams
    loaded = [_load(source, number) for number, source in enumerate(sources, 1)]
    if not loaded:
        raise ValueError("expected at least one stream to replay, got none")
    return loaded


def _load(source: _Source, number: int) -> Recording:
    if isinstance(source, Recording):
        return source
    if isinstance(source, bytes):
        return Recording(f"stream{number}", source)
    return Recording.load(source)


def _read_headers(path: Path) -> tuple[int, dict[str, str]]:
    # `curl -D` writes one block per response, also for a 100 or a proxy's CONNECT: the last is the one meant.
    text = path.read_bytes().decode("latin-1").replace("\r\n", "\n").strip()
    status_line, *lines = text.split("\n\n")[-1].split("\n")
    if not (status := re.match(r"HTTP/\S+ (\d{3})\b", status_line)):
        raise ValueError(f"{path}: expected a status line such as 'HTTP/1.1 200 OK', got {status_line[:80]!r}")
    recorded = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(status[1]), {"Content-Type": recorded.get("content-type", EVENT_STREAM)}


def _check_positive(**numbers: float | None) -> None:
    for name, number in numbers.items():
        if number is not None and number <= 0:
            raise ValueError(f"expected {name} above 0, got {number}")


def _frame_ends(body: bytes) -> Iterator[int]:
    end = 0
    for match in _FRAME_END.finditer(body):
        yield (end := match.end())
    if end < len(body):
        yield len(body)


def _frames(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (events before this frame, the frame)."""
    begin = 0
    for number, end in enumerate(_frame_ends(body)):
        yield number, body[begin:end]
        begin = end


def _blocks(body: bytes, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield (events before the one that the block's last byte belongs to, the block)."""
    ends = list(_frame_ends(body))
    for begin in range(0, len(body), size):
        block = body[begin : begin + size]
        yield bisect_right(ends, begin + len(block) - 1), block


class _Queue:
    """Which recording answers which path."""

    def __init__(self, recordings: list[Recording]) -> None:
        self._recordings = recordings
        self._by_name = {recording.name: recording for recording in reversed(recordings)}
        self._turn = 0  # requests without a name so far: the next one's place in the order
        self._lock = threading.Lock()

    def pick(self, target: str, *, advance: bool) -> Recording | None:
        """Return the recording for a request target, None for a `.sse` that is not there."""
        name = unquote(urlsplit(target).path).removeprefix("/")
        if named := self._by_name.get(name.removesuffix(".sse")) or self._by_name.get(name):
            return named
        return None if name.endswith(".sse") else self._next(advance)

    def _next(self, advance: bool) -> Recording:
        with self._lock:
            recording = self._recordings[self._turn % len(self._recordings)]
            self._turn += advance
            return recording


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024  # the default of 5 makes the sixth of many clients at once wait a second
    chunked: bool
    steps: Callable[[Recording], Iterable[bytes | float]]

    def __init__(self, address: tuple[str, int], queue: _Queue, requests: list[Request]) -> None:
        self.queue, self.requests = queue, requests
        self.stopping = threading.Event()  # set for good by `close`: ends the pauses of streams that are under way
        self.connections: set[socket.socket] = set()  # the open ones: their threads may be blocked in a read
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # Not HTTPServer's: that one looks up the host's full name, which can take seconds without a resolver.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        for connection in self.connections.copy():
            with suppress(OSError):  # its own thread may be faster
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that goes away is everyday business here; anything else is a bug, with a traceback.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection: its requests, one after the other."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a frame leaves when it is written, not when the last one was acknowledged

    def do_GET(self) -> None:
        if self._note_request():
            recording = self.server.queue.pick(self.path, advance=self.command != "HEAD")
            if recording is None:
                self._refuse(404, f"no recording for {self.path}")
            else:
                self._answer(recording)

    do_POST = do_HEAD = do_GET

    def do_PUT(self) -> None:
        if self._note_request():
            self._refuse(405, f"expected GET, HEAD or POST, got {self.command}", Allow="GET, HEAD, POST")

    do_DELETE = do_OPTIONS = do_PATCH = do_PUT

    def version_string(self) -> str:
        return "ssescan-replay"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _note_request(self) -> bool:
        """Read the body, also of a request that is then refused: left unread, it would be the next request."""
        try:
            body = self._read_body()
        except ValueError:
            self.close_connection = True
            self._refuse(400, "expected a body with a Content-Length, or chunked")
            return False
        request = Request(self.command, self.path, self.headers, body, self.client_address[1])
        self.server.requests.append(request)
        return True

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(self._read_chunks())
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            raise ValueError(length)
        return self.rfile.read(int(length))

    def _read_chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers

    def _answer(self, recording: Recording) -> None:
        chunked = self.server.chunked and self.request_version != "HTTP/1.0"
        framing = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(recording.body)))
        self._send_head(recording.status, {**recording.headers, "Cache-Control": "no-cache", framing[0]: framing[1]})
        if self.command != "HEAD":
            self._send_body(recording, chunked)

    def _send_head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _send_body(self, recording: Recording, chunked: bool) -> None:
        for step in self.server.steps(recording):
            if not isinstance(step, bytes):
                self._pause(step)
            elif step:  # an empty chunk would be the end
                self.wfile.write(b"%x\r\n%b\r\n" % (len(step), step) if chunked else step)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _pause(self, pause_s: float) -> None:
        if self.server.stopping.wait(pause_s):
            raise ConnectionAbortedError("the replay server was closed")

    def _refuse(self, status: int, why: str, **headers: str) -> None:
        body = f"{why}\n".encode()
        plain = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))}
        self._send_head(status, {**plain, **headers})
        if self.command != "HEAD":
            self.wfile.write(body)
