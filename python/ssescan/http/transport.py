"""HTTP by urllib3: requests, redirects, and the body of an event stream as blocks.

Connections are kept and reused. A body whose end mark came before its end is set aside, and its connection
saved when the next one is needed. How a body is read is told in `body`, how one connects in `connections`.
"""

from __future__ import annotations

import errno
import json
import os
import re
import sys
import threading
import time
from typing import Any, Mapping

import urllib3

from ssescan import errors

from .body import FAILURES, Body, Taker, drop
from .connections import asking, make_pool, proxy_of
from .deadlines import Clocks, OutOfTime, Timeouts
from .failures import is_timeout
from .reuse import Aside
from .urls import Origin, is_upgrade, joined_url, origin_of, redacted

__all__ = ["Request", "Response", "Transport", "connection_error"]

MAX_REDIRECTS = 20
#: How much of a body that is not what was asked for is read for its message, and for how long. That of a status is JSON,
#: which tells nothing without its end: some repeat the request that they refuse.
MAX_STATUS_BYTES = 1 << 20
MAX_ERROR_S = 5.0

#: Headers that are for one origin only.
_CREDENTIALS = {"authorization", "api-key", "x-api-key", "cookie", "proxy-authorization"}


class Request:
    """What was sent: `method`, `url`, `headers`, `content` (the body)."""

    def __init__(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> None:
        self.method = method
        self.url = url
        self.headers = dict(headers)
        self.content = content

    def __repr__(self) -> str:
        return f"<Request {self.method} {redacted(self.url)}>"


_PATIENT = Timeouts(None, None, None, None)


class Response:
    """An HTTP response whose body has not been read: `status_code`, `headers`, `request`, `url`."""

    def __init__(
        self, raw: Any, request: Request, opened_s: float, aside: Taker = None, timeouts: Timeouts = _PATIENT
    ) -> None:
        self.raw = raw
        self.request = request
        self.aside = aside
        #: The request's own; they hold for the body of an error, too.
        self.timeouts = timeouts
        #: When the request was begun: the deadlines count from there.
        self.opened_s = opened_s
        self.status_code: int = raw.status
        self.headers = raw.headers
        #: A second reader of the body would wait for what the first one has, or take a part of it away.
        self._given = False
        self._content: bytes

    @property
    def url(self) -> str:
        return self.request.url

    @property
    def request_id(self) -> str | None:
        """The server's id of the request (`x-request-id`), for its makers."""
        found: str | None = self.headers.get("x-request-id")
        return found

    @property
    def is_success(self) -> bool:
        return 200 <= self.status_code < 300

    @property
    def reason_phrase(self) -> str:
        return self.raw.reason or ""

    def body(self, timeouts: Timeouts) -> Body:
        """The body, to be read once. `StreamAlreadyConsumed` if somebody has it."""
        if self._given:
            raise errors.StreamAlreadyConsumed
        body = Body(self.raw, Clocks(timeouts, self.opened_s), self.aside)
        self._given = True
        return body

    def plain_body(self, timeouts: Timeouts) -> Body:
        """The same of an answer that is no stream: no event is waited for. `APIResponseValidationError` for its coding."""
        try:
            return self.body(timeouts._replace(event_s=None))
        except errors.NotAnEventStream as error:
            self._content = b""  # who logs the exception looks at its response
            raise errors.APIResponseValidationError(self, None, message=str(error)) from error

    def read(self, timeouts: Timeouts = _PATIENT) -> bytes:
        """The whole body; the connection is free afterwards.

        Raises `APIConnectionError`, `APITimeoutError`, `APIResponseValidationError` for a coding that can't be undone, and
        `StreamAlreadyConsumed` if the body was taken piece by piece.
        """
        if not hasattr(self, "_content"):
            body = self.plain_body(timeouts)
            try:
                self._content = b"".join(iter(body, b""))
            except FAILURES as error:
                raise connection_error(error, self.request) from error
            finally:
                body.close()
        return self._content

    def read_error(self) -> bytes:
        """What comes of a body that is read for its message only, within small limits."""
        if not hasattr(self, "_content"):
            try:
                self._content = self.body(self.timeouts).read_part(MAX_STATUS_BYTES, MAX_ERROR_S)
            except errors.NotAnEventStream:  # it can't be decoded
                self._content = b""
        return self._content

    @property
    def content(self) -> bytes:
        return self.read()

    @property
    def text(self) -> str:
        return self.read().decode(self.encoding, "replace")

    @property
    def encoding(self) -> str:
        """The charset that the headers name, if Python has it; else UTF-8."""
        kind = (self.headers.get("content-type") or "").lower()
        named: str = kind.partition("charset=")[2].split(";")[0].strip(" \"'")
        try:
            b"a".decode(named, "replace")
        except (LookupError, ValueError):  # of some, which are for other things, Python has only a part
            return "utf-8"
        return named

    def json(self) -> Any:
        return json.loads(self.read().decode("utf-8", "replace"))

    def close(self) -> None:
        drop(self.raw)

    def let_go(self) -> None:
        """Nobody wants the body: its connection is used again if that costs no time."""
        Body(self.raw, None, self.aside, decoded=False).release()

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
        self._making = threading.Lock()
        #: The proxy for each origin: the environment is asked once, which takes long.
        self._proxies: dict[Origin, str | None] = {}
        self._aside = Aside()
        self._pid = os.getpid()
        #: Set by who closes it for good.
        self.closed = False

    @property
    def is_given(self) -> bool:
        """The pool is the caller's."""
        return self._given is not None

    def send(self, request: Request, timeouts: Timeouts, *, follow: bool = True) -> Response:
        """Sends a request and gives the response as soon as its headers are there; follows redirects if `follow`.

        307 and 308 keep method and body, the others become GET; credentials never go to another origin.
        Raises `APIConnectionError`, or `APITimeoutError`; OSError if the process is out of descriptors.
        """
        opened_s = time.monotonic()
        _check_url(request)
        _check_headers(request)
        for _ in range(MAX_REDIRECTS + 1):
            response = self._send_once(request, timeouts, opened_s)
            redirected = _redirected(request, response)
            if redirected is None or not follow:
                return response
            response.let_go()
            request = redirected
        raise errors.APIConnectionError(message=f"more than {MAX_REDIRECTS} redirects", request=request)

    def _send_once(self, request: Request, timeouts: Timeouts, opened_s: float) -> Response:
        clocks = Clocks(timeouts._replace(idle_s=None), opened_s)
        handled = sys.exc_info()[1]

        def limit_s() -> float | None:
            clocks.after(returned=True)
            left_s, _ = clocks.before(0)
            return timeouts.idle_s if left_s is None else min(left_s, timeouts.idle_s or left_s)

        try:
            left_s, _ = clocks.before(0)
            asking.limit_s = limit_s
            pool = self._pool(request.url)
            keeper = self._aside
            raw = pool.request(
                request.method,
                request.url,
                body=request.content,
                headers=request.headers,
                timeout=urllib3.Timeout(total=left_s, connect=timeouts.connect_s, read=timeouts.idle_s),
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except OutOfTime as error:
            raise connection_error(error, request) from error
        except (ValueError, *FAILURES) as error:
            _clear_frames(error, handled)
            _hide_url(error)
            cause: BaseException | None = clocks.overdue() if is_timeout(error) else None
            if cause is None and isinstance(error, urllib3.exceptions.ReadTimeoutError):
                cause = OutOfTime("idle", timeouts.idle_s)
            raise connection_error(cause or error, request) from error
        finally:
            asking.limit_s = None
        # Where places are counted others may wait for this one, and nobody ask for it again.
        counted = getattr(getattr(raw, "_pool", None), "block", False)
        aside = None if counted else keeper.taker(origin_of(request.url))
        return Response(raw, request, opened_s, aside, timeouts)

    def _pool(self, url: str) -> Any:
        if self._pid != os.getpid():
            # A forked child shares its parent's sockets: it must not use them, nor end what goes over them.
            self._made, self._aside, self._pid = {}, Aside(), os.getpid()
            self._making = threading.Lock()
        origin = origin_of(url)
        self._aside.drain(origin)
        if self._given is not None:
            return self._given
        if origin not in self._proxies:
            self._proxies[origin] = proxy_of(url)
        proxy = self._proxies[origin]
        if proxy not in self._made:
            with self._making:  # many threads may begin at once, and making one takes tens of milliseconds
                if proxy not in self._made:
                    self._made[proxy] = make_pool(proxy, self._max_connections)
        return self._made[proxy]

    def close(self) -> None:
        """Closes the connections that are not in use, but those of a pool that was given."""
        # What was asked before would set its body aside there: with it gone, that is closed.
        self._aside.close()
        self._aside = Aside()
        for manager in self._made.values():
            hosts = manager.pools.keys()  # it is no iterable
            for pool in filter(None, map(manager.pools.get, hosts)):
                pool.close()  # clearing leaves that to whoever collects them
            manager.clear()
        self._made = {}


def _clear_frames(error: BaseException | None, handled: BaseException | None) -> None:
    """urllib3 keeps exceptions in variables of frames that they passed: cycles, which hold connections until collected.

    `handled` is what the caller was handling when it asked: its frames, and those behind it, are the caller's own.
    """
    while error is not None and error is not handled:
        trace = error.__traceback__
        while trace is not None:
            try:
                trace.tb_frame.clear()
            except RuntimeError:
                pass  # it is running
            trace = trace.tb_next
        error = error.__cause__ or error.__context__


def _hide_url(error: BaseException) -> None:
    """What is secret in a URL, its query perhaps, is not told by an exception of urllib3 either."""
    if isinstance(getattr(error, "url", None), str):
        error.url = redacted(error.url)  # type: ignore[attr-defined]
    if isinstance(error, urllib3.exceptions.LocationParseError):
        error.location = redacted(error.location)
        error.args = (f"Failed to parse: {error.location}",)


def _check_url(request: Request) -> None:
    """`APIConnectionError` for one without a host or port that can be asked."""
    if joined_url(request.url, "") is None:
        raise _unsendable(f"the host or port of {redacted(request.url)!r} is none", request)


#: What the name of a header is made of (RFC 9110, section 5.6.2).
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _check_headers(request: Request) -> None:
    """`APIConnectionError` for what can't be sent. http.client would show the value, which may be a key."""
    for name, value in request.headers.items():
        if not _TOKEN.fullmatch(name):
            raise _unsendable(f"{name!r} is no name of a header", request)
        if not value.isascii() and any(ord(letter) > 255 for letter in value):
            why = "a character that is not of Latin-1"
        elif any(letter in value for letter in "\r\n\0"):
            why = "a line break" if "\0" not in value else "a NUL"
        else:
            continue
        raise _unsendable(f"the header {name!r} has {why} in its value", request)


def _unsendable(why: str, request: Request) -> errors.APIConnectionError:
    error = errors.APIConnectionError(message=why, request=request)
    error.retryable = False
    return error


def _redirected(request: Request, response: Response) -> Request | None:
    """The request that a redirect asks for."""
    location = response.headers.get("location")
    if response.status_code not in (301, 302, 303, 307, 308) or not location:
        return None
    url = joined_url(request.url, location)
    if url is None:
        response.close()
        message = f"redirected to {redacted(location)!r}, whose host or port is none"
        raise errors.APIConnectionError(message=message, request=request)
    headers = dict(request.headers)
    if origin_of(url) != origin_of(request.url):
        left = {"host"} if is_upgrade(request.url, url) else {"host", *_CREDENTIALS}
        headers = {name: value for name, value in headers.items() if name.lower() not in left}
    if response.status_code in (307, 308) or request.method in ("GET", "HEAD"):
        return Request(request.method, url, headers, request.content)
    headers = {name: value for name, value in headers.items() if not name.lower().startswith("content-")}
    return Request("GET", url, headers, None)


def connection_error(error: BaseException, request: Request) -> Exception:
    """The exception for a request that got no response, or not all of it."""
    if isinstance(error, OutOfTime):
        late = errors.StreamTimeout(error.clock, "of sending the request", error.limit_s, error.waited_s)
        late.request = request
        return late
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return _unsendable(f"the request can't be sent: {error}", request)
    if is_timeout(error):
        return errors.APITimeoutError(request)
    return _out_of_descriptors(error) or errors.APIConnectionError(request=request)


def _out_of_descriptors(error: BaseException | None) -> OSError | None:
    """A fault of this process, which neither another try nor another server helps.

    Only causes are looked at: the context may be what the caller was handling.
    """
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            return OSError(error.errno, error.strerror)
        error = error.__cause__
    return None
