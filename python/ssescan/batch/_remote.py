"""Executors that run tasks in other processes. Each task runs several streams.

The common interface of such executors is `submit(function, *arguments)` and `result()` of the future. So a task is a
module-level function with arguments that can be pickled: settings, and a part of the requests. Each task has a number,
for executors that treat equal calls as one. Credentials in the environment are not sent; the other process reads its own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, count, repeat
from typing import Any
from uuid import uuid4

from ssescan.http.failures import keep_root_cause
from ssescan.openai import OpenAI

from ._backend import Backend, Task, TaskFuture
from ._limiter import Limiter
from ._options import RunOptions
from ._requests import BatchRequest
from ._results import BatchResult

__all__ = ["RemoteBackend", "TaskSettings", "client_factory", "run_task"]

#: Runs requests with options and yields their results. The engine passes it in, because it imports this module.
Runner = Callable[[Iterable[BatchRequest], RunOptions], Iterable[BatchResult]]

_DEFAULT_STREAMS = 32
#: A task has this many requests per stream. More would lose more with a worker; with fewer, streams wait more often for
#: the last one of a task.
_REQUESTS_PER_STREAM = 4
#: A process keeps the clients of this many runs.
_KEPT_RUNS = 4


@dataclass(frozen=True)
class TaskSettings:
    """The settings that all tasks of a run share.

    Attributes:
        run: The function that runs the requests of a task.
        run_id: A unique id of the run. A worker makes one client for it.
        options: The options of each task. `client` is a factory.
        limits: The arguments of each task's limiter.
    """

    run: Runner
    run_id: str
    options: RunOptions
    limits: dict[str, float | None]


class RemoteBackend(Backend):
    """Submits tasks to an executor. As many tasks run at one time as are needed for `max_workers` streams.

    Args:
        options: The settings of the run.
        run: Runs the requests of a task in the worker.

    Raises:
        TypeError: The client cannot be sent to another process.
    """

    def __init__(self, options: RunOptions, run: Runner) -> None:
        assert options.executor is not None
        self._executor = options.executor
        self._streams = min(options.streams_per_task or _DEFAULT_STREAMS, options.max_workers)
        self.window = -(-options.max_workers // self._streams)
        limits = (options.limiter or Limiter()).share(self.window)
        self._settings = TaskSettings(run, uuid4().hex, self._task_options(options), limits)
        self._max_attempts = options.max_attempts
        self._numbers = count()
        self._failures: dict[int, int] = {}

    def _task_options(self, options: RunOptions) -> RunOptions:
        return replace(
            options,
            client=client_factory(options.client),
            max_workers=self._streams,
            executor=None,
            limiter=None,
            on_progress=None,
            streams_per_task=None,
            stop_early=False,  # this process sees the results of all tasks
        )

    def task_sizes(self) -> Iterator[int]:
        # The first tasks are small, so that a small batch has one for each worker.
        return chain(repeat(self._streams, self.window), repeat(self._streams * _REQUESTS_PER_STREAM))

    def submit(self, task: Task) -> TaskFuture:
        return self._executor.submit(run_task, self._settings, next(self._numbers), task)

    def may_resubmit(self, task: Task) -> bool:
        """Return True for a task that was lost with its worker, up to `max_attempts`: it may be what kills workers."""
        first = task[0][0]
        self._failures[first] = self._failures.get(first, 0) + 1
        return self._failures[first] < self._max_attempts


def client_factory(client: Any) -> Callable[[], Any]:
    """Return a function that makes an equal client in another process.

    Raises:
        TypeError: The client has parts that cannot be sent to another process.
    """
    if callable(client):
        return client  # type: ignore[no-any-return]
    if type(client) is not OpenAI:
        name = type(client).__name__
        raise TypeError(
            f"Cannot send this {name} client to another process; pass a factory: client=partial({name}, ...)"
        )
    if client._transport.uses_callers_pool:
        raise TypeError(
            "Cannot send the http_client of this client to another process; pass a factory that makes both: client=make"
        )
    key: dict[str, Any] = {"api_key": client._api_key_provider or client.api_key}
    if key["api_key"] == os.environ.get("OPENAI_API_KEY"):
        key = {}
    return partial(
        OpenAI,
        **key,
        organization=client.organization,
        project=client.project,
        base_url=str(client.base_url),
        timeout=client.timeout,
        default_headers=dict(client._custom_headers),
        default_query=dict(client._custom_query),
        on_stream_end=client.on_stream_end,
    )


def run_task(settings: TaskSettings, number: int, task: Task) -> list[BatchResult | None]:
    """Run the requests of a task in a worker, and return their results. `number` makes each call different."""
    client, limiters = _client_of(settings)
    limiter = limiters.pop() if limiters else Limiter(**settings.limits)  # type: ignore[arg-type]
    options = replace(settings.options, client=client, limiter=limiter)
    try:
        results = settings.run([request for _, request in task], options)
        return [_prepared(result, task) for result in results]
    finally:
        limiters.append(limiter)  # the next task uses its backoff and its schedule


def _prepared(result: BatchResult, task: Task) -> BatchResult:
    """Set the index in the whole input, and make the error ready for pickling."""
    result.index = task[result.index][0]
    if result.error is not None:
        keep_root_cause(result.error)
    return result


_clients: dict[str, tuple[Any, list[Limiter]]] = {}
_clients_lock = threading.Lock()


def _client_of(settings: TaskSettings) -> tuple[Any, list[Limiter]]:
    """Return this process's client for a run, and the limiters that no task uses at present."""
    with _clients_lock:
        if settings.run_id not in _clients:
            while len(_clients) >= _KEPT_RUNS:
                del _clients[next(iter(_clients))]
            _clients[settings.run_id] = settings.options.client(), []
        return _clients[settings.run_id]
