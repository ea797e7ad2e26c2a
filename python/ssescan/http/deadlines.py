"""`Timeouts`: how long to wait for a stream. `Deadlines`: what is left of these times while it is read."""

from __future__ import annotations

import math
import time
from typing import Any, NamedTuple

from ssescan._signatures import readable_signature

__all__ = ["NO_TIMEOUTS", "DeadlineExceeded", "Deadlines", "Timeouts"]

DEFAULT_EVENT_S = 600.0


@readable_signature
class Timeouts(NamedTuple):
    """How long to wait, in seconds. None means no limit.

    A timeout that expires raises `StreamTimeout`; its `clock` is the name of the timeout.

    Attributes:
        connect_s: For a connection.
        first_event_s: For the first event, whether or not it has text; `event_s` applies after it. None means that `event_s`
            applies from the beginning.
        idle_s: For the next byte; comments count.
        event_s: For the next event of the dialect. Comments, pings and empty data do not count. A model may think for minutes
            after its first event (`response.created`, or the role of a chat): `event_s` must be longer.
        total_s: For the whole stream, with its request, its retries and the waits before them.
    """

    connect_s: float | None = 5.0
    first_event_s: float | None = None
    idle_s: float | None = 600.0
    event_s: float | None = DEFAULT_EVENT_S
    total_s: float | None = None

    @classmethod
    def of(cls, timeout: Any) -> Timeouts:
        """Return the timeouts that a `timeout=` argument stands for.

        If the idle timeout is longer than 600 s, or None, the event timeout is raised to match.

        Args:
            timeout: A number of seconds sets `connect_s` and `idle_s`. None clears all timeouts. An object with the
                attributes `connect`, `read`, `write` or `pool` (httpx) sets `connect_s` and `idle_s`. A `Timeouts` is
                returned as it is.

        Raises:
            TypeError: The argument is something else.
        """
        if isinstance(timeout, Timeouts):
            return timeout
        if timeout is None:
            return NO_TIMEOUTS
        if isinstance(timeout, (int, float)) and not isinstance(timeout, bool):
            return cls._matching(float(timeout), float(timeout))
        if any(hasattr(timeout, name) for name in ("connect", "read", "write", "pool")):
            return cls._matching(_seconds(timeout, "connect"), _seconds(timeout, "read"))
        raise TypeError(f"timeout must be a number, Timeouts, None or an object like httpx.Timeout, got {timeout!r}")

    @classmethod
    def _matching(cls, connect_s: float | None, idle_s: float | None) -> Timeouts:
        event_s = None if idle_s is None else max(DEFAULT_EVENT_S, idle_s)
        return cls(connect_s=connect_s, idle_s=idle_s, event_s=event_s)

    def leave_time_for(self, wait_s: float, began_s: float) -> bool:
        """Return whether a wait from now on would end before the total timeout, which started at `began_s`."""
        return time.monotonic() + wait_s < began_s + _or_infinite(self.total_s)

    def without_events(self) -> Timeouts:
        """Return the timeouts of a body that has no events."""
        return self._replace(first_event_s=None, event_s=None)


NO_TIMEOUTS = Timeouts(None, None, None, None, None)


def _seconds(timeout: Any, name: str) -> float | None:
    """Return an attribute of another library's timeout; None if it is not a number."""
    value = getattr(timeout, name, None)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _or_infinite(seconds: float | None) -> float:
    return math.inf if seconds is None else seconds


def _or_none(seconds: float) -> float | None:
    return None if seconds == math.inf else seconds


class DeadlineExceeded(TimeoutError):
    """A timeout of `Timeouts` expired. `reading.sources` turns it into a `StreamTimeout`.

    Attributes:
        clock: "first_event", "idle", "event" or "total".
        limit_s: The timeout in seconds, or None.
        waited_s: The seconds of waiting since the last event, or since the beginning; None if unknown.
    """

    def __init__(self, clock: str, limit_s: float | None, waited_s: float | None = None) -> None:
        super().__init__(f"{clock} timeout expired")
        self.clock = clock
        self.limit_s = limit_s
        self.waited_s = waited_s


class Deadlines:
    """The deadlines of one stream, from the time of its request.

    The idle timeout and those for events run only while the reader waits, since the program may take its time between two reads.
    The total timeout runs always. The reader passes how many events were returned; a new number means a new event.

    Args:
        timeouts: The timeouts.
        opened_s: The `time.monotonic()` at which waiting for this stream started, if that was before now.
        began_s: That of the first attempt, if this is a retry. The total timeout counts from there.
    """

    def __init__(self, timeouts: Timeouts, opened_s: float | None = None, began_s: float | None = None) -> None:
        self._timeouts = timeouts
        self._wait_began_s = time.monotonic()
        self._opened_s = self._wait_began_s if opened_s is None else opened_s
        self._idle_s = _or_infinite(timeouts.idle_s)
        #: The timeout for the next event, and its name.
        self._event_s, self._event_clock = _or_infinite(timeouts.event_s), "event"
        if timeouts.first_event_s is not None:
            self._event_s, self._event_clock = timeouts.first_event_s, "first_event"
        #: When the total timeout expires.
        self._end_s = (self._opened_s if began_s is None else began_s) + _or_infinite(timeouts.total_s)
        self._events = 0
        #: Seconds of waiting since the last event; the wait for the response counts. The wait for the last read is not
        #: added yet if `_has_returned`.
        self._waited_s = self._wait_began_s - self._opened_s
        #: Whether the last read returned data; False before the first one.
        self._has_returned = False
        #: The answer of `start_wait` right after an event; None if it depends on the time.
        self._after_event = self._limit_after_event() if timeouts.first_event_s is None else None

    def start_wait(self, events: int) -> tuple[float | None, str]:
        """Return how long the next read may wait (None: no limit), and the name of the timeout that limits it.

        Raises:
            DeadlineExceeded: A timeout has expired already.
        """
        now = time.monotonic()
        if events != self._events:
            self._events, self._waited_s, self._wait_began_s = events, 0.0, now
            if self._after_event is not None:
                return self._after_event
            if self._event_clock == "first_event":
                self._event_s, self._event_clock = _or_infinite(self._timeouts.event_s), "event"
                self._after_event = self._limit_after_event()
        else:
            if self._has_returned:  # the last read completed no event, so the program did not run after it
                self._waited_s += now - self._wait_began_s
            self._wait_began_s = now
        seconds, clock = self._left()
        if seconds is not None and seconds <= 0:
            raise self.exceeded(clock)
        return seconds, clock

    def _limit_after_event(self) -> tuple[float | None, str] | None:
        """Return the limit of a wait that starts right after an event, or None if it depends on the total timeout."""
        if self._end_s != math.inf:
            return None
        seconds, clock = min((self._idle_s, "idle"), (self._event_s, self._event_clock), key=lambda limit: limit[0])
        return None if seconds <= 0 else (_or_none(seconds), clock)

    def _left(self) -> tuple[float | None, str]:
        """Return what is left of the timeout that expires first, and its name."""
        left_s, clock = self._idle_s, "idle"
        event_s = self._event_s - self._waited_s
        if event_s < left_s:
            left_s, clock = event_s, self._event_clock
        total_s = self._end_s - self._wait_began_s
        if total_s < left_s:
            left_s, clock = total_s, "total"
        return _or_none(left_s), clock

    def end_wait(self, returned: bool = False) -> None:
        """End the wait. `returned`: the read returned data, so it was not interrupted and did not fail."""
        self._has_returned = returned
        if not returned:
            self._waited_s += time.monotonic() - self._wait_began_s

    def overdue(self) -> DeadlineExceeded | None:
        """Return the exception for the timeout that expired during a wait, or None if none did."""
        self.end_wait()
        self._wait_began_s = time.monotonic()
        seconds, clock = self._left()
        # urllib3 and the kernel round timeouts, so that they may expire a little early.
        return self.exceeded(clock) if seconds is not None and seconds < 0.01 else None

    def exceeded(self, clock: str) -> DeadlineExceeded:
        """Return the exception for the timeout of this name."""
        return DeadlineExceeded(clock, getattr(self._timeouts, f"{clock}_s"), self._waited_s)

    def within(self, seconds: float) -> Deadlines:
        """Return these deadlines with at most `seconds` left in total, and without the timeouts for events."""
        now = time.monotonic()
        left_s = min(seconds, self._end_s - now)
        return Deadlines(self._timeouts.without_events()._replace(total_s=left_s), now)
