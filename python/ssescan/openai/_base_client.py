"""`BaseClient`: sends the calls of all endpoints, with headers, body and retries, and parses the responses."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_origin
from urllib.parse import parse_qsl, urlencode

from ssescan import __version__, errors
from ssescan._context import ClosesOnExit
from ssescan.http.contents import is_repeatable
from ssescan.http.deadlines import Timeouts
from ssescan.http.retries import checked_retries, retry_delay_s, should_retry, should_retry_without_response
from ssescan.http.retry_after import retry_after_s
from ssescan.http.transport import MAX_BODY_BYTES, Request, Response, checked_max_body_bytes
from ssescan.http.urls import redacted
from ssescan.reading.observers import reported_if_refused
from ssescan.reading.responses import EVENT_STREAM
from ssescan.reading.server_errors import status_error

from ._async import add_async_names
from ._call import Call
from ._call import Call as FinalRequestOptions
from ._constants import DEFAULT_CONNECTION_LIMITS, DEFAULT_MAX_RETRIES, DEFAULT_TIMEOUT, RAW_RESPONSE_HEADER
from ._encoding import encoded_body
from ._http_client import DefaultHttpxClient, timeout_of, transport_of
from ._http_client import DefaultHttpxClient as SyncHttpxClientWrapper
from ._low_level import LowLevel, make_request_options
from ._query import string_pairs
from ._types import NotGiven, Omit, not_given
from ._url import URL

if TYPE_CHECKING:  # readers are loaded by the first stream
    from ssescan.reading.observers import StreamEnd

    from ._streaming import Stream

__all__ = [
    "DEFAULT_CONNECTION_LIMITS",
    "DEFAULT_MAX_RETRIES",
    "DEFAULT_TIMEOUT",
    "BaseClient",
    "DefaultHttpxClient",
    "FinalRequestOptions",
    "SyncAPIClient",
    "SyncHttpxClientWrapper",
    "make_request_options",
]

add_async_names(__name__)

_RAW_RESPONSE = RAW_RESPONSE_HEADER.lower()

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
    def base_url(self) -> URL:
        """The base URL of the API. It ends with a slash."""
        return self._base_url

    @base_url.setter
    def base_url(self, url: Any) -> None:
        self._base_url = URL(str(url).rstrip("/") + "/")

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
        """Close the connections that are not in use. Later calls raise RuntimeError.

        Open streams continue: end them with `cancel()`. A pool that the caller passed stays open.
        """
        self._transport.close()
        self._transport.closed = True

    def is_closed(self) -> bool:
        """Return whether the client was closed."""
        return self._transport.closed

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {redacted(self.base_url)}>"

    # Methods that kinds of clients override

    def _prepare_options(self, options: Call) -> Call:
        """Return the call as this attempt sends it. It is called before every attempt, with a copy of the call."""
        return options

    def _prepare_request(self, request: Request) -> None:
        """Change a request before it is sent. It is called in every attempt."""

    def _should_retry(self, response: Response) -> bool:
        """Return whether a retry may help after a response that is not a success."""
        return should_retry(response)

    def _calculate_retry_timeout(
        self, remaining_retries: int, options: Call, response_headers: Mapping[str, str] | None = None
    ) -> float:
        """Return the seconds to wait before a retry.

        Args:
            remaining_retries: The number of retries that are left.
            options: The call.
            response_headers: The headers of the response, or None if there is no response.
        """
        taken = options.get_max_retries(self.max_retries) - remaining_retries
        return retry_delay_s(taken, None if response_headers is None else retry_after_s(response_headers))

    def _auth_headers(self, call: Call) -> dict[str, Any]:
        """Return the headers with credentials. Called before every attempt."""
        return {}

    def _check_auth(self, headers: Mapping[str, Any], call: Call) -> None:
        """Raise TypeError if `headers` (by lower-case name) have no credentials."""

    def _secrets(self) -> tuple[str, ...]:
        """Return the keys of the client, which a redirect must not send to another origin in any header."""
        return ()

    # Sending

    def request(self, cast_to: Any, options: Call, *, stream: bool = False, stream_cls: Any = None) -> Any:
        """Send a call and return its result. All calls of the client go through this method.

        Args:
            cast_to: The class of the result.
            options: The call: a `FinalRequestOptions` with `method`, `url`, `headers`, `params`, `json_data` and more.
            stream: True to return a `Stream`.
            stream_cls: The class of the stream, such as `Stream[Event]`.

        Raises:
            APIStatusError: The status is not 2xx.
            APIConnectionError: There is no response.
        """
        call = options._replace(result_class=cast_to, stream=stream, stream_class=stream_cls)
        raw = next((value for name, value in call.headers.items() if name.lower() == _RAW_RESPONSE), None)
        with reported_if_refused(call.dialect if call.stream else None):
            response = self._send(call, whole=raw != "stream")
        if not raw:
            return self._parse(call, response)
        from ._response import raw_response

        return raw_response(self, call, response, raw)

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
        retries, began_s = checked_retries(call.get_max_retries(self.max_retries)), time.monotonic()
        for taken in range(retries + 1):
            options = self._prepare_options(call._replace())
            request = self._build_request(options, retries_taken=taken)
            self._prepare_request(request)
            left = retries - taken if is_repeatable(request.content) else 0
            try:
                response = self._attempt(options, request, began_s, whole=whole)
            except errors.APIConnectionError as error:
                delay_s = self._delay_s(call, left, began_s) if should_retry_without_response(error) else None
                if delay_s is None:
                    raise
            else:
                if response.is_success:
                    return response
                delay_s = self._delay_s(call, left, began_s, response) if self._should_retry(response) else None
                if delay_s is None:
                    raise self._refusal(response)
                response.discard()
            self._wait(call, left, delay_s)
        raise AssertionError("unreachable")

    def _refusal(self, response: Response) -> errors.APIStatusError:
        """Return the exception for a response that is not a success. Without /v1 in the base URL it has a note."""
        error = status_error(response, response.read_error())
        if error.status_code == 404 and error.code is None and self.base_url.path == "/":
            error.add_note(f"Is the base URL {redacted(self.base_url)} complete? Most base URLs end with /v1.")
        return error

    def _attempt(self, call: Call, request: Request, began_s: float, *, whole: bool) -> Response:
        """Send a request once. `began_s`: when the first attempt started."""
        log.debug("Sending HTTP Request: %s", request.method)
        timeouts, follow = self._timeouts(call), call.follow_redirects is not False
        try:
            response = self._transport.send(
                request, timeouts, follow=follow, max_body_bytes=self.max_body_bytes, began_s=began_s
            )
            response.is_binary = call.is_binary
            if whole and not call.stream and response.is_success:
                response.read(timeouts)
        except errors.APIConnectionError as error:
            log.debug("Encountered exception: %s", type(error.__cause__ or error).__name__)
            raise
        log.debug("HTTP Response: %s %i", request.method, response.status_code)
        log.debug("request_id: %s", response.request_id)
        return response

    def _delay_s(self, call: Call, left: int, began_s: float, response: Response | None = None) -> float | None:
        """Return the wait before a retry; None if no retry is left, or not enough of the total timeout."""
        if not left:
            return None
        delay_s = self._calculate_retry_timeout(left, call, None if response is None else response.headers)
        return delay_s if self._timeouts(call).leave_time_for(delay_s, began_s) else None

    def _wait(self, call: Call, left: int, delay_s: float) -> None:
        """Sleep before a retry. `left` is the number of retries that are left."""
        log.debug("1 retry left" if left == 1 else "%i retries left", *([] if left == 1 else [left]))
        retries = call.get_max_retries(self.max_retries)
        log.info("Retrying request in %f seconds (retry %i of %s)", delay_s, retries - left + 1, retries)
        time.sleep(delay_s)

    def _build_request(self, options: Call, *, retries_taken: int = 0) -> Request:
        """Return the request of a call. It is made for each attempt, since credentials may change."""
        log.debug("Building HTTP request: method=%s retries_taken=%i", options.method.upper(), retries_taken)
        content, kind = None, None
        if options.method != "get":
            content, kind = encoded_body(options, again=retries_taken > 0)
        headers = self._build_headers(options, retries_taken=retries_taken)
        request = Request(options.method.upper(), self._url(options), headers, content, self._secrets())
        length = getattr(content, "length", None)
        request.headers.update({"Content-Type": kind} if kind is not None else {})
        request.headers.update({"Content-Length": str(length)} if length is not None else {})
        return request

    def _prepare_url(self, url: str) -> URL:
        """Return a URL; a path is joined to the base URL."""
        return URL(url if "://" in url else self.base_url + url.lstrip("/"))

    def _url(self, call: Call) -> URL:
        url = self._prepare_url(call.url)
        query: dict[str, Any] = {**self.default_query, **call.params}
        if not query:
            return url
        if "?" in url:
            base, _, written = url.partition("?")
            url, query = URL(base), {**dict(parse_qsl(written, keep_blank_values=True)), **query}
        pairs = [pair for name, value in query.items() for pair in string_pairs(name, value)]
        return URL(url + (f"?{urlencode(pairs)}" if pairs else ""))

    def _build_headers(self, options: Call, *, retries_taken: int = 0) -> dict[str, str]:
        own = self._standard_headers()
        # A subclass may override `default_headers`.
        default = {name: value for name, value in self.default_headers.items() if own.get(name) != value}
        standard = {
            **own,
            **(_STREAM_HEADERS if options.stream else {"Accept-Encoding": "gzip, deflate"}),
            "X-Stainless-Retry-Count": retries_taken,
            "X-Stainless-Read-Timeout": _read_timeout(self._timeout(options)),
        }
        merged = merged_headers(
            self._transport.headers,
            standard,
            self._auth_headers(options),
            default,
            self._custom_headers,
            options.headers,
        )
        self._check_auth(merged, options)
        if options.method == "get":
            merged.pop("content-type", None)
        return dict(merged.values())

    # Parsing

    def _parse(self, call: Call, response: Response) -> Any:
        """Return the result of a call: a `Stream` for a streaming call, else the decoded body."""
        if call.stream:
            result = self._stream(call, response)
        else:
            from ._decoding import decoded  # loads models and orjson

            response.read(self._timeouts(call))
            result = decoded(call, response, self)
        return result if isinstance(call.post_parser, NotGiven) else call.post_parser(result)

    def _stream(self, call: Call, response: Response) -> Stream[Any]:
        """Return a stream over a response, of the class that the call names.

        Raises:
            NotAnEventStream: The body is not an event stream.
            TypeError: The class is not a subclass of `Stream`.
        """
        from ._streaming import Stream, chunk_class

        cls = call.stream_class
        origin = Stream if cls is None else get_origin(cls) or cls
        if not (isinstance(origin, type) and issubclass(origin, Stream)):
            raise TypeError(f"Expected custom parse type to be a subclass of {Stream}")
        chunk = call.result_class if cls is None else chunk_class(cls)
        with reported_if_refused(call.dialect, response.opened_s if response.began_s is None else response.began_s):
            stream = origin(cast_to=chunk, response=response, client=self, options=call)
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


SyncAPIClient = BaseClient  # its name in `openai`

#: Compression is off, since a proxy that compresses may delay events.
_STREAM_HEADERS = {"Accept": EVENT_STREAM, "Accept-Encoding": "identity"}


def _read_timeout(timeout: Any) -> Any:
    """Return the read timeout for the header that reports it to the server; `not_given` if there is no timeout."""
    seconds = timeout.idle_s if isinstance(timeout, Timeouts) else getattr(timeout, "read", timeout)
    return not_given if seconds is None else seconds


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
