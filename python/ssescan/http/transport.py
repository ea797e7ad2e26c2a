"""`Transport` sends requests over kept connections and follows redirects; `Response` is what it returns.

`body` reads the body of a response, `connections` makes the pools, and `reuse` keeps connections whose body has not ended.
"""

from __future__ import annotations

import errno
import os
import re
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from typing import Any

import urllib3

from ssescan import errors

from ._urllib3 import Headers, drop, is_blocking, request_context, was_connecting, watched
from .body import FAILURES, BodyReader
from .connections import make_pool
from .contents import is_repeatable
from .deadlines import NO_TIMEOUTS, DeadlineExceeded, Deadlines, Timeouts
from .failures import (
    Failure,
    chain,
    classify,
    has_oversized_head,
    is_of_proxy,
    is_refused_tunnel,
    is_untrusted,
    is_without_tls,
    keep_proxy,
    root_cause,
)
from .pieces import lines_of, sized, texts_of
from .proxies import proxy_of
from .reuse import DrainQueue, Tail
from .urls import Origin, is_upgrade, joined_url, origin_of, redacted, sent_url

__all__ = [
    "MAX_BODY_BYTES",
    "Request",
    "Response",
    "Transport",
    "checked_max_body_bytes",
    "connection_error",
    "request_to",
    "transport_of",
]

MAX_REDIRECTS = 20
#: The limit of bodies that are read whole. A few KB can decode to gigabytes.
MAX_BODY_BYTES = 256 << 20
#: How much of the body of a 4xx or 5xx response is read, and for how long. It is JSON, which cannot be decoded without its
#: end, and some servers repeat the request in it.
MAX_STATUS_BYTES = 1 << 20
MAX_ERROR_S = 5.0

#: Names of headers that must not reach another origin. Gateways have many names for a key.
_PRIVATE_HEADER = re.compile(
    "auth|cookie|credential|(?<!idempotency-)key|organi[sz]ation|passw|project|secret|session|signature|token",
    re.IGNORECASE,
)
#: Only a secret of this length is looked for in the other headers: a shorter one may be a part of any word.
MIN_SECRET_CHARS = 8


class Request:
    """A request as it was sent.

    Attributes:
        method: The HTTP method.
        url: The whole URL.
        headers: The headers.
        content: The body: bytes, a `StreamedContent`, or None.
        secrets: Keys of the client. A redirect to another origin removes headers that contain one.
    """

    def __init__(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: Any,
        secrets: tuple[str, ...] = (),
    ) -> None:
        self.method = method
        self.url = url
        self.headers = Headers(headers)
        self.content = content
        self.secrets = secrets

    def __repr__(self) -> str:
        return f"<Request {self.method} {redacted(self.url)}>"


class Response:
    """An HTTP response whose body has not been read yet.

    Attributes:
        raw: The response of urllib3.
        request: The request that was sent, after redirects.
        status_code: The HTTP status.
        headers: The headers.
        timeouts: The timeouts of the request. They apply to the body of an error too.
        opened_s: The `time.monotonic()` at which the request started; the deadlines count from there.
        began_s: That of the first attempt, where the total timeout counts from; None if it is this one.
        history: The redirects that led to this response, without their bodies.
        max_body_bytes: The limit of a body that is read whole, and of every body with a content encoding. Event streams
            have no limit.
        is_binary: True for the content of a file, which has a limit only if it has a content encoding.
    """

    def __init__(
        self,
        raw: Any,
        request: Request,
        opened_s: float,
        adopt: Callable[[Tail], None] | None = None,
        timeouts: Timeouts = NO_TIMEOUTS,
        began_s: float | None = None,
    ) -> None:
        self.raw = raw
        self.request = request
        self._adopt = adopt
        self.timeouts = timeouts
        self.opened_s, self.began_s = opened_s, began_s
        self.max_body_bytes = MAX_BODY_BYTES
        self.is_binary = False
        self.status_code: int = raw.status
        self.headers = Headers.of(raw.headers)
        #: The redirects that led to this response.
        self.history: list[Response] = []
        #: True once the program has closed the response, or has read its body itself.
        self.closed_by_program = False
        #: Two readers of one body would take parts of it from each other, so there is one.
        self._reader: BodyReader | None = None
        self._content: bytes

    @property
    def url(self) -> str:
        """The URL that was requested, after redirects."""
        return self.request.url

    @property
    def request_id(self) -> str | None:
        """The server's id of the request (`x-request-id` or `request-id`), or None."""
        return errors.request_id_of(self)

    @property
    def is_success(self) -> bool:
        """True for a 2xx status."""
        return 200 <= self.status_code < 300

    @property
    def is_informational(self) -> bool:
        """True for a 1xx status."""
        return self.status_code < 200

    @property
    def is_redirect(self) -> bool:
        """True for a 3xx status."""
        return 300 <= self.status_code < 400

    @property
    def is_client_error(self) -> bool:
        """True for a 4xx status."""
        return 400 <= self.status_code < 500

    @property
    def is_server_error(self) -> bool:
        """True for a 5xx status."""
        return 500 <= self.status_code < 600

    @property
    def is_error(self) -> bool:
        """True for a 4xx or 5xx status."""
        return 400 <= self.status_code < 600

    @property
    def http_version(self) -> str:
        """The HTTP version, such as `HTTP/1.1`."""
        return {10: "HTTP/1.0", 20: "HTTP/2"}.get(self.raw.version, "HTTP/1.1")

    @property
    def is_closed(self) -> bool:
        """True if the connection was released or closed."""
        return self.closed_by_program or bool(self.raw.closed)

    @property
    def reason_phrase(self) -> str:
        """The reason phrase of the status line."""
        return self.raw.reason or ""

    def with_content(self, content: bytes) -> Response:
        """Return this response with another body, which has been read."""
        found = copy(self)
        found._content = content
        return found

    def body(self, timeouts: Timeouts) -> BodyReader:
        """Return a reader of the body.

        Raises:
            StreamAlreadyConsumed: The body has a reader already.
            NotAnEventStream: The encoding of the body is not supported.
        """
        if self._reader is not None or hasattr(self, "_content"):
            raise errors.StreamAlreadyConsumed
        self._reader = BodyReader(self.raw, Deadlines(timeouts, self.opened_s, self.began_s), self._adopt)
        return self._reader

    def plain_body(self, timeouts: Timeouts) -> BodyReader:
        """Return a reader of a body that is not an event stream, so that the timeouts for events do not apply.

        Raises:
            StreamAlreadyConsumed: The body has a reader already.
            APIResponseValidationError: The encoding of the body is not supported.
        """
        try:
            body = self.body(timeouts.without_events())
        except errors.NotAnEventStream as error:
            self._content = b""  # a program that logs the exception may read its response
            raise errors.APIResponseValidationError(self, None, message=str(error)) from error
        body.max_bytes = self.max_body_bytes if body.is_encoded else None
        return body

    def read(self, timeouts: Timeouts = NO_TIMEOUTS) -> bytes:
        """Return the whole body. The connection is free afterwards.

        Raises:
            APIConnectionError: The connection failed, or a timeout expired (`APITimeoutError`).
            APIResponseValidationError: The encoding of the body is not supported.
            BodyTooLarge: The body is larger than `max_body_bytes`.
            StreamAlreadyConsumed: The body was read piece by piece.
        """
        if not hasattr(self, "_content"):
            body = self.plain_body(timeouts)
            if not self.is_binary:
                body.max_bytes = self.max_body_bytes
            try:
                self._content = b"".join(iter(body.read, b""))
            except FAILURES as error:
                raise connection_error(error, self.request) from error
            except errors.BodyTooLarge as error:
                error.request, error.request_id = self.request, self.request_id
                raise
            finally:
                body.close()
        return self._content

    def iter_bytes(self, chunk_size: int | None = None, *, timeouts: Timeouts | None = None) -> Iterator[bytes]:
        """Yield the decoded body as it arrives. The body of a stream can be read if no event was read yet.

        Args:
            chunk_size: The size of the pieces; None for the blocks as they arrive.
            timeouts: The timeouts; None for those of the request.

        Raises:
            APIConnectionError: While reading: the connection failed, or a timeout expired (`APITimeoutError`).
            StreamAlreadyConsumed: While reading: a part of the body was read elsewhere.
        """
        return sized(self._blocks(self.timeouts if timeouts is None else timeouts), chunk_size, b"")

    def _blocks(self, timeouts: Timeouts) -> Iterator[bytes]:
        if hasattr(self, "_content"):
            yield self._content
            return
        reader = self._reader
        body = reader if reader is not None and reader.is_unread else self.plain_body(timeouts)
        try:
            yield from iter(body.read, b"")
        except FAILURES as error:
            raise connection_error(error, self.request) from error
        finally:
            body.close()
            self.closed_by_program = True

    def iter_text(self, chunk_size: int | None = None) -> Iterator[str]:
        """Yield the body as text, in pieces of `chunk_size` characters; see `iter_bytes`."""
        return sized(texts_of(self.iter_bytes(), self.encoding), chunk_size, "")

    def iter_lines(self) -> Iterator[str]:
        """Yield the lines of the body, without line ends, each as soon as it is complete; see `iter_bytes`."""
        return lines_of(self.iter_text())

    def raise_for_status(self) -> Response:
        """Return this response.

        Raises:
            APIStatusError: The status is not 2xx.
        """
        if not self.is_success:
            raise errors.APIStatusError(f"Error code: {self.status_code}", response=self, body=None)
        return self

    def read_error(self) -> bytes:
        """Return the start of the body of a 4xx or 5xx response, within limits of size and time. Never raises."""
        if not hasattr(self, "_content"):
            try:
                max_bytes = min(MAX_STATUS_BYTES, self.max_body_bytes)
                self._content = self.body(self.timeouts).read_part(max_bytes, MAX_ERROR_S)
            except errors.NotAnEventStream:  # its encoding is not supported
                self._content = b""
        return self._content

    @property
    def content(self) -> bytes:
        """The whole body; see `read` for what it raises."""
        return self.read()

    @property
    def text(self) -> str:
        """The whole body as text; see `read` for what it raises."""
        return self.read().decode(self.encoding, "replace")

    @property
    def encoding(self) -> str:
        """The charset of the Content-Type header if Python supports it, else UTF-8."""
        kind = (self.headers.get("content-type") or "").lower()
        named: str = kind.partition("charset=")[2].split(";")[0].strip(" \"'")
        try:
            b"a".decode(named, "replace")
        except (LookupError, ValueError):  # ValueError: Python can only encode some of them
            return "utf-8"
        return named

    def json(self) -> Any:
        """Return the decoded body. ValueError if it is not JSON; see `read` for what else it raises."""
        from ssescan.models._json import loads  # loads orjson

        try:
            return loads(self.read())
        except errors.EventDecodeError as error:
            raise ValueError(f"Response is not valid JSON: {error.__cause__}") from error

    def close(self) -> None:
        """Close the connection."""
        self.closed_by_program = True
        drop(self.raw)

    def discard(self) -> None:
        """Return the connection to its pool without reading the body."""
        BodyReader(self.raw, None, self._adopt, decoded=False).release()

    def __repr__(self) -> str:
        return f"<Response [{self.status_code}]>"


class Transport:
    """Sends requests over pools of connections. It can be used from any number of threads.

    Args:
        pool: A `PoolManager` of urllib3. It is used as it is and never closed here. Without one, pools are made when they
            are needed, with the proxies of the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY) and one TLS
            context for the whole process.
        max_connections: The number of idle connections that are kept per host.
        max_body_bytes: The limit of a body that is read whole, after decoding. Event streams have no limit.
        proxy: The URL of a proxy for all requests, in place of those of the environment.
        trust_env: False to ignore the proxies of the environment.
        ssl_context: The TLS context, in place of the one of the process.
        headers: See the attribute.

    Attributes:
        max_body_bytes: The limit of a body that is read whole.
        headers: Headers that a client adds to each request that does not have them.
        closed: True once the owner has closed it for good.
    """

    def __init__(
        self,
        pool: Any = None,
        *,
        max_connections: int = 1000,
        max_body_bytes: int = MAX_BODY_BYTES,
        proxy: str | None = None,
        trust_env: bool = True,
        ssl_context: ssl.SSLContext | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._callers_pool = pool
        self._max_connections = max_connections
        self.max_body_bytes = checked_max_body_bytes(max_body_bytes)
        self._proxy, self._trust_env, self._ssl_context = proxy, trust_env, ssl_context
        self.headers = dict(headers or {})
        self._is_configured = bool(proxy or headers or ssl_context) or not trust_env
        #: The pools of this transport, by proxy.
        self._pools: dict[str | None, Any] = {}
        self._pools_lock = threading.Lock()
        #: The proxy of each origin. Reading the environment takes long, so it is done once.
        self._proxies: dict[Origin, str | None] = {}
        self._drain_queue = DrainQueue()
        self._pid = os.getpid()
        self.closed = False

    @property
    def uses_callers_pool(self) -> bool:
        """True if the caller passed the pool, or settings of it. Other processes cannot have the same."""
        return self._callers_pool is not None or self._is_configured

    def send(
        self,
        request: Request,
        timeouts: Timeouts,
        *,
        follow: bool = True,
        max_body_bytes: int | None = None,
        began_s: float | None = None,
    ) -> Response:
        """Send a request and return the response as soon as its headers have arrived.

        Redirects 307 and 308 keep the method and the body; the others become GET. Headers with credentials, or with the
        names of an organization or project, never go to another origin.

        Args:
            request: The request.
            timeouts: The timeouts.
            follow: True to follow redirects.
            max_body_bytes: The limit of the body of this response; None for that of the transport.
            began_s: The `time.monotonic()` of the first attempt, if this is a retry.

        Raises:
            APIConnectionError: There is no response.
            APITimeoutError: A timeout expired.
            OSError: The process has no free file descriptor.
        """
        opened_s = time.monotonic()
        request = _checked(request)
        history: list[Response] = []
        for _ in range(MAX_REDIRECTS + 1):
            response = self._send_once(request, timeouts, opened_s, began_s)
            response.history = list(history)
            response.max_body_bytes = max_body_bytes or self.max_body_bytes
            redirected = _redirected(request, response)
            if redirected is None or not follow:
                return response
            response.discard()
            history.append(response)
            request = redirected
        raise errors.APIConnectionError(message=f"Too many redirects (limit {MAX_REDIRECTS})", request=request)

    def _send_once(self, request: Request, timeouts: Timeouts, opened_s: float, began_s: float | None) -> Response:
        deadlines = Deadlines(timeouts._replace(idle_s=None), opened_s, began_s)
        handled = sys.exc_info()[1]
        pool: Any = None

        def send_limit_s() -> float | None:
            deadlines.end_wait(True)
            left_s, _ = deadlines.start_wait(0)
            return timeouts.idle_s if left_s is None else min(left_s, timeouts.idle_s or left_s)

        try:
            left_s, clock = deadlines.start_wait(0)
            origin = origin_of(request.url)
            pool = self._pool(origin)
            drain_queue = self._drain_queue
            with request_context(send_limit_s=send_limit_s):
                raw = watched(pool).request(
                    request.method,
                    request.url,
                    body=request.content,
                    headers=request.headers.as_sent(),
                    timeout=urllib3.Timeout(total=left_s, connect=timeouts.connect_s, read=timeouts.idle_s),
                    retries=False,
                    redirect=False,
                    preload_content=False,
                )
        except DeadlineExceeded as error:
            raise connection_error(error, request) from error
        except (ValueError, *FAILURES) as error:
            _clear_frames(error, handled)
            _hide_url(error)
            keep_proxy(error, pool)
            cause: BaseException | None = deadlines.overdue() if classify(error) is Failure.TIMEOUT else None
            if cause is None and isinstance(error, urllib3.exceptions.ReadTimeoutError):
                if was_connecting():
                    late = urllib3.exceptions.ConnectTimeoutError("TLS handshake timed out")
                    raise connection_error(late, request) from late
                # A fake pool stalls without waiting, so the timeout that would expire first is the one that expired.
                is_idle = left_s is None or (timeouts.idle_s is not None and timeouts.idle_s < left_s)
                cause = DeadlineExceeded("idle", timeouts.idle_s) if is_idle else deadlines.exceeded(clock)
            raise connection_error(cause or error, request) from error
        # With a blocking pool another thread may be waiting for this connection, so do not queue it for draining.
        adopt = None if is_blocking(raw) else drain_queue.adopter(origin)
        return Response(raw, request, opened_s, adopt, timeouts, began_s)

    def _pool(self, origin: Origin) -> Any:
        if self._pid != os.getpid():
            # A forked child shares its parent's sockets. It must neither use nor close them.
            self._pools, self._drain_queue, self._pid = {}, DrainQueue(), os.getpid()
            self._pools_lock = threading.Lock()
        self._drain_queue.drain(origin)
        if self._callers_pool is not None:
            return self._callers_pool
        if origin not in self._proxies:
            self._proxies[origin] = self._proxy or (proxy_of(origin) if self._trust_env else None)
        proxy = self._proxies[origin]
        if proxy not in self._pools:
            with self._pools_lock:  # many threads may begin at once, and making a pool takes tens of milliseconds
                if proxy not in self._pools:
                    self._pools[proxy] = make_pool(proxy, self._max_connections, self._ssl_context)
        return self._pools[proxy]

    def close(self) -> None:
        """Close the connections that are not in use. Those of a pool that the caller passed stay open."""
        # Responses in flight refer weakly to the old queue. Once it is gone they close their connection instead.
        self._drain_queue.close()
        self._drain_queue = DrainQueue()
        for manager in self._pools.values():
            hosts = manager.pools.keys()  # the container itself cannot be iterated
            for pool in filter(None, map(manager.pools.get, hosts)):
                pool.close()  # clear() leaves that to the garbage collector
            manager.clear()
        self._pools = {}


def transport_of(http_client: Any) -> Transport:
    """Return the transport over the caller's pool, or over pools of its own.

    Raises:
        TypeError: `http_client` is a client of another library.
    """
    if isinstance(http_client, Transport):
        return http_client
    if http_client is not None and not hasattr(http_client, "urlopen"):
        raise TypeError(
            "Invalid `http_client` argument; Expected an instance of `urllib3.PoolManager` (or a recording of "
            f"`ssescan.testing`) but got {type(http_client)}"
        )
    return Transport(http_client)


def checked_max_body_bytes(max_bytes: Any) -> int:
    """Return `max_bytes` if it is a positive int; ValueError otherwise."""
    if isinstance(max_bytes, bool) or not isinstance(max_bytes, int) or max_bytes < 1:
        raise ValueError(f"max_body_bytes must be a positive number of bytes, got {max_bytes!r}")
    return max_bytes


def _clear_frames(error: BaseException | None, handled: BaseException | None) -> None:
    """Clear the frames of an exception of urllib3, and of its causes.

    urllib3 keeps exceptions in variables of the frames that they passed. These are cycles, which keep connections open
    until the garbage collector runs. `handled` is the exception that the caller was handling when it sent the request: its
    frames are the caller's own and stay.
    """
    for link in chain(error, lambda error: error.__cause__ or error.__context__):
        if link is handled:
            return
        trace = link.__traceback__
        while trace is not None:
            try:
                trace.tb_frame.clear()
            except RuntimeError:
                pass  # the frame is running
            trace = trace.tb_next


def _hide_url(error: BaseException) -> None:
    """Redact credentials and query strings in urllib3's exceptions."""
    if isinstance(getattr(error, "url", None), str):
        error.url = redacted(error.url)  # type: ignore[attr-defined]
    if isinstance(error, urllib3.exceptions.LocationParseError):
        error.location = redacted(error.location)
        error.args = (f"Failed to parse: {error.location}",)


def _checked(request: Request) -> Request:
    """Return the request with its URL in urllib3's spelling.

    Raises:
        APIConnectionError: The URL or a header is invalid.
    """
    try:
        url = sent_url(request.url)
    except ValueError as error:
        raise _unsendable(f"Invalid URL {redacted(request.url)!r}: {error}", request) from None
    checked = Request(request.method, url, request.headers, request.content, request.secrets)
    _check_headers(checked)
    return checked


#: The name of a header (RFC 9110, section 5.6.2).
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _check_headers(request: Request) -> None:
    """Raise `APIConnectionError` for an invalid header. http.client would show the value, which may be a key."""
    for name, value in request.headers.as_sent().items():
        if not _TOKEN.fullmatch(name):
            raise _unsendable(f"Invalid header name {name!r}", request)
        if not value.isascii() and any(ord(letter) > 255 for letter in value):
            problem = "non-Latin-1 characters"
        elif any(letter in value for letter in "\r\n\0"):
            problem = "a line break" if "\0" not in value else "a NUL"
        else:
            continue
        raise _unsendable(f"Invalid value for header {name!r}: contains {problem} (value not shown)", request)


def _unsendable(message: str, request: Request) -> errors.APIConnectionError:
    error = errors.APIConnectionError(message=message, request=request)
    error.retryable = False
    return error


def _redirected(request: Request, response: Response) -> Request | None:
    """Return the request that a redirect leads to, or None if the response is not a redirect."""
    location = response.headers.get("location")
    if response.status_code not in (301, 302, 303, 307, 308) or not location:
        return None
    as_get = response.status_code not in (307, 308) and request.method not in ("GET", "HEAD")
    if not as_get and not is_repeatable(request.content):
        response.close()
        raise _unsendable("Cannot follow a redirect: the content of the request can be read only once", request)
    try:
        return request_to(location, request, as_get=as_get)
    except ValueError as error:
        response.close()
        message = f"Redirect to an invalid URL: {redacted(location)!r} ({error})"
        raise errors.APIConnectionError(message=message, request=request) from None


def request_to(location: str, request: Request, *, as_get: bool) -> Request:
    """Return the request to the Location that the server sent in its response to `request`.

    Args:
        location: The value of the header.
        request: The request. Its headers with secrets do not go to another origin.
        as_get: True for a GET without a body; False for the method and the body of `request`.

    Raises:
        ValueError: The URL is invalid, or its scheme is not http or https. The message does not show it.
    """
    url = joined_url(request.url, location)
    headers = _headers_for(url, request)
    if not as_get:
        return Request(request.method, url, headers, request.content, request.secrets)
    headers = {name: value for name, value in headers.items() if not name.lower().startswith("content-")}
    return Request("GET", url, headers, None, request.secrets)


def _headers_for(url: str, request: Request) -> Mapping[str, str]:
    """Return the headers that a redirect to `url` sends: without secrets if it is another origin."""
    if origin_of(url) == origin_of(request.url):
        return request.headers
    headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
    if is_upgrade(request.url, url):
        return headers
    private = {name: value for name, value in headers.items() if _PRIVATE_HEADER.search(name)}
    words = [*request.secrets, *(word for value in private.values() for word in value.split())]
    secrets = [word for word in words if len(word) >= MIN_SECRET_CHARS]
    return {
        name: value
        for name, value in headers.items()
        if name not in private and not any(secret in value for secret in secrets)
    }


def connection_error(error: BaseException, request: Request) -> Exception:
    """Return the exception for a request whose response, or a part of it, is missing."""
    if isinstance(error, DeadlineExceeded):
        late = errors.StreamTimeout(error.clock, "before the response headers", error.limit_s, error.waited_s)
        late.request = request
        return late
    failure = classify(error)
    if failure is Failure.REQUEST:
        return _unsendable(f"Cannot send the request: {error}", request)
    if failure is Failure.TIMEOUT:
        return errors.APITimeoutError(request)
    reason = " ".join(root_cause(error).split()) or type(error).__name__
    message = f"Connection error: {reason}"  # the first words are those of the openai package
    if has_oversized_head(error):
        return _unsendable(f"Response refused: {reason}", request)  # another attempt would get the same headers
    # Another attempt would get the same certificate, the same answer without TLS, or the same status.
    if is_untrusted(error):
        return _unsendable(message + _missing_certificates(), request)
    if is_without_tls(error):
        side, url = ("proxy", "begin its URL with http://") if is_of_proxy(error) else ("server", "use http://")
        return _unsendable(f"{message}. Does the {side} speak TLS? If not, {url}.", request)
    if is_refused_tunnel(error):
        return _unsendable(message, request)
    return _out_of_descriptors(error) or errors.APIConnectionError(message=message, request=request)


def _missing_certificates() -> str:
    """Return a sentence about an SSL_CERT_FILE that does not exist, which OpenSSL ignores; else an empty string."""
    file = os.environ.get("SSL_CERT_FILE")
    return f". The file in SSL_CERT_FILE does not exist: {file!r}" if file and not os.path.exists(file) else ""


def _out_of_descriptors(error: BaseException | None) -> OSError | None:
    """Return the OSError of a process without free file descriptors, or None. A retry or another server does not help it.

    Only causes are searched: the context may be an exception that the caller was handling.
    """
    for link in chain(error):
        if isinstance(link, OSError) and link.errno in (errno.EMFILE, errno.ENFILE):
            return OSError(link.errno, link.strerror)
    return None
