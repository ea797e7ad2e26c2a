"""The deadlines of a stream."""

from __future__ import annotations

import math
import time
from typing import Any, NamedTuple

__all__ = ["Clocks", "OutOfTime", "Timeouts"]


DEFAULT_EVENT_S = 600.0


class Timeouts(NamedTuple):
    """How long to wait, in seconds; None waits for ever.

    `connect_s`: for a connection. `idle_s`: for a byte, comments included. `event_s`: for an event of the
    dialect; comments, pings and empty data do not count. `total_s`: for the whole stream.
    Each raises `StreamTimeout`, whose `clock` says which one it was.
    """

    connect_s: float | None = 5.0
    idle_s: float | None = 600.0
    event_s: float | None = DEFAULT_EVENT_S
    total_s: float | None = None

    @classmethod
    def of(cls, timeout: Any) -> Timeouts:
        """What a `timeout=` argument means.

        A number sets `connect_s` and `idle_s`; None clears all; an object with `connect`, `read`, `write`
        or `pool` attributes (httpx) gives `connect_s` and `idle_s`. Who waits longer for a byte than 600 s, or for ever,
        waits as long for an event. TypeError for anything else.
        """
        if isinstance(timeout, Timeouts):
            return timeout
        if timeout is None:
            return cls(None, None, None, None)
        if isinstance(timeout, (int, float)) and not isinstance(timeout, bool):
            return cls._patient(float(timeout), float(timeout))
        if any(hasattr(timeout, name) for name in ("connect", "read", "write", "pool")):
            return cls._patient(_seconds(timeout, "connect"), _seconds(timeout, "read"))
        raise TypeError(f"timeout must be a number, Timeouts, None or an httpx-style timeout, not {timeout!r}")

    @classmethod
    def _patient(cls, connect_s: float | None, idle_s: float | None) -> Timeouts:
        return cls(connect_s, idle_s, None if idle_s is None else max(DEFAULT_EVENT_S, idle_s))


def _seconds(timeout: Any, name: str) -> float | None:
    """An attribute of somebody else's timeout; what is no number is no limit."""
    value = getattr(timeout, name, None)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _or_for_ever(seconds: float | None) -> float:
    return math.inf if seconds is None else seconds


class OutOfTime(TimeoutError):
    """A clock ran out; `translate` makes a `StreamTimeout` of it, which knows where the stream stood.

    `waited_s`: how long was waited since the last event, or since the beginning.
    """

    def __init__(self, clock: str, limit_s: float | None, waited_s: float | None = None) -> None:
        super().__init__(f"the {clock} clock ran out")
        self.clock = clock
        self.limit_s = limit_s
        self.waited_s = waited_s


class Clocks:
    """The deadlines of one stream, from when it was asked for.

    The idle and event clocks run only while the reader waits, since a program may take its time; the total
    clock runs always. The reader says how many events were handed out, which is how an event is noticed.
    `opened_s`: the `time.monotonic()` at which the waiting for this stream began, if that was before now.
    """

    def __init__(self, timeouts: Timeouts, opened_s: float | None = None) -> None:
        self._timeouts = timeouts
        self._asked_s = time.monotonic()
        self._opened_s = self._asked_s if opened_s is None else opened_s
        self._idle_s = _or_for_ever(timeouts.idle_s)
        self._event_s = _or_for_ever(timeouts.event_s)
        #: When the total clock runs out.
        self._until_s = self._opened_s + _or_for_ever(timeouts.total_s)
        self._events = 0
        #: How long was waited since the last event; what came before the body counts.
        self._waited_s = self._asked_s - self._opened_s
        #: When the last read gave something; None if it did not, or there was none.
        self._returned_s: float | None = None

    def before(self, events: int) -> tuple[float | None, str]:
        """How long the next read may wait (None: for ever), and the clock that says so.

        Raises `OutOfTime` for a clock that has run out already: a read never fails of it while bytes keep coming.
        """
        self._asked_s = time.monotonic()
        if events != self._events:
            self._events, self._waited_s = events, 0.0
        elif self._returned_s is not None:
            # Nothing was handed out since the last read, so the program has not had its turn.
            self._waited_s += self._asked_s - self._returned_s
        seconds, clock = self._left()
        if seconds is not None and seconds <= 0:
            raise self.out_of_time(clock)
        return seconds, clock

    def _left(self) -> tuple[float | None, str]:
        """What is left of the clock that runs out first. This is done for each read."""
        left_s, clock = self._idle_s, "idle"
        event_s = self._event_s - self._waited_s
        if event_s < left_s:
            left_s, clock = event_s, "event"
        total_s = self._until_s - self._asked_s
        if total_s < left_s:
            left_s, clock = total_s, "total"
        return (None if left_s == math.inf else left_s), clock

    def after(self, *, returned: bool = False) -> None:
        """The read is over; whether it `returned`, or was interrupted."""
        now = time.monotonic()
        self._waited_s += now - self._asked_s
        self._returned_s = now if returned else None

    def overdue(self) -> OutOfTime | None:
        """The exception for the clock that ran out while something waited that has not told which one."""
        self.after()
        self._asked_s = time.monotonic()
        seconds, clock = self._left()
        # Others round, so that they may be a little early.
        return self.out_of_time(clock) if seconds is not None and seconds < 0.01 else None

    def out_of_time(self, clock: str) -> OutOfTime:
        """The exception for a clock."""
        return OutOfTime(clock, getattr(self._timeouts, f"{clock}_s"), self._waited_s)

    def within(self, seconds: float) -> Clocks:
        """These clocks, with no more than `seconds` left in all, and events not asked for."""
        now, total_s = time.monotonic(), self._timeouts.total_s
        left_s = seconds if total_s is None else min(seconds, self._opened_s + total_s - now)
        return Clocks(self._timeouts._replace(event_s=None, total_s=left_s), now)
