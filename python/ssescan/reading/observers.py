"""Reports the beginning and the end of streams: to `on_stream_end`, to the logger, and to the telemetry of `ssescan.otel`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from ssescan import errors
from ssescan._log import debug_log, log
from ssescan.outcome import Outcome, Stats

__all__ = ["Observer", "StreamEnd", "ended", "observe", "opened", "reported_if_refused"]


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
def reported_if_refused(dialect: Any) -> Iterator[None]:
    """Report an exception of a request for a stream of a dialect to the observer. None: no stream was requested."""
    sent_s = time.monotonic()
    try:
        yield
    except errors.SSEScanError as error:
        if _observer is not None and dialect is not None:
            _observer.refused(error, getattr(dialect, "name", dialect), sent_s)
        raise


def opened(stream: Any) -> tuple[Observer, Any] | None:
    """Report a new stream to the logger and the observer. Return the observer, and what it knows about the stream."""
    logger = debug_log()
    if logger is not None:
        logger.debug("Stream opened: %s", _source(stream.response))
    return None if _observer is None else (_observer, _observer.opened(stream))


def ended(stream: Any, observed: tuple[Observer, Any] | None) -> None:
    """Report the end of a stream to the logger, the observer and `on_stream_end`."""
    logger, hook = debug_log(), stream.on_stream_end
    if logger is not None:
        logger.debug("Stream ended: %s", _described(stream))
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


def _source(response: Any) -> str:
    """Return where a stream comes from, without secrets."""
    request = errors.request_of(response)
    status = errors.status_of(response)
    url = getattr(request, "url", None)
    if not isinstance(url, str):
        return "no HTTP response" if response is None else f"status {status}"
    from ssescan.http.urls import redacted

    return f"{getattr(request, 'method', 'GET')} {redacted(url)}, status {status}"


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
    request_id = errors.request_id_of(stream.response)
    if request_id:
        facts.append(f"request {request_id}")
    return ", ".join(facts)
