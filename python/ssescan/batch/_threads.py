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


#: A thread that has run so many tasks is replaced. Each has a cache of freed memory (malloc's), which fills up over
#: thousands of requests; it goes with the thread, and a new one costs a fiftieth of a request.
_TASKS = 16


class Threads(Executor):
    """Up to `count` threads, begun as they are needed."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._work: SimpleQueue[Optional[_Work]] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        #: Held until a thread that was begun is in the list.
        self._lock = threading.Lock()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As `Executor.submit`, without keywords."""
        future: Future[Any] = Future()
        self._work.put((future, fn, args))
        if len(self._threads) < self._count:
            with self._lock:
                self._threads.append(self._begin(len(self._threads)))
        return future

    def _begin(self, number: int) -> threading.Thread:
        name = f"ssescan-batch-{number}"
        thread = threading.Thread(target=self._serve, args=(number,), name=name, daemon=True)
        thread.start()
        return thread

    def _serve(self, number: int) -> None:
        tasks = 0
        while (work := self._work.get()) is not None:
            _run(*work)
            del work  # a result must not live until the next one
            tasks += 1
            if tasks % _TASKS == 0 and self._replace(number):
                return

    def _replace(self, number: int) -> bool:
        """Begins another thread in the place of this one, if there may be one."""
        with self._lock:
            try:
                self._threads[number] = self._begin(number)
            except RuntimeError:
                return False
        return True

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False, within_s: float | None = None) -> None:
        """Ends the threads when they have done their work; waits for that, at most `within_s`."""
        for _ in self._threads:
            self._work.put(None)
        deadline = None if within_s is None else time.monotonic() + within_s
        for number in range(len(self._threads) if wait else 0):
            ended = None
            while (thread := self._threads[number]) is not ended:  # it may have begun another one before it ended
                thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
                ended = thread


def _run(future: Future[Any], fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
    if future.set_running_or_notify_cancel():
        try:
            future.set_result(fn(*args))
        except BaseException as error:
            future.set_exception(error)
