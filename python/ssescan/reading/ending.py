"""How the core says that a stream ended -> outcome and exception."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ssescan import errors
from ssescan.errors import SSEScanError
from ssescan.outcome import Outcome, Stats

from . import server_errors
from .sources import Source, map_transport_error

if TYPE_CHECKING:  # importing `ssescan` loads no dialect
    from ssescan.dialects import Dialect, Row

__all__ = ["conclude", "attach_context"]


class Ending(Protocol):
    """The parts of a stream that the verdict depends on."""

    @property
    def event(self) -> Any: ...
    @property
    def dialect(self) -> str | None: ...
    @property
    def stats(self) -> Stats: ...
    @property
    def _looked_for_dialect(self) -> bool: ...
    def _dialect_in_use(self) -> Dialect | None: ...
    def _complete(self) -> bool: ...
    def _non_sse_prefix(self) -> bytes: ...
    def _partial_text(self) -> str: ...
    def _last_event_name(self) -> str: ...
    def _request_id(self) -> str | None: ...


Verdict = tuple[Outcome, BaseException | None]


def conclude(stream: Ending, kind: str, details: dict[str, Any]) -> Verdict:
    """Return the outcome of an end that the core reports, and the exception if the stream failed."""
    return _VERDICTS[kind](stream, details)


def _done(stream: Ending, details: dict[str, Any]) -> Verdict:
    return Outcome.DONE, None


def _eof(stream: Ending, details: dict[str, Any]) -> Verdict:
    if details["complete"]:
        return Outcome.FINISHED, None
    if stream.dialect is None and not stream._looked_for_dialect:
        return Outcome.EOF, None
    if (page := _page(stream)) is not None:
        return Outcome.ERROR, page
    return Outcome.TRUNCATED, errors.StreamTruncated(_where(stream))


def _page(stream: Ending) -> errors.NotAnEventStream | None:
    """Return the error for a body that produced no event and looks like an HTML page or a JSON error."""
    body = stream._non_sse_prefix()
    return server_errors.not_a_stream(_response_of(stream), body) if body else None


def _error(stream: Ending, details: dict[str, Any]) -> Verdict:
    if (page := _page(stream)) is not None:
        return Outcome.ERROR, page
    paths = _row(stream, details).error or ("error", "")
    return Outcome.ERROR, server_errors.from_payload(details["payload"], paths, event=details["name"])


def _failed(stream: Ending, details: dict[str, Any]) -> Verdict:
    """Return the error of an answer that failed. The stream is valid, so only readers raise it."""
    row = _row(stream, details)
    error = server_errors.from_payload(
        details["payload"], (row.fails or "",), event=details["name"], missing=details["name"]
    )
    return Outcome.ERROR, error


def _row(stream: Ending, details: dict[str, Any]) -> Row:
    from ssescan.dialects import Row

    index: int | None = details["row"]
    dialect = stream._dialect_in_use()
    if index is None or dialect is None:
        return Row(None)
    return dialect.all_rows()[index][1]


def _malformed(stream: Ending, details: dict[str, Any]) -> Verdict:
    why = f"{details['why']} at byte {details['at']}"
    return Outcome.ERROR, errors.EventDecodeError(details["name"], details["payload"], why)


def _too_large(stream: Ending, details: dict[str, Any]) -> Verdict:
    return Outcome.ERROR, errors.EventTooLarge(**details)


def _source(stream: Ending, details: dict[str, Any]) -> Verdict:
    """Return the verdict for an exception that the source raised."""
    error = map_transport_error(details["cause"], _where(stream))
    if isinstance(error, errors.APIConnectionError) and stream._complete():
        # The answer was complete before the connection failed.
        return Outcome.FINISHED, None
    if isinstance(error, errors.StreamTimeout):
        return Outcome.TIMEOUT, error
    return Outcome.BROKEN, error


def _closed(stream: Ending, details: dict[str, Any]) -> Verdict:
    return Outcome.CANCELLED, None


def _cancelled(stream: Ending, details: dict[str, Any]) -> Verdict:
    return Outcome.CANCELLED, errors.StreamCancelled(_where(stream))


_VERDICTS = {
    "done": _done,
    "eof": _eof,
    "error": _error,
    "failed": _failed,
    "malformed": _malformed,
    "too_large": _too_large,
    "source": _source,
    "closed": _closed,
    "cancelled": _cancelled,
}


def _where(stream: Ending) -> str:
    """Return how far the stream was, for a message."""
    stats = stream.stats
    events = "1 event" if stats.events == 1 else f"{stats.events} events"
    last = f"; last event: {name}" if (name := stream._last_event_name()) else ""
    tail = f"; {stats.tail_bytes} bytes of an unfinished event" if stats.tail_bytes else ""
    return f"after {events}, {stats.bytes} bytes{last}{tail}"


def attach_context(error: BaseException, stream: Ending, outcome: Outcome) -> None:
    """Set the attributes of an `SSEScanError` that describe its stream."""
    if isinstance(error, SSEScanError):
        error.outcome = outcome
        error.partial_text = stream._partial_text()
        error.events = stream.stats.events
        error.last_event = stream.event
        error.request_id = error.request_id or stream._request_id() or errors.request_id_of(_response_of(stream))
    if isinstance(error, errors.APIError):
        error.request = error.request or getattr(_response_of(stream), "request", None)


def _response_of(stream: Ending) -> Any:
    source: Source | None = getattr(stream, "_source", None)
    return None if source is None else source.response
