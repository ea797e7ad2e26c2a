"""`Outcome`: how a stream ended. `Stats`: its counts and times.

With a dialect, every end other than `done` and `finished` raises. `reading.ending` decides which outcome an end has.
"""

from __future__ import annotations

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
    """A snapshot of a stream's counts and times. Times are `time.monotonic()` seconds.

    Attributes:
        events: The number of events that were returned.
        bytes: The number of bytes that the source returned.
        tail_bytes: The number of bytes after the last blank line.
        opened_s: When the stream was opened.
        first_byte_s: When the first byte arrived, or None.
        first_text_s: When the first text was found, or None.
        last_s: When the last byte arrived, or None.
    """

    events: int
    bytes: int
    tail_bytes: int
    opened_s: float
    first_byte_s: float | None
    first_text_s: float | None
    last_s: float | None
