"""Reports the beginning and the end of streams: to `on_stream_end`, to the logger, and to the telemetry of `ssescan.otel`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from ssescan import errors
from ssescan._log import DEBUG, INFO, WARNING, log, log_at
from ssescan._signatures import readable_signature
from ssescan.http.failures import root_cause
from ssescan.http.urls import redacted
from ssescan.outcome import Outcome, Stats

__all__ = ["Observer", "StreamEnd", "ended", "note_request", "observe", "opened", "reconnecting", "reported_if_refused"]


@readable_signature
class StreamEnd(NamedTuple):
    """The end of a stream, as `on_stream_end` gets it.

    Attributes:
        stats: The counts and times.
        outcome: How the stream ended.
        error: The exception that the stream ended with, or None. A reader raises its own for an answer that failed.
        usage: The token counts that the server sent, or None.
        finish_reason: The finish reason of choice 0, or None.
        dialect: The name of the dialect, or None.
        response: The HTTP response, or None.
        duration_s: The seconds from the request, or the opening of the stream, to its end.
    """

    stats: Stats
    outcome: Outcome
    error: BaseException | None
    usage: Any
    finish_reason: str | None
    dialect: str | None
    response: Any
    duration_s: float


class Observer(Protocol):
    """Gets every `Scanner` of the process that reads an HTTP response. Its methods must not raise."""

    def opened(self, stream: Any) -> Any:
        """Take note of a new stream. The result is passed to `ended`."""

    def ended(self, stream: Any, opened: Any, end: StreamEnd) -> None:
        """Take note of the end of a stream."""

    def refused(self, error: errors.SSEScanError, dialect: str, sent_s: float) -> None:
        """Take note of a request for a stream that got none, after its retries. It was sent at `sent_s`."""


_observer: Observer | None = None


def observe(observer: Observer | None) -> Observer | None:
    """Set the observer of all streams that are opened from now on, and return the one before."""
    global _observer
    before, _observer = _observer, observer
    return before


@contextmanager
def reported_if_refused(dialect: Any, sent_s: float | None = None) -> Iterator[None]:
    """Add the request to an exception as a note. Report it to the logger, and to the observer if a stream was requested.

    Args:
        dialect: The dialect of the stream, or its name; None if no stream was requested.
        sent_s: The `time.monotonic()` at which the request was sent; None if it is sent in the `with` block.
    """
    sent_s = time.monotonic() if sent_s is None else sent_s
    try:
        yield
    except errors.SSEScanError as error:
        note_request(error)
        if logger := log_at(INFO):
            logger.info("Request refused: %s: %s", _sent(error) or "not sent", _failure(error))
        if _observer is not None and dialect is not None:
            _observer.refused(error, getattr(dialect, "name", dialect), sent_s)
        raise


def opened(stream: Any) -> tuple[Observer, Any] | None:
    """Report a new stream to the logger and the observer. Return the observer, and what it knows about the stream."""
    if logger := log_at(DEBUG):
        logger.debug("Stream opened: %s", _source(stream.response))
    return None if _observer is None else (_observer, _observer.opened(stream))


def ended(stream: Any, observed: tuple[Observer, Any] | None) -> None:
    """Report the end of a stream to the logger, the observer and `on_stream_end`."""
    level, hook = INFO if _has_failed(stream) else DEBUG, stream.on_stream_end
    if logger := log_at(level):
        logger.log(level, "Stream ended: %s", _described(stream))
    if observed is None and hook is None:
        return
    stats = stream.stats
    end = StreamEnd(
        stats,
        stream.outcome,
        stream.err,
        stream.usage,
        stream.finish_reason,
        stream.dialect,
        stream.response,
        time.monotonic() - stats.opened_s,
    )
    if observed is not None:
        observer, token = observed
        observer.ended(stream, token, end)
    if hook is not None:
        try:
            hook(end)
        except Exception:  # the stream has ended as it has, and its reader is not the one who set the hook
            log().exception("on_stream_end failed for a stream of %s", _source(stream.response))


def reconnecting(request: Any, failure: errors.SSEScanError | None, delay_s: float, *, is_handled: bool) -> None:
    """Report to the logger that an `EventSource` waits to reconnect.

    Args:
        request: The request that will be sent again.
        failure: The failure of the connection; None for a clean end.
        delay_s: The wait in seconds.
        is_handled: True if the program gets the failure too.
    """
    level = DEBUG if failure is None else INFO if is_handled else WARNING
    if logger := log_at(level):
        cause = "response ended" if failure is None else _failure(failure)
        logger.log(level, "%s: %s. Reconnecting in %.1f s", _line(request), cause, delay_s)


def _has_failed(stream: Any) -> bool:
    return stream.err is not None and stream.outcome is not Outcome.CANCELLED


def note_request(error: errors.SSEScanError) -> None:
    """Add the request to an exception as a note, which tracebacks show. Messages stay as short as those of `openai`."""
    note = f"Request: {_sent(error)}"
    if _sent(error) and note not in getattr(error, "__notes__", ()):
        error.add_note(note)


def _sent(error: errors.SSEScanError) -> str:
    """Return the request of an exception; an empty string if it is unknown."""
    return _line(getattr(error, "request", None) or errors.request_of(getattr(error, "response", None)))


def _line(request: Any) -> str:
    """Return the method and the URL of a request, without secrets; an empty string if it has no URL."""
    url = getattr(request, "url", None)
    return f"{getattr(request, 'method', 'GET')} {redacted(url)}" if isinstance(url, str) else ""


def _failure(error: errors.SSEScanError) -> str:
    """Return the class of an exception and its facts, without what the server wrote."""
    facts = [f"status {error.status_code}"] if error.status_code else []
    if isinstance(error, errors.APIConnectionError) and error.__cause__ is not None:
        facts.append(" ".join(root_cause(error).split())[:200])
    if error.request_id:
        facts.append(f"request {error.request_id}")
    return ", ".join([type(error).__name__, *facts])


def _source(response: Any) -> str:
    """Return where a stream comes from, without secrets."""
    if response is None:
        return "no HTTP response"
    facts = [_line(errors.request_of(response)), f"status {errors.status_of(response)}"]
    if request_id := errors.request_id_of(response):
        facts.append(f"request {request_id}")
    return ", ".join(filter(None, facts))


def _described(stream: Any) -> str:
    """Return how a stream ended, and what it had."""
    stats = stream.stats
    facts = [f"{stream.outcome}, {stats.events} events, {stats.bytes} bytes"]
    if stats.last_s is not None:
        facts.append(f"last byte after {stats.last_s - stats.opened_s:.3f} s")
    if stats.first_text_s is not None:
        facts.append(f"first text after {stats.first_text_s - stats.opened_s:.3f} s")
    if stream.err is not None:
        facts.append(type(stream.err).__name__)
    if stream.response is not None:
        facts.append(_source(stream.response))
    return ", ".join(facts)
