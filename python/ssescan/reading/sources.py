"""`Source`: what a stream reads its blocks from, with a subclass for each kind of source that `Scanner` accepts.

Nothing is read ahead, and a read returns as soon as there are any bytes.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ssescan import _core, errors
from ssescan.http.failures import Failure, classify

if TYPE_CHECKING:
    from ssescan.http.body import BodyReader
    from ssescan.http.deadlines import Timeouts
    from ssescan.http.socket_reader import SocketReader

__all__ = ["File", "HTTPBody", "Iterated", "Source", "map_transport_error", "open_source"]

#: The most that one read asks for.
BLOCK_BYTES = 65536


class Source:
    """A source of blocks. The core calls `read`, unless the source has an `iterator` or a `connection`.

    Attributes:
        iterator: The core iterates this instead of calling `read`. Empty blocks are skipped.
        connection: The core reads this instead of calling `read`, and removes the framing. At the end of the body it
            calls `finish`. After the end, or if the framing is invalid, it calls `read`.
        framing: The framing of what `connection` reads.
        response: The HTTP response, or None.
        keeps_prefix: True if the start of a body that does not look like an event stream is kept, for an error.
        holds_connection: True if the source has a connection that its stream must close.
    """

    iterator: Iterator[Any] | None = None
    connection: SocketReader | None = None
    framing: _core.Framing | None = None
    response: Any = None
    keeps_prefix = False
    holds_connection = False

    def read(self, events: int = 0) -> Any:
        """Return the next block; an empty one at the end. `events` is the number of events that were returned."""
        return b""

    def finish(self) -> None:
        """Take note that the body was read to its end."""

    def release(self) -> None:
        """Release what the source holds, after a good end of the stream."""

    def close(self) -> None:
        """Close the source, after a failure of the stream or before its end."""

    def interrupt(self) -> None:
        """Make a read that waits in another thread return."""

    def coalesce(self, seconds: float) -> None:
        """From the next block on, let bytes accumulate for so many seconds before each read."""


class Iterated(Source):
    """An iterable of blocks.

    Args:
        blocks: The blocks.
        close: Closes the iterable, or the response that it reads.
        response: The response that the blocks are from.
    """

    def __init__(self, blocks: Iterable[Any], close: Callable[[], object] | None = None, response: Any = None) -> None:
        self.iterator = iter(blocks)
        self.response = response
        self.holds_connection = response is not None and close is not None
        self._close = close

    def release(self) -> None:
        if self.holds_connection:
            self.close()

    def close(self) -> None:
        if self._close is not None:
            self._close()


class File(Source):
    """A binary file. A good end of the stream leaves it open.

    Args:
        read: The method of the file that reads at most so many bytes.
        close: Closes the file, if it can be closed.
    """

    def __init__(self, read: Callable[[int], Any], close: Callable[[], object] | None) -> None:
        self._read = read
        self._close = close

    def read(self, events: int = 0) -> Any:
        return self._read(BLOCK_BYTES)

    def close(self) -> None:
        if self._close is not None:
            self._close()


class HTTPBody(Source):
    """The body of an HTTP response.

    Args:
        body: Reads the body.
        response: The response, for the program.
    """

    keeps_prefix = True
    holds_connection = True

    def __init__(self, body: BodyReader, response: Any) -> None:
        self._body = body
        self.response = response
        self.connection, self.framing = body.frames() or (None, None)

    def read(self, events: int = 0) -> bytes:
        return self._body.read(events)

    def finish(self) -> None:
        self._body.finish()

    def release(self) -> None:
        self._body.release()

    def close(self) -> None:
        self._body.close()

    def interrupt(self) -> None:
        self._body.interrupt()

    def coalesce(self, seconds: float) -> None:
        self._body.coalesce(seconds)


def open_source(source: Any, timeouts: Timeouts | None = None) -> Source:
    """Return the `Source` of anything that `Scanner` accepts.

    Args:
        source: A response, a binary file, bytes, or an iterable of blocks.
        timeouts: Deadlines for responses of urllib3 and requests; other sources ignore them.

    Raises:
        TypeError: The source cannot be read as bytes.
    """
    if isinstance(source, Source):
        return source
    if isinstance(source, (bytes, bytearray, memoryview)):
        return Iterated([bytes(source)])
    if isinstance(source, (str, os.PathLike, io.TextIOBase)):
        raise TypeError(f"source must yield bytes, got {type(source).__name__}. Open files in binary mode.")
    if _is_urllib3(source):
        return _urllib3(source, source, timeouts)
    if hasattr(source, "iter_content"):
        return _requests(source, timeouts)
    if hasattr(source, "iter_bytes") and hasattr(source, "iter_raw"):
        return Iterated(source.iter_bytes(), source.close, source)
    if hasattr(source, "__aiter__") and not hasattr(source, "__iter__"):
        raise TypeError("source is asynchronous. Iterate it yourself and pass the blocks to Parser.feed.")
    for name in ("read1", "read"):
        if hasattr(source, name):
            return File(getattr(source, name), getattr(source, "close", None))
    try:
        return Iterated(source, getattr(source, "close", None))
    except TypeError as error:
        expected = "source must be a response, a binary file, bytes or an iterable of blocks"
        raise TypeError(f"{expected}, got {source!r}") from error


def _is_urllib3(source: Any) -> bool:
    """Check for the attributes that are used, so that recorded and wrapped responses are accepted too."""
    return all(hasattr(source, name) for name in ("status", "headers", "read1", "release_conn"))


def _urllib3(response: Any, owner: Any, timeouts: Timeouts | None) -> Source:
    if getattr(response, "closed", False) and (body := response.data):
        return Iterated([body], response=owner)  # it was read by urllib3 (preload_content)
    from ssescan.http.body import BodyReader
    from ssescan.http.deadlines import Deadlines

    return HTTPBody(BodyReader(response, Deadlines(timeouts) if timeouts else None), owner)


def _requests(response: Any, timeouts: Timeouts | None) -> Source:
    if getattr(response, "_content_consumed", False):
        return Iterated([response.content], response=response)
    if _is_urllib3(response.raw):
        return _urllib3(response.raw, response, timeouts)
    return Iterated(response.iter_content(None), response.close, response)


def map_transport_error(cause: BaseException, where: str) -> BaseException:
    """Return the `StreamTimeout` or `StreamBroken` for an exception of a transport; other exceptions unchanged.

    Args:
        cause: The exception that the source raised. It becomes `__cause__` of the new one.
        where: How far the stream was, for the message.
    """
    failure = None if isinstance(cause, errors.SSEScanError) else classify(cause)
    if failure is None or failure is Failure.REQUEST:
        return cause
    error: errors.APIConnectionError
    if failure is Failure.TIMEOUT:
        # DeadlineExceeded has the clock and its limit; other timeouts are those of a socket.
        limits = (getattr(cause, name, None) for name in ("limit_s", "waited_s"))
        error = errors.StreamTimeout(getattr(cause, "clock", "idle"), where, *limits)
    else:
        error = errors.StreamBroken(_root(cause), where)
    _drop_frames(cause)
    error.__cause__ = cause
    return error


def _drop_frames(error: BaseException | None) -> None:
    """Remove the tracebacks of a transport's exception and of its causes.

    Their frames refer to the frames that called them. From Python 3.12 on one of these has the stream, which has the
    exception: a cycle, which would keep the stream until the garbage collector runs.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


def _root(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else text[:197] + "..."


def warn_unclosed(stream: Any) -> None:
    """Warn about a stream that was dropped without being closed, as Python's sockets do."""
    import warnings

    if not sys.is_finalizing():
        warnings.warn(f"unclosed stream {stream!r}", ResourceWarning, source=stream, stacklevel=3)
