"""HTTP by urllib3: requests, redirects, and the body of an event stream as blocks.

Connections are kept and reused. Every socket has TCP keep-alive, since a load balancer that forgets a
connection says nothing. A body whose end mark came before its end is set aside, and its connection saved
when the next one is needed. How a body is read is told in `body`.
"""

from __future__ import annotations

import json
import os
import socket
from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Mapping
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.connection import HTTPConnection

from . import errors
from .body import Aside, Body
from .clocks import Timeouts
from .source import Blocks, body_blocks

if TYPE_CHECKING:
    import ssl

__all__ = ["Request", "Response", "Transport", "open_stream"]

#: A keep-alive probe after this many seconds of silence: below what NATs and load balancers forget.
KEEPALIVE_S = 60
MAX_REDIRECTS = 20
#: How much of a body that is no event stream is read for its message.
MAX_ERROR_BYTES = 65536
#: Connections set aside behind an end mark; more are closed.
MAX_ASIDE = 64

EVENT_STREAM = "text/event-stream"
_CREDENTIALS = ("authorization", "api-key", "cookie", "proxy-authorization")


class Request:
    """What was sent: `method`, `url`, `headers`, `content` (the body)."""

    def __init__(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> None:
        self.method = method
        self.url = url
        self.headers = dict(headers)
        self.content = content

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.url}>"


class Response:
    """An HTTP response whose body has not been read: `status_code`, `headers`, `request`, `url`."""

    def __init__(self, raw: Any, request: Request, aside: Aside = None) -> None:
        self.raw = raw
        self.request = request
        self.aside = aside
        self.status_code: int = raw.status
        self.headers = raw.headers

    @property
    def url(self) -> str:
        return self.request.url

    @property
    def request_id(self) -> str | None:
        """The server's id of the request (`x-request-id`), for its makers."""
        found: str | None = self.headers.get("x-request-id")
        return found

    @property
    def reason_phrase(self) -> str:
        return self.raw.reason or ""

    def read(self) -> bytes:
        """The whole body, once; the connection is free afterwards."""
        if not hasattr(self, "_content"):
            try:
                self._content: bytes = self.raw.read(decode_content=True)
            except urllib3.exceptions.HTTPError as error:
                raise connection_error(error, self.request) from error
            finally:
                self.raw.release_conn()
        return self._content

    @property
    def content(self) -> bytes:
        return self.read()

    @property
    def text(self) -> str:
        return self.read().decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.text)

    def close(self) -> None:
        self.raw.close()

    def __repr__(self) -> str:
        return f"<Response [{self.status_code}]>"


class Transport:
    """A pool of connections. Safe to use from any number of threads.

    `pool`: a urllib3 `PoolManager` of the caller's, used as it is and never closed here; without one, a
    pool is made on first use, with the proxies of the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY,
    NO_PROXY) and one TLS context for the whole process.
    """

    def __init__(self, pool: Any = None, *, max_connections: int = 1000) -> None:
        self._given = pool
        self._max_connections = max_connections
        self._made: dict[str | None, Any] = {}
        #: Bodies whose end mark was read but whose end was not there yet.
        self._aside: deque[Body] = deque()
        self._pid = os.getpid()

    def send(self, request: Request, timeouts: Timeouts) -> Response:
        """Sends a request and gives the response as soon as its headers are there; follows redirects.

        307 and 308 keep method and body, the others become GET; credentials never go to another origin.
        Raises `APIConnectionError`, or `APITimeoutError`.
        """
        for _ in range(MAX_REDIRECTS + 1):
            response = self._send_once(request, timeouts)
            redirected = _redirected(request, response)
            if redirected is None:
                return response
            response.raw.drain_conn()
            request = redirected
        raise errors.APIConnectionError(message=f"more than {MAX_REDIRECTS} redirects", request=request)

    def _send_once(self, request: Request, timeouts: Timeouts) -> Response:
        timeout = urllib3.Timeout(connect=timeouts.connect_s, read=timeouts.idle_s)
        try:
            raw = self._pool(request.url).request(
                request.method,
                request.url,
                body=request.content,
                headers=request.headers,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise connection_error(error, request) from error
        return Response(raw, request, self._set_aside)

    def _set_aside(self, body: Body) -> None:
        self._aside.append(body)
        if len(self._aside) > MAX_ASIDE:
            self._aside.popleft().close()

    def _drain_aside(self) -> None:
        """A connection is needed: those whose body should have ended by now are looked after."""
        while self._aside:
            try:
                body = self._aside.popleft()
            except IndexError:  # another thread took it
                return
            body.drain_late()

    def _pool(self, url: str) -> Any:
        if self._pid != os.getpid():
            # A forked child shares its parent's sockets: it must not use them, nor end what goes over them.
            self._made, self._aside, self._pid = {}, deque(), os.getpid()
        self._drain_aside()
        if self._given is not None:
            return self._given
        proxy = _proxy_of(url)
        if proxy not in self._made:
            self._made.setdefault(proxy, _make_pool(proxy, self._max_connections))
        return self._made[proxy]

    def close(self) -> None:
        """Closes the connections that are not in use, but those of a pool that was given."""
        while self._aside:
            self._aside.popleft().close()
        for pool in self._made.values():
            pool.clear()
        self._made = {}


def _make_pool(proxy: str | None, max_connections: int) -> Any:
    options: dict[str, Any] = {
        "maxsize": max_connections,
        "num_pools": 100,
        "ssl_context": _tls_context(),
        "socket_options": _socket_options(),
    }
    return urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)


@lru_cache(maxsize=1)
def _tls_context() -> ssl.SSLContext:
    """One for the whole process: making it reads the system's certificates, which takes milliseconds."""
    from urllib3.util.ssl_ import create_urllib3_context

    context = create_urllib3_context()
    context.load_default_certs()
    return context


def _socket_options() -> list[tuple[int, int, int]]:
    options = [*HTTPConnection.default_socket_options, (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    for name in ("TCP_KEEPIDLE", "TCP_KEEPALIVE", "TCP_KEEPINTVL"):  # Linux, macOS, both
        if hasattr(socket, name):
            options.append((socket.IPPROTO_TCP, getattr(socket, name), KEEPALIVE_S))
    return options


def _proxy_of(url: str) -> str | None:
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or not parts.hostname or proxy_bypass(parts.hostname):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _redirected(request: Request, response: Response) -> Request | None:
    """The request that a redirect asks for."""
    location = response.headers.get("location")
    if response.status_code not in (301, 302, 303, 307, 308) or not location:
        return None
    url = urljoin(request.url, location)
    keeps = response.status_code in (307, 308) or request.method in ("GET", "HEAD")
    headers = dict(request.headers)
    if urlsplit(url)[:2] != urlsplit(request.url)[:2]:
        headers = {name: value for name, value in headers.items() if name.lower() not in _CREDENTIALS}
    if keeps:
        return Request(request.method, url, headers, request.content)
    headers = {name: value for name, value in headers.items() if not name.lower().startswith("content-")}
    return Request("GET", url, headers, None)


def connection_error(error: BaseException, request: Request) -> errors.APIConnectionError:
    """The exception for a request that got no response."""
    # urllib3 counts a refused connection among the timeouts.
    refused = isinstance(error, urllib3.exceptions.NewConnectionError)
    if isinstance(error, (urllib3.exceptions.TimeoutError, TimeoutError)) and not refused:
        return errors.APITimeoutError(request)
    return errors.APIConnectionError(request=request)


def status_error(response: Response) -> errors.APIStatusError:
    """The exception for a 4xx or 5xx response; reads its body."""
    try:
        body: Any = response.json()
    except ValueError:
        body = None
    detail = body.get("error") or body if isinstance(body, dict) else body
    message = detail.get("message") if isinstance(detail, dict) else detail
    said = f" - {message}" if isinstance(message, str) and message else ""
    text = f"Error code: {response.status_code}{said}"
    if body is None and response.text.strip():
        text = detail = response.text.strip()
    return errors.class_of_status(response.status_code)(text, response=response, body=detail)


# Event streams


def event_stream(response: Response, timeouts: Timeouts) -> Blocks:
    """The body as blocks. `NotAnEventStream` if it is something else.

    The media type passes if it is text/event-stream; one that is missing or another passes only if the
    body itself begins like an event stream, with a comment or a field.
    """
    body = Body(response.raw, timeouts, response.aside)
    blocks = body_blocks(body, response)
    if (response.headers.get("content-type") or "").split(";")[0].strip().lower() != EVENT_STREAM:
        first = _first_bytes(body)
        if not _begins_like_a_stream(first):
            raise _not_a_stream(response, first, body)
        blocks.read = _Resumed(first, body)
    return blocks


class _Resumed:
    """A read whose first block was taken already."""

    def __init__(self, first: bytes, body: Body) -> None:
        self._first = first
        self._body = body

    def __call__(self, events: int) -> bytes:
        first, self._first = self._first, b""
        return first or self._body(events)


_FIELDS = (b":", b"data", b"event", b"id", b"retry", b"error")


def _first_bytes(body: Body) -> bytes:
    """Enough of the body to tell a field by; what there is of it, if the connection fails."""
    first = b""
    try:
        while len(first) < 8 and (block := body()):
            first += block
    except (urllib3.exceptions.HTTPError, OSError):
        pass  # reading on fails again, and says how
    return first


def _begins_like_a_stream(first: bytes) -> bool:
    line = first.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    return line.startswith(b":") or any(line.startswith(field + b":") for field in _FIELDS)


def _not_a_stream(response: Response, first: bytes, read: Body) -> errors.NotAnEventStream:
    body = first
    try:
        while len(body) < MAX_ERROR_BYTES and (block := read()):
            body += block
    except (urllib3.exceptions.HTTPError, OSError):
        pass  # what came tells enough
    response.close()
    said = errors.from_payload(body, ("error", "")) if body.lstrip()[:1] == b"{" else None
    kind = response.headers.get("content-type") or "no media type"
    shown = said.message if said is not None and said.body else body[:200].decode("utf-8", "replace").strip()
    message = f"expected an event stream from {response.url}, got status {response.status_code} with {kind}: {shown}"
    error = errors.NotAnEventStream(message, body=said.body if said else None, raw=body)
    error.request, error.request_id, error.status_code = response.request, response.request_id, response.status_code
    return error


#: `None` is a value of a timeout: it waits for ever.
_DEFAULT: Any = object()


def open_stream(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout: Any = _DEFAULT,
    transport: Transport | None = None,
) -> Blocks:
    """Requests `url` and gives its event stream, a source for `Scanner`.

    Raises `APIStatusError` for a 4xx or 5xx, `APIConnectionError` if there is no answer, `NotAnEventStream`
    for a body that is none.
    """
    sent = {"accept": EVENT_STREAM, "cache-control": "no-cache", "accept-encoding": "identity", **(headers or {})}
    request = Request(method, url, sent, body)
    timeouts = Timeouts() if timeout is _DEFAULT else Timeouts.of(timeout)
    response = (transport or Transport()).send(request, timeouts)
    if response.status_code >= 400:
        raise status_error(response)
    return event_stream(response, timeouts)
