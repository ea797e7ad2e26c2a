"""End the open streams when the server gets SIGTERM, so that it need not wait for their answers."""

import signal
from threading import Event, Lock, Thread, current_thread, main_thread
from types import FrameType
from typing import Any, TypeVar
from weakref import WeakSet

from ssescan import Scanner

S = TypeVar("S", bound=Scanner[Any])

streams: WeakSet[Scanner[Any]] = WeakSet()
lock = Lock()
stopping = Event()


def tracked(stream: S) -> S:
    """Return a stream, which ends when the server stops."""
    with lock:
        streams.add(stream)
        if stopping.is_set():
            stream.cancel()
    return stream


def stop_all() -> None:
    """Cancel all streams. Each browser gets a `failure` of the kind `cancelled`."""
    stopping.set()
    with lock:
        for stream in streams:
            stream.cancel()


def stop_all_at_sigterm() -> None:
    """Call `stop_all` at SIGTERM, before the handler that the server has set."""
    if current_thread() is not main_thread():
        return  # a test client: only the main thread can set handlers
    handler_of_server = signal.getsignal(signal.SIGTERM)

    def handle(number: int, frame: FrameType | None) -> None:
        Thread(target=stop_all).start()  # a handler must not wait for the lock
        if callable(handler_of_server):
            handler_of_server(number, frame)
        else:  # the default ends the process
            signal.signal(number, handler_of_server or signal.SIG_DFL)
            signal.raise_signal(number)

    signal.signal(signal.SIGTERM, handle)
