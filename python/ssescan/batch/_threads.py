"""A thread for every stream: an executor whose threads do not keep the process alive.

`ThreadPoolExecutor` joins its threads when the interpreter ends. One that connects to a host that does not answer can't
be woken, and Ctrl-C must not wait for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import Any, Optional

__all__ = ["Threads"]

_Work = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...]]


class Threads(Executor):
    """Up to `count` threads, begun as they are needed."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._work: SimpleQueue[Optional[_Work]] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As `Executor.submit`, without keywords."""
        future: Future[Any] = Future()
        self._work.put((future, fn, args))
        if len(self._threads) < self._count:
            name = f"ssescan-batch-{len(self._threads)}"
            thread = threading.Thread(target=self._serve, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()
        return future

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            future, fn, args = work
            del work
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(fn(*args))
                except BaseException as error:
                    future.set_exception(error)
            del future, fn, args  # a result must not live until the next one

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False, within_s: float | None = None) -> None:
        """Ends the threads when they have done their work; waits for that, at most `within_s`."""
        for _ in self._threads:
            self._work.put(None)
        deadline = None if within_s is None else time.monotonic() + within_s
        for thread in self._threads if wait else ():
            thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
