"""From the end that the core reports to the outcome and the exception.

`conclude` is a pure function of two values: an `End`, and the facts about the stream. It changes neither, nor the exception
that a source raised. `StreamFacts.conclude`, which the core calls, calls `complete` after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ssescan import _core, errors
from ssescan.errors import SSEScanError
from ssescan.outcome import Outcome, Stats

from . import server_errors
from .observers import note_request
from .sources import CallbackFailed, begins_like_a_stream, drop_frames, map_transport_error

if TYPE_CHECKING:  # importing `ssescan` loads no dialect
    from ssescan.dialects import Dialect, Row

__all__ = ["Context", "StreamFacts", "Verdict", "complete", "conclude"]

Verdict = tuple[Outcome, BaseException | None]


class Context(NamedTuple):
    """The facts about a stream at its end.

    Attributes:
        stats: The counts and times.
        dialect: The dialect in use, or None.
        looked_for_dialect: True if a dialect is in use, or `auto` has not seen an event yet.
        response: The HTTP response, or None.
        non_sse_prefix: The start of a body that produced no event and does not look like an event stream.
        partial_text: The text that was returned; empty after a good end.
        last_event: The last event that was returned, or None.
        last_event_name: Its name; empty if a reader read the stream.
        partial_text_truncated: True if there was more text before `partial_text`.
    """

    stats: Stats
    dialect: Dialect | None = None
    looked_for_dialect: bool = False
    response: Any = None
    non_sse_prefix: bytes = b""
    partial_text: str = ""
    last_event: Any = None
    last_event_name: str = ""
    partial_text_truncated: bool = False

    @property
    def request_id(self) -> str | None:
        """The server's id of the request, or None."""
        return errors.request_id_of(self.response)


class StreamFacts(NamedTuple):
    """The facts about a stream before it is read.

    Attributes:
        dialects: The dialects to choose from.
        auto: True if the first event chooses.
        response: The HTTP response, or None.
    """

    dialects: list[Dialect]
    auto: bool
    response: Any

    def conclude(
        self,
        end: _core.End,
        dialect: int | None,
        counts: tuple[Any, ...],
        partial_text: str | None,
        last_event: Any,
        last_event_name: str | None,
        non_sse_prefix: bytes,
        partial_text_truncated: bool = False,
    ) -> Verdict:
        """Return the verdict for an end. The core calls this when a stream ends.

        Args:
            end: Why the stream ended.
            dialect: The index of the dialect in use, or None.
            counts: The fields of `Stats`.
            partial_text: The text that was returned, or None after a good end.
            last_event: The last event that was returned, or None.
            last_event_name: Its name, or None.
            non_sse_prefix: The start of a body that produced no event and does not look like an event stream.
            partial_text_truncated: True if there was more text before `partial_text`.
        """
        stats = Stats(*counts)
        looked_for_dialect = bool(self.dialects) and not (self.auto and stats.events > 0)
        context = Context(
            stats,
            None if dialect is None else self.dialects[dialect],
            looked_for_dialect,
            self.response,
            non_sse_prefix,
            partial_text or "",
            last_event,
            last_event_name or "",
            partial_text_truncated,
        )
        outcome, error = conclude(end, context)
        complete(error, outcome, end, context)
        return outcome, error


def conclude(end: _core.End, context: Context) -> Verdict:
    """Return the outcome of an end, and the exception if the stream failed."""
    return _VERDICTS[end.kind](end, context)


def _done(end: _core.End, context: Context) -> Verdict:
    return Outcome.DONE, None


def _eof(end: _core.End, context: Context) -> Verdict:
    if end.complete:
        return Outcome.FINISHED, None
    if context.non_sse_prefix:
        return _not_a_stream(context)
    if not _has_dialect(context):
        return Outcome.EOF, None
    if server_errors.reports_error(end.payload):
        return Outcome.ERROR, server_errors.from_payload(end.payload, ("error",))
    if context.dialect is None and end.payload and begins_like_a_stream(end.payload) is False:
        found = f"got {server_errors.quoted(end.payload)} ({context.stats.bytes} bytes without an event)"
        error = errors.StreamTruncated(message=f"Expected an event stream, {found}.")
        error.retryable = False  # it is a file or the like: a response would have raised NotAnEventStream
        return Outcome.TRUNCATED, error
    return Outcome.TRUNCATED, errors.StreamTruncated(_where(context), _unread(end.payload, context.dialect))


def _only_done(end: _core.End, context: Context) -> Verdict:
    """Return the verdict for `[DONE]` before the answer was complete."""
    unread = _unread(end.payload, context.dialect)
    return Outcome.TRUNCATED, errors.StreamTruncated(f"but [DONE] {_events(context)}", unread)


def _unread(tail: bytes, dialect: Dialect | None) -> str:
    """Return what the dialect did not understand at the end of the stream, for a message."""
    from ssescan.dialects import claiming

    if not tail or dialect is None:
        return ""
    other = claiming(tail)
    hint = f", which looks like an event of dialect {other!r}" if other not in (None, dialect.name) else ""
    return f"ends with {server_errors.quoted(tail)}{hint}"


def _error(end: _core.End, context: Context) -> Verdict:
    if context.non_sse_prefix:
        return _not_a_stream(context)
    row = _row(end, context)
    missing = {} if row.cls is None else {"missing": f"The answer failed ({end.name})"}
    return Outcome.ERROR, server_errors.from_payload(end.payload, row.error or ("error", ""), **missing)


def _not_a_stream(context: Context) -> Verdict:
    """Return the verdict for an HTML page or a JSON error in place of a stream."""
    return Outcome.ERROR, server_errors.not_a_stream(context.response, context.non_sse_prefix)


def _failed(end: _core.End, context: Context) -> Verdict:
    """Return the verdict for an answer that failed. The stream is valid, so only readers raise it."""
    path, finish = _row(end, context).fails, context.dialect and context.dialect.finish
    if path is None and finish:
        return Outcome.ERROR, server_errors.failed_answer(end.payload, finish.path, finish.has_failed, finish.errors)
    return Outcome.ERROR, server_errors.from_payload(end.payload, (path or "",), missing=end.name)


def _row(end: _core.End, context: Context) -> Row:
    from ssescan.dialects import Row

    if end.row is None or context.dialect is None:
        return Row(None)
    return context.dialect.all_rows()[end.row][1]


def _malformed(end: _core.End, context: Context) -> Verdict:
    return Outcome.ERROR, errors.EventDecodeError(end.name, end.payload, f"{end.why} at byte {end.at}")


def _too_large(end: _core.End, context: Context) -> Verdict:
    return Outcome.ERROR, errors.EventTooLarge(end.limit, end.size, end.position)


def _source(end: _core.End, context: Context) -> Verdict:
    """Return the verdict for an exception that the source raised."""
    assert end.cause is not None
    if isinstance(end.cause, CallbackFailed):
        return Outcome.BROKEN, end.cause.__cause__
    error = map_transport_error(end.cause, _where(context), has_text=_has_dialect(context))
    if isinstance(error, errors.APIConnectionError) and end.complete:
        # The answer was complete before the connection failed.
        return Outcome.FINISHED, None
    if isinstance(error, errors.StreamTimeout):
        return Outcome.TIMEOUT, error
    if isinstance(error, errors.APIError) and not isinstance(error, errors.APIConnectionError):
        return Outcome.ERROR, error  # the response is not an event stream
    return Outcome.BROKEN, error


def _tee(end: _core.End, context: Context) -> Verdict:
    """Return the verdict for an exception of the tee. Whatever its class, the connection has not failed."""
    return Outcome.BROKEN, end.cause


def _closed(end: _core.End, context: Context) -> Verdict:
    return Outcome.CANCELLED, None


def _cancelled(end: _core.End, context: Context) -> Verdict:
    return Outcome.CANCELLED, errors.StreamCancelled(_where(context))


_VERDICTS = {
    "done": _done,
    "eof": _eof,
    "only_done": _only_done,
    "error": _error,
    "failed": _failed,
    "malformed": _malformed,
    "too_large": _too_large,
    "source": _source,
    "tee": _tee,
    "closed": _closed,
    "cancelled": _cancelled,
}


def _has_dialect(context: Context) -> bool:
    """Return whether the stream has a dialect, or would have got one from its first event."""
    return context.dialect is not None or context.looked_for_dialect


def _where(context: Context) -> str:
    """Return how far the stream was, for a message."""
    stats = context.stats
    last = f"; last event: {context.last_event_name}" if context.last_event_name else ""
    tail = f"; {stats.tail_bytes} bytes of an unfinished event" if stats.tail_bytes else ""
    return f"{_events(context)}, {stats.bytes} bytes{last}{tail}"


def _events(context: Context) -> str:
    count = context.stats.events
    return f"after {count} event{'' if count == 1 else 's'}"


def complete(error: BaseException | None, outcome: Outcome, end: _core.End, context: Context) -> None:
    """Set the attributes of an exception that describe its stream, and remove the tracebacks of its cause."""
    if isinstance(error, SSEScanError):
        _describe_stream(error, outcome, context)
    if end.cause is not None and end.cause is not error and not isinstance(end.cause, CallbackFailed):
        drop_frames(end.cause)


def _describe_stream(error: SSEScanError, outcome: Outcome, context: Context) -> None:
    """Set the attributes of an exception that describe its stream."""
    error.outcome = outcome
    error.partial_text = context.partial_text
    error.partial_text_truncated = context.partial_text_truncated
    error.events = context.stats.events
    error.last_event = context.last_event
    error.request_id = error.request_id or context.request_id
    if isinstance(error, errors.APIError):
        error.request = error.request or errors.request_of(context.response)
    if isinstance(error, errors.APIStatusError) and error.response is None:
        error.response = _response_of(error, context.response)
    note_request(error)


def _response_of(error: errors.APIStatusError, response: Any) -> Any:
    """Return the response of a stream with the error that it reported as its body, which handlers read."""
    with_content = getattr(response, "with_content", None)
    return response if with_content is None else with_content(error.raw or b"")
