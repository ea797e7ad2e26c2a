"""`run`: many requests at once, and their results as they complete.

The caller's thread takes requests from the iterable, submits them to a backend, and yields results. The number of requests
in progress is limited, so a caller that is slow to take results also slows the requests.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from queue import Empty
from threading import Event
from typing import Any

from ssescan._context import ClosesOnExit

from ._backend import Backend, LocalBackend, Task, TaskFuture
from ._failures import EarlyStop, FailureCounts
from ._limiter import Limiter, PauseTooLong
from ._options import Progress, RunOptions
from ._remote import RemoteBackend
from ._requests import BadRequest, BatchRequest, request_of
from ._results import BatchResult

__all__ = ["CompletedTasks", "Run", "run"]

#: How often progress is reported while no result arrives.
_REPORT_S = 0.5
#: While bytes are buffered, results are buffered too before the caller's thread wakes up: for this part of that time, and
#: for this time at most. A wake-up costs as much as fifty events.
_BUFFERED_PART, _MAX_BUFFERED_S = 0.25, 0.25

_Item = BatchRequest | Mapping[str, Any]


def run(
    requests: Iterable[_Item],
    *,
    client: Any,
    max_workers: int = 64,
    executor: Executor | None = None,
    limiter: Limiter | None = None,
    coalesce_s: float = 0.25,
    on_progress: Callable[[Progress], object] | None = None,
    max_attempts: int = 3,
    arrivals: bool = False,
    streams_per_task: int | None = None,
    stop_early: bool = False,
) -> Run:
    """Run requests and yield a `BatchResult` for each, as they complete, in any order.

    A request that fails does not raise; its result has an `error`. Broken streams are retried. An exception, Ctrl-C or
    `break` in the loop over the results cancels the requests that run, in less than a second.

    Args:
        requests: An iterable that is read lazily. Its items are `BatchRequest`s, mappings in the shape of a line of a
            batch file, or only bodies. It must not wait for a result: `run` passes a
            request to every free thread before it yields a result, so both would wait without an end.
        client: An `OpenAI` client, or a function that makes one. Its timeouts apply, its retries do not.
        max_workers: The most streams at one time. Each has a thread of its own.
        executor: Runs the requests instead of threads of the run, and is not shut down. A `ThreadPoolExecutor` runs one
            stream per thread. Any other executor gets tasks of `streams_per_task` streams; see docs/guide/scaling.md.
        limiter: A rate limiter, which several runs may share.
        coalesce_s: How long bytes are buffered before a thread wakes up to read them; 0 reads at once.
        on_progress: Called with a `Progress` in the caller's thread, after each result and twice a second without one.
        max_attempts: How often a request is sent in all, if its failures may be temporary. A refusal by a busy server
            (429, 503, 529) does not count.
        arrivals: Record when each event arrived, in `timings.arrivals_s`.
        streams_per_task: The streams of each task; None for 32.
        stop_early: End the run if the first 20 requests all fail for one reason that no retry mends, such as an invalid
            key. The same holds if there are fewer requests, and all fail because of the key, the model or the server.

    Returns:
        An iterator over the results. Its `stop` cancels the run and returns the results that are done.

    Raises:
        BadRequest: An item of `requests` is invalid. Iteration raises it when it comes to that item.
        BatchStopped: `stop_early` ended the run. Iteration raises it after the results that are done.
        PauseTooLong: The server asked for a pause of more than an hour. Iteration raises it after the results that are
            done.
        TypeError: The client is not a client of `ssescan.openai`, or cannot be sent to another process. Or `requests` is a
            data frame.
        ValueError: A number is out of range.
    """
    options = RunOptions(
        client=client,
        max_workers=max_workers,
        executor=executor,
        limiter=limiter,
        coalesce_s=coalesce_s,
        on_progress=on_progress,
        max_attempts=max_attempts,
        arrivals=arrivals,
        streams_per_task=streams_per_task,
        stop_early=stop_early,
    )
    if hasattr(requests, "iterrows"):
        raise TypeError(
            "Requests must be bodies, got a DataFrame (it yields the names of columns). Make a body of each row."
        )
    return Run(requests, options)


class Run(ClosesOnExit):
    """A run of requests: an iterator over their results, in the order in which they complete.

    `run` returns it. One thread may iterate. Ctrl-C during iteration cancels the requests that run. The results that are
    done are yielded before KeyboardInterrupt is raised.
    """

    _has_ended = True  # until there is something to cancel

    def __init__(self, requests: Iterable[_Item], options: RunOptions) -> None:
        self._backend = _backend_of(options)
        self._tasks = _tasks(iter(requests), self._backend.task_sizes())
        self._submitted: dict[TaskFuture, Task] = {}
        self._completed = CompletedTasks(
            self._backend.spare, within_s=min(options.coalesce_s * _BUFFERED_PART, _MAX_BUFFERED_S)
        )
        self._progress = _ProgressReporter(self._backend, options.on_progress)
        self._early_stop = EarlyStop() if options.stop_early else None
        #: Results that are done and were not yielded.
        self._results: deque[BatchResult] = deque()
        #: The exception that ended the run. It is raised after the last result.
        self._error: BaseException | None = None
        self._has_ended = False

    def __iter__(self) -> Iterator[BatchResult]:
        return self

    def __repr__(self) -> str:
        return f"<Run: {'ended' if self._has_ended else 'open'}; iterate over it for the results>"

    def __next__(self) -> BatchResult:
        try:
            while not self._results and not self._has_ended:
                self._wait_for_results()
            if self._results:
                self._progress.add(self._results[0])
                self._stop_if_hopeless()
        except (KeyboardInterrupt, PauseTooLong) as error:
            if self._has_ended:
                raise
            self._error = error
            self._stop()
            return next(self)
        except BaseException:
            self.close()
            raise
        if self._results:
            result = self._results[0]
            del self._results[0]  # not popleft(): Ctrl-C between a call and `return` would lose the result
            return result
        raise self._end()

    def _end(self) -> BaseException:
        """Return the exception that ends the iteration. It is StopIteration from the second time on."""
        end, self._error = self._error, None
        if end is None and self._early_stop is not None:
            end, self._early_stop = self._early_stop.error(at_end=True), None
        return end or StopIteration()

    def _stop_if_hopeless(self) -> None:
        """Stop the run after the result that shows that all requests fail."""
        early_stop = self._early_stop
        if early_stop is not None and early_stop.add(self._results[0]) and early_stop.is_enough:
            self._error = early_stop.error()
            self._stop()

    def stop(self) -> list[BatchResult]:
        """Cancel the requests that run, and return the results that are done and were not yielded yet.

        This takes less than a second. Afterwards iteration ends.
        """
        self._stop()
        self._error = None
        results, self._results = list(self._results), deque()
        for result in results:
            self._progress.add(result)
        return results

    def close(self) -> None:
        """Cancel the requests that run, and drop the results that were not yielded."""
        self._cancel()
        self._results.clear()

    def __del__(self) -> None:
        self._cancel()

    def _wait_for_results(self) -> None:
        """Submit tasks while there is room, and wait for a task that completes. End the run if there are no more."""
        # One task for each that completed, and more while none has: the iterable may wait before its next request.
        least = len(self._submitted) + 1
        while len(self._submitted) < self._backend.window and (len(self._submitted) < least or self._completed.empty()):
            if (task := next(self._tasks, None)) is None:
                break
            self._submit(task)
        if not self._submitted:
            self._backend.close()
            self._has_ended = True
            return
        future = self._next_completed()
        task = self._submitted.pop(future)
        error = future.exception()
        if error is not None and not isinstance(error, PauseTooLong) and self._backend.may_resubmit(task):
            self._submit(task)
        else:
            self._results.extend(filter(None, future.result()))

    def _submit(self, task: Task) -> None:
        future = self._backend.submit(task)
        self._submitted[future] = task
        future.add_done_callback(self._completed.put)

    def _next_completed(self) -> TaskFuture:
        """Return the next task that completes. Report progress meanwhile."""
        while True:
            with suppress(Empty):
                return self._completed.get(timeout=self._progress.interval_s)
            self._progress.report(sum(map(len, self._submitted.values())))

    def _stop(self) -> None:
        """Cancel the requests that run, and keep the results that are done."""
        self._cancel()
        for future in self._submitted:
            if future.done() and not future.cancelled() and future.exception() is None:
                self._results.extend(filter(None, future.result()))
        self._submitted.clear()
        self._early_stop = None

    def _cancel(self) -> None:
        if not self._has_ended:
            self._has_ended = True
            for future in self._submitted:
                future.cancel()
            self._backend.cancel()


def _backend_of(options: RunOptions) -> Backend:
    if options.executor is None or isinstance(options.executor, ThreadPoolExecutor):
        return LocalBackend(options)
    return RemoteBackend(options, Run)


def _tasks(requests: Iterator[_Item], sizes: Iterator[int]) -> Iterator[Task]:
    numbered = ((index, _request_at(index, item)) for index, item in enumerate(requests))
    while task := list(islice(numbered, next(sizes))):
        yield task


def _request_at(index: int, item: _Item) -> BatchRequest:
    try:
        return request_of(item, index)
    except BadRequest as error:
        raise BadRequest(f"Invalid request at index {index}: {error}", error.custom_id) from error.__cause__


class CompletedTasks:
    """A queue of completed tasks. A waiting thread wakes up for more than `spare` tasks, or after `within_s` seconds."""

    def __init__(self, spare: int, *, within_s: float) -> None:
        self._spare, self._within_s = spare if within_s else 0, within_s
        self._tasks: deque[TaskFuture] = deque()
        self._has_enough = Event()

    def put(self, task: TaskFuture) -> None:
        """Add a task, from any thread."""
        self._tasks.append(task)
        if len(self._tasks) > self._spare and not self._has_enough.is_set():
            self._has_enough.set()

    def empty(self) -> bool:
        """Return whether there is no task."""
        return not self._tasks

    def get(self, timeout: float | None) -> TaskFuture:
        """Return the first task, and wait for it if necessary.

        Raises:
            Empty: There was no task within `timeout` seconds.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._tasks:
            left_s = None if deadline is None else deadline - time.monotonic()
            if left_s is not None and left_s <= 0:
                raise Empty
            wait_s = self._within_s if self._spare else None
            self._has_enough.wait(min(filter(None, (wait_s, left_s)), default=None))
            self._has_enough.clear()  # before the check, so that no task is missed
        return self._tasks.popleft()


class _ProgressReporter:
    """Adds up results, and calls `on_progress`."""

    def __init__(self, backend: Backend, on_progress: Callable[[Progress], object] | None) -> None:
        self._backend, self._on_progress = backend, on_progress
        #: How often to report while no result arrives; None for never.
        self.interval_s = None if on_progress is None else _REPORT_S
        self._start_s = time.monotonic()
        self._failures = FailureCounts()
        self._done = self._failed = self._events = self._tokens = self._at_limit = 0

    def add(self, result: BatchResult) -> None:
        """Count a result, and report."""
        self._done += 1
        if result.error is not None:
            self._failed += 1
            self._failures.add(result.error)
        self._at_limit += result.reached_token_limit
        self._events += result.events
        self._tokens += result.tokens
        self.report(0)

    def report(self, submitted: int) -> None:
        """Call `on_progress`. `submitted` is the number of requests that were submitted and are not done."""
        if self._on_progress is not None:
            now_s = time.monotonic()
            events = max(self._events, self._backend.events())
            tokens = self._tokens + max(0, events - self._events)
            running, failures = self._backend.running(submitted), self._failures.commonest
            self._on_progress(
                Progress(
                    self._done,
                    self._failed,
                    running,
                    events,
                    tokens,
                    now_s - self._start_s,
                    failures=failures,
                    at_token_limit=self._at_limit,
                    other_failures=self._failed - sum(count for _, count in failures),
                )
            )
