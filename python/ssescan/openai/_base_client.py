"""`BaseClient`: sends the calls of all endpoints, with headers, body and retries, and parses the responses."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from ssescan import __version__, errors
from ssescan._context import ClosesOnExit
from ssescan.http.deadlines import Timeouts
from ssescan.http.retries import checked_retries, retry_delay_s, should_retry
from ssescan.http.retry_after import retry_after_s
from ssescan.http.transport import MAX_BODY_BYTES, Request, Response, checked_max_body_bytes
from ssescan.http.urls import redacted
from ssescan.reading.responses import EVENT_STREAM
from ssescan.reading.server_errors import status_error

from ._call import Call
from ._encoding import encoded
from ._http_client import timeout_of, transport_of
from ._low_level import LowLevel
from ._query import string_pairs
from ._types import NotGiven, Omit, not_given

if TYPE_CHECKING:  # readers are loaded by the first stream
    from ssescan.reading.observers import StreamEnd

    from ._streaming import Stream

__all__ = ["BaseClient"]

log = logging.getLogger("openai._base_client")


class BaseClient(ClosesOnExit, LowLevel):
    """Sends calls to one API and parses the responses. It is thread-safe.

    A call has two steps. `_send` returns the response as soon as its headers have arrived, with retries. `_parse` turns the
    response into the result of the endpoint: a `Stream`, a page, or a model.
    """

    timeout: Any
    max_retries: int

    def __init__(
        self,
        *,
        base_url: str,
        timeout: Any,
        max_retries: int,
        default_headers: Mapping[str, Any] | None,
        default_query: Mapping[str, object] | None,
        http_client: Any,
        max_body_bytes: int | None = None,
        on_stream_end: Callable[[StreamEnd], object] | None = None,
        _strict_response_validation: bool = False,
    ) -> None:
        self.base_url = base_url
        self.timeout = timeout_of(http_client) if isinstance(timeout, NotGiven) else timeout
        Timeouts.of(self.timeout)  # fails now, not at the first call
        self.max_retries = checked_retries(max_retries)
        self.max_body_bytes = checked_max_body_bytes(MAX_BODY_BYTES if max_body_bytes is None else max_body_bytes)
        self.on_stream_end = on_stream_end
        self._custom_headers = dict(default_headers or {})
        self._custom_query = dict(default_query or {})
        self._strict_response_validation = _strict_response_validation
        self._transport = transport_of(http_client)

    @property
    def base_url(self) -> str:
        """The base URL of the API. It ends with a slash."""
        return self._base_url

    @base_url.setter
    def base_url(self, url: Any) -> None:
        self._base_url = str(url).rstrip("/") + "/"

    @property
    def user_agent(self) -> str:
        """The value of the User-Agent header."""
        return f"ssescan/{__version__}"

    @property
    def default_headers(self) -> dict[str, Any]:
        """The headers of every request, without those made from the API key. Headers that you passed are included."""
        return {**self._standard_headers(), **self._custom_headers}

    @property
    def default_query(self) -> dict[str, object]:
        """The query parameters of every request."""
        return {**self._custom_query}

    def close(self) -> None:
        """Close the connections that are not in use. A pool that the caller passed stays open."""
        self._transport.close()
        self._transport.closed = True

    def is_closed(self) -> bool:
        """Return whether the client was closed."""
        return self._transport.closed

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {redacted(self.base_url)}>"

    # Methods that kinds of clients override

    def _auth_headers(self, call: Call) -> dict[str, Any]:
        """Return the headers with credentials. Called before every attempt."""
        return {}

    def _check_auth(self, headers: Mapping[str, Any], call: Call) -> None:
        """Raise TypeError if `headers` (by lower-case name) have no credentials."""

    def _secrets(self) -> tuple[str, ...]:
        """Return the keys of the client, which a redirect must not send to another origin in any header."""
        return ()

    def _prepared(self, call: Call) -> Call:
        """Return the call as this client sends it."""
        return call

    # Sending

    def _perform(self, call: Call) -> Any:
        """Send a call and return its result."""
        return self._parse(call, self._send(call))

    def _send(self, call: Call, *, whole: bool = True) -> Response:
        """Send a call, with retries, and return the response.

        Args:
            call: The call.
            whole: True to read the body too, if the call does not stream. A body that breaks off is retried.

        Raises:
            APIStatusError: The status is not 2xx.
            APIConnectionError: There is no response.
            BodyTooLarge: The body is larger than `max_body_bytes`.
            RuntimeError: The client was closed.
        """
        if self.is_closed():
            raise RuntimeError("Cannot send a request, as the client has been closed.")
        call = self._prepared(call)
        content, timeouts = None if call.method == "GET" else encoded(call.body), self._timeouts(call)
        retries = self.max_retries if call.max_retries is None else checked_retries(call.max_retries)
        for taken in range(retries + 1):
            # Built again for each attempt, since credentials may change.
            log.debug("Building HTTP request: method=%s retries_taken=%i", call.method, taken)
            request = Request(call.method, self._url(call), self._headers_of(call, taken), content, self._secrets())
            response = self._attempt(call, request, timeouts, whole=whole, last=taken == retries)
            if response is not None and response.is_success:
                return response
            if response is not None and (taken == retries or not should_retry(response)):
                raise status_error(response, response.read_error())
            _wait(taken, retries, response)
        raise AssertionError("unreachable")

    def _attempt(self, call: Call, request: Request, timeouts: Timeouts, *, whole: bool, last: bool) -> Response | None:
        """Send a request once. Return the response; None if it is missing and an attempt is left."""
        log.debug("Sending HTTP Request: %s", request.method)
        try:
            response = self._transport.send(
                request, timeouts, follow=call.follow_redirects, max_body_bytes=self.max_body_bytes
            )
            response.is_binary = call.is_binary
            if whole and not call.stream and response.is_success:
                response.read(timeouts)
        except errors.APIConnectionError as error:
            log.debug("Encountered exception: %s", type(error.__cause__ or error).__name__)
            if last or not error.retryable:
                raise
            return None
        log.debug("HTTP Response: %s %i", request.method, response.status_code)
        log.debug("request_id: %s", response.request_id)
        return response

    def _url(self, call: Call) -> str:
        url = call.url if "://" in call.url else self.base_url + call.url.lstrip("/")
        query: dict[str, Any] = {**self.default_query, **call.query}
        if query and "?" in url:
            url, _, written = url.partition("?")
            query = {**dict(parse_qsl(written, keep_blank_values=True)), **query}
        pairs = [pair for name, value in query.items() for pair in string_pairs(name, value)]
        return url + (f"?{urlencode(pairs)}" if pairs else "")

    def _headers_of(self, call: Call, retries_taken: int) -> dict[str, str]:
        own = self._standard_headers()
        # A subclass may override `default_headers`.
        default = {name: value for name, value in self.default_headers.items() if own.get(name) != value}
        standard = {
            **own,
            **(_STREAM_HEADERS if call.stream else {"Accept-Encoding": "gzip, deflate"}),
            "X-Stainless-Retry-Count": retries_taken,
            "X-Stainless-Read-Timeout": _read_timeout(self._timeout(call)),
        }
        merged = merged_headers(
            self._transport.headers, standard, self._auth_headers(call), default, self._custom_headers, call.headers
        )
        self._check_auth(merged, call)
        if call.method == "GET":
            merged.pop("content-type", None)
        return dict(merged.values())

    # Parsing

    def _parse(self, call: Call, response: Response) -> Any:
        """Return the result of a call: a `Stream` for a streaming call, else the decoded body."""
        if call.stream:
            return self._stream(call, response)
        from ._decoding import decoded  # loads models and orjson

        response.read(self._timeouts(call))
        return decoded(call, response, self)

    def _stream(self, call: Call, response: Response, cls: Any = None) -> Stream[Any]:
        """Return a `Stream` over a response, or an instance of `cls`.

        Raises:
            TypeError: `cls` is not a subclass of `Stream`.
        """
        from ._streaming import Stream

        cls = cls or Stream
        if not (isinstance(cls, type) and issubclass(cls, Stream)):
            raise TypeError(f"Expected custom parse type to be a subclass of {Stream}")
        stream = cls(response, dialect=call.dialect or "auto", timeouts=self._timeouts(call))
        stream.on_stream_end = self.on_stream_end
        return stream

    def _timeout(self, call: Call) -> Any:
        return self.timeout if isinstance(call.timeout, NotGiven) else call.timeout

    def _timeouts(self, call: Call) -> Timeouts:
        """Return the timeouts of a call. A response that does not stream has no events, so those timeouts are off."""
        timeouts = Timeouts.of(self._timeout(call))
        return timeouts if call.stream else timeouts.without_events()

    def _standard_headers(self) -> dict[str, Any]:
        return {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": self.user_agent,
            **_platform_headers(),
        }


#: Compression is off, since a proxy that compresses may delay events.
_STREAM_HEADERS = {"Accept": EVENT_STREAM, "Accept-Encoding": "identity"}


def _read_timeout(timeout: Any) -> Any:
    """Return the read timeout for the header that reports it to the server; `not_given` if there is no timeout."""
    seconds = timeout.idle_s if isinstance(timeout, Timeouts) else getattr(timeout, "read", timeout)
    return not_given if seconds is None else seconds


def _wait(taken: int, retries: int, response: Response | None) -> None:
    requested_s = None if response is None else retry_after_s(response.headers)
    if response is not None:
        response.discard()
    delay_s = retry_delay_s(taken, requested_s)
    left = retries - taken
    log.debug("1 retry left" if left == 1 else "%i retries left", *([] if left == 1 else [left]))
    log.info("Retrying request in %f seconds (retry %i of %s)", delay_s, taken + 1, retries)
    time.sleep(delay_s)


@lru_cache(maxsize=1)
def _platform_headers() -> dict[str, str]:
    import platform

    return {
        "X-Stainless-Lang": "python",
        "X-Stainless-Package-Version": __version__,
        "X-Stainless-OS": {"Darwin": "MacOS"}.get(platform.system(), platform.system()),
        "X-Stainless-Arch": {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
        "X-Stainless-Runtime": platform.python_implementation(),
        "X-Stainless-Runtime-Version": platform.python_version(),
        "X-Stainless-Async": "false",
    }


def merged_headers(*layers: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return headers by lower-case name. A later layer overrides an earlier one, and `omit` removes a header."""
    merged: dict[str, tuple[str, str]] = {}
    for layer in layers:
        for name, value in layer.items():
            if isinstance(value, Omit):
                merged.pop(name.lower(), None)
            elif not isinstance(value, NotGiven):
                merged[name.lower()] = (name, str(value))
    return merged
