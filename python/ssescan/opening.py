"""From a URL to a stream of events: `stream` opens a response. `event_source` has the source that reconnects."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Unpack, overload

from ssescan import _core, errors
from ssescan._log import INFO, log_at
from ssescan.http.deadlines import Timeouts
from ssescan.http.failures import is_unconnected, root_cause
from ssescan.http.retries import checked_retries, retry_delay_s, should_retry, should_retry_without_response
from ssescan.http.retry_after import retry_after_s
from ssescan.http.transport import (
    MAX_BODY_BYTES,
    Request,
    Response,
    Transport,
    checked_max_body_bytes,
    transport_of,
)
from ssescan.http.urls import redacted
from ssescan.reading.comments import Commented
from ssescan.reading.observers import reported_if_refused
from ssescan.reading.responses import EVENT_STREAM, event_stream
from ssescan.reading.scanner import MAX_EVENT_BYTES, Scanner, checked_utf8
from ssescan.reading.server_errors import status_error
from ssescan.reading.sources import Source

if TYPE_CHECKING:  # dialects are loaded by the first stream that needs them
    from ssescan.dialects import Dialect, DialectName
    from ssescan.reading._typing import (
        AgentsEvent,
        AnthropicEvent,
        AssistantsEvent,
        AutoEvent,
        ChatCompletionChunk,
        CohereEvent,
        Completion,
        GenerateContentResponse,
        ImagesEvent,
        ResponsesEvent,
        SpeechEvent,
        StreamOptions,
        TranscriptionEvent,
    )
    from ssescan.reading.observers import StreamEnd
    from ssescan.reading.scanner import E

__all__ = ["DEFAULT_TIMEOUTS", "LAST_EVENT_ID", "header_of_id", "open_stream", "request_for", "stream"]

DEFAULT_TIMEOUTS = Timeouts()
LAST_EVENT_ID = "Last-Event-ID"

#: `no-cache` is what the standard's cache mode sends. Compression is off, since a proxy that compresses may delay events.
_DEFAULT_HEADERS = {
    "Accept": EVENT_STREAM,
    "Cache-Control": "no-cache",
    "Accept-Encoding": "identity",
    "User-Agent": f"ssescan/{_core.__version__}",
}

#: Methods that do the same if they are sent twice. Other requests are sent again only if the server cannot have acted on
#: them: without a connection, or after one of these statuses.
_REPEATABLE_METHODS = ("GET", "HEAD", "OPTIONS")
_REPEATABLE_STATUSES = (408, 429, 503)


@overload
def stream(url: str, *, dialect: None = None, **options: Unpack[StreamOptions]) -> Scanner[_core.ServerSentEvent]: ...
@overload
def stream(
    url: str, *, dialect: Literal["assistants"], **options: Unpack[StreamOptions]
) -> Scanner[AssistantsEvent]: ...
@overload
def stream(url: str, *, dialect: Literal["chat"], **options: Unpack[StreamOptions]) -> Scanner[ChatCompletionChunk]: ...
@overload
def stream(url: str, *, dialect: Literal["completions"], **options: Unpack[StreamOptions]) -> Scanner[Completion]: ...
@overload
def stream(url: str, *, dialect: Literal["responses"], **options: Unpack[StreamOptions]) -> Scanner[ResponsesEvent]: ...
@overload
def stream(url: str, *, dialect: Literal["anthropic"], **options: Unpack[StreamOptions]) -> Scanner[AnthropicEvent]: ...
@overload
def stream(
    url: str, *, dialect: Literal["gemini"], **options: Unpack[StreamOptions]
) -> Scanner[GenerateContentResponse]: ...
@overload
def stream(url: str, *, dialect: Literal["cohere"], **options: Unpack[StreamOptions]) -> Scanner[CohereEvent]: ...
@overload
def stream(url: str, *, dialect: Literal["agents"], **options: Unpack[StreamOptions]) -> Scanner[AgentsEvent]: ...
@overload
def stream(url: str, *, dialect: Literal["images"], **options: Unpack[StreamOptions]) -> Scanner[ImagesEvent]: ...
@overload
def stream(url: str, *, dialect: Literal["speech"], **options: Unpack[StreamOptions]) -> Scanner[SpeechEvent]: ...
@overload
def stream(
    url: str, *, dialect: Literal["transcription"], **options: Unpack[StreamOptions]
) -> Scanner[TranscriptionEvent]: ...
@overload
def stream(url: str, *, dialect: Literal["auto"], **options: Unpack[StreamOptions]) -> Scanner[AutoEvent]: ...
@overload
def stream(url: str, *, dialect: Dialect[E], **options: Unpack[StreamOptions]) -> Scanner[E]: ...
@overload
def stream(url: str, *, dialect: DialectName | Dialect | None, **options: Unpack[StreamOptions]) -> Scanner[Any]: ...
def stream(
    url: str,
    *,
    method: str | None = None,
    json: Any = None,
    content: bytes | str | None = None,
    headers: Mapping[str, str] | None = None,
    dialect: DialectName | Dialect | None = None,
    timeout: Any = DEFAULT_TIMEOUTS,
    max_retries: int = 2,
    max_body_bytes: int = MAX_BODY_BYTES,
    http_client: Any = None,
    max_event_bytes: int = MAX_EVENT_BYTES,
    last_event_id: str = "",
    tee: BinaryIO | None = None,
    coalesce_s: float = 0.0,
    on_stream_end: Callable[[StreamEnd], object] | None = None,
    on_comment: Callable[[str], object] | None = None,
) -> Scanner[Any]:
    """Send a request and return its event stream.

        with ssescan.stream(url, json={"stream": True, ...}, headers=headers, dialect="chat") as events:
            for event in events: ...

    A request that fails is retried only before its response was accepted. A request with a body is retried only if there
    was no connection, or after the statuses 408, 429 and 503, since the server may have acted on it otherwise.

    Args:
        url: The URL.
        method: The HTTP method; None means POST with a body and GET without one.
        json: A value that is sent as JSON.
        content: A body that is sent as it is; a str is encoded as UTF-8. Set a Content-Type in `headers`.
        headers: Headers to send. They replace the default ones of the same name.
        dialect: None, "auto", the name of a dialect, or a `Dialect`; see `Scanner`.
        timeout: A number of seconds, a `Timeouts`, None, or an object like `httpx.Timeout`: see `Timeouts.of`.
        max_retries: How often the request is sent again if it fails. The wait is what the server asks for, or 0.5 s, doubled
            each time.
        max_body_bytes: The limit of the body of an error, after decoding. Event streams have no limit.
        http_client: A `PoolManager` of urllib3, which keeps connections, or a `FakePool` of `ssescan.testing`. Without
            one, connections are made for this stream only.
        max_event_bytes: The largest size of one event, in bytes.
        last_event_id: The event id at the start of the stream. It is sent as `Last-Event-ID` unless it is empty.
        tee: A binary file that receives every byte as it arrived.
        coalesce_s: Seconds to let bytes accumulate before each read; see `Scanner`.
        on_stream_end: Called once with a `StreamEnd` when the stream has ended; see `Scanner`. A request that is refused gets no
            stream and no call: it raises.
        on_comment: Called with the text of each comment (the rest of the line after the colon, up to 64 KiB), after the events
            before it. An exception that it raises ends the stream, as one of `tee` does.

    Returns:
        A `Scanner`. Its `response` has `status_code`, `headers` and `request_id`.

    Raises:
        APIStatusError: The status is 400 or above.
        APIConnectionError: There is no response. A timeout that expired is an `APITimeoutError`.
        NotAnEventStream: The body is not an event stream.
        TypeError: Both `json` and `content` are given, or an argument has the wrong type.
        ValueError: An unknown dialect, or a number that is out of range.
    """
    options: Any = {"max_event_bytes": max_event_bytes, "last_event_id": last_event_id, "tee": tee}
    # Raises for wrong arguments before anything is sent.
    Scanner(b"", dialect=dialect, coalesce_s=coalesce_s, on_stream_end=on_stream_end, **options).on_stream_end = None
    if on_comment is not None and not callable(on_comment):
        raise TypeError(f"on_comment must be callable, got {type(on_comment).__name__}")
    request = request_for(url, method, json, content, headers)
    request_headers = request.headers
    if last_event_id and LAST_EVENT_ID not in request_headers:
        request_headers = request_headers.copy()
        request_headers[LAST_EVENT_ID] = header_of_id(last_event_id)
    transport = transport_of(http_client)
    with reported_if_refused(dialect):
        source = open_stream(
            url,
            method=request.method,
            headers=request_headers,
            body=request.content,
            timeout=timeout,
            transport=transport,
            max_body_bytes=max_body_bytes,
            max_retries=max_retries,
        )
    if http_client is None:
        transport.close()  # so that the connection is closed after the stream, since nothing else can use it
    if on_comment is not None:
        source = Commented(source, on_comment)
    return Scanner(source, dialect=dialect, coalesce_s=coalesce_s, on_stream_end=on_stream_end, **options)


def open_stream(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout: Any = DEFAULT_TIMEOUTS,
    transport: Transport | None = None,
    max_body_bytes: int = MAX_BODY_BYTES,
    max_retries: int = 0,
    on_retry: Callable[[str], object] | None = None,
) -> Source:
    """Send a request and return its event stream, a source for `Scanner`.

    Args:
        url: The URL.
        method: The HTTP method.
        headers: Headers to send; they replace the default ones of the same name.
        body: The body of the request, or None.
        timeout: See `Timeouts.of`.
        transport: The transport to use; None makes one for this request.
        max_body_bytes: The limit of a body that is not a stream, after decoding.
        max_retries: How often the request is sent again if it fails.
        on_retry: Called with a message before each wait for a retry.

    Raises:
        APIStatusError: The status is 400 or above.
        APIConnectionError: There is no response.
        NotAnEventStream: The body is not an event stream.
    """
    request = Request(method, url, _with_defaults(headers), body)
    timeouts, retries = Timeouts.of(timeout), checked_retries(max_retries)
    checked_max_body_bytes(max_body_bytes)
    transport, began_s = transport or Transport(), time.monotonic()

    def is_last(delay_s: float) -> bool:
        return taken == retries or not timeouts.leave_time_for(delay_s, began_s)

    for taken in range(retries + 1):
        try:
            response = transport.send(request, timeouts, max_body_bytes=max_body_bytes, began_s=began_s)
        except errors.APIConnectionError as error:
            delay_s, cause = retry_delay_s(taken, None), root_cause(error)
            if is_last(delay_s) or not _may_repeat(request, error):
                raise
        else:
            if response.is_success:
                return event_stream(response, timeouts)
            delay_s, cause = retry_delay_s(taken, retry_after_s(response.headers)), f"HTTP {response.status_code}"
            if is_last(delay_s) or not _may_repeat_after(request, response):
                raise status_error(response, response.read_error())
            response.discard()
        _report_retry(request, cause, delay_s, f"(retry {taken + 1} of {retries})", on_retry)
        time.sleep(delay_s)
    raise AssertionError("unreachable")


def _report_retry(
    request: Request, cause: str, delay_s: float, which: str, on_retry: Callable[[str], object] | None
) -> None:
    """Report a retry before its wait: to the logger, and to `on_retry`."""
    if on_retry is not None:
        on_retry(f"Request failed: {cause}. Retrying in {delay_s:.1f} s {which}.")
    if logger := log_at(INFO):
        sent = f"{request.method} {redacted(request.url)}"
        logger.info("Request failed, sent again in %.3f s %s: %s, %s", delay_s, which, sent, cause)


def _may_repeat(request: Request, error: errors.APIConnectionError) -> bool:
    """Return whether a request without a response may be sent again."""
    return should_retry_without_response(error) and (request.method in _REPEATABLE_METHODS or is_unconnected(error))


def _may_repeat_after(request: Request, response: Response) -> bool:
    """Return whether a request that was refused may be sent again."""
    return should_retry(response) and (
        request.method in _REPEATABLE_METHODS or response.status_code in _REPEATABLE_STATUSES
    )


def request_for(
    url: str, method: str | None, json: Any, content: bytes | str | None, headers: Mapping[str, str] | None
) -> Request:
    """Return the request that the arguments of `stream` stand for, with the default headers.

    Raises:
        TypeError: Both `json` and `content` are given, or an argument has the wrong type.
        ValueError: `content` is not valid Unicode.
    """
    if not isinstance(url, str):
        raise TypeError(f"url must be a str, got {type(url).__name__}")
    if json is not None and content is not None:
        raise TypeError("json and content cannot both be given: each is the body of the request")
    if content is not None and not isinstance(content, (bytes, bytearray, memoryview, str)):
        raise TypeError(f"content must be bytes or str, got {type(content).__name__}")
    body = None if content is None else checked_utf8("content", content) if isinstance(content, str) else bytes(content)
    sent = _with_defaults(headers)
    if json is not None:
        from ssescan.models._json import dumps  # loads orjson

        body = dumps(json)
        if "content-type" not in {name.lower() for name in sent}:
            sent["Content-Type"] = "application/json"
    return Request(method or ("GET" if body is None else "POST"), url, sent, body)


def _with_defaults(headers: Mapping[str, str] | None) -> dict[str, str]:
    own = {name.lower() for name in headers or {}}
    return {**{name: value for name, value in _DEFAULT_HEADERS.items() if name.lower() not in own}, **(headers or {})}


def header_of_id(event_id: str) -> str:
    """Return an event id as the value of a header. The standard sends it as UTF-8, and header values are Latin-1 here."""
    return event_id.encode("utf-8", "replace").decode("latin-1")
