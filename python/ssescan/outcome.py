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
from typing import NamedTuple

__all__ = ["Outcome", "Stats"]


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


class Stats(NamedTuple):
    """A snapshot of a stream's counts and times.

    `events` were handed out, `bytes` were given by the source, `tail_bytes` stand behind the last blank
    line. Times are `time.monotonic()` seconds, None for what has not happened: the stream was opened, its
    first byte came, its first text was seen, its last byte so far came.
    """

    events: int
    bytes: int
    tail_bytes: int
    opened_s: float
    first_byte_s: float | None
    first_text_s: float | None
    last_s: float | None
