"""An executor with one thread per stream. Its threads do not keep the process alive.

`ThreadPoolExecutor` joins its threads when the interpreter exits. A thread that connects to a silent host cannot be
interrupted, and Ctrl-C must not wait for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import Any

__all__ = ["Threads"]

_Work = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...]]

#: A thread is replaced after this many tasks. malloc keeps freed memory for each thread, which grows over thousands of
#: requests until the thread ends. A new thread costs a fiftieth of a request.
_TASKS_PER_THREAD = 16


class Threads(Executor):
    """An executor of up to `count` daemon threads, which are started when they are needed."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._work: SimpleQueue[_Work | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        #: Held until a thread that was started is in the list.
        self._lock = threading.Lock()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Queue a call and return its future. Keyword arguments are not supported."""
        future: Future[Any] = Future()
        self._work.put((future, fn, args))
        if len(self._threads) < self._count:
            with self._lock:
                self._threads.append(self._start(len(self._threads)))
        return future

    def _start(self, number: int) -> threading.Thread:
        name = f"ssescan-batch-{number}"
        thread = threading.Thread(target=self._serve, args=(number,), name=name, daemon=True)
        thread.start()
        return thread

    def _serve(self, number: int) -> None:
        tasks = 0
        while (work := self._work.get()) is not None:
            _run(*work)
            del work  # do not keep the result until the next task
            tasks += 1
            if tasks % _TASKS_PER_THREAD == 0 and self._replace(number):
                return

    def _replace(self, number: int) -> bool:
        """Start another thread in place of the current one. Return False if the system has no more threads."""
        with self._lock:
            try:
                self._threads[number] = self._start(number)
            except RuntimeError:
                return False
        return True

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False, within_s: float | None = None) -> None:
        """Let the threads end after the tasks that are queued.

        Args:
            wait: Whether to wait for the threads.
            cancel_futures: Ignored.
            within_s: The longest wait in seconds; None for no limit.
        """
        for _ in self._threads:
            self._work.put(None)
        deadline = None if within_s is None else time.monotonic() + within_s
        for number in range(len(self._threads) if wait else 0):
            ended = None
            while (thread := self._threads[number]) is not ended:  # a thread may have been replaced before it ended
                thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
                ended = thread


def _run(future: Future[Any], fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
    if future.set_running_or_notify_cancel():
        try:
            future.set_result(fn(*args))
        except BaseException as error:
            future.set_exception(error)
