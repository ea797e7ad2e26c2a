"""`ReplayServer`: a server that replays recorded streams. `Faults`: failures that it adds at random.

A recording is a body (`NAME.sse`, exact bytes) and optionally `NAME.headers`: the status line and the headers that were
recorded with it. The server sends the body again, one HTTP chunk per frame, at full speed or at a rate. One thread serves
all connections (see `_http`), so that a thousand paced streams cost little. Nothing in this file depends on events,
dialects or JSON.

A body is sent as steps: bytes are one piece, numbers are pauses in seconds. `steps_of` makes the steps of a recording,
`Faults` changes them, and a program can pass a function of its own.
"""

from __future__ import annotations

import math
import os
import random
import re
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from ssescan._signatures import readable_signature

from ._http import Loop, Reply, Request, Step

__all__ = ["Faults", "Recording", "ReplayServer", "Request", "steps_of"]

EVENT_STREAM = "text/event-stream; charset=utf-8"

# A line end and at least one more: the blank line that completes a frame, and any that follow it. The look-ahead
# keeps a CRLF from being taken for a CR and an LF, which would be a blank line that is not there.
_FRAME_END = re.compile(rb"(?:\r\n|\n|\r(?!\n)){2,}")


@readable_signature
class Recording(NamedTuple):
    """One recorded response.

    Attributes:
        name: The name under which the server offers it.
        body: The exact bytes of the body.
        status: The HTTP status.
        headers: The headers to send.
    """

    name: str
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({"Content-Type": EVENT_STREAM})

    def __repr__(self) -> str:
        body = repr(self.body) if len(self.body) <= 80 else f"{self.body[:60]!r}... ({len(self.body)} bytes)"
        headers = dict(self.headers)
        return f"Recording(name={self.name!r}, body={body}, status={self.status}, headers={headers})"

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Recording:
        """Read a recording from a file. Its name is the file's name without the suffix.

        Args:
            path: The file of the body. Status and content type are read from the file of the same name with the suffix
                `.headers`, if it exists.

        Raises:
            OSError: A file cannot be read.
            ValueError: The headers have no status line.
        """
        path = Path(path)
        headers = path.with_suffix(".headers")
        recorded = _read_headers(headers) if headers != path and headers.is_file() else ()
        return cls(path.stem, path.read_bytes(), *recorded)


def steps_of(recording: Recording, *, rate: float | None = None, block: int | None = None) -> Iterator[Step]:
    """Yield the steps of a recording: bytes are one piece, a number is a pause in seconds.

    Args:
        recording: The recording.
        rate: Events per second; None sends without pauses. The first event is sent at once. A block is sent when its last
            event is due, like a proxy that buffers.
        block: The bytes of a piece; None makes each frame a piece, with its blank line.
    """
    start = time.monotonic()
    for events_before, piece in _frames(recording.body) if block is None else _blocks(recording.body, block):
        # Measured from the start, so that late wake-ups and slow writes do not add up.
        if rate and (pause := start + events_before / rate - time.monotonic()) > 0:
            yield pause
        yield piece


class Faults:
    """Failures for a share of the requests, drawn at random in the order in which the requests arrive.

    Args:
        seed: The seed of the random numbers.
        busy: The share of requests that start a burst: this request, and every one in the next `retry_after_s` seconds, is
            answered with 429. The header `Retry-After` has the rest of that time (`retry-after-ms` below a second).
        cut: The share whose connection ends after some piece of the body, without an error.
        stall: The share that gets no more data after some piece of the body.
        reset: The share whose connection is reset after some piece of the body.
        retry_after_s: The length of a burst, in seconds.

    Attributes:
        bursts: The start and end of each burst so far, as `time.monotonic()`.
        drawn: The number of faults by their names.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        busy: float = 0.0,
        cut: float = 0.0,
        stall: float = 0.0,
        reset: float = 0.0,
        retry_after_s: float = 1.0,
    ) -> None:
        self._random = random.Random(seed)
        self._shares = {"busy": busy, "cut": cut, "stall": stall, "reset": reset}
        self._retry_after_s = retry_after_s
        self.bursts: list[tuple[float, float]] = []
        self.drawn = dict.fromkeys(self._shares, 0)

    def draw(self, now_s: float) -> tuple[str | None, Recording | None]:
        """Return the name of the next request's fault, and the recording that replaces its own; None for neither."""
        left_s = self.bursts[-1][1] - now_s if self.bursts else 0.0
        if left_s > 0:
            return "busy", _busy(left_s)
        at = self._random.random()
        for name, share in self._shares.items():
            if at < share:
                return self._start(name, now_s)
            at -= share
        return None, None

    def _start(self, name: str, now_s: float) -> tuple[str, Recording | None]:
        self.drawn[name] += 1
        if name != "busy":
            return name, None
        self.bursts.append((now_s, now_s + self._retry_after_s))
        return name, _busy(self._retry_after_s)

    def spoil(self, name: str, steps: Iterable[Step], pieces: int) -> Iterator[Step]:
        """Yield some of the steps, then raise or stall as the fault `name` says. `pieces`: the number of pieces."""
        left = self._random.randrange(max(pieces, 1))
        for step in steps:
            if isinstance(step, bytes) and left == 0:
                break
            left -= isinstance(step, bytes)
            yield step
        if name == "stall":
            yield math.inf
        raise ConnectionResetError if name == "reset" else ConnectionAbortedError


def _busy(left_s: float) -> Recording:
    wait = {"Retry-After": f"{math.ceil(left_s)}"} if left_s >= 1 else {"retry-after-ms": f"{left_s * 1000:.0f}"}
    body = b'{"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}}'
    return Recording("busy", body, 429, {"Content-Type": "application/json", **wait})


_Source = str | os.PathLike[str] | bytes | Recording


class ReplayServer:
    """An HTTP/1.1 server in a daemon thread that answers with recorded streams. It listens as soon as it is constructed.

    GET and POST of `/NAME` or `/NAME.sse` return the recording of that name, the first one if there are several. Any other
    path, such as an API call, returns the next recording in order, and starts over after the last. An unknown `/NAME.sse`
    is 404, and other methods are 405. HEAD returns the headers and does not advance the order.

    `close`, or the end of the `with` block, ends open connections at once.

    Args:
        streams: One or several of: a path (see `Recording.load`), bytes (a body), a `Recording`. Or a function that takes
            the `Request` and returns a `Recording`.
        host: The address to listen at.
        port: The port; 0 takes a free one.
        rate: Events per second; see `steps_of`.
        block: Bytes per piece; see `steps_of`.
        chunked: True to send HTTP chunks, False to send a Content-Length. HTTP/1.0 always gets a Content-Length.
        steps: A function that takes a `Recording` and yields steps; it replaces `rate` and `block`. It runs in the thread
            that serves all connections, so it must yield pauses instead of waiting. An OSError that it raises ends the
            connection, a ConnectionResetError resets it, and after a pause of `math.inf` no more data is sent.
        faults: Failures to add at random.

    Attributes:
        url: Where it listens, without a slash at the end.
        host: The address that it listens at.
        port: The port that it listens at.
        requests: Every `Request` so far, in order. A request is added before its response starts.

    Raises:
        OSError: A file cannot be read, or the address is in use.
        ValueError: There are no streams, or `rate` or `block` is not positive.
    """

    def __init__(
        self,
        streams: _Source | Iterable[_Source] | Callable[[Request], Recording],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        rate: float | None = None,
        block: int | None = None,
        chunked: bool = True,
        steps: Callable[[Recording], Iterable[Step]] | None = None,
        faults: Faults | None = None,
    ) -> None:
        _check_positive(rate=rate, block=block)
        self.requests: list[Request] = []
        self._pick = streams if callable(streams) else _Queue(_load_all(streams)).pick
        self._steps = steps or partial(steps_of, rate=rate, block=block)
        self._faults = faults
        self._loop = Loop(host, port, self._reply, chunked=chunked)
        self.host = host
        self.port: int = self._loop.port
        self._thread = threading.Thread(target=self._loop.run, name="ssescan-replay", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def wait(self) -> None:
        """Block until the server is closed. Ctrl-C interrupts it within half a second on every system."""
        while self._thread.is_alive():
            self._thread.join(0.5)

    def close(self) -> None:
        """Stop listening and end all connections, also in the middle of a stream. Calling it again does nothing."""
        self._loop.stop()
        self._thread.join()

    def __enter__(self) -> ReplayServer:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "" if self._thread.is_alive() else ", closed"
        return f"<ReplayServer {self.url}: {len(self.requests)} requests{state}>"

    def _reply(self, request: Request) -> Reply:
        self.requests.append(request)
        if request.method not in ("GET", "HEAD", "POST"):
            return _refusal(
                405, f"Unsupported method {request.method} (supported: GET, HEAD, POST)", Allow="GET, HEAD, POST"
            )
        recording = self._pick(request)
        if recording is None:
            return _refusal(404, f"no recording for {request.path}")
        fault, instead = self._faults.draw(request.at_s) if self._faults else (None, None)
        recording = instead or recording
        steps = self._steps(recording)
        if self._faults and fault and not instead:
            steps = self._faults.spoil(fault, steps, len(list(_frame_ends(recording.body))))
        headers = {**recording.headers, "Cache-Control": "no-cache"}
        return Reply(recording.status, headers, len(recording.body), iter(steps))


def _refusal(status: int, why: str, **headers: str) -> Reply:
    body = f"{why}\n".encode()
    plain = {"Content-Type": "text/plain; charset=utf-8", **headers}
    return Reply(status, plain, len(body), iter([body]), chunked=False)


def _load_all(streams: _Source | Iterable[_Source]) -> list[Recording]:
    # A Recording and a str are iterable too, so single streams are recognized by their types.
    sources = [streams] if isinstance(streams, (str, os.PathLike, bytes, Recording)) else streams
    loaded = [_load(source, number) for number, source in enumerate(sources, 1)]
    if not loaded:
        raise ValueError("No streams to replay. Pass at least one.")
    return loaded


def _load(source: _Source, number: int) -> Recording:
    if isinstance(source, Recording):
        return source
    if isinstance(source, bytes):
        return Recording(f"stream{number}", source)
    return Recording.load(source)


def _read_headers(path: Path) -> tuple[int, dict[str, str]]:
    # `curl -D` writes one block per response, also for a 100 or a proxy's CONNECT. The last block is the right one.
    text = path.read_bytes().decode("latin-1").replace("\r\n", "\n").strip()
    status_line, *lines = text.split("\n\n")[-1].split("\n")
    if not (status := re.match(r"HTTP/\S+ (\d{3})\b", status_line)):
        raise ValueError(f"{path}: expected a status line such as 'HTTP/1.1 200 OK', got {status_line[:80]!r}")
    recorded = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(status[1]), {"Content-Type": recorded.get("content-type", EVENT_STREAM)}


def _check_positive(**numbers: float | None) -> None:
    for name, number in numbers.items():
        if number is not None and number <= 0:
            raise ValueError(f"{name} must be above 0, got {number}")


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
    """Finds the recording for a request, by name or in order."""

    def __init__(self, recordings: list[Recording]) -> None:
        self._recordings = recordings
        self._by_name = {recording.name: recording for recording in reversed(recordings)}
        self._turn = 0  # the number of requests without a name so far

    def pick(self, request: Request) -> Recording | None:
        """Return the recording for a request; None for an unknown `.sse` path."""
        name = unquote(urlsplit(request.path).path).removeprefix("/")
        if named := self._by_name.get(name.removesuffix(".sse")) or self._by_name.get(name):
            return named
        return None if name.endswith(".sse") else self._next(advance=request.method != "HEAD")

    def _next(self, *, advance: bool) -> Recording:
        recording = self._recordings[self._turn % len(self._recordings)]
        self._turn += advance
        return recording
