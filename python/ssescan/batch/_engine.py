"""`run`: many requests at once, their results as they complete.

The caller's own thread does all that is done once: it takes requests from the iterable, hands them to the executor, and
gives the results. So at any time there are at most as many requests taken as threads to run them and as many again, and
a caller that is slow to take results is one that is slow to begin requests.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from itertools import islice, repeat
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, Optional, Union

from ._attempts import Attempts, PauseTooLong
from ._limiter import Limiter
from ._requests import BatchRequest, request_of
from ._results import BatchResult
from ._threads import Threads

__all__ = ["Progress", "Slice", "Work", "run"]

#: How often progress is told while no result comes.
_TELL_S = 0.5
#: Cancelled streams are given this long to end; the process need not wait for what connects.
_END_S = 0.7
#: Requests that are taken ahead, so that a thread that is done finds the next one.
_AHEAD = 64
#: Where bytes gather before they are read, results gather before the caller's thread wakes up for them: for this part of
#: that time, and no longer than this. A wake-up costs as much as fifty events.
_GATHER_PART, _GATHER_S = 0.25, 0.25


class Progress(NamedTuple):
    """How far a run is: requests `done` (failed ones included), `failed`, and `running` at the moment; `events` and
    `tokens` of the answers so far, tokens by the servers' counts, else one an event; `elapsed_s`; `total`, how many
    requests there are, if that is known. `before`: how many of those that are done were so before this run (`run_file`).

    With an executor that runs elsewhere, `running` are requests that were handed over, and events come with results.
    """

    done: int
    failed: int
    running: int
    events: int
    tokens: int
    elapsed_s: float
    total: int | None = None
    before: int = 0


_Given = Union[BatchRequest, Mapping[str, Any]]
#: What is handed over at one time: the requests, and the index of each.
Slice = list[tuple[int, BatchRequest]]


def run(
    requests: Iterable[_Given],
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
) -> Generator[BatchResult, None, None]:
    """Runs `requests` and yields a `BatchResult` for each, as they complete, in any order.

    `requests`: any iterable, taken from lazily: `BatchRequest`s, mappings of that shape (lines of a batch file), or
    bodies alone. What is none raises `BadRequest` when its turn comes.
    `client`: an `OpenAI` client, or a function that makes one; its timeouts hold, its retries do not.
    `max_workers`: streams at one time, each in a thread of its own.
    `executor`: runs them instead of threads of ours; it is not shut down. A `ThreadPoolExecutor` runs a stream in each
    of its threads. Any other is taken to run elsewhere: it gets tasks of plain data, each of which runs
    `streams_per_task` streams (by default 32) in threads, with its part of the limiter's budget; see docs/scaling.md.
    `limiter`: see `Limiter`. `coalesce_s`: bytes gather for so long before a thread wakes up for them; 0 reads at once.
    `on_progress`: called in the caller's thread with a `Progress` behind each result, and while none comes.
    `max_attempts`: a stream that failed in a way that another attempt may mend is begun so often in all. A server that
    says it is busy (429, 503) is waited for, and that is no attempt.
    `arrivals`: note when each event came (`timings.arrivals_s`).

    Closing the iterator, an exception or Ctrl-C in the loop over it cancels what runs; that takes under a second.
    KeyboardInterrupt thrown into it does so too, and then it gives what is done before it raises that. No request that
    failed raises: see `BatchResult.error`. `PauseTooLong` if the server wants no requests for over an hour. ValueError
    for numbers that are none of these, TypeError for a client of something else. An iterable that waits for results
    waits for ever: results are given when there is a request for each free thread, or none is left.
    """
    for name, number in {"max_workers": max_workers, "max_attempts": max_attempts}.items():
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ValueError(f"{name} must be a whole number above 0, not {number!r}")
    if isinstance(coalesce_s, bool) or not isinstance(coalesce_s, (int, float)) or not 0 <= coalesce_s < float("inf"):
        raise ValueError(f"coalesce_s must be a number of seconds, 0 or more, not {coalesce_s!r}")
    here = executor is None or isinstance(executor, ThreadPoolExecutor)
    attempts = Attempts(
        _checked(client() if callable(client) else client) if here else client,
        limiter or Limiter(),
        coalesce_s=coalesce_s,
        max_attempts=max_attempts,
        arrivals=arrivals,
    )
    if here:
        work: Work = _Here(attempts, executor, max_workers)
    else:
        from ._elsewhere import Elsewhere

        assert executor is not None
        work = Elsewhere(attempts, executor, client, max_workers, streams_per_task or 32)
    completed = _Completed(work.spare, min(coalesce_s * _GATHER_PART, _GATHER_S))
    return _results(iter(requests), work, completed, on_progress)


def _checked(client: Any) -> Any:
    from ssescan.openai._base_client import BaseClient

    if not isinstance(client, BaseClient):
        kind = f"{type(client).__module__}.{type(client).__name__}"
        raise TypeError(f"expected a client of ssescan.openai, or a function that makes one, not {kind}")
    return client


class Work:
    """Where requests are run. `window`: how many tasks to hand over at one time. `spare`: of how many of them the
    results may wait without anybody running out of work.
    """

    window: int
    spare = 0

    def sizes(self) -> Iterator[int]:
        """How many requests each task has."""
        return repeat(1)

    def may_repeat(self, part: Slice) -> bool:
        """A task failed, not its requests: whether it is handed over again."""
        return False

    def submit(self, part: Slice) -> Future[list[Optional[BatchResult]]]:
        raise NotImplementedError

    def running(self, handed_over: int) -> int:
        return handed_over

    def events(self) -> int:
        """Of the streams that run."""
        return 0

    def end(self) -> None:
        """All is done."""

    def cancel(self) -> None:
        """Ends what runs, and waits for that, but not for long. May be called again."""


class _Here(Work):
    """In threads of this process."""

    def __init__(self, attempts: Attempts, executor: Executor | None, max_workers: int) -> None:
        self._attempts = attempts
        self._own = None if executor is not None else Threads(max_workers)
        self._executor = executor or self._own
        self._cancelled = False
        self.window = max_workers + min(max_workers, _AHEAD)
        self.spare = min(max_workers, _AHEAD) // 2

    def submit(self, part: Slice) -> Future[list[Optional[BatchResult]]]:
        assert self._executor is not None
        return self._executor.submit(_run_here, self._attempts, part, time.monotonic())

    def running(self, handed_over: int) -> int:
        return self._attempts.running

    def events(self) -> int:
        return self._attempts.events

    def end(self) -> None:
        if self._own is not None:
            self._own.shutdown()

    def cancel(self) -> None:
        if not self._cancelled:
            self._cancelled = True
            self._attempts.cancel()
            if self._own is not None:
                self._own.shutdown(within_s=_END_S)


def _run_here(attempts: Attempts, part: Slice, taken_s: float) -> list[Optional[BatchResult]]:
    return [attempts.run(request, index, taken_s) for index, request in part]


def _results(
    given: Iterator[_Given], work: Work, completed: _Completed, on_progress: Callable[[Progress], object] | None
) -> Generator[BatchResult, None, None]:
    """Hands over and gives back until there is nothing left."""
    counts = _Counts(work, on_progress)
    slices = _slices(given, work.sizes())
    handed_over: dict[Any, Slice] = {}
    #: Of tasks that are done, and not given yet.
    results: deque[Optional[BatchResult]] = deque()

    def hand_over(part: Slice) -> None:
        future = work.submit(part)
        handed_over[future] = part
        future.add_done_callback(completed.put)

    whole = False
    try:
        while True:
            # One for each result, and more while there is no result: the iterable may itself wait for its next request.
            least = len(handed_over) + 1
            while len(handed_over) < work.window and (len(handed_over) < least or completed.empty()):
                if (part := next(slices, None)) is None:
                    break
                hand_over(part)
            if not handed_over:
                break
            future = counts.wait_for(completed, handed_over)
            part = handed_over.pop(future)
            error = future.exception()
            if error is not None and not isinstance(error, PauseTooLong) and work.may_repeat(part):
                hand_over(part)
                continue
            results.extend(future.result())
            while results:
                yield from counts.add(results.popleft())
        whole = True
    except (KeyboardInterrupt, PauseTooLong):
        _cancel(work, handed_over)
        for future in handed_over:  # what is done is kept
            if future.done() and not future.cancelled() and future.exception() is None:
                results.extend(future.result())
        while results:
            yield from counts.add(results.popleft())
        raise
    finally:
        if whole:
            work.end()
        else:
            _cancel(work, handed_over)


def _cancel(work: Work, handed_over: Iterable[Future[Any]]) -> None:
    for future in handed_over:
        future.cancel()
    work.cancel()


def _slices(given: Iterator[_Given], sizes: Iterator[int]) -> Iterator[Slice]:
    numbered = ((number, request_of(request, number)) for number, request in enumerate(given))
    while part := list(islice(numbered, next(sizes))):
        yield part


class _Completed:
    """Tasks that are done, in order. Who waits for one wakes up when there are more than `spare`, or `within_s` later."""

    def __init__(self, spare: int, within_s: float) -> None:
        self._spare, self._within_s = spare if within_s else 0, within_s
        self._tasks: deque[Any] = deque()
        self._call: SimpleQueue[None] = SimpleQueue()

    def put(self, task: Any) -> None:
        self._tasks.append(task)
        if len(self._tasks) > self._spare and self._call.empty():
            self._call.put(None)

    def empty(self) -> bool:
        return not self._tasks

    def get(self, timeout: float | None) -> Any:
        """The first one; `Empty` if none is there in time."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._tasks:
            left_s = None if deadline is None else deadline - time.monotonic()
            if left_s is not None and left_s <= 0:
                raise Empty
            wait_s = self._within_s if self._spare else None
            try:
                self._call.get(timeout=min(filter(None, (wait_s, left_s)), default=None))
            except Empty:
                pass  # looking costs little
        return self._tasks.popleft()


class _Counts:
    """What progress is told from."""

    def __init__(self, work: Work, on_progress: Callable[[Progress], object] | None) -> None:
        self._work, self._on_progress = work, on_progress
        self._begin_s = self._told_s = time.monotonic()
        self._done = self._failed = self._events = self._tokens = 0

    def wait_for(self, completed: _Completed, handed_over: dict[Any, Slice]) -> Any:
        """The next task that is done; tells progress meanwhile."""
        while True:
            try:
                return completed.get(timeout=_TELL_S if self._on_progress else None)
            except Empty:
                self.tell(sum(map(len, handed_over.values())))

    def add(self, result: BatchResult | None) -> Iterator[BatchResult]:
        """Counts and gives a result; None is what was cancelled."""
        if result is not None:
            self._done += 1
            self._failed += not result.ok
            self._events += result.events
            self._tokens += result.tokens
            self.tell(0)
            yield result

    def tell(self, handed_over: int) -> None:
        if self._on_progress is not None:
            now = time.monotonic()
            events = max(self._events, self._work.events())
            tokens = self._tokens + max(0, events - self._events)
            running = self._work.running(handed_over)
            self._on_progress(Progress(self._done, self._failed, running, events, tokens, now - self._begin_s))
