"""One request of a run, until its answer is complete or it has failed: attempts, waits and retries.

A stream that broke, was truncated or timed out is retried from the beginning. This is safe here, because the caller gets
complete answers only.
"""

from __future__ import annotations

import random
import time
from typing import Any

from ssescan import errors
from ssescan.http.failures import is_unconnected
from ssescan.outcome import Outcome
from ssescan.reading.server_errors import is_permanent

from ._accumulate import ACCUMULATORS, IncompleteAnswer, whole_answer
from ._answers import ANSWERS
from ._limiter import FIRST_BACKOFF_S, MAX_PAUSE_S, PauseTooLong, Stopped
from ._rate_limits import requested_wait_s
from ._requests import BatchRequest, endpoint_of
from ._results import BatchResult, Timings, token_count
from ._streams import Streams

__all__ = ["run_request"]

#: HTTP statuses of a busy server. They start a pause for all threads.
_BUSY = (429, 503, 529)
#: A request fails after a busy server refused it this often.
_MAX_REFUSALS = 20
#: The longest random wait before a retry.
_MAX_BACKOFF_S = 8.0
#: Answers nested deeper than this fail, since they could not be written, pickled or compared.
_MAX_DEPTH = 200


def run_request(streams: Streams, request: BatchRequest, index: int, taken_s: float) -> BatchResult | None:
    """Run a request in this thread, and return its result; None if the run was cancelled.

    Args:
        streams: The streams of the run.
        request: The request.
        index: Its position in the input.
        taken_s: When the run took it, in seconds of `time.monotonic()`.

    Raises:
        PauseTooLong: The server asked for a pause of more than an hour.
    """
    try:
        return _RequestRun(streams, request, index, taken_s).run()
    except Stopped:
        return None


class _RequestRun:
    """The state of a request while it runs."""

    def __init__(self, streams: Streams, request: BatchRequest, index: int, taken_s: float) -> None:
        self._streams, self._request, self._index = streams, request, index
        self._taken_s = self._sent_s = taken_s
        self._attempts = self._refusals = 0
        self._stream: Any = None
        self._request_id: str | None = None  # of an answer that was not streamed
        self._arrivals: list[float] | None = [] if streams.options.arrivals else None

    def run(self) -> BatchResult:
        """Send the request until its answer is complete, or until it has failed for good."""
        while True:
            try:
                return self._result(self._attempt(), None)
            except (Stopped, PauseTooLong):
                raise
            except Exception as error:  # whatever a request or an answer holds, the run continues
                self._streams.check()  # the error of a cancelled stream is not a failure of its request
                self._streams.server_is_reached |= not is_unconnected(error)
                if not self._wait_for_retry(error):
                    return self._result(None, _of_our_classes(error))

    def _attempt(self) -> dict[str, Any]:
        estimate, used = self._streams.estimated_tokens(self._request), None
        self._streams.limiter.acquire(estimate, self._streams.stop)
        try:
            body = self._answer()
            used = self._used_tokens(body.get("usage"))
            return body
        except errors.APIStatusError as error:
            used = 0.0 if error.status_code in _BUSY else None
            raise
        finally:
            self._streams.limiter.release(estimate, used)

    def _answer(self) -> dict[str, Any]:
        """Send the request once, and return its answer."""
        self._stream, self._sent_s = None, time.monotonic()
        self._attempts += 1
        if self._arrivals is not None:
            self._arrivals.clear()
        endpoint = endpoint_of(self._request.url)
        assert endpoint is not None
        try:
            self._stream = self._streams.open(self._request)
            self._streams.server_is_reached = True
        except errors.NotAnEventStream as refusal:
            body = whole_answer(refusal, endpoint.dialect)
            if body is None:
                raise
            self._request_id = refusal.request_id
        else:
            body = self._streamed(self._stream, endpoint.dialect)
        self._streams.limiter.succeeded()
        if _is_deeper(body, _MAX_DEPTH):
            raise errors.APIError(f"Answer is nested too deeply (limit {_MAX_DEPTH} levels).")
        ANSWERS[endpoint.dialect](body).check()
        return body

    def _streamed(self, stream: Any, dialect: str) -> dict[str, Any]:
        """Read a stream to its end, and return its answer."""
        answer = ACCUMULATORS[dialect](self._request.body)
        with self._streams.watched(stream):
            answer.add_all(stream, self._arrivals)
        try:
            return answer.body(has_end_marker=stream.outcome == Outcome.DONE)
        except IncompleteAnswer as why:
            count = stream.stats.events
            events = "1 event" if count == 1 else f"{count} events"
            raise errors.StreamTruncated(message=f"{why}: the answer is incomplete ({events}).") from None

    def _used_tokens(self, usage: Any) -> float | None:
        """Return the server's count of the tokens of request and answer; None if it is unknown."""
        if not isinstance(usage, dict):
            return None
        answer = token_count(usage.get("completion_tokens", usage.get("output_tokens")))
        if answer is not None:
            self._streams.add_to_mean(answer)
        return _total_tokens(usage, answer)

    # ---- Failures ----------------------------------------------------------------------------------------------------

    def _wait_for_retry(self, error: Exception) -> bool:
        """Wait until the request may be sent again, and return True; return False if it has failed for good."""
        if is_permanent(error):
            return False
        if getattr(error, "status_code", None) in _BUSY:
            return self._pause(error)
        if not getattr(error, "retryable", isinstance(error, OSError)):
            return False
        failures = self._attempts - self._refusals
        if failures >= self._streams.options.max_attempts:
            return False
        if self._streams.server_is_reached:  # retries cannot overload a server that refuses connections
            self._streams.limiter.retry(self._streams.stop)
        # Full jitter: requests that failed together must not be sent again together.
        most_s = min(FIRST_BACKOFF_S * 2.0 ** (failures - 1), _MAX_BACKOFF_S)
        self._streams.sleep(random.uniform(0, most_s))
        return True

    def _pause(self, error: Exception) -> bool:
        """Start a pause for all threads, because the server is busy. Return False after too many refusals.

        A refusal does not count as an attempt.
        """
        headers = getattr(getattr(error, "response", None), "headers", None)
        wait_s = requested_wait_s(headers, again=self._refusals > 0)
        if wait_s is not None and wait_s > MAX_PAUSE_S:
            self._streams.cancel()  # no other thread may send a request in the meantime
            raise PauseTooLong(wait_s) from error
        self._streams.limiter.refused(wait_s, self._refusals)
        self._refusals += 1
        return self._refusals < _MAX_REFUSALS

    # ---- The result --------------------------------------------------------------------------------------------------

    def _result(self, body: dict[str, Any] | None, error: Exception | None) -> BatchResult:
        stream = self._stream
        response = None if stream is None else stream.response
        status = getattr(error, "status_code", None) or (
            200 if error is None else getattr(response, "status_code", None)
        )
        return BatchResult(
            custom_id=self._request.custom_id,
            url=self._request.url,
            index=self._index,
            outcome=_outcome(stream, error),
            body=body,
            error=_detached(error),
            attempts=self._attempts,
            events=0 if stream is None else stream.stats.events,
            status_code=status,
            request_id=getattr(error, "request_id", None) or getattr(response, "request_id", self._request_id),
            timings=self._timings(),
        )

    def _timings(self) -> Timings:
        now_s, sent_s = time.monotonic(), self._sent_s
        stats = None if self._stream is None else self._stream.stats
        return Timings(
            queued_s=sent_s - self._taken_s,
            first_byte_s=_since(sent_s, stats and stats.first_byte_s),
            first_text_s=_since(sent_s, stats and stats.first_text_s),
            total_s=now_s - sent_s,
            arrivals_s=None if self._arrivals is None else tuple(at_s - sent_s for at_s in self._arrivals),
        )


def _total_tokens(usage: dict[str, Any], answer: int | None) -> int | None:
    """Return the tokens of request and answer. Anthropic sends no total, and its limits do not count tokens of the cache."""
    if "total_tokens" in usage:
        return token_count(usage["total_tokens"])
    request = token_count(usage.get("input_tokens"))
    if request is None or answer is None:
        return None
    return request + (token_count(usage.get("cache_creation_input_tokens")) or 0) + answer


def _since(start_s: float, at_s: float | None) -> float | None:
    return None if at_s is None else at_s - start_s


def _outcome(stream: Any, error: Exception | None) -> Outcome:
    if stream is not None:
        outcome: Outcome = stream.outcome
        return outcome if error is None or outcome not in (Outcome.DONE, Outcome.FINISHED) else Outcome.ERROR
    if error is None:
        return Outcome.FINISHED  # a complete answer that was not streamed
    if isinstance(error, errors.APITimeoutError):
        return Outcome.TIMEOUT
    return Outcome.BROKEN if isinstance(error, errors.APIConnectionError) else Outcome.ERROR


def _of_our_classes(error: Exception) -> Exception:
    """Return an error of `ssescan.errors` or of the system. Every other exception becomes the cause of one."""
    if isinstance(error, (errors.SSEScanError, OSError)):
        return error
    wrapped = errors.APIError(f"Request failed: {type(error).__name__}: {error}")
    wrapped.__cause__ = error
    return wrapped


def _is_deeper(value: Any, levels: int) -> bool:
    """Return True if arrays and objects are nested in more than so many levels."""
    level = [value]
    for _ in range(levels + 1):
        containers = [node for node in level if isinstance(node, (dict, list))]
        if not containers:
            return False
        level = [child for node in containers for child in (node.values() if isinstance(node, dict) else node)]
    return True


def _detached(error: Exception | None) -> Exception | None:
    """Remove from an error what would keep its stream in memory: a batch keeps many errors."""
    link, seen = error, set[int]()
    while link is not None and id(link) not in seen:  # causes may form a cycle
        seen.add(id(link))
        link.__traceback__ = link.__context__ = None
        link = link.__cause__  # type: ignore[assignment]
    if isinstance(error, errors.SSEScanError):
        error.last_event = None
    if isinstance(error, errors.APIError) and _is_deeper(error.body, _MAX_DEPTH):
        error.body = None  # it could not be pickled; `raw` has it
    return error
