"""`Blocks`: where the core reads a stream from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

__all__ = ["Blocks"]


class Blocks(NamedTuple):
    """A source of blocks, and the actions that it offers.

    Attributes:
        iterator: Yields the blocks; or None, and `read` returns them.
        read: Returns the next block; an empty one at the end of the body.
        timed: True if `read` takes the number of events that were returned and raises when a deadline passes.
        release: Called at a good end of the stream.
        close: Called when the stream fails or is closed before its end.
        interrupt: Makes a `read` that waits in another thread return.
        non_sse_prefix: Returns the start of a body that does not look like an event stream, or an empty one.
        coalesce: Sets how many seconds bytes accumulate before each read.
        response: The HTTP response, or None.
    """

    iterator: Iterator[Any] | None = None
    read: Callable[..., bytes] | None = None
    timed: bool = False
    release: Callable[[], None] | None = None
    close: Callable[[], None] | None = None
    interrupt: Callable[[], None] | None = None
    non_sse_prefix: Callable[[], bytes] | None = None
    coalesce: Callable[[float], None] | None = None
    response: Any = None
