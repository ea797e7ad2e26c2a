"""One rate limiter for all threads: when requests may start, and when none may.

Each request gets a place on a schedule, and its thread sleeps until then. So requests and tokens are spaced evenly
instead of counted per minute. The number of tokens is corrected when the request ends. When a server asks for a pause, no
request starts. After the pause they start at random times, so that they do not arrive together.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from typing import Any

from ssescan.errors import SSEScanError

__all__ = ["Limiter", "PauseTooLong", "Stopped"]

#: How much unused time on a schedule may be used later, in seconds.
_SLACK_S = 1.0
#: How often a thread checks whether its place on the schedule of tokens has moved.
_CHECK_S = 1.0
#: After a pause, requests start within this time, or within the length of the pause if that is shorter. With a schedule,
#: the schedule spaces them.
_SPREAD_S = 1.0
#: The backoff from a server that does not say how long to wait: full jitter, doubling.
FIRST_BACKOFF_S, MAX_BACKOFF_S = 0.5, 30.0
#: The longest pause that a run waits for.
MAX_PAUSE_S = 3600.0


class Stopped(Exception):
    """The run was cancelled while a thread waited."""


class PauseTooLong(SSEScanError):
    """The server asked for a pause of more than an hour, so the run ended.

    Attributes:
        wait_s: The pause, in seconds.
    """

    __module__ = "ssescan.batch"  # a traceback shows it

    def __init__(self, wait_s: float) -> None:
        super().__init__(
            f"Server asked for a pause of {wait_s:.0f} s (limit {MAX_PAUSE_S:.0f} s). Run the batch again later to resume."
        )
        self.wait_s = wait_s

    def __reduce__(self) -> tuple[Any, ...]:
        return PauseTooLong, (self.wait_s,)


class Limiter:
    """A rate limit that all threads of a run share. Several runs may share it too.

    Args:
        rpm: Requests started per minute; None for no limit.
        tpm: Tokens per minute; None for no limit. They are estimated before a request and corrected after it.
        concurrency: Requests at one time; None for no limit.
        retry_share: Retries per request, besides one retry per second. More retries wait, so that they do not overload
            a server that is failing.

    Attributes:
        pauses: The start and the end of the last pauses that a server asked for, in seconds of `time.monotonic()`.

    Raises:
        ValueError: A number is not above 0.
    """

    def __init__(
        self,
        *,
        rpm: float | None = None,
        tpm: float | None = None,
        concurrency: int | None = None,
        retry_share: float = 0.2,
    ) -> None:
        for name, number in {"rpm": rpm, "tpm": tpm, "concurrency": concurrency, "retry_share": retry_share}.items():
            if number is not None and not 0 < number < float("inf"):
                raise ValueError(f"{name} must be above 0, got {number!r}")
        self.rpm, self.tpm, self.concurrency, self.retry_share = rpm, tpm, concurrency, retry_share
        lock = threading.Lock()
        self._changed = threading.Condition(lock)  # waits on it have a timeout
        self._freed = threading.Condition(lock)  # notified when a request ends
        self._running = 0
        now = time.monotonic()
        self._next_request_s = self._next_token_s = now  # the next free places
        #: The sum of all corrections of estimates, in seconds. It moves all places on the schedule of tokens.
        self._shift_s = 0.0
        self._paused_until_s = 0.0
        self._spread_s = 0.0
        self._refusals = 0  # since the last success, for the backoff
        self._credit, self._credited_s = 10.0, now  # retries that may start now
        #: A pause that was prolonged is one entry.
        self.pauses: deque[tuple[float, float]] = deque(maxlen=1000)

    def share(self, count: int) -> dict[str, float | None]:
        """Return the arguments of a limiter for one of `count` processes, which cannot share a schedule."""
        parts = {"rpm": self.rpm, "tpm": self.tpm, "concurrency": self.concurrency}
        shares = {name: None if number is None else number / count for name, number in parts.items()}
        if shares["concurrency"] is not None:
            shares["concurrency"] = max(1, int(shares["concurrency"]))
        return {**shares, "retry_share": self.retry_share}

    def acquire(self, tokens: float = 0.0, stop: threading.Event | None = None) -> None:
        """Wait until a request may start.

        Args:
            tokens: The estimated number of its tokens.
            stop: An event that ends the wait; call `wake` after setting it.

        Raises:
            Stopped: `stop` is set.
        """
        with self._changed:
            while self.concurrency is not None and self._running >= self.concurrency:
                self._wait(None, stop, self._freed)
            self._running += 1
            try:
                self._wait_for_place(tokens, stop)
            except BaseException:
                self._running -= 1
                self._freed.notify()
                raise
            self._credit = min(self._credit + self.retry_share, 100.0)

    def release(self, tokens: float = 0.0, used: float | None = None) -> None:
        """Record that a request has ended.

        Args:
            tokens: The estimate that was passed to `acquire`.
            used: The server's count of its tokens; None if it is unknown.
        """
        with self._changed:
            self._running -= 1
            if self.tpm is not None and used is not None:
                self._shift_s += (used - tokens) * 60 / self.tpm
            self._freed.notify()

    def refused(self, wait_s: float | None, again: int = 0) -> None:
        """Start a pause, because a server refused a request.

        Args:
            wait_s: The seconds that the server asks for; None for a backoff that doubles with each refusal.
            again: How often this request was refused before. Then the pause is at least as long as a backoff.
        """
        with self._changed:
            now = time.monotonic()
            if wait_s is None:
                if now < self._paused_until_s:
                    return  # the pause has started; this request was sent before it
                wait_s = _backoff_s(self._refusals)
                self._refusals += 1
            elif again:
                wait_s = max(wait_s, _backoff_s(again))
            self._pause(now, now + wait_s)

    def succeeded(self) -> None:
        """Record that the server accepted a request, which resets the backoff."""
        self._refusals = 0

    def retry(self, stop: threading.Event | None = None) -> None:
        """Wait until one more retry may be made.

        Raises:
            Stopped: `stop` is set.
        """
        with self._changed:
            while (wait_s := self._take_credit()) > 0:
                self._wait(wait_s, stop)

    def wake(self) -> None:
        """Let all waiting threads check their `stop`."""
        with self._changed:
            self._changed.notify_all()
            self._freed.notify_all()

    # The lock is held in all methods below.

    def _pause(self, now: float, until_s: float) -> None:
        if until_s <= self._paused_until_s:
            return
        if self.pauses and now <= self._paused_until_s:
            self.pauses[-1] = (self.pauses[-1][0], until_s)
        else:
            self.pauses.append((now, until_s))
        self._paused_until_s = until_s
        self._spread_s = min(_SPREAD_S, until_s - now)
        # Time on the schedules that the pause took is not used later.
        self._next_request_s = max(self._next_request_s, until_s)
        self._next_token_s = max(self._next_token_s, until_s - self._shift_s)

    def _place(self, tokens: float) -> tuple[float, float | None]:
        """Reserve places on the schedules, and return the times. That of the tokens is without the shift."""
        now = at_s = time.monotonic()
        token_s = None
        if self.rpm is not None:
            at_s = max(at_s, self._next_request_s)
            self._next_request_s = max(self._next_request_s, now - _SLACK_S) + 60 / self.rpm
        if self.tpm is not None:
            token_s = self._next_token_s
            self._next_token_s = max(token_s, now - self._shift_s - _SLACK_S) + tokens * 60 / self.tpm
        return at_s, token_s

    def _wait_for_place(self, tokens: float, stop: threading.Event | None) -> None:
        """Wait for the request's place. After a pause it gets a new place."""
        (request_s, token_s), was_paused = self._place(tokens), False
        while True:
            now = time.monotonic()
            at_s = request_s if token_s is None else max(request_s, token_s + self._shift_s)
            if self._paused_until_s > max(at_s, now):
                self._wait(self._paused_until_s - now, stop)
                was_paused = True
            elif was_paused:
                (request_s, token_s), was_paused = self._place(tokens), False
                if self.rpm is None and self.tpm is None:
                    request_s += random.uniform(0, self._spread_s)
            elif at_s > now:
                self._wait(at_s - now if token_s is None else min(at_s - now, _CHECK_S), stop)
            else:
                return

    def _wait(
        self, seconds: float | None, stop: threading.Event | None, condition: threading.Condition | None = None
    ) -> None:
        if stop is not None and stop.is_set():
            raise Stopped
        (condition or self._changed).wait(seconds)
        if stop is not None and stop.is_set():
            raise Stopped

    def _take_credit(self) -> float:
        """Take the credit for one retry and return 0, or return the seconds until there is one."""
        now = time.monotonic()
        self._credit += now - self._credited_s
        self._credited_s = now
        if self._credit < 1:
            return 1 - self._credit
        self._credit -= 1
        return 0.0

    def __repr__(self) -> str:
        return f"Limiter(rpm={self.rpm}, tpm={self.tpm}, concurrency={self.concurrency})"


def _backoff_s(times: int) -> float:
    """Return a random wait: full jitter, up to a limit that doubles."""
    return random.uniform(0, min(FIRST_BACKOFF_S * 2.0 ** min(times, 20), MAX_BACKOFF_S))
