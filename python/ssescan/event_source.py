"""`EventSource`: the events of a URL over as many connections as it takes.

It connects, reads and reconnects as the WHATWG standard says (HTML, section 9.2; points 25 to 36 of docs/explanation/sse-standard.md).
The states of a source are: without a stream (before a connection, and while it waits for the next one), reading a stream,
and ended. Only the thread that iterates changes them; `close` sets a flag and wakes that thread.
"""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Self

from ssescan import _core, errors
from ssescan._context import ClosesOnExit
from ssescan.http._urllib3 import request_context, wake
from ssescan.http.deadlines import Timeouts
from ssescan.http.retry_after import retry_after_s
from ssescan.http.transport import Request, Response, request_to, transport_of
from ssescan.http.urls import redacted
from ssescan.opening import DEFAULT_TIMEOUTS, LAST_EVENT_ID, header_of_id, request_for
from ssescan.outcome import Outcome
from ssescan.reading.comments import Commented
from ssescan.reading.observers import note_request, reconnecting
from ssescan.reading.responses import check_is_event_source, event_stream
from ssescan.reading.scanner import MAX_EVENT_BYTES, Scanner
from ssescan.reading.sources import CallbackFailed

__all__ = ["EventSource"]

#: Waits double up to this limit, unless the server's reconnection time is longer.
MAX_DELAY_S = 30.0
#: With a reconnection time of 0 the first wait is 0, and the next ones grow from this.
MIN_BACKOFF_S = 0.1
#: A wait is longer by up to this part, so that the clients of a restarted server do not all return at once.
JITTER = 0.25
#: A server may ask for a longer wait than a day, but does not get it.
MAX_ASKED_S = 86400.0

#: The body of an event source has no end, and comments alone may keep it alive. So there is no event timeout.
_DEFAULT_TIMEOUTS = DEFAULT_TIMEOUTS.without_events()


class _Closed(Exception):
    """The source was closed while a request was being sent."""


class EventSource(ClosesOnExit):
    """Yields the events of a URL, and reconnects when the connection ends, as the WHATWG standard says.

        with ssescan.EventSource("https://example.com/events") as source:
            for event in source:
                print(event.event, event.data)

    After the end of a response, clean or not, the request is sent again with the last event id. The wait before it is
    `initial_delay_s`, or what a `retry` field of the server says. It doubles with each attempt that yields no event, up to
    30 s, and is longer by up to 25 % at random. An event resets it.

    It also reconnects after the statuses 429 and 5xx, which the standard does not. Status 204 ends the source. Every other
    status but 200, and every media type but text/event-stream, raises. If a 200 response has a `Location` header, the next
    requests are a GET of that URL.

    One thread at a time may iterate. `close` and the attributes are safe from any thread.

    Args:
        url: The URL.
        method: The HTTP method; None means POST with a body and GET without one.
        json: A value that is sent as JSON with every request.
        content: The body, which is sent with every request as it is; a str is encoded as UTF-8.
        headers: Headers to send. They replace the default ones of the same name.
        last_event_id: The event id at the start. It is sent as `Last-Event-ID` unless it is empty.
        initial_delay_s: Seconds to wait before it reconnects, until the server sets another time.
        timeout: A number of seconds, a `Timeouts`, None, or an object like `httpx.Timeout`: see `Timeouts.of`. It applies to
            each connection. Unless a `Timeouts` sets it, there is no event timeout.
        on_error: Called with the exception of each failure that it reconnects after, before the wait. An exception that it
            raises ends the source and passes to the caller.
        on_comment: Called with the text of each comment (the rest of the line after the colon, up to 64 KiB), after the events before it.
            An exception that it raises ends the source and passes to the caller.
        http_client: A `PoolManager` of urllib3, or a `FakePool` of `ssescan.testing`. Without one, the source has
            connections of its own.
        max_event_bytes: The largest size of one event, in bytes.

    Raises:
        APIStatusError: While iterating: a status that it does not reconnect after.
        APIConnectionError: While iterating: the request cannot be sent, the certificate of the server is refused, or it does
            not speak TLS.
        NotAnEventStream: While iterating: a status of 2xx but 200, or another media type.
        EventTooLarge: While iterating: an event of more than `max_event_bytes`.
        TypeError: Both `json` and `content` are given, or an argument has the wrong type.
        ValueError: A number is out of range.
        RuntimeError: While iterating, if another thread is iterating.
    """

    def __init__(
        self,
        url: str,
        *,
        method: str | None = None,
        json: Any = None,
        content: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        last_event_id: str = "",
        initial_delay_s: float = 3.0,
        timeout: Any = _DEFAULT_TIMEOUTS,
        on_error: Callable[[Exception], object] | None = None,
        on_comment: Callable[[str], object] | None = None,
        http_client: Any = None,
        max_event_bytes: int = MAX_EVENT_BYTES,
    ) -> None:
        self._max_event_bytes = max_event_bytes
        self._scanner(b"", last_event_id)  # raises for wrong arguments
        self._request, own_id = _without_id(request_for(url, method, json, content, headers))
        self._last_event_id = last_event_id or own_id
        self._delay_s = _checked_delay(initial_delay_s)
        self._timeouts = _timeouts(timeout)
        self._transport, self._owns_transport = transport_of(http_client), http_client is None
        self._on_error, self._on_comment = on_error, on_comment
        self._stream: Scanner[_core.ServerSentEvent] | None = None
        self._requests = 0
        #: Attempts since the last event, which make the waits longer.
        self._fruitless = 0
        self._outcome = Outcome.OPEN
        #: Raised by every later advance.
        self._failure: errors.SSEScanError | None = None
        self._is_closed = threading.Event()
        self._iterating = threading.Lock()
        #: Ends the wait for the headers of a response. The lock ensures that it is not called after that wait.
        self._interrupt: Callable[[], object] | None = None
        self._lock = threading.RLock()

    @property
    def last_event_id(self) -> str:
        """The last event id; an empty string if none was set. A blank line updates it, also without data."""
        stream = self._stream
        return self._last_event_id if stream is None else stream.last_event_id

    @property
    def reconnects(self) -> int:
        """How often the request was sent again."""
        return max(self._requests - 1, 0)

    @property
    def outcome(self) -> Outcome:
        """How the source ended; `open` while it has not.

        `done` after status 204, `cancelled` after `close`, and that of the exception after a failure.
        """
        return self._outcome

    def close(self) -> None:
        """End the source, from any thread. It never raises and can be repeated.

        A thread that iterates, or waits to reconnect, stops at once: its loop ends, and no event is yielded any more.
        """
        with self._lock:
            # The outcome comes first: a thread that finds the source closed must not connect once more.
            if self._outcome is Outcome.OPEN:
                self._outcome = Outcome.CANCELLED
            self._is_closed.set()
            if self._interrupt is not None:
                self._interrupt()
        self._end(Outcome.CANCELLED)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> _core.ServerSentEvent:
        if not self._iterating.acquire(blocking=False):
            raise RuntimeError("EventSource is being iterated by another thread")
        try:
            return self._next()
        finally:
            self._iterating.release()

    def __repr__(self) -> str:
        return f"<EventSource {redacted(self._request.url)}: {self._outcome}>"

    # The steps of an iteration

    def _next(self) -> _core.ServerSentEvent:
        while self._outcome is Outcome.OPEN:
            event, failure = self._advance()
            if event is not None:
                self._fruitless = 0
                return event
            if self._outcome is Outcome.OPEN:
                self._reconnect_after(failure)
        if self._failure is not None:
            raise self._failure._copy()
        raise StopIteration

    def _advance(self) -> tuple[_core.ServerSentEvent | None, errors.SSEScanError | None]:
        """Return the next event; without one, the failure that ended the connection, or None after a clean end."""
        try:
            stream = self._stream or self._connect()
            event = None if stream is None else next(stream)
            return None if self._is_closed.is_set() else event, None
        except (StopIteration, _Closed):
            return None, None
        except errors.SSEScanError as error:
            note_request(error)
            return None, error.with_traceback(None)  # its frames refer to this source, which would be a cycle
        except CallbackFailed as error:
            raised = error.__cause__ or error
        self._end(Outcome.CANCELLED)
        try:
            raise raised  # outside of the handler, so that it keeps its own cause and context
        finally:
            del raised

    def _connect(self) -> Scanner[_core.ServerSentEvent] | None:
        """Send the request and return the stream of its response; None if the server ended the source."""
        try:
            response = self._send()
            if response.status_code == 204:
                response.discard()
                self._end(Outcome.DONE)
                return None
            check_is_event_source(response)
        finally:
            with self._lock:
                self._interrupt = None
        self._follow_location(response)
        source = event_stream(response, self._timeouts)
        if self._on_comment is not None:
            source = Commented(source, _guarded(self._on_comment))
        self._stream = stream = self._scanner(source, self._last_event_id)
        if self._is_closed.is_set():  # `close` may not have seen this stream
            stream.close()
        return stream

    def _scanner(self, source: Any, last_event_id: str) -> Scanner[_core.ServerSentEvent]:
        return Scanner(source, last_event_id=last_event_id, max_event_bytes=self._max_event_bytes)

    def _send(self) -> Response:
        base, headers = self._request, self._request.headers.copy()
        if self._last_event_id:
            headers[LAST_EVENT_ID] = header_of_id(self._last_event_id)
        self._requests += 1
        with request_context(on_connect=self._before_wait):
            return self._transport.send(Request(base.method, base.url, headers, base.content), self._timeouts)

    def _before_wait(self, connection: Any) -> None:
        """Let `close` end the wait for a response over this connection."""
        with self._lock:
            if self._is_closed.is_set():
                raise _Closed
            self._interrupt = partial(wake, connection)

    def _follow_location(self, response: Response) -> None:
        """Send the next requests to the Location of a successful response, where the rest of its events is."""
        location = response.headers.get("location")
        if location:
            try:
                request = request_to(location, response.request, as_get=True)
            except ValueError:
                return
            self._request, _ = _without_id(request)

    def _reconnect_after(self, failure: errors.SSEScanError | None) -> None:
        """Wait for the next attempt, or end the source if there must not be one."""
        stream = self._stream
        if stream is not None:
            self._last_event_id = stream.last_event_id
            if stream.retry_ms is not None:
                self._delay_s = min(stream.retry_ms / 1000, MAX_ASKED_S)
            stream.close()
            self._stream = None
        if failure is not None and not _may_reconnect_after(failure):
            self._failure = failure._copy()
            self._end(failure.outcome or Outcome.ERROR)
            return
        if failure is not None and self._on_error is not None:
            self._call_on_error(failure)
        delay_s = self._next_delay_s(failure)
        reconnecting(self._request, failure, delay_s, is_handled=self._on_error is not None)
        self._fruitless += 1
        self._is_closed.wait(delay_s)

    def _call_on_error(self, failure: errors.SSEScanError) -> None:
        assert self._on_error is not None
        try:
            self._on_error(failure)
        except Exception:
            self._end(failure.outcome or Outcome.BROKEN)
            raise

    def _next_delay_s(self, failure: errors.SSEScanError | None) -> float:
        """Return the wait before the next attempt."""
        delay_s = self._delay_s
        if self._fruitless:
            grown_s = max(delay_s, MIN_BACKOFF_S) * 2.0 ** min(self._fruitless, 32)
            delay_s = min(grown_s, max(delay_s, MAX_DELAY_S))
        delay_s *= 1 + JITTER * random.random()
        response = getattr(failure, "response", None)
        asked_s = None if response is None else retry_after_s(response.headers)
        if asked_s is not None and delay_s < asked_s:
            return min(asked_s, MAX_ASKED_S)
        return delay_s

    def _end(self, outcome: Outcome) -> None:
        """Set the outcome, unless the source has one, and close what is open."""
        with self._lock:
            if self._outcome is Outcome.OPEN:
                self._outcome = outcome
            stream = self._stream
        if stream is not None:
            stream.close()
        if self._owns_transport:
            self._transport.close()


def _guarded(on_comment: Callable[[str], object]) -> Callable[[str], object]:
    def report(comment: str) -> None:
        try:
            on_comment(comment)
        except Exception as error:
            raise CallbackFailed from error

    return report


def _may_reconnect_after(failure: errors.SSEScanError) -> bool:
    """Return whether the source reconnects after a failure.

    The standard reconnects after a network error and after the end of a body. A proxy or a server that restarts answers 5xx,
    and 429 asks for a pause; clients that give up then have to be restarted by hand. A page of a proxy that is labelled as an
    event stream is a body without events to the standard. Its error has an outcome, since it is from the end of a stream.
    """
    if isinstance(failure, errors.APIStatusError):
        return failure.status_code == 429 or failure.status_code >= 500
    if isinstance(failure, errors.NotAnEventStream):
        return failure.outcome is not None
    return isinstance(failure, errors.APIConnectionError) and failure.retryable


def _without_id(request: Request) -> tuple[Request, str]:
    """Return the request without `Last-Event-ID`, which changes with each request, and the id."""
    own = next((value for name, value in request.headers.items() if name.lower() == LAST_EVENT_ID.lower()), "")
    headers = {name: value for name, value in request.headers.items() if name.lower() != LAST_EVENT_ID.lower()}
    found = own.encode("latin-1", "replace").decode("utf-8", "replace")
    return Request(request.method, request.url, headers, request.content), found


def _checked_delay(seconds: Any) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds < math.inf:
        raise ValueError(f"initial_delay_s must be a number of seconds, 0 or more, got {seconds!r}")
    return min(float(seconds), MAX_ASKED_S)


def _timeouts(timeout: Any) -> Timeouts:
    timeouts = Timeouts.of(timeout)
    return timeouts if isinstance(timeout, Timeouts) else timeouts.without_events()
