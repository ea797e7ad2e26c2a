"""`Source`: what a stream reads its blocks from, with a subclass for each kind of source that `Scanner` accepts.

Nothing is read ahead, and a read returns as soon as there are any bytes.
"""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import TYPE_CHECKING, Any

from ssescan import _core, errors
from ssescan.http.failures import Failure, chain, classify

from .server_errors import not_a_stream, status_error

if TYPE_CHECKING:
    from ssescan.http.body import BodyReader
    from ssescan.http.deadlines import Timeouts
    from ssescan.http.socket_reader import SocketReader

__all__ = [
    "EVENT_STREAM",
    "File",
    "HTTPBody",
    "Inspected",
    "Iterated",
    "Source",
    "begins_like_a_stream",
    "checked",
    "drop_frames",
    "map_transport_error",
    "media_type",
    "open_source",
]

EVENT_STREAM = "text/event-stream"

#: How much of a body that is not an event stream is read for the error, and for how long. The body of a status error is
#: JSON, which cannot be decoded without its end, and some servers repeat the request in it.
MAX_PAGE_BYTES = 65536
MAX_STATUS_BYTES = 1 << 20
#: A server that ignores `stream: true` sends a complete answer, which a batch takes.
MAX_JSON_BYTES = 16 << 20
MAX_ERROR_S = 5.0

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

    def next_block(self, events: int = 0) -> bytes:
        """Return the next block whether or not the source has an `iterator`; an empty one at the end."""
        if self.iterator is None:
            return bytes(self.read(events))
        return next(filter(None, map(bytes, self.iterator)), b"")

    def read_part(self, max_bytes: int, within_s: float) -> bytes:
        """Read at most so many bytes, for an error. A failure ends the read without an error."""
        blocks, left, end_s = [], max_bytes, time.monotonic() + within_s
        try:
            while left > 0 and time.monotonic() < end_s and (block := self.next_block()):
                blocks.append(block)
                left -= len(block)
        except Exception:
            pass  # the data so far is enough for an error message
        return b"".join(blocks)[:max_bytes]

    @property
    def is_closed(self) -> bool:
        """True if the program closed the response itself."""
        return bool(getattr(self.response, "closed_by_program", False))

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
        self.keeps_prefix = response is not None
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
        response: The file itself if it is an HTTP response of the standard library.
    """

    def __init__(self, read: Callable[[int], Any], close: Callable[[], object] | None, response: Any = None) -> None:
        self._read = read
        self._close = close
        self.response = response
        self.keeps_prefix = response is not None

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

    def read_part(self, max_bytes: int, within_s: float) -> bytes:
        return self._body.read_part(max_bytes, within_s)

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


class Inspected(Source):
    """A response that its status and Content-Type do not declare an event stream. The first read checks it.

    Args:
        source: The body of the response.
    """

    keeps_prefix = True

    def __init__(self, source: Source) -> None:
        self._source = source
        self.response = source.response
        self.holds_connection = source.holds_connection
        self._is_inspected = False
        #: The start of the body, which was read to find out what it is. Reading returns it again.
        self._start = b""
        #: A body that failed before it was recognized fails again when it is read.
        self._failure: BaseException | None = None

    def read(self, events: int = 0) -> bytes:
        self.inspect(events)
        if self._start:
            start, self._start = self._start, b""
            return start
        if self._failure is not None:
            raise self._failure
        return self._source.next_block(events)

    def inspect(self, events: int = 0) -> None:
        """Read as much as is needed to recognize the body.

        Raises:
            APIStatusError: The status is not 2xx.
            NotAnEventStream: The body is something else.
        """
        if self._is_inspected:
            return
        self._is_inspected = True
        if not _is_success(self.response):
            raise status_error(self.response, self._source.read_part(MAX_STATUS_BYTES, MAX_ERROR_S))
        if not self._begins_like_a_stream(events):
            limit = MAX_JSON_BYTES if media_type(self.response) == "application/json" else MAX_PAGE_BYTES
            rest = self._source.read_part(limit - len(self._start), MAX_ERROR_S)
            raise not_a_stream(self.response, (self._start + rest)[:limit])

    def _begins_like_a_stream(self, events: int) -> bool:
        verdict = None
        try:
            while verdict is None and len(self._start) < MAX_PAGE_BYTES and (block := self._source.next_block(events)):
                self._start += block
                verdict = begins_like_a_stream(self._start)
        except Exception as error:
            if classify(error) is None:
                raise
            self._failure = error
        return bool(verdict) or self._failure is not None

    def release(self) -> None:
        self._source.release()

    def close(self) -> None:
        self._source.close()

    def interrupt(self) -> None:
        self._source.interrupt()

    def coalesce(self, seconds: float) -> None:
        self._source.coalesce(seconds)


def media_type(response: Any) -> str:
    """Return the media type of a response in lower case, without its parameters; empty if it is missing."""
    kind: str = response.headers.get("content-type") or ""
    return kind.split(";")[0].strip().lower()


def checked(source: Source) -> Source:
    """Return the body of a response; inspected by the first read unless it is declared an event stream."""
    is_declared = media_type(source.response) == EVENT_STREAM
    return source if is_declared and _is_success(source.response) else Inspected(source)


def _is_success(response: Any) -> bool:
    return 200 <= (errors.status_of(response) or 200) < 300


_BOM = b"\xef\xbb\xbf"
_BEGINNINGS = (b":", b"data:", b"event:", b"id:", b"retry:", b"error:")


def begins_like_a_stream(body: bytes) -> bool | None:
    """Return whether `body` begins with a comment or a field of an event stream; None if more bytes are needed."""
    if len(body) < len(_BOM) and _BOM.startswith(body):
        return None
    line = body.removeprefix(_BOM).lstrip(b"\r\n")
    if line.startswith(_BEGINNINGS):
        return True
    return None if any(beginning.startswith(line) for beginning in _BEGINNINGS) else False


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
    if isinstance(source, str) and source.lower().startswith(("http://", "https://")):
        raise TypeError("source must yield bytes, got a URL. Open it with ssescan.stream(url).")
    if isinstance(source, (str, os.PathLike, io.TextIOBase)):
        raise TypeError(f"source must yield bytes, got {type(source).__name__}. Open files in binary mode.")
    if _is_urllib3(source):
        return checked(_urllib3(source, source, timeouts))
    if hasattr(source, "iter_content"):
        return checked(_requests(source, timeouts))
    if hasattr(source, "iter_bytes") and hasattr(source, "iter_raw"):
        return checked(Iterated(source.iter_bytes(), source.close, source))
    if hasattr(source, "__aiter__") and not hasattr(source, "__iter__"):
        raise TypeError("source is asynchronous. Iterate it yourself and pass the blocks to Parser.feed.")
    for name in ("read1", "read"):
        if hasattr(source, name):
            read, close = getattr(source, name), getattr(source, "close", None)
            return checked(File(read, close, source)) if _is_of_http_client(source) else File(read, close)
    try:
        return Iterated(source, getattr(source, "close", None))
    except TypeError as error:
        expected = "source must be a response, a binary file, bytes or an iterable of blocks"
        raise TypeError(f"{expected}, got {source!r}") from error


def _is_urllib3(source: Any) -> bool:
    """Check for the attributes that are used, so that recorded and wrapped responses are accepted too."""
    return all(hasattr(source, name) for name in ("status", "headers", "read1", "release_conn"))


def _is_of_http_client(source: Any) -> bool:
    """Return whether a file is a response of http.client or urllib.request."""
    return isinstance(errors.status_of(source), int) and hasattr(getattr(source, "headers", None), "get")


def _whole(body: bytes, response: Any) -> Iterated:
    """Return a body that was read before. The core does not keep the start of what a list has, so this is not a list."""
    return Iterated(repeat(body, 1), response=response)


def _urllib3(response: Any, owner: Any, timeouts: Timeouts | None) -> Source:
    if getattr(response, "closed", False) and (body := response.data):
        return _whole(body, owner)  # it was read by urllib3 (preload_content)
    from ssescan.http.body import BodyReader
    from ssescan.http.deadlines import Deadlines

    return HTTPBody(BodyReader(response, Deadlines(timeouts) if timeouts else None), owner)


def _requests(response: Any, timeouts: Timeouts | None) -> Source:
    if getattr(response, "_content_consumed", False):
        return _whole(response.content, response)
    if _is_urllib3(response.raw):
        return _urllib3(response.raw, response, timeouts)
    return Iterated(response.iter_content(None), response.close, response)


class CallbackFailed(Exception):
    """A callback that a source calls raised an exception, which is the cause of this one. The connection has not failed."""


def map_transport_error(cause: BaseException, where: str, *, has_text: bool = True) -> BaseException:
    """Return the `StreamTimeout` or `StreamBroken` for an exception of a transport; other exceptions unchanged.

    Args:
        cause: The exception that the source raised. It becomes `__cause__` of the new one.
        where: How far the stream was, for the message.
        has_text: False for a stream without a dialect.
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
        error = errors.StreamBroken(_root(cause), where, has_text=has_text)
    error.__cause__ = cause
    return error


def drop_frames(error: BaseException) -> None:
    """Remove the tracebacks of a transport's exception and of its causes.

    Their frames refer to the frames that called them. From Python 3.12 on one of these has the stream, which has the
    exception: a cycle, which would keep the stream until the garbage collector runs.
    """
    for link in chain(error, lambda error: error.__cause__ or error.__context__):
        link.__traceback__ = None


def _root(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else text[:197] + "..."


def warn_unclosed(stream: Any) -> None:
    """Warn about a stream that was dropped without being closed, as Python's sockets do."""
    import warnings

    if not sys.is_finalizing():
        warnings.warn(f"unclosed stream {stream!r}", ResourceWarning, source=stream, stacklevel=3)
