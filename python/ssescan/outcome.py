"""How a stream ended. Never unknown.

    open        still going
    done        the dialect's end mark was seen
    finished    no end mark, but the payloads themselves say that the answer is whole
    eof         without a dialect: the body ended
    truncated   the body ended and nothing said that the answer is whole
    error       the server said so, or sent what no answer can be
    cancelled   somebody closed or cancelled the stream
    timeout     a clock ran out
    broken      the connection failed

With a dialect, an end that is neither `done` nor `finished` raises. `judge` is the whole state machine:
the core says what happened, it says what that means.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from . import errors
from .errors import SSEScanError

if TYPE_CHECKING:
    from .dialects import Row
    from .scanner import _Stream
    from .source import Blocks

__all__ = ["Outcome"]


class Outcome(str, Enum):
    """How a stream ended; compares equal to its value (`outcome == "done"`)."""

    OPEN = "open"
    DONE = "done"
    FINISHED = "finished"
    EOF = "eof"
    TRUNCATED = "truncated"
    ERROR = "error"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    BROKEN = "broken"

    def __str__(self) -> str:
        return self.value


Verdict = tuple[Outcome, BaseException | None]


def judge(stream: _Stream, kind: str, details: dict[str, Any]) -> Verdict:
    """What the end that the core reports means for `stream`: its outcome, and the exception if it failed."""
    return _JUDGES[kind](stream, details)


def _done(stream: _Stream, details: dict[str, Any]) -> Verdict:
    return Outcome.DONE, None


def _eof(stream: _Stream, details: dict[str, Any]) -> Verdict:
    if details["complete"]:
        return Outcome.FINISHED, None
    if stream.dialect is None and not stream._looked_for_dialect:
        return Outcome.EOF, None
    if (refused := _refused(stream)) is not None:
        return Outcome.ERROR, refused
    return Outcome.TRUNCATED, errors.StreamTruncated(_where(stream))


def _refused(stream: _Stream) -> errors.NotAnEventStream | None:
    """A stream without an event may be a page or a JSON error that calls itself an event stream."""
    blocks: Blocks | None = getattr(stream, "_blocks", None)
    body = b"" if blocks is None or blocks.refused is None or stream.stats.events else blocks.refused()
    return errors.not_a_stream(blocks.response, body) if blocks is not None and body else None


def _error(stream: _Stream, details: dict[str, Any]) -> Verdict:
    if (refused := _refused(stream)) is not None:
        return Outcome.ERROR, refused
    paths = _row(stream, details).error or ("error", "")
    return Outcome.ERROR, errors.from_payload(details["payload"], paths, event=details["name"])


def _failed(stream: _Stream, details: dict[str, Any]) -> Verdict:
    """A reader met the end of an answer that is not whole, though the stream as such is right."""
    row = _row(stream, details)
    error = errors.from_payload(details["payload"], (row.fails or "",), event=details["name"], missing=details["name"])
    return Outcome.ERROR, error


def _row(stream: _Stream, details: dict[str, Any]) -> Row:
    from .dialects import Row

    index: int | None = details["row"]
    dialect = stream._dialect_in_use()
    if index is None or dialect is None:
        return Row(None)
    return dialect.all_rows()[index][1]


def _malformed(stream: _Stream, details: dict[str, Any]) -> Verdict:
    why = f"{details['why']} at byte {details['at']}"
    return Outcome.ERROR, errors.EventDecodeError(details["name"], details["payload"], why)


def _too_large(stream: _Stream, details: dict[str, Any]) -> Verdict:
    return Outcome.ERROR, errors.EventTooLarge(**details)


def _source(stream: _Stream, details: dict[str, Any]) -> Verdict:
    """The source raised: a failure of the transport gets our type, anything else passes unchanged."""
    from .source import translate

    error = translate(details["cause"], _where(stream))
    if isinstance(error, errors.APIConnectionError) and stream._complete():
        # The answer was whole before the connection broke; nothing of it is missing.
        return Outcome.FINISHED, None
    if isinstance(error, errors.StreamTimeout):
        return Outcome.TIMEOUT, error
    return Outcome.BROKEN, error


def _closed(stream: _Stream, details: dict[str, Any]) -> Verdict:
    return Outcome.CANCELLED, None


def _cancelled(stream: _Stream, details: dict[str, Any]) -> Verdict:
    return Outcome.CANCELLED, errors.StreamCancelled(_where(stream))


_JUDGES = {
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


def _where(stream: _Stream) -> str:
    """Where the stream stood, for a person."""
    stats = stream.stats
    tail = f", {stats.tail_bytes} of them of an unfinished event" if stats.tail_bytes else ""
    last = f"; the last one was {name}" if (name := stream._last_event_name()) else ""
    return f"after {stats.events} events and {stats.bytes} bytes{tail}{last}"


def describe(error: BaseException, stream: _Stream, outcome: Outcome) -> None:
    """Puts on an exception of ours what a program needs to know of its stream."""
    if isinstance(error, SSEScanError):
        error.outcome = outcome
        error.partial_text = stream._partial_text()
        error.events = stream.stats.events
        error.last_event = stream.event
        error.request_id = error.request_id or stream._request_id() or errors.request_id_of(_response_of(stream))
    if isinstance(error, errors.APIError):
        error.request = error.request or getattr(_response_of(stream), "request", None)


def _response_of(stream: _Stream) -> Any:
    blocks: Blocks | None = getattr(stream, "_blocks", None)
    return None if blocks is None else blocks.response
