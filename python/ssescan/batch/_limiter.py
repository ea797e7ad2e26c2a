"""One limiter for all threads: how fast requests may start, and when none may.

Requests and tokens are spaced, not counted by the minute: each start takes its place on a schedule, and its thread
sleeps until then, once. What a request used is set right when it is over. A server that asks for a pause stops the
starts of all threads, and afterwards they begin at random times, so that they don't come back as one.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque

__all__ = ["Limiter", "Stopped"]

#: How much of a schedule that nobody used may be made up for, in seconds.
_SLACK_S = 1.0
#: How often a thread looks whether its place among the tokens has moved.
_LOOK_S = 1.0
#: After a pause requests that nothing else spaces start again within this time, or the pause's own if that is shorter.
_SPREAD_S = 1.0
#: Backing off from a server that does not say how long: full jitter, doubling.
FIRST_BACKOFF_S, MAX_BACKOFF_S = 0.5, 30.0


class Stopped(Exception):
    """Nobody waits any more: the run was cancelled."""


class Limiter:
    """Limits that all threads of a run share; of several runs, too, if it is given to them.

    `rpm`: requests started a minute. `tpm`: tokens a minute, estimated before a request and set right behind it.
    `concurrency`: requests at one time. None is no limit. `retry_share`: further attempts are at most this share of the
    requests, and one a second besides; more of them wait, which keeps retries from being what a sick server suffers
    from. ValueError for a number that is not above 0.
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
                raise ValueError(f"{name} must be above 0, not {number!r}")
        self.rpm, self.tpm, self.concurrency, self.retry_share = rpm, tpm, concurrency, retry_share
        lock = threading.Lock()
        self._changed = threading.Condition(lock)  # waited on for a time only
        self._freed = threading.Condition(lock)  # a request is over
        self._running = 0
        now = time.monotonic()
        self._next_request_s = self._next_token_s = now  # when the schedules are free
        #: What guesses were too low by, so far, in seconds of the schedule of tokens: all places on it move with that.
        self._shift_s = 0.0
        self._paused_until_s = 0.0
        self._spread_s = 0.0
        self._refusals = 0  # since the last success: how far to back off
        self._credit, self._credited_s = 10.0, now  # retries that may be made at once
        #: (begin, end) of the last pauses, as `time.monotonic()`; one that was prolonged is one.
        self.pauses: deque[tuple[float, float]] = deque(maxlen=1000)

    def share(self, count: int) -> dict[str, float | None]:
        """The arguments of a limiter for one of `count` workers elsewhere: they have no clock in common."""
        parts = {"rpm": self.rpm, "tpm": self.tpm, "concurrency": self.concurrency}
        shares = {name: None if number is None else number / count for name, number in parts.items()}
        if shares["concurrency"] is not None:
            shares["concurrency"] = max(1, int(shares["concurrency"]))
        return {**shares, "retry_share": self.retry_share}

    def acquire(self, tokens: float = 0.0, stop: threading.Event | None = None) -> None:
        """Waits until a request of about `tokens` may start. Raises `Stopped` when `stop` is set and `wake` called."""
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
        """The request is over. `used`: the tokens that the server counted, instead of the `tokens` that were guessed."""
        with self._changed:
            self._running -= 1
            if self.tpm is not None and used is not None:
                self._shift_s += (used - tokens) * 60 / self.tpm
            self._freed.notify()

    def refused(self, wait_s: float | None, again: int = 0) -> None:
        """The server wants no requests now, for `wait_s`; without that, for a time that doubles with each refusal.

        `again`: how often this request was refused before. What a server asks for is not believed a second time: then
        the wait is at least one that doubles.
        """
        with self._changed:
            now = time.monotonic()
            if wait_s is None:
                if now < self._paused_until_s:
                    return  # it was told before; these were under way
                wait_s = _backoff_s(self._refusals)
                self._refusals += 1
            elif again:
                wait_s = max(wait_s, _backoff_s(again))
            self._pause(now, now + wait_s)

    def succeeded(self) -> None:
        """The server answers."""
        self._refusals = 0

    def retry(self, stop: threading.Event | None = None) -> None:
        """Waits until one more further attempt may be made."""
        with self._changed:
            while (wait_s := self._take_credit()) > 0:
                self._wait(wait_s, stop)

    def wake(self) -> None:
        """Lets whoever waits look at its `stop`."""
        with self._changed:
            self._changed.notify_all()
            self._freed.notify_all()

    # All below is called with the lock held.

    def _pause(self, now: float, until_s: float) -> None:
        if until_s <= self._paused_until_s:
            return
        if self.pauses and now <= self._paused_until_s:
            self.pauses[-1] = (self.pauses[-1][0], until_s)
        else:
            self.pauses.append((now, until_s))
        self._paused_until_s = until_s
        self._spread_s = min(_SPREAD_S, until_s - now)
        # What the pause held up is not made up for.
        self._next_request_s = max(self._next_request_s, until_s)
        self._next_token_s = max(self._next_token_s, until_s - self._shift_s)

    def _place(self, tokens: float) -> tuple[float, float | None]:
        """The request's places on the schedules, the second one without the shift."""
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
        """Until the request's turn. Who is held up by a pause has another one behind that."""
        (request_s, token_s), held_up = self._place(tokens), False
        while True:
            now = time.monotonic()
            at_s = request_s if token_s is None else max(request_s, token_s + self._shift_s)
            if self._paused_until_s > max(at_s, now):
                self._wait(self._paused_until_s - now, stop)
                held_up = True
            elif held_up:
                (request_s, token_s), held_up = self._place(tokens), False
                if self.rpm is None and self.tpm is None:
                    request_s += random.uniform(0, self._spread_s)
            elif at_s > now:
                self._wait(at_s - now if token_s is None else min(at_s - now, _LOOK_S), stop)
            else:
                return

    def _wait(
        self, seconds: float | None, stop: threading.Event | None, what: threading.Condition | None = None
    ) -> None:
        if stop is not None and stop.is_set():
            raise Stopped
        (what or self._changed).wait(seconds)
        if stop is not None and stop.is_set():
            raise Stopped

    def _take_credit(self) -> float:
        """Takes one, or gives the seconds until there is one."""
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
    """Full jitter."""
    return random.uniform(0, min(FIRST_BACKOFF_S * 2.0 ** min(times, 20), MAX_BACKOFF_S))
