"""The body of an HTTP response as blocks: prompt reads, deadlines, and the connection afterwards.

Two ways to read. If the response is exactly what urllib3 makes and nothing was read from it, its buffered
reader is read directly, one `recv` a block, and the chunked coding is decoded in Rust: deadlines hold even
under a drip of single bytes inside a chunk's header, and no part of a cut chunk is lost. Otherwise (content
codings, other people's response objects) the public `read1(n)` is used.

`read1(n)` is prompt for every kind of body; `stream(n)` waits for n bytes where a body ends with its
connection, and `read1()` without n takes a short body for a whole one.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import Any, Callable, Optional

import urllib3
from urllib3.util.wait import wait_for_read

from . import _core, errors
from .clocks import Clocks, Timeouts
from .source import BLOCK_BYTES

__all__ = ["Body", "BodyError"]

#: How much is read behind an end mark to make the connection usable again, and for how long.
MAX_TAIL_BYTES = 65536
MAX_TAIL_S = 0.1

#: What decodes a content coding that urllib3 itself knows only if it is installed.
_PACKAGES = {"br": "brotli", "zstd": "backports.zstd"}


Aside = Optional[Callable[["Body"], None]]


class BodyError(ConnectionError):
    """The body ended before its end, or is not framed as HTTP says."""


class Body:
    """Reads a response's body. Called with the number of events handed out, gives a block; empty at the end."""

    def __init__(self, raw: Any, timeouts: Timeouts | None, aside: Aside = None) -> None:
        self._raw = raw
        self._aside = aside
        self._clocks = Clocks(timeouts or Timeouts(None, None, None, None))
        self._fp = _buffered_reader(raw)
        self._sock = _socket_of(raw)
        self._timeout: float | None | str = "unknown"
        self._chunked = _core.Chunked() if self._fp is not None and raw._fp.chunked else None
        self._left: int | None = raw._fp.length if self._fp is not None else None
        self._ended = self._left == 0
        #: What is wrong behind the data that was given last.
        self._bad: BodyError | None = None
        self._check_coding()

    def __call__(self, events: int = 0) -> bytes:
        """The next block. Raises `StreamTimeout`, or what the transport raises."""
        while not self._ended:
            if self._bad is not None:
                raise self._bad
            block = self._wait(events)
            if self._fp is None:
                self._ended = not block
                return block
            if data := self._take(block):
                return data
        return b""

    def _wait(self, events: int) -> bytes:
        """One read, within the deadlines."""
        limit_s, clock = self._clocks.before(events)
        self._set_timeout(limit_s)
        try:
            return self._read()
        except (TimeoutError, urllib3.exceptions.ReadTimeoutError) as error:
            raise errors.StreamTimeout(clock, limit_s=self._clocks.limit_of(clock)) from error
        finally:
            self._clocks.after()

    def _read(self) -> bytes:
        if self._fp is not None:
            return self._fp.read1(BLOCK_BYTES)
        block: bytes = self._raw.read1(BLOCK_BYTES, decode_content=True)
        return block

    def _set_timeout(self, seconds: float | None) -> None:
        """Setting it is a system call, so a timeout that is a little too long stays."""
        now = self._timeout
        if self._sock is None or now == seconds:
            return
        if isinstance(now, float) and seconds is not None and seconds <= now <= seconds * 1.02 + 0.01:
            return
        self._sock.settimeout(seconds)
        self._timeout = seconds

    def _take(self, block: bytes) -> bytes:
        """The data in a block of the connection; notes the end of the body."""
        if self._chunked is not None:
            return self._dechunk(block)
        if self._left is None:
            if not block:
                self._end(reusable=False)
            return block
        if not block:
            raise BodyError(f"the connection ended {self._left} bytes before the end of the body")
        data = block[: self._left]
        self._left -= len(data)
        if not self._left:
            self._end(reusable=len(data) == len(block))
        return data

    def _dechunk(self, block: bytes) -> bytes:
        assert self._chunked is not None
        if not block:
            raise BodyError("the connection ended inside the chunked body")
        data, taken, bad = self._chunked.decode(block)
        if bad is not None:
            why, at = bad
            self._bad = BodyError(f"bad chunked coding at byte {at} of the body: {why}")
            if not data:
                raise self._bad
        if self._chunked.done:
            self._end(reusable=taken == len(block))
        return data

    def _end(self, *, reusable: bool) -> None:
        """The body was read to its end: the connection goes back to the pool, or is closed."""
        self._ended = True
        if not reusable:
            self._raw.close()
            return
        self._raw._fp.close()
        self._raw.release_conn()

    # The end mark came, and with it the end of the answer, but perhaps not yet the end of the body.

    def release(self) -> None:
        """Makes the connection usable again without waiting, or sets it aside for when one is needed."""
        self._mark_s = time.monotonic()
        self._tail_left = MAX_TAIL_BYTES
        if self._ended or self.drain(0.0):
            self._raw.release_conn()
        elif self._aside is not None and self._sock is not None:
            self._aside(self)
        else:
            self._raw.close()

    def drain(self, wait_s: float) -> bool:
        """Reads what stands behind the end mark, waiting at most `wait_s`. True when the body is at its end."""
        deadline = time.monotonic() + wait_s
        try:
            while not self._ended and self._tail_left > 0:
                left_s = max(0.0, deadline - time.monotonic())
                if self._sock is None or not self._readable(left_s):
                    return False
                self._sock.settimeout(left_s + 0.001)
                block = self._read()
                self._tail_left -= len(block)
                if self._fp is None:
                    self._ended = not block
                else:
                    self._take(block)
        except (OSError, ValueError, urllib3.exceptions.HTTPError):
            self._tail_left = 0
        return self._ended

    def _readable(self, wait_s: float) -> bool:
        pending = getattr(self._sock, "pending", None)
        return bool(pending and pending()) or wait_for_read(self._sock, wait_s)

    def drain_late(self) -> None:
        """What is left of the time for a body that was set aside; closes a connection that lingers."""
        wait_s = max(0.0, self._mark_s + MAX_TAIL_S - time.monotonic())
        if self.drain(wait_s):
            self._raw.release_conn()
        else:
            self._raw.close()

    def close(self) -> None:
        """Closes the connection, unless the body was read to its end and it went back to the pool."""
        if not self._ended:
            self._ended = True
            self._raw.close()

    def wake(self) -> None:
        """Makes a read that waits in another thread return: with nothing, or with an error."""
        if self._sock is not None:
            # Not SSLSocket's own: that takes the TLS object away under the reader.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
        elif hasattr(self._raw, "shutdown"):
            self._raw.shutdown()

    def _check_coding(self) -> None:
        coding = (self._raw.headers.get("content-encoding") or "identity").strip().lower()
        known = getattr(self._raw, "CONTENT_DECODERS", None)
        if known is None or coding == "identity":
            return
        for name in (part.strip() for part in coding.split(",")):
            if name not in known:
                package = _PACKAGES.get(name)
                hint = f"install {package}" if package else "ask for Accept-Encoding: identity"
                raise errors.NotAnEventStream(
                    f"expected a body that can be read, got content-encoding {name!r}: {hint}"
                )


def _buffered_reader(raw: Any) -> io.BufferedReader | None:
    """The connection's reader, if the response is exactly what is known and untouched."""
    inner = getattr(raw, "_fp", None)
    known = type(raw) is urllib3.HTTPResponse and type(inner) is http.client.HTTPResponse
    if not known or raw.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        return None
    reader = inner.fp
    untouched = getattr(raw, "_fp_bytes_read", None) == 0 and inner.chunk_left in (None, "UNKNOWN")
    return reader if untouched and type(reader) is io.BufferedReader else None


def _socket_of(raw: Any) -> Any:
    """The socket under a response; its connection forgets it when the server says `Connection: close`."""
    reader = getattr(getattr(raw, "_fp", None), "fp", None)
    found = getattr(getattr(reader, "raw", None), "_sock", None)
    if found is None:
        found = getattr(getattr(raw, "connection", None), "sock", None)
    return found if isinstance(found, socket.socket) else None
