"""The embedded server that replays recorded streams, and what may go wrong with them.

A recording is a body (`NAME.sse`, exact bytes) and, if there is one beside it, `NAME.headers`: the status line and the
headers as they once came. The server sends the body again, one HTTP chunk per frame, as fast as the client takes it or
at a rate. One thread serves all connections (`_replay_loop`), so that a thousand paced streams cost little; nothing in
this file knows events, dialects or JSON.

Between a recording and its socket there are only steps: bytes, which go out as one piece, and numbers, which are
pauses in seconds. `steps_of` makes the ordinary ones, `Faults` spoils them, and a script is another function of that
shape.
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

from ._http import Loop, Reply, Request, Step

__all__ = ["Faults", "Recording", "ReplayServer", "Request", "steps_of"]

EVENT_STREAM = "text/event-stream; charset=utf-8"

# A line end and at least one more: the blank line that completes a frame, and any that follow it. The look-ahead
# keeps a CRLF from being taken for a CR and an LF, which would be a blank line that is not there.
_FRAME_END = re.compile(rb"(?:\r\n|\n|\r(?!\n)){2,}")


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


def steps_of(recording: Recording, *, rate: float | None = None, block: int | None = None) -> Iterator[Step]:
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


class Faults:
    """What goes wrong with which share of the requests, drawn by a seed in the order in which they come.

    `busy` begins a burst: the request, and every one that comes within `retry_after_s` from then, is answered with 429
    and what is left of that time as `Retry-After` (`retry-after-ms` for a time below a second). The others strike behind
    some piece of the body: `cut` ends the connection cleanly, `reset` does not, and behind `stall` nothing more comes.

    `bursts` are the (begin, end) of the bursts so far, as `time.monotonic()`; `drawn` counts the faults by their name.
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
        """Return the fault that the next request meets, and the answer that is sent instead of its own."""
        left_s = self.bursts[-1][1] - now_s if self.bursts else 0.0
        if left_s > 0:
            return "busy", _busy(left_s)
        at = self._random.random()
        for name, share in self._shares.items():
            if at < share:
                return self._begin(name, now_s)
            at -= share
        return None, None

    def _begin(self, name: str, now_s: float) -> tuple[str, Recording | None]:
        self.drawn[name] += 1
        if name != "busy":
            return name, None
        self.bursts.append((now_s, now_s + self._retry_after_s))
        return name, _busy(self._retry_after_s)

    def spoil(self, name: str, steps: Iterable[Step], pieces: int) -> Iterator[Step]:
        """Yield the first of `steps`, and what the fault `name` makes of the rest; `pieces` is how many there are."""
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
    """An HTTP/1.1 server in a daemon thread that answers with recorded streams; it listens once constructed.

    `streams` is one or several of: a path (see `Recording.load`), bytes (a body), a `Recording`. GET and POST of
    `/NAME` or `/NAME.sse` give that recording; any other path, such as an API call, gives the next one in order,
    beginning again after the last. If two have one name, the first answers to it. An unknown `/NAME.sse` is 404, other
    methods are 405, HEAD gives the headers and does not move the order. Or it is a function of the `Request` that gives
    the `Recording`.

    `rate` (events per second) and `block` (bytes per piece) are those of `steps_of`; `steps`, a function of a
    `Recording`, replaces both. It is called in the thread that serves all connections and must not wait: it yields
    pauses. An OSError it raises cuts the connection at that point, a ConnectionResetError resets it, and behind a pause
    of `math.inf` nothing more comes. `faults` does such things at random. `chunked=False` sends a Content-Length
    instead, as is done for HTTP/1.0. `port=0` takes a free port.

    `url` (without a slash at its end), `host` and `port` tell where it listens; `requests` is the list of every
    `Request` seen, in order, each there before its answer begins. `close`, or leaving the `with`, cuts what is open.

    Raises OSError if a file cannot be read or the address is taken, ValueError for no streams, or a rate or block
    that is not positive.
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
        self.host, self.port = host, self._loop.port
        self._thread = threading.Thread(target=self._loop.run, name="ssescan-replay", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def wait(self) -> None:
        """Block until the server is closed. Ctrl-C gets through within half a second on every system."""
        while self._thread.is_alive():
            self._thread.join(0.5)

    def close(self) -> None:
        """Stop listening and cut the connections that are open, also in the middle of a stream. Twice is harmless."""
        self._loop.stop()
        self._thread.join()

    def __enter__(self) -> ReplayServer:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _reply(self, request: Request) -> Reply:
        self.requests.append(request)
        if request.method not in ("GET", "HEAD", "POST"):
            return _refusal(405, f"expected GET, HEAD or POST, got {request.method}", Allow="GET, HEAD, POST")
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

    def pick(self, request: Request) -> Recording | None:
        """Return the recording for a request, None for a `.sse` that is not there."""
        name = unquote(urlsplit(request.path).path).removeprefix("/")
        if named := self._by_name.get(name.removesuffix(".sse")) or self._by_name.get(name):
            return named
        return None if name.endswith(".sse") else self._next(advance=request.method != "HEAD")

    def _next(self, *, advance: bool) -> Recording:
        recording = self._recordings[self._turn % len(self._recordings)]
        self._turn += advance
        return recording
