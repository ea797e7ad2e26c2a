"""Frames with comments between them, so that the server notices that the browser has left while the model thinks."""

from collections.abc import Generator
from queue import Empty, SimpleQueue
from threading import Thread

from frames import frames_of

from ssescan.openai import Stream
from ssescan.openai.types.chat import ChatCompletionChunk


def frames_with_pings(stream: Stream[ChatCompletionChunk], every_s: float = 5) -> Generator[bytes, None, None]:
    """Yield the frames of a stream, and a comment after each `every_s` seconds without a frame."""
    arrived: SimpleQueue[bytes | None] = SimpleQueue()

    def read() -> None:
        try:
            for frame in frames_of(stream):
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
        stream.cancel()  # ends the thread
