"""From responses, files, bytes and iterables to the blocks that a stream reads.

Nothing is read ahead, and a read returns as soon as there are any bytes.
"""

from __future__ import annotations

import io
import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from ssescan import errors
from ssescan.http.failures import is_timeout, is_transport

from .blocks import Blocks

if TYPE_CHECKING:
    from ssescan.http.deadlines import Timeouts

__all__ = ["blocks_of", "map_transport_error"]

#: The most that one read asks for.
BLOCK_BYTES = 65536


def blocks_of(source: Any, timeouts: Timeouts | None = None) -> Blocks:
    """Return the blocks of any source that `Scanner` accepts.

    Args:
        source: A response, a binary file, bytes, or an iterable of blocks.
        timeouts: Deadlines for responses of urllib3 and requests; other sources ignore them.

    Raises:
        TypeError: The source cannot be read as bytes.
    """
    if isinstance(source, Blocks):
        return source
    if isinstance(source, (bytes, bytearray, memoryview)):
        return Blocks(iterator=iter([bytes(source)]))
    if isinstance(source, (str, os.PathLike, io.TextIOBase)):
        raise TypeError(f"source must yield bytes, got {type(source).__name__}. Open files in binary mode.")
    if _is_urllib3(source):
        return _urllib3(source, source, timeouts)
    if hasattr(source, "iter_content"):
        return _requests(source, timeouts)
    if hasattr(source, "iter_bytes") and hasattr(source, "iter_raw"):
        return Blocks(iterator=iter(source.iter_bytes()), release=source.close, close=source.close, response=source)
    if hasattr(source, "__aiter__") and not hasattr(source, "__iter__"):
        raise TypeError("source is asynchronous. Iterate it yourself and pass the blocks to Parser.feed.")
    for name in ("read1", "read"):
        if hasattr(source, name):
            return Blocks(read=partial(getattr(source, name), BLOCK_BYTES), close=getattr(source, "close", None))
    try:
        iterator = iter(source)
    except TypeError as error:
        expected = "source must be a response, a binary file, bytes or an iterable of blocks"
        raise TypeError(f"{expected}, got {source!r}") from error
    return Blocks(iterator=iterator, close=getattr(source, "close", None))


def _is_urllib3(source: Any) -> bool:
    """Check for the attributes that are used, so that recorded and wrapped responses are accepted too."""
    return all(hasattr(source, name) for name in ("status", "headers", "read1", "release_conn"))


def _urllib3(response: Any, owner: Any, timeouts: Timeouts | None) -> Blocks:
    if getattr(response, "closed", False) and (body := response.data):
        return Blocks(iterator=iter([body]), response=owner)  # it was read by urllib3 (preload_content)
    from ssescan.http.body import BodyReader
    from ssescan.http.deadlines import Deadlines

    from .responses import body_blocks

    return body_blocks(BodyReader(response, Deadlines(timeouts) if timeouts else None), owner)


def _requests(response: Any, timeouts: Timeouts | None) -> Blocks:
    if getattr(response, "_content_consumed", False):
        return Blocks(iterator=iter([response.content]), response=response)
    if _is_urllib3(response.raw):
        return _urllib3(response.raw, response, timeouts)
    return Blocks(iterator=response.iter_content(None), release=response.close, close=response.close, response=response)


def map_transport_error(cause: BaseException, where: str) -> BaseException:
    """Return the `StreamTimeout` or `StreamBroken` for an exception of a transport; other exceptions unchanged.

    Args:
        cause: The exception that the source raised. It becomes `__cause__` of the new one.
        where: How far the stream was, for the message.
    """
    if isinstance(cause, errors.SSEScanError) or not is_transport(cause):
        return cause
    error: errors.APIConnectionError
    if is_timeout(cause):
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
