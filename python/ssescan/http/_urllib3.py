"""Every private attribute of urllib3 and http.client that the package uses. A new urllib3 is this file's problem alone.

tests/python/test_urllib3.py checks each of them, with the oldest and the newest supported urllib3.
"""

from __future__ import annotations

import http.client
import io
import socket
import threading
import time
from collections.abc import Callable, ItemsView, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

__all__ = [
    "POOL_CLASSES",
    "Headers",
    "buffered_reader",
    "drop",
    "frame_of_body",
    "is_blocking",
    "release",
    "request_context",
    "shut_down",
    "socket_of",
    "socks_address",
    "socks_pool_classes",
    "wake",
    "was_connecting",
    "watched",
]

#: The most that is sent in one step. Each step has its own deadline.
PIECE_BYTES = 65536


# Responses


class Headers(urllib3.HTTPHeaderDict):
    """Headers of a request or a response, with the names in lower case, as in httpx. They are found in any case."""

    @classmethod
    def of(cls, headers: Any) -> Headers:
        """Return a view of headers."""
        if not isinstance(headers, urllib3.HTTPHeaderDict):
            return cls(headers)
        view = cls.__new__(cls)
        view._container = headers._container  # its keys are the names in lower case
        return view

    def as_sent(self) -> urllib3.HTTPHeaderDict:
        """Return a view with the names as they were written."""
        view = urllib3.HTTPHeaderDict.__new__(urllib3.HTTPHeaderDict)
        view._container = self._container
        return view

    def _copy_from(self, other: urllib3.HTTPHeaderDict) -> None:
        for name, values in other._container.items():
            self._container[name] = [*values]

    def __iter__(self) -> Iterator[str]:
        return iter(self._container)

    def items(self) -> ItemsView[str, str]:  # type: ignore[override]
        """Return the names and the values. Values of one name are joined by commas."""
        return ItemsView(self)

    def itermerged(self) -> Iterator[tuple[str, str]]:
        """Yield the names and the values, as `items`."""
        return iter(self.items())

    def get_list(self, name: str) -> list[str]:
        """Return the values of a name."""
        return self.getlist(name)

    def multi_items(self) -> list[tuple[str, str]]:
        """Return each name and value. A name that was sent several times is there as often."""
        return [(name, value) for name in self for value in self.getlist(name)]


class PromptResponse(http.client.HTTPResponse):
    """A response whose whole head must arrive within the timeout of its socket, and must be complete.

    http.client applies the timeout to every byte, and accepts a head that breaks off. Interim responses (1xx) are
    skipped; http.client skips 100 only.
    """

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            status: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
            if not 102 <= status[1] < 200:
                return status
            http.client.parse_headers(self.fp)

    def flush(self) -> None:
        """Do nothing: nothing is written.

        http.client flushes the file of the socket when the response is closed, which fails if that file is closed. At the end
        of a program the garbage collector may close the file first.
        """

    def begin(self) -> None:
        raw: Any = self.fp.raw
        timeout_s = raw._sock.gettimeout()
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        raw.readinto = partial(_read_head, raw, deadline)
        try:
            super().begin()
        finally:
            del raw.readinto


def _read_head(raw: Any, deadline: float | None, buffer: Any) -> int | None:
    if deadline is not None:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the read timed out")
        raw._sock.settimeout(left_s)
    read: int | None = type(raw).readinto(raw, buffer)
    if read == 0:
        raise http.client.RemoteDisconnected("the server closed the connection before the end of the response headers")
    return read


def buffered_reader(raw: Any) -> io.BufferedReader | None:
    """Return the buffered reader under an unread response of urllib3; None for every other object."""
    inner = getattr(raw, "_fp", None)
    if type(raw) is not urllib3.HTTPResponse or type(inner) not in (http.client.HTTPResponse, PromptResponse):
        return None
    reader: Any = inner.fp  # type: ignore[union-attr]
    unread = getattr(raw, "_fp_bytes_read", None) == 0 and inner.chunk_left in (None, "UNKNOWN")  # type: ignore
    return reader if unread and type(reader) is io.BufferedReader else None


def frame_of_body(raw: Any) -> tuple[bool, int | None]:
    """Return whether the body of a response of urllib3 is chunked, and its length if it has one."""
    return raw._fp.chunked, raw._fp.length


def socket_of(raw: Any) -> socket.socket | None:
    """Return the socket under a response, or None.

    The connection of a response with `Connection: close` has no socket any more, so the reader's comes first.
    """
    reader = getattr(getattr(raw, "_fp", None), "fp", None)
    found = getattr(getattr(reader, "raw", None), "_sock", None)
    if found is None:
        found = getattr(getattr(raw, "connection", None), "sock", None)
    return found if isinstance(found, socket.socket) else None


def release(raw: Any) -> None:
    """Return the connection of a response that was read to its end to its pool."""
    raw._fp.close()
    raw.release_conn()


def drop(raw: Any) -> None:
    """Close the connection of a response, and free its place in a pool that counts its connections.

    A finalizer may call this in the middle of the pool's own work, in the thread that holds the pool's lock. Then
    another thread frees the place.
    """
    raw.close()
    if not is_blocking(raw, default=True):
        return
    mutex = getattr(getattr(raw._pool, "pool", None), "mutex", None) if hasattr(raw, "_pool") else None
    if mutex is not None and mutex.locked():
        threading.Thread(target=raw.release_conn, daemon=True).start()
    else:
        raw.release_conn()


def is_blocking(raw: Any, *, default: bool = False) -> bool:
    """Return whether the pool of a response waits for a free connection (`block=True`)."""
    return bool(getattr(getattr(raw, "_pool", None), "block", default))


def shut_down(raw: Any, sock: socket.socket | None) -> None:
    """Make a read of this response that waits in another thread return."""
    if sock is not None:
        # SSLSocket.shutdown removes the TLS object while the other thread uses it.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    elif hasattr(raw, "shutdown"):
        raw.shutdown()


# Requests


class _RequestContext(threading.local):
    on_connect: Callable[[Any], object] | None = None
    send_limit_s: Callable[[], float | None] | None = None
    #: A connection of our pools is being made, or could not be made.
    is_connecting = False


_context = _RequestContext()


@contextmanager
def request_context(
    *, on_connect: Callable[[Any], object] | None = None, send_limit_s: Callable[[], float | None] | None = None
) -> Iterator[None]:
    """Set what connections know of the request that this thread sends inside the `with` block.

    Args:
        on_connect: Called with the connection before the request is sent, and each time that it has connected. Until the
            response headers have arrived nothing else refers to the connection, so this is how another thread can
            interrupt the wait: see `wake`. If it raises, the connection is closed.
        send_limit_s: Returns the seconds that sending the next piece of the request may take; None means no limit.
    """
    before = _context.on_connect, _context.send_limit_s
    _context.is_connecting = False
    _context.on_connect = on_connect or before[0]
    _context.send_limit_s = send_limit_s or before[1]
    try:
        yield
    finally:
        _context.on_connect, _context.send_limit_s = before


def was_connecting() -> bool:
    """Return whether the last request of this thread ended before its connection was made.

    urllib3 raises the same exception for a TLS handshake and for a response that takes too long.
    """
    return _context.is_connecting


def wake(connection: Any) -> None:
    """Make a thread that waits on a connection for the headers of a response return with an error."""
    if connection.sock is None:
        return  # it is not connected yet, so `on_connect` is called again
    try:
        socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
    except OSError:
        pass  # it is not connected any more, so the wait has ended


class _ContextConnection:
    """A connection that follows the request context. It sends the head and a small body of a request together."""

    sock: Any
    #: The head of a request until its body is there; None if nothing is kept back.
    _unsent_head: list[bytes] | None = None

    def connect(self) -> None:
        _context.is_connecting = True
        super().connect()  # type: ignore[misc]
        _context.is_connecting = False
        if _context.on_connect is not None:
            _context.on_connect(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        if _context.on_connect is not None:
            _context.on_connect(self)
        self._unsent_head = [] if self.sock is not None else None  # connecting may send data of its own
        try:
            super().request(*args, **kwargs)  # type: ignore[misc]
            if self._unsent_head:
                self._send(b"".join(self._unsent_head))
        finally:
            self._unsent_head = None

    def send(self, data: Any) -> None:
        if self._unsent_head is not None and isinstance(data, bytes) and len(data) <= PIECE_BYTES:
            self._unsent_head.append(data)
            return
        if self._unsent_head:
            head, self._unsent_head = self._unsent_head, None
            self._send(b"".join(head))
        self._send(data)

    def _send(self, data: Any) -> None:
        """Send a large body in pieces. urllib3 allows the connect timeout for all of it."""
        send = super().send  # type: ignore[misc]
        limit_s = _context.send_limit_s
        if self.sock is None or limit_s is None or not isinstance(data, bytes) or len(data) <= PIECE_BYTES:
            send(data)
            return
        for at in range(0, len(data), PIECE_BYTES):
            self.sock.settimeout(limit_s())
            send(data[at : at + PIECE_BYTES])


class _Connection(_ContextConnection, HTTPConnection):
    response_class = PromptResponse


class _TLSConnection(_ContextConnection, HTTPSConnection):
    response_class = PromptResponse


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


# Pools of a caller have other connections, so a view of the pool reports them.


class _View:
    """A pool of a caller, as another class: it has the state of the pool and overrides methods of its class."""

    #: The pool. urllib3 closes the idle connections of a pool that nothing refers to.
    _viewed: Any

    def __del__(self) -> None:
        """Do nothing: the class of a caller may close the pool here."""


class _ManagerView(_View):
    def connection_from_host(self, *args: Any, **kwargs: Any) -> Any:
        return _view(super().connection_from_host(*args, **kwargs))  # type: ignore[misc]


class _PoolView(_View):
    def _validate_conn(self, connection: Any) -> None:
        """Connect and report the connection, after which urllib3 sends the request."""
        super()._validate_conn(connection)  # type: ignore[misc]
        if connection.sock is None:
            connection.connect()
        if _context.on_connect is not None:
            _context.on_connect(connection)


def watched(pool: Any) -> Any:
    """Return a view of a pool that reports its connections to `on_connect` of the request context.

    The view shares the connections and every setting with the pool, which is not changed. The pool itself is returned if
    the context has no `on_connect`, if the pool reports its connections anyway, or if it is not a pool of urllib3.
    """
    reports = getattr(pool, "pool_classes_by_scheme", None) is POOL_CLASSES
    return pool if _context.on_connect is None or reports else _view(pool)


def _view(pool: Any) -> Any:
    of: Any = type(pool)
    cls = _view_class(of)
    if cls is None:
        return pool
    view = object.__new__(cls)
    view.__dict__ = pool.__dict__
    view._viewed = pool
    return view


@lru_cache(maxsize=64)
def _view_class(of: Any) -> Any:
    """Return the class of the views of pools of a class; None for other classes, and for state outside of `__dict__`."""
    if any(vars(base).get("__slots__") for base in of.__mro__):
        return None
    for base, override in ((urllib3.PoolManager, _ManagerView), (urllib3.HTTPConnectionPool, _PoolView)):
        if issubclass(of, base):
            return type(of)(of.__name__, (override, of), {"__slots__": ("_viewed",)})
    return None


#: Scheme -> the class of connection pools, for `PoolManager.pool_classes_by_scheme`.
POOL_CLASSES = {"http": _Pool, "https": _TLSPool}


@lru_cache(maxsize=1)
def socks_pool_classes() -> dict[str, Any]:
    """Return `POOL_CLASSES` for connections through a SOCKS proxy. They need the package PySocks."""
    from urllib3.contrib import socks

    class Connection(_ContextConnection, socks.SOCKSConnection):
        response_class = PromptResponse

    class TLSConnection(_ContextConnection, socks.SOCKSHTTPSConnection):
        response_class = PromptResponse

    class Pool(socks.SOCKSHTTPConnectionPool):
        ConnectionCls = Connection

    class TLSPool(socks.SOCKSHTTPSConnectionPool):
        ConnectionCls = TLSConnection

    return {"http": Pool, "https": TLSPool}


def socks_address(connection: Any) -> str | None:
    """Return host and port of the SOCKS proxy of a connection; None without one."""
    options = getattr(connection, "_socks_options", None)
    return f"{options['proxy_host']}:{options['proxy_port']}" if options else None
