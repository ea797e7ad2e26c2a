"""The body of an HTTP response as blocks: prompt reads, deadlines, and the connection afterwards.

Two ways to read. If the response is exactly what urllib3 makes and nothing was read from it, its buffered
reader is read directly, one `recv` a block; the chunked coding is decoded in Rust and content codings by
`codings`. So deadlines hold even under a drip of single bytes inside a chunk's header or a gzip member, and no
part of a cut chunk is lost. Otherwise (other people's response objects) the public `read1(n)` is used.

`read1(n)` is prompt for every kind of body; `stream(n)` waits for n bytes where a body ends with its
connection, and `read1()` without n takes a short body for a whole one.
"""

from __future__ import annotations

import http.client
import io
import os
import socket
import ssl
import threading
import time
from typing import Any, Callable, Optional

import urllib3
from urllib3.util.wait import wait_for_read

from ssescan import _core, errors

from .connections import PromptResponse
from .deadlines import Clocks, Timeouts
from .decoders import Coding, Damaged, UnknownCoding, coding_of

__all__ = ["BLOCK_BYTES", "Body", "BodyError", "FAILURES"]

#: The most that one read asks for.
BLOCK_BYTES = 65536

#: How much is read behind an end mark to make the connection usable again, and for how long.
MAX_TAIL_BYTES = 65536
MAX_TAIL_S = 0.1

#: How much is kept of a body that looks like no event stream, for the message that it may hold.
MAX_HEAD_BYTES = 65536

#: What reading a body may raise.
FAILURES = (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException)

Taker = Optional[Callable[["Body"], None]]


class BodyError(ConnectionError):
    """The body ended before its end, or is not framed or coded as HTTP says."""


class Body:
    """Reads a response's body. Called with the number of events handed out, gives a block; empty at the end.

    Raises `NotAnEventStream` when it is made, if the content coding is none that can be undone.
    """

    def __init__(self, raw: Any, clocks: Clocks | None = None, aside: Taker = None, *, decoded: bool = True) -> None:
        self._raw = raw
        self._aside = aside
        self._clocks = clocks or Clocks(Timeouts(None, None, None, None))
        self._pid = os.getpid()
        self._fp = _buffered_reader(raw)
        self._sock = _socket_of(raw)
        self._timeout: float | str | None = "unknown"
        #: The reader's buffer may hold what came along with the head.
        self._untouched = True
        self._chunked = _core.Chunked() if self._fp is not None and raw._fp.chunked else None
        self._left: int | None = raw._fp.length if self._fp is not None else None
        self._ended = False
        #: Held while the connection is given away, or woken: it must not be woken when it is somebody else's.
        self._giving = threading.RLock()
        #: A block was read and has not been given yet. If that is so when the next one is asked for, Ctrl-C came between.
        self._holding = False
        #: What is wrong behind the data that was given last.
        self._bad: BodyError | None = None
        #: The beginning of a body that looks like no event stream, until an event comes; else None.
        self._head: bytes | None = b""
        #: How long bytes gather before they are read, and the lock that is held by nobody when such a wait must end.
        self._gather_s = 0.0
        self._tick: threading.Lock | None = None
        #: When the next block is read; 0.0 if there is more to be read now.
        self._due_s = 0.0
        self._coding = self._coding_of(raw) if decoded else None
        if self._left == 0:
            self._end(reusable=True)
        elif self._left is None and self._chunked is None and isinstance(self._sock, ssl.SSLSocket):
            # The body ends with the connection, so whoever can cut that can cut the answer, but for this.
            self._sock.suppress_ragged_eofs = False  # type: ignore[attr-defined]

    def _coding_of(self, raw: Any) -> Coding | None:
        try:
            if raw.headers.get("transfer-encoding", "chunked").strip().lower() not in ("chunked", "identity"):
                raise UnknownCoding(f"transfer-encoding {raw.headers['transfer-encoding']!r}")
            return coding_of(raw.headers.get("content-encoding"))
        except UnknownCoding as error:
            drop(raw)
            raise errors.NotAnEventStream(f"expected a body that can be read, got {error}") from error

    def __call__(self, events: int = 0) -> bytes:
        """The next block. Raises `OutOfTime`, `BodyError`, or what the transport raises."""
        if self._holding:
            self._bad = BodyError("data was lost when the program was interrupted")
        while True:
            if self._coding is not None and self._fp is not None and self._coding.more:
                data = self._decoded(b"")
            elif self._bad is not None:
                raise self._bad
            elif self._ended:
                self._holding = False
                return b""
            else:
                data = self._next(events)
            if data:
                if self._head is not None:
                    self._note_head(events, data)
                self._holding = False
                return data

    def _note_head(self, events: int, data: bytes) -> None:
        """Servers send pages and JSON errors as event streams too, which are unknown fields to the standard."""
        assert self._head is not None
        start = (self._head + data[:64]).lstrip()
        if events or (start and not start.startswith((b"{", b"[", b"<"))):
            self._head = None
        elif len(self._head) < MAX_HEAD_BYTES:
            self._head += data

    def refused(self) -> bytes:
        """What came, if that is no event stream; else nothing."""
        return (self._head or b"")[:MAX_HEAD_BYTES]

    def _next(self, events: int) -> bytes:
        """One read: the data in it, if there is any."""
        block = self._wait(events)
        if self._fp is None:
            self._ended = not block
            return block
        data = self._unframed(block)
        return data if self._coding is None else self._decoded(data)

    def gather(self, seconds: float) -> None:
        """From the next block on, bytes gather for so long before they are read: fewer and larger blocks."""
        if self._tick is None:
            self._tick = threading.Lock()
            self._tick.acquire()
        self._gather_s = seconds

    def _gather(self, limit_s: float | None) -> float | None:
        """Waits for the next read's time, and gives what is left of the limit then. `wake` ends the wait."""
        assert self._tick is not None
        wait_s = self._due_s - time.monotonic()
        wait_s = wait_s if limit_s is None else min(wait_s, limit_s)
        if wait_s <= 0 or (isinstance(self._sock, ssl.SSLSocket) and self._readable(0.0)):
            return limit_s  # a read from TLS gives no more than one record
        self._tick.acquire(timeout=wait_s)
        return None if limit_s is None else max(limit_s - wait_s, 0.001)

    def _read_gathered(self, limit_s: float | None) -> bytes:
        """A read of what is there by now: without asking first whether there is anything, and so in one system call."""
        if self._untouched or self._fp is None or type(self._sock) is not socket.socket:
            self._set_timeout(limit_s)  # the reader's buffer may hold something, or has to be asked
            return self._read()
        try:
            self._set_timeout(0.0)
            return self._sock.recv(BLOCK_BYTES)
        except BlockingIOError:
            self._set_timeout(limit_s)
            return self._sock.recv(BLOCK_BYTES)

    def _wait(self, events: int) -> bytes:
        """One read, within the deadlines."""
        limit_s, clock = self._clocks.before(events)
        returned = False
        try:
            if self._gather_s:
                limit_s = self._gather(limit_s)
                block = self._read_gathered(limit_s)
                self._holding = True
                self._due_s = 0.0 if len(block) == BLOCK_BYTES else time.monotonic() + self._gather_s
            else:
                self._set_timeout(limit_s)
                block = self._read()
                self._holding = True
            returned = True
            return block
        except (TimeoutError, urllib3.exceptions.ReadTimeoutError) as error:
            if getattr(error, "errno", None):
                raise BodyError(str(error)) from error  # the network's own timeout: the other side is gone
            cause = error
        except OSError as error:
            if isinstance(error, (ConnectionError, ssl.SSLError)):
                raise
            raise BodyError(str(error)) from error  # no route, network down: it has no class of its own
        finally:
            self._clocks.after(returned=returned)
        raise self._clocks.out_of_time(clock) from cause

    def _read(self) -> bytes:
        self._untouched = False
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

    def _unframed(self, block: bytes) -> bytes:
        """The data in a block of the connection; notes the end of the body."""
        if self._chunked is not None:
            return self._dechunked(block)
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

    def _dechunked(self, block: bytes) -> bytes:
        assert self._chunked is not None
        if not block:
            raise BodyError("the connection ended inside the chunked body")
        data, taken, bad = self._chunked.decode(block)
        if bad is not None:
            why, at = bad
            self._bad = BodyError(f"bad chunked coding at byte {at} of the body: {why}")
        if self._chunked.done:
            self._end(reusable=taken == len(block))
        return data

    def _decoded(self, data: bytes) -> bytes:
        assert self._coding is not None
        try:
            data = self._coding.decode(data)
        except Damaged as error:
            raise BodyError(str(error)) from error
        if self._ended and not self._coding.more and not self._coding.whole:
            self._bad = BodyError(f"the body ended inside its {self._coding.name} coding")
        return data

    def _end(self, *, reusable: bool) -> None:
        """The body was read to its end: the connection goes back to the pool, or is closed."""
        with self._giving:
            self._ended = True
        if not reusable:
            drop(self._raw)
            return
        self._raw._fp.close()
        self._raw.release_conn()

    def read_part(self, max_bytes: int, within_s: float) -> bytes:
        """Read the body within these limits, close it, and return the bytes. A failure ends the read without an error."""
        self._clocks = self._clocks.within(within_s)
        blocks, left = [], max_bytes
        try:
            while left > 0 and (block := self()):
                blocks.append(block)
                left -= len(block)
        except FAILURES:
            pass  # the bytes so far are enough for an error message
        self.close()
        return b"".join(blocks)[:max_bytes]

    # The end mark came, and with it the end of the answer, but perhaps not yet the end of the body.

    def release(self) -> None:
        """Makes the connection usable again without waiting, or sets it aside for when one is needed."""
        self._mark_s = time.monotonic()
        self._tail_left = MAX_TAIL_BYTES
        if self._ended or self.drain(0.0):
            self._raw.release_conn()
        elif self._aside is not None and self._sock is not None and self._tail_left > 0:
            self._aside(self)
        else:
            drop(self._raw)

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
                    self._unframed(block)
                if self._bad is not None:
                    raise self._bad
        except (ValueError, *FAILURES):
            self._tail_left = 0
        return self._ended

    def _readable(self, wait_s: float) -> bool:
        pending = getattr(self._sock, "pending", None)
        return self._is_buffered() or bool(pending and pending()) or wait_for_read(self._sock, wait_s)

    def _is_buffered(self) -> bool:
        if not self._untouched or self._fp is None or self._sock is None:
            return False
        self._sock.settimeout(0.0)
        try:
            return bool(self._fp.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False

    def drain_late(self, wait_s: float) -> bool:
        """The same for a body that was set aside; if its end does not come, the connection is closed."""
        if self.drain(wait_s):
            self._raw.release_conn()
            return True
        drop(self._raw)
        return False

    def late_s(self) -> float:
        """How long a body that was set aside may still be waited for."""
        return max(0.0, self._mark_s + MAX_TAIL_S - time.monotonic())

    def close(self) -> None:
        """Closes the connection, unless the body was read to its end and it went back to the pool."""
        if not self._ended:
            self._ended = True
            drop(self._raw)

    def wake(self) -> None:
        """Makes a read that waits in another thread return: with nothing, or with an error."""
        if self._pid != os.getpid():
            return  # a forked child shares the connection, but has no such thread
        self._gather_s = 0.0
        if self._tick is not None and self._tick.locked():
            self._tick.release()
        with self._giving:
            if self._ended:
                return
            if self._sock is not None:
                # Not SSLSocket's own: that takes the TLS object away under the reader.
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
            elif hasattr(self._raw, "shutdown"):
                self._raw.shutdown()


def drop(raw: Any) -> None:
    """Closes a response's connection, and gives back its place in a pool that counts them; others need nothing.

    A finalizer may come here in the middle of the pool's own work, in the thread that holds its lock: then
    another thread waits for that.
    """
    raw.close()
    pool = getattr(raw, "_pool", None)
    if not getattr(pool, "block", True):
        return
    mutex = getattr(getattr(pool, "pool", None), "mutex", None)
    if mutex is not None and mutex.locked():
        threading.Thread(target=raw.release_conn, daemon=True).start()
    else:
        raw.release_conn()


def _buffered_reader(raw: Any) -> io.BufferedReader | None:
    """The connection's reader, if the response is exactly what is known and untouched."""
    inner = getattr(raw, "_fp", None)
    if type(raw) is not urllib3.HTTPResponse or type(inner) not in (http.client.HTTPResponse, PromptResponse):
        return None
    reader: Any = inner.fp  # type: ignore[union-attr]
    untouched = getattr(raw, "_fp_bytes_read", None) == 0 and inner.chunk_left in (None, "UNKNOWN")  # type: ignore
    return reader if untouched and type(reader) is io.BufferedReader else None


def _socket_of(raw: Any) -> Any:
    """The socket under a response; its connection forgets it when the server says `Connection: close`."""
    reader = getattr(getattr(raw, "_fp", None), "fp", None)
    found = getattr(getattr(reader, "raw", None), "_sock", None)
    if found is None:
        found = getattr(getattr(raw, "connection", None), "sock", None)
    return found if isinstance(found, socket.socket) else None
