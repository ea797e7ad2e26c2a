"""`SocketReader`: blocks of one response's connection, within deadlines.

If nothing was read from the response yet, one `recv` is made per block, so that deadlines hold even if single bytes drip
in. Other response objects (recorded, wrapped, or partly read) are read with their public `read1(n)`, which returns as
soon as there is data. Their `stream(n)` may wait for n bytes, and `read1()` without n takes a short body for a complete
one.
"""

from __future__ import annotations

import os
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import urllib3
from urllib3.util.wait import wait_for_read

from ._urllib3 import buffered_reader, drop, release, shut_down, socket_of
from .deadlines import Deadlines

__all__ = ["BLOCK_BYTES", "BodyError", "SocketReader"]

#: The most that one read returns.
BLOCK_BYTES = 65536

#: The most that a read asks for until one returns that much.
FIRST_RECV_BYTES = 4096

#: Whether the kernel takes a timeout for `recv` as two 64-bit numbers. Windows and 32-bit systems differ.
_HAS_RECV_TIMEOUT = sys.platform == "linux" and struct.calcsize("l") == 8


class BodyError(ConnectionError):
    """The body ended before its end, or it does not match its framing or encoding."""


class SocketReader:
    """Reads what the connection of a response has, with a deadline per read.

    Args:
        raw: The response of urllib3, or an object like it.
        deadlines: The deadlines of the stream.

    Attributes:
        deadlines: The deadlines; they can be replaced.
        has_frames: True if blocks are bytes of the connection, framing included; False if they are data of the body.
        block_in_flight: True from the end of a read until the caller has taken the block. If it is still True at the
            next read, an exception such as KeyboardInterrupt has lost a block.
    """

    def __init__(self, raw: Any, deadlines: Deadlines) -> None:
        self._raw = raw
        self.deadlines = deadlines
        self._pid = os.getpid()
        self._reader = buffered_reader(raw)
        self.has_frames = self._reader is not None
        self._sock: Any = socket_of(raw)
        self._timeout_s: float | None = None
        #: The thread for which the timeout was set; None if it is unknown.
        self._timeout_thread: int | None = None
        self._has_recv_timeout = False
        #: Receives from the socket itself: nothing is left in the reader's buffer.
        self._recv: Callable[[int], bytes] | None = None
        #: The most that one `_recv` returns. The memory is taken before the wait, so a thousand streams hold it.
        self._recv_bytes = FIRST_RECV_BYTES
        #: The reader's buffer may hold the start of the body, which arrived with the head.
        self._buffer_is_fresh = True
        self.block_in_flight = False
        #: Held while the connection is returned or interrupted: it may belong to another request afterwards.
        self._lock = threading.RLock()
        self._is_detached = False
        self._coalesce_s = 0.0
        #: A lock that only `interrupt` releases: waiting for it is a sleep that can be ended.
        self._gather_lock: threading.Lock | None = None
        #: When to read next; 0.0 if there is more to read now.
        self._next_read_s = 0.0

    @property
    def has_socket(self) -> bool:
        """True if the socket is known. Only then can a timeout end a read."""
        return self._sock is not None

    @property
    def is_unread(self) -> bool:
        """True before the first read."""
        return self._buffer_is_fresh

    def require_tls_end(self) -> None:
        """Make a TLS connection that ends without TLS's own end an error: it could be truncated by an attacker."""
        if isinstance(self._sock, ssl.SSLSocket):
            self._sock.suppress_ragged_eofs = False  # type: ignore[attr-defined]

    def read(self, events: int) -> bytes:
        """Return the next block; an empty one if the connection was closed.

        Args:
            events: The number of events that were returned so far.

        Raises:
            DeadlineExceeded: A timeout expired.
            BodyError: A block was lost, or the network failed without an exception class of its own.
            OSError, urllib3.exceptions.HTTPError: The connection failed.
        """
        if self.block_in_flight:
            raise self.lost_block()
        limit_s, clock = self.deadlines.start_wait(events)
        returned = False
        try:
            if self._coalesce_s:
                block = self._read_later(limit_s)
            else:
                if limit_s != self._timeout_s or self._timeout_thread != threading.get_ident():
                    self._set_timeout(limit_s)
                block = self.receive() if self._sock is not None else self._receive_without_socket(limit_s)
            self.block_in_flight = True
            if len(block) >= self._recv_bytes:  # there may be more to read now
                self._recv_bytes = min(4 * self._recv_bytes, BLOCK_BYTES)
                self._next_read_s = 0.0
            elif self._coalesce_s:
                self._next_read_s = time.monotonic() + self._coalesce_s
            returned = True
            return block
        except BlockingIOError as error:  # the kernel's timeout for `recv` expired
            cause: Exception = error
        except (TimeoutError, urllib3.exceptions.ReadTimeoutError) as error:
            if getattr(error, "errno", None):
                raise BodyError(str(error)) from error  # the kernel's own timeout: the other side is gone
            cause = error
        except OSError as error:
            if isinstance(error, (ConnectionError, ssl.SSLError)):
                raise
            raise BodyError(str(error)) from error  # no route or network down
        finally:
            self.deadlines.end_wait(returned)
        raise self.deadlines.exceeded(clock) from cause

    @staticmethod
    def lost_block() -> BodyError:
        """Return the error for a block that the caller did not get."""
        return BodyError("a KeyboardInterrupt discarded data that had already been read")

    def receive(self) -> bytes:
        """Return the next block without regard to deadlines."""
        if self._recv is not None:
            return self._recv(self._recv_bytes)
        self._buffer_is_fresh = False
        if self._reader is not None:
            received = self._reader.read1(BLOCK_BYTES)
            if type(self._sock) is socket.socket:
                self._recv, self._timeout_thread = self._sock.recv, None
            return received
        block: bytes = self._raw.read1(BLOCK_BYTES, decode_content=True)
        return block

    def _receive_without_socket(self, limit_s: float | None) -> bytes:
        """Return the next block of a response that has no socket, such as one of `ssescan.testing`.

        Raises:
            TimeoutError: It arrived too late. Nothing can end the wait earlier.
        """
        began_s = time.monotonic()
        block = self.receive()
        if limit_s is not None and time.monotonic() - began_s > limit_s:
            raise TimeoutError("the read took too long")
        return block

    def receive_within(self, seconds: float) -> bytes | None:
        """Return the next block, or None if nothing arrives in time."""
        if self._sock is None or not self._is_readable(seconds):
            return None
        self._sock.settimeout(seconds + 0.001)
        return self.receive()

    # Coalescing: bytes accumulate before each read, so that there are fewer and larger blocks.

    def coalesce(self, seconds: float) -> None:
        """From the next block on, let bytes accumulate for so many seconds before each read."""
        if self._gather_lock is None:
            self._gather_lock = threading.Lock()
            self._gather_lock.acquire()
        self._coalesce_s = seconds

    def _read_later(self, limit_s: float | None) -> bytes:
        limit_s = self._wait_for_bytes(limit_s)
        try:  # there is data by now, in most cases: one system call
            self._set_timeout(limit_s if self._recv is None else 0.0)
            return self.receive()
        except BlockingIOError:
            self._set_timeout(limit_s)
            return self.receive()

    def _wait_for_bytes(self, limit_s: float | None) -> float | None:
        """Wait until it is time for the next read, and return what is left of the limit. `interrupt` ends the wait."""
        assert self._gather_lock is not None
        wait_s = self._next_read_s - time.monotonic()
        wait_s = wait_s if limit_s is None else min(wait_s, limit_s)
        if wait_s <= 0 or (isinstance(self._sock, ssl.SSLSocket) and self._is_readable(0.0)):
            return limit_s  # a read of a TLS socket returns one record at most
        self._gather_lock.acquire(timeout=wait_s)
        return None if limit_s is None else max(limit_s - wait_s, 0.001)

    def _set_timeout(self, seconds: float | None) -> None:
        """Set the timeout of reads. That is a system call, so one that is a little too long is left as it is."""
        if self._sock is None:
            return
        now, thread = self._timeout_s, threading.get_ident()
        if thread == self._timeout_thread:
            if now == seconds:
                return
            if now is not None and seconds is not None and seconds <= now <= seconds * 1.02 + 0.01:
                return
        if seconds != 0.0 and self._may_wait_in_recv(thread):
            _set_recv_timeout(self._sock, seconds)
            self._sock.settimeout(None)
            self._has_recv_timeout = True
        else:
            self._sock.settimeout(seconds)
        self._timeout_s, self._timeout_thread = seconds, thread

    def _may_wait_in_recv(self, thread: int) -> bool:
        """Return whether the kernel may watch the timeout of a read.

        Then a read is one system call, and releases the GIL once. With a timeout of Python it polls first. A signal starts
        the kernel's timeout again, so it is not used in the main thread, which signals interrupt.
        """
        has_timeout = _HAS_RECV_TIMEOUT and socket.socket.recv is socket.SocketType.recv  # not gevent's
        return has_timeout and self._recv is not None and thread != threading.main_thread().ident

    def _is_readable(self, wait_s: float) -> bool:
        pending = getattr(self._sock, "pending", None)
        return self.is_buffered() or bool(pending and pending()) or wait_for_read(self._sock, wait_s)

    def is_buffered(self) -> bool:
        """Return whether the start of the body has arrived, with the head or after it."""
        if not self._buffer_is_fresh or self._reader is None or self._sock is None:
            return False
        self._sock.settimeout(0.0)
        try:
            return bool(self._reader.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False

    def is_idle(self) -> bool:
        """Return True if the connection has not failed and nothing follows what was read."""
        try:
            return not self.is_buffered()
        except OSError:  # the server reset the connection after the head
            return False

    # The end of the connection, as far as this response is concerned.

    def finish(self, *, reusable: bool) -> None:
        """The body was read to its end: return the connection to its pool, or close it."""
        self.detach()
        if not self.has_frames:
            return  # the owner of the response releases it
        if reusable:
            if self._has_recv_timeout:
                with suppress(OSError):  # the server has closed it
                    _set_recv_timeout(self._sock, None)
                    self._sock.settimeout(self._timeout_s)
            release(self._raw)
        else:
            drop(self._raw)

    def detach(self) -> None:
        """Let `interrupt` leave the connection alone from now on: it may serve another request."""
        with self._lock:
            self._is_detached = True

    def interrupt(self) -> None:
        """Make a read that waits in another thread return, with nothing or with an error."""
        if self._pid != os.getpid():
            return  # a forked child shares the connection, but has no such thread
        self._coalesce_s = 0.0
        if self._gather_lock is not None and self._gather_lock.locked():
            self._gather_lock.release()
        with self._lock:
            if not self._is_detached:
                shut_down(self._raw, self._sock)


def _set_recv_timeout(sock: socket.socket, seconds: float | None) -> None:
    """Set the kernel's timeout for `recv` on a blocking socket; None for no timeout."""
    microseconds = 0 if seconds is None else max(1, round(seconds * 1e6))
    timeout = struct.pack("ll", *divmod(microseconds, 1_000_000))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeout)
