"""The pools that a transport makes: sockets with keep-alive, heads that come in time, one TLS context, proxies.

http.client waits for each byte of a head as long as for the first, and takes one that breaks off for a whole one.
Here all of it must come, within the read timeout.
"""

from __future__ import annotations

import http.client
import os
import socket
import threading
import time
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Callable
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import make_headers

if TYPE_CHECKING:
    import ssl

__all__ = ["KEEPALIVE_S", "PromptResponse", "asking", "make_pool", "proxy_of"]

#: A keep-alive probe after this many seconds of silence: below what NATs and load balancers forget.
KEEPALIVE_S = 60

#: How much of a request is sent at once, within its time.
PIECE_BYTES = 65536


class PromptResponse(http.client.HTTPResponse):
    """A response whose head must come within the timeout of its socket, all of it, and to its end.

    Interim answers (1xx) are passed over; http.client knows 100 only.
    """

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            answer: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
            if not 102 <= answer[1] < 200:
                return answer
            http.client.parse_headers(self.fp)

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
            raise TimeoutError("timed out")
        raw._sock.settimeout(left_s)
    read: int | None = type(raw).readinto(raw, buffer)
    if read == 0:
        raise http.client.RemoteDisconnected("the connection ended before the end of the response's head")
    return read


class _Asking(threading.local):
    """What a connection over which this thread asks must know of the asking.

    `tell` is told of it before it does; None: nobody is. Until the head of an answer is there nobody else knows the
    connection, so a wait for it could not be ended. `limit_s` gives how long the next piece of a request may take.
    """

    tell: Callable[[Any], object] | None = None
    limit_s: Callable[[], float | None] | None = None


asking = _Asking()


class _Asked:
    sock: Any
    #: The head of a request, until its body is there: they are sent together. None: nothing waits.
    _held: list[bytes] | None = None

    def request(self, *args: Any, **kwargs: Any) -> None:
        if asking.tell is not None:
            asking.tell(self)
        self._held = [] if self.sock is not None else None  # connecting may send on its own behalf
        try:
            super().request(*args, **kwargs)  # type: ignore[misc]
            if self._held:
                self._send(b"".join(self._held))
        finally:
            self._held = None

    def send(self, data: Any) -> None:
        if self._held is not None and isinstance(data, bytes) and len(data) <= PIECE_BYTES:
            self._held.append(data)
            return
        if self._held:
            held, self._held = self._held, None
            self._send(b"".join(held))
        self._send(data)

    def _send(self, data: Any) -> None:
        """A large body in pieces: urllib3 gives all of it as long as a connection may take to be made."""
        send = super().send  # type: ignore[misc]
        if self.sock is None or asking.limit_s is None or not isinstance(data, bytes) or len(data) <= PIECE_BYTES:
            send(data)
            return
        for at in range(0, len(data), PIECE_BYTES):
            self.sock.settimeout(asking.limit_s())
            send(data[at : at + PIECE_BYTES])


class _Connection(_Asked, HTTPConnection):
    response_class = PromptResponse


class _TLSConnection(_Asked, HTTPSConnection):
    response_class = PromptResponse


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


def make_pool(proxy: str | None, max_connections: int) -> urllib3.PoolManager:
    """A pool for all hosts, over `proxy` if that is given; the user and password in its URL are sent."""
    options: dict[str, Any] = {
        "maxsize": max_connections,
        "num_pools": 100,
        "ssl_context": _tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
        "socket_options": _socket_options(),
    }
    pool = (
        urllib3.ProxyManager(proxy, proxy_headers=_login(proxy), **options) if proxy else urllib3.PoolManager(**options)
    )
    pool.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
    return pool


@lru_cache(maxsize=4)
def _tls_context(*where: str | None) -> ssl.SSLContext:
    """One for the whole process: making it reads the system's certificates, which takes milliseconds.

    `where` the environment says that they are is looked up by OpenSSL itself.
    """
    from urllib3.util.ssl_ import create_urllib3_context

    context = create_urllib3_context()
    context.load_default_certs()
    return context


def _socket_options() -> list[tuple[int, int, Any]]:
    options: list[tuple[int, int, Any]] = [*HTTPConnection.default_socket_options]
    options.append((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1))
    for name in ("TCP_KEEPIDLE", "TCP_KEEPALIVE", "TCP_KEEPINTVL"):  # Linux, macOS, both
        if hasattr(socket, name):
            options.append((socket.IPPROTO_TCP, getattr(socket, name), KEEPALIVE_S))
    return options


def proxy_of(url: str) -> str | None:
    """The proxy that the environment has for `url`."""
    from urllib.request import getproxies, proxy_bypass  # 2 ms, and not needed before the first request

    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or not parts.hostname or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _login(proxy: str) -> dict[str, str]:
    parts = urlsplit(proxy)
    if parts.username is None:
        return {}
    return dict(make_headers(proxy_basic_auth=f"{unquote(parts.username)}:{unquote(parts.password or '')}"))
