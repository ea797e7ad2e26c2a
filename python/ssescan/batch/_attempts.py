"""One request, from when it is taken until its answer is whole: attempts, waits, and what ends them.

A stream that broke, was cut or timed out is begun again from the beginning, since nothing of it was handed out.
"""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from ssescan import errors
from ssescan.http._urllib3 import request_context
from ssescan.outcome import Outcome

from ._finals import FINALS
from ._limiter import FIRST_BACKOFF_S, Limiter, Stopped
from ._requests import BatchRequest, endpoint_of
from ._results import BatchResult, Timings
from ._waits import asked_wait_s

__all__ = ["Attempts", "PauseTooLong"]

#: Statuses that say "not now": they stop the starts of all threads.
_BUSY = (429, 503)
#: A request that was refused so often, with none of its streams begun, has failed.
MAX_REFUSALS = 20
#: A server that wants a longer pause is not waited for: the run ends.
MAX_PAUSE_S = 3600.0
#: 429s that waiting does not help.
_HOPELESS = ("insufficient_quota", "billing_hard_limit_reached")
MAX_BACKOFF_S = 8.0
#: With so many streams that more threads would wake up a second, bytes gather for longer; but not for their sake for
#: longer than this.
_WAKES_PER_S, _MAX_GATHER_S = 1000, 1.0
#: Roughly what a token of a request is, in bytes, and what an answer takes at most before one is known: for the guess
#: that is set right afterwards.
_BYTES_PER_TOKEN, _FIRST_TOKENS = 4, 500


class PauseTooLong(errors.SSEScanError):
    """The server wants no requests for more than an hour. What was not answered was not asked, or refused."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(
            f"the server wants no requests for {wait_s:.0f} seconds, and a batch waits for {MAX_PAUSE_S:.0f} at most: "
            "run it again after that"
        )
        self.wait_s = wait_s

    def __reduce__(self) -> tuple[Any, ...]:
        return PauseTooLong, (self.wait_s,)


class Attempts:
    """Runs requests, in the thread that calls `run`; any number of threads may. `cancel` ends them all."""

    def __init__(
        self, client: Any, limiter: Limiter, *, coalesce_s: float, max_attempts: int, arrivals: bool = False
    ) -> None:
        self._client, self.limiter = client, limiter
        self.coalesce_s, self.max_attempts, self.arrivals = coalesce_s, max_attempts, arrivals
        #: Set for good by `cancel`.
        self.stop = threading.Event()
        #: How to end what each thread waits for; behind the lock, since what was waited for may then be somebody else's.
        self._ends: dict[int, Callable[[], object]] = {}
        self._lock = threading.Lock()
        self._streams: dict[int, Any] = {}
        self._answer_tokens = 0.0  # running mean of what answers took
        self._past_events = 0
        # What all threads would otherwise import at the same time, waiting for one another.
        import_module("ssescan.openai._streaming")
        FINALS["chat"]({})

    def run(self, request: BatchRequest, index: int, taken_s: float) -> BatchResult | None:
        """What became of `request`, which was taken at `taken_s`; None if the run was cancelled."""
        one = _One(self, request, index, taken_s)
        try:
            return one.run()
        except Stopped:
            return None

    def cancel(self) -> None:
        """From any thread: nothing more begins, and every wait ends, also one for a server that is silent."""
        self.stop.set()
        self.limiter.wake()
        with self._lock:
            for end in self._ends.values():
                end()

    @property
    def running(self) -> int:
        """Streams that are open."""
        return len(self._streams)

    @property
    def events(self) -> int:
        """Events so far, of running streams too."""
        running: list[int] = [stream.stats.events for stream in list(self._streams.values())]
        return self._past_events + sum(running)

    # For the requests

    def gather_s(self) -> float:
        """For how long bytes gather, with as many streams as there are now: each wake-up costs as much as fifty events."""
        if not self.coalesce_s:
            return 0.0
        return max(self.coalesce_s, min(self.running / _WAKES_PER_S, _MAX_GATHER_S))

    def call(self, request: BatchRequest) -> Any:
        """The stream of `request`."""
        from ssescan.openai._endpoints import Call
        from ssescan.openai._types import not_given

        endpoint = endpoint_of(request.url)
        assert endpoint is not None
        body = {**request.body, "stream": True}
        if endpoint.dialect != "responses":
            body["stream_options"] = {"include_usage": True, **(body.get("stream_options") or {})}
        call = Call(
            "POST",
            endpoint.path,
            body=body,
            timeout=not_given,
            max_retries=0,
            stream=True,
            dialect=endpoint.dialect,
        )
        with self._ending(self._end_of_connection):
            return self._client._perform(call)

    @contextmanager
    def watched(self, stream: Any) -> Iterator[Any]:
        """`stream`, which `cancel` ends meanwhile, and which counts."""
        me = threading.get_ident()
        with stream, self._ending(None):
            self._ends_by(stream.cancel)
            self._streams[me] = stream
            try:
                yield stream
            finally:
                with self._lock:
                    del self._streams[me]
                    self._past_events += stream.stats.events

    @contextmanager
    def _ending(self, tell: Callable[[Any], object] | None) -> Iterator[None]:
        try:
            with request_context(on_connect=tell):
                yield
        finally:
            with self._lock:
                self._ends.pop(threading.get_ident(), None)

    def _ends_by(self, end: Callable[[], object]) -> None:
        """What this thread waits for from now on is ended by `end`. Raises `Stopped` if the run was cancelled."""
        with self._lock:
            self._ends[threading.get_ident()] = end
        self.check()

    def _end_of_connection(self, connection: Any) -> None:
        """A request is about to be sent over `connection`: from now on `cancel` ends that."""

        def end() -> None:
            if (sock := connection.sock) is not None:
                try:
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)
                except OSError:
                    pass  # it is no longer connected, so nobody waits

        self._ends_by(end)

    def check(self) -> None:
        """Raises `Stopped` if the run was cancelled."""
        if self.stop.is_set():
            raise Stopped

    def pause(self, seconds: float) -> None:
        """Waits. Raises `Stopped`."""
        if self.stop.wait(seconds):
            raise Stopped

    def guess(self, request: BatchRequest) -> float:
        """About how many tokens the request will take."""
        if self.limiter.tpm is None:
            return 0.0
        from ssescan.models._json import dumps

        wanted = (request.body.get(name) for name in ("max_tokens", "max_completion_tokens", "max_output_tokens"))
        most = next((tokens for tokens in wanted if isinstance(tokens, int)), None)
        answer = self._answer_tokens or min(most or 0, _FIRST_TOKENS)
        return len(dumps(request.body)) / _BYTES_PER_TOKEN + answer

    def learn(self, answer_tokens: int) -> None:
        self._answer_tokens += 0.1 * (answer_tokens - self._answer_tokens) if self._answer_tokens else answer_tokens


class _One:
    """One request while it runs."""

    def __init__(self, attempts: Attempts, request: BatchRequest, index: int, taken_s: float) -> None:
        self._all, self._request, self._index = attempts, request, index
        self._taken_s = self._sent_s = taken_s
        self._attempts = self._refusals = 0
        self._stream: Any = None
        self._arrivals: list[float] | None = [] if attempts.arrivals else None

    def run(self) -> BatchResult:
        """Attempts until the answer is whole, or a failure that another attempt would not mend."""
        while True:
            try:
                return self._result(self._attempt(), None)
            except (Stopped, PauseTooLong):
                raise
            except Exception as error:
                self._all.check()  # what a cancelled stream raises is no failure of its request
                if not self._again(error):
                    return self._result(None, error)

    def _attempt(self) -> dict[str, Any]:
        guessed, used = self._all.guess(self._request), None
        self._all.limiter.acquire(guessed, self._all.stop)
        try:
            body = self._stream_once()
            used = self._used(body.get("usage"))
            return body
        except errors.APIStatusError as error:
            used = 0.0 if error.status_code in _BUSY else None
            raise
        finally:
            self._all.limiter.release(guessed, used)

    def _stream_once(self) -> dict[str, Any]:
        self._stream, self._sent_s = None, time.monotonic()
        self._attempts += 1
        if self._arrivals is not None:
            self._arrivals.clear()
        stream = self._stream = self._all.call(self._request)
        self._all.limiter.succeeded()
        stream.coalesce_s = self._all.gather_s()
        endpoint = endpoint_of(self._request.url)
        assert endpoint is not None
        final = FINALS[endpoint.dialect](self._request.body)
        with self._all.watched(stream):
            final.add_all(stream, self._arrivals)
        body: dict[str, Any] | None = final.body(marked=stream.outcome == Outcome.DONE)
        if body is None:
            raise errors.StreamTruncated(f"of the whole answer that was asked for, {stream.stats.events} events")
        return body

    def _used(self, usage: Any) -> float | None:
        """All tokens of the request, by the server's count."""
        if not isinstance(usage, dict) or not isinstance(usage.get("total_tokens"), int):
            return None
        answer = usage.get("completion_tokens", usage.get("output_tokens"))
        if isinstance(answer, int):
            self._all.learn(answer)
        total: int = usage["total_tokens"]
        return total

    # Failures

    def _again(self, error: Exception) -> bool:
        """Whether there will be another attempt; waits until it may begin."""
        if getattr(error, "code", None) in _HOPELESS:
            return False
        if getattr(error, "status_code", None) in _BUSY:
            return self._refused(error)
        if not (getattr(error, "retryable", False) or isinstance(error, OSError)):
            return False
        if self._attempts - self._refusals >= self._all.max_attempts:
            return False
        self._all.limiter.retry(self._all.stop)
        # Full jitter: what failed together must not come back together.
        most_s = min(FIRST_BACKOFF_S * 2.0 ** (self._attempts - self._refusals - 1), MAX_BACKOFF_S)
        self._all.pause(random.uniform(0, most_s))
        return True

    def _refused(self, error: Exception) -> bool:
        """The server is busy. That is no attempt of the request's, within reason, and the pause is everybody's."""
        headers = getattr(getattr(error, "response", None), "headers", None)
        wait_s = asked_wait_s(headers, again=self._refusals > 0)
        if wait_s is not None and wait_s > MAX_PAUSE_S:
            self._all.cancel()  # nobody else asks in the meantime
            raise PauseTooLong(wait_s) from error
        self._all.limiter.refused(wait_s, self._refusals)
        self._refusals += 1
        return self._refusals < MAX_REFUSALS

    # What became of it

    def _result(self, body: dict[str, Any] | None, error: Exception | None) -> BatchResult:
        stream, now = self._stream, time.monotonic()
        stats = None if stream is None else stream.stats
        response = None if stream is None else stream.response
        status = getattr(error, "status_code", None) or (None if response is None else response.status_code)
        return BatchResult(
            custom_id=self._request.custom_id,
            url=self._request.url,
            index=self._index,
            outcome=_outcome(stream, error),
            body=body,
            error=_plain(error),
            attempts=self._attempts,
            events=0 if stats is None else stats.events,
            status_code=status,
            request_id=getattr(error, "request_id", None) or (None if response is None else response.request_id),
            timings=Timings(
                queued_s=self._sent_s - self._taken_s,
                first_byte_s=_since(self._sent_s, stats and stats.first_byte_s),
                first_text_s=_since(self._sent_s, stats and stats.first_text_s),
                total_s=now - self._sent_s,
                arrivals_s=None if self._arrivals is None else tuple(at_s - self._sent_s for at_s in self._arrivals),
            ),
        )


def _since(begin_s: float, at_s: float | None) -> float | None:
    return None if at_s is None else at_s - begin_s


def _outcome(stream: Any, error: Exception | None) -> Outcome:
    if stream is not None:
        found: Outcome = stream.outcome
        return found
    if isinstance(error, errors.APITimeoutError):
        return Outcome.TIMEOUT
    return Outcome.BROKEN if isinstance(error, errors.APIConnectionError) else Outcome.ERROR


def _plain(error: Exception | None) -> Exception | None:
    """Without what would keep the stream alive: a batch keeps many errors."""
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = link.__context__ = None
        link = link.__cause__
    if isinstance(error, errors.SSEScanError):
        error.last_event = None
    return error
