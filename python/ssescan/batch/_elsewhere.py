"""Executors that run elsewhere: tasks of plain data, each with streams of its own.

What such executors have in common is `submit(fn, *positional)` and the future's `result`. So a task is a module-level
function of what pickles: what makes a client, settings, and a part of the requests. Its number makes each task unlike
every other, for executors that take equal calls for one. Credentials that are in the environment are read there.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from functools import partial
from itertools import chain, count, repeat
from typing import Any, Optional
from uuid import uuid4

from ssescan.http.failures import keep_root_cause

from ._attempts import Attempts
from ._engine import Slice, Work, run
from ._limiter import Limiter
from ._results import BatchResult

__all__ = ["Elsewhere", "run_part"]

#: A task has so many requests for each of its streams: at its end some of them wait for the last one.
_ROUNDS = 4
#: Runs whose clients a process keeps.
_KEPT = 4


class Elsewhere(Work):
    """Hands parts of the requests to an executor. As many tasks run at one time as give `max_workers` streams."""

    def __init__(self, attempts: Attempts, executor: Executor, make: Any, max_workers: int, streams: int) -> None:
        streams = min(streams, max_workers)
        self.window = -(-max_workers // streams)
        self._streams = streams
        self._executor = executor
        self._max_attempts = attempts.max_attempts
        self._make = maker_of(make)
        self._numbers = count()
        self._settings = {
            "run": uuid4().hex,
            "limiter": attempts.limiter.share(self.window),
            "streams": streams,
            "coalesce_s": attempts.coalesce_s,
            "max_attempts": attempts.max_attempts,
            "arrivals": attempts.arrivals,
        }
        self._failures: dict[int, int] = {}

    def sizes(self) -> Iterator[int]:
        """Small at first, so that every worker gets something of a small batch."""
        return chain(repeat(self._streams, self.window), repeat(self._streams * _ROUNDS))

    def submit(self, part: Slice) -> Future[list[Optional[BatchResult]]]:
        return self._executor.submit(run_part, self._make, self._settings, next(self._numbers), part)

    def may_repeat(self, part: Slice) -> bool:
        """A task that was lost with its worker is handed over again, but not for ever: it may be what kills them."""
        first = part[0][0]
        self._failures[first] = self._failures.get(first, 0) + 1
        return self._failures[first] < self._max_attempts


def maker_of(client: Any) -> Callable[[], Any]:
    """What makes such a client in another process. TypeError for one that can't be described."""
    from ssescan.openai import OpenAI

    if callable(client):
        return client  # type: ignore[no-any-return]
    if type(client) is not OpenAI:
        raise TypeError(
            f"another process can't get a {type(client).__name__}: pass a function that makes it, as client=partial("
            f"{type(client).__name__}, ...)"
        )
    if client._transport.uses_callers_pool:
        raise TypeError(
            "another process can't get the http_client= of this client: pass a function that makes both, as client=make"
        )
    given: dict[str, Any] = {"api_key": client._api_key_provider or client.api_key}
    if given["api_key"] == os.environ.get("OPENAI_API_KEY"):
        del given["api_key"]
    return partial(
        OpenAI,
        **given,
        organization=client.organization,
        project=client.project,
        base_url=str(client.base_url),
        timeout=client.timeout,
        default_headers=dict(client._custom_headers),
        default_query=dict(client._custom_query),
    )


def run_part(
    make: Callable[[], Any], settings: dict[str, Any], number: int, part: Slice
) -> list[Optional[BatchResult]]:
    """What a task is: runs a part of a run's requests, in the process of a worker, and gives all results."""
    client, limiters = _kept_for(settings["run"], make)
    limiter = limiters.pop() if limiters else Limiter(**settings["limiter"])
    try:
        results = run(
            [request for _, request in part],
            client=client,
            max_workers=settings["streams"],
            limiter=limiter,
            coalesce_s=settings["coalesce_s"],
            max_attempts=settings["max_attempts"],
            arrivals=settings["arrivals"],
        )
        return [_for_the_way(result, part) for result in results]
    finally:
        limiters.append(limiter)  # what it knows of the server holds for the next task


def _for_the_way(result: BatchResult, part: Slice) -> BatchResult:
    result.index = part[result.index][0]
    if result.error is not None:
        keep_root_cause(result.error)
    return result


_kept: dict[str, tuple[Any, list[Limiter]]] = {}
_keeping = threading.Lock()


def _kept_for(run_id: str, make: Callable[[], Any]) -> tuple[Any, list[Limiter]]:
    """The client of a run in this process, and its limiters that no task uses at the moment."""
    with _keeping:
        if run_id not in _kept:
            while len(_kept) >= _KEPT:
                del _kept[next(iter(_kept))]
            _kept[run_id] = make(), []
        return _kept[run_id]
