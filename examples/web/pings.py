"""Comments between frames, so that the server notices that the browser has left while the model thinks."""

from collections.abc import Callable, Generator
from queue import Empty, SimpleQueue
from threading import Thread


def with_pings(
    frames: Generator[bytes, None, None], cancel: Callable[[], object], every_s: float = 5
) -> Generator[bytes, None, None]:
    """Yield frames, and a comment after each `every_s` seconds without one. `cancel` ends the stream of the frames."""
    arrived: SimpleQueue[bytes | None] = SimpleQueue()

    def read() -> None:
        try:
            for frame in frames:
                arrived.put(frame)
        finally:
            arrived.put(None)

    Thread(target=read).start()
    try:
        while True:
            try:
                frame = arrived.get(timeout=every_s)
            except Empty:
                frame = b": ping\n\n"
            if frame is None:
                return
            yield frame
    finally:
        cancel()  # ends the thread
