"""`Outcome`: how a stream ended. `Stats`: its counts and times.

With a dialect, every end other than `done` and `finished` raises. `reading.ending` decides which outcome an end has.
"""

from enum import StrEnum
from typing import NamedTuple

__all__ = ["Outcome", "Stats"]


class Outcome(StrEnum):
    """How a stream ended. Members compare equal to their values: `outcome == "done"`.

    Attributes:
        OPEN: The stream has not ended.
        DONE: The end marker of the dialect was received.
        FINISHED: No end marker was received, but the payloads say that the answer is complete.
        EOF: The body of a stream without a dialect ended.
        TRUNCATED: The body ended before the answer was complete.
        ERROR: The server reported an error, or sent data that is not a valid answer.
        CANCELLED: The stream was closed or cancelled before its end.
        TIMEOUT: A timeout expired.
        BROKEN: The connection failed.
    """

    OPEN = "open"
    DONE = "done"
    FINISHED = "finished"
    EOF = "eof"
    TRUNCATED = "truncated"
    ERROR = "error"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    BROKEN = "broken"


class Stats(NamedTuple):
    """A snapshot of a stream's counts and times.

    The properties are durations in seconds. The attributes are points in time, as `time.monotonic()`.

    Attributes:
        events: The number of events that were returned.
        bytes: The number of bytes that the source returned.
        tail_bytes: The number of bytes after the last blank line.
        opened_s: When the request was sent, if the client or `ssescan.stream` sent it; otherwise when the stream was opened.
        first_byte_s: When the first byte arrived, or None.
        first_text_s: When the first text was found, or None. It is not a duration: that is `time_to_first_text_s`.
        last_s: When the last byte arrived, or None.
    """

    events: int
    bytes: int
    tail_bytes: int
    opened_s: float
    first_byte_s: float | None
    first_text_s: float | None
    last_s: float | None

    @property
    def duration_s(self) -> float | None:
        """The time until the last byte so far; None before the first one. `StreamEnd.duration_s` is the time until the end."""
        return _between(self.opened_s, self.last_s)

    @property
    def time_to_first_byte_s(self) -> float | None:
        """The time until the first byte; None before it."""
        return _between(self.opened_s, self.first_byte_s)

    @property
    def time_to_first_text_s(self) -> float | None:
        """The time until the first text; None without text."""
        return _between(self.opened_s, self.first_text_s)

    @property
    def events_per_s(self) -> float | None:
        """The events per second between the first byte and the last one; None if all data arrived at once."""
        streamed_s = _between(self.first_byte_s, self.last_s)
        return self.events / streamed_s if streamed_s else None

    def __repr__(self) -> str:
        took = "" if self.duration_s is None else f" in {self.duration_s:.3f} s"
        text = "" if self.time_to_first_text_s is None else f", first text after {self.time_to_first_text_s:.3f} s"
        return f"<Stats: {self.events} events, {self.bytes} bytes{took}{text}>"


def _between(start_s: float | None, end_s: float | None) -> float | None:
    return None if start_s is None or end_s is None else max(0.0, end_s - start_s)
