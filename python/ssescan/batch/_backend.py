"""Where requests run. `LocalBackend` runs them in threads of this process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from itertools import repeat
from typing import Any

from ssescan.openai._base_client import BaseClient

from ._limiter import Limiter
from ._options import RunOptions
from ._request_run import run_request
from ._requests import BatchRequest
from ._results import BatchResult
from ._streams import Streams
from ._threads import Threads

__all__ = ["Backend", "LocalBackend", "Task", "TaskFuture"]

#: Requests that are submitted together, each with its index.
Task = list[tuple[int, BatchRequest]]
#: The results of a task; None for requests that were cancelled.
TaskFuture = Future[list[BatchResult | None]]

#: More requests are submitted than threads run, so that a thread that is free has the next one: up to this many.
_AHEAD = 64
#: The longest wait for cancelled streams. The process does not wait for threads that connect.
_CANCEL_S = 0.7


class Backend:
    """The place where requests run.

    Attributes:
        window: The most tasks that are submitted at one time.
        spare: How many completed tasks may wait for the caller before threads run out of requests.
    """

    window: int
    spare = 0

    def task_sizes(self) -> Iterator[int]:
        """Yield the number of requests for each task, without an end."""
        return repeat(1)

    def submit(self, task: Task) -> TaskFuture:
        """Start a task and return the future of its results."""
        raise NotImplementedError

    def may_resubmit(self, task: Task) -> bool:
        """Return whether to submit a task again that failed as a whole. Called once for each failure."""
        return False

    def running(self, submitted: int) -> int:
        """Return how many requests run, out of those that were submitted."""
        return submitted

    def events(self) -> int:
        """Return the number of events so far, those of running requests included; 0 if it is unknown."""
        return 0

    def close(self) -> None:
        """Free resources after all tasks have completed."""

    def cancel(self) -> None:
        """Stop everything that runs, and wait for that for less than a second."""


class LocalBackend(Backend):
    """Runs each request in a thread of its own.

    Raises:
        TypeError: The client is not a client of `ssescan.openai`.
    """

    def __init__(self, options: RunOptions) -> None:
        self._streams = Streams(_checked(options.client), options.limiter or Limiter(), options)
        self._threads = Threads(options.max_workers)  # it starts no thread unless it gets a task
        self._executor: Executor = options.executor or self._threads
        ahead = min(options.max_workers, _AHEAD)
        self.window = options.max_workers + ahead
        self.spare = ahead // 2

    def submit(self, task: Task) -> TaskFuture:
        return self._executor.submit(_run_task, self._streams, task, time.monotonic())

    def running(self, submitted: int) -> int:
        return self._streams.running

    def events(self) -> int:
        return self._streams.events

    def close(self) -> None:
        self._threads.shutdown()

    def cancel(self) -> None:
        self._streams.cancel()
        self._threads.shutdown(within_s=_CANCEL_S)


def _run_task(streams: Streams, task: Task, taken_s: float) -> list[BatchResult | None]:
    return [run_request(streams, request, index, taken_s) for index, request in task]


def _checked(client: Any) -> Any:
    if callable(client):
        client = client()
    if not isinstance(client, BaseClient):
        kind = f"{type(client).__module__}.{type(client).__name__}"
        raise TypeError(f"Expected a client of ssescan.openai or a function that returns one, got {kind}")
    return client
