"""What the core pulls from: a source of blocks, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

__all__ = ["Blocks"]


class Blocks(NamedTuple):
    """Where a stream's blocks come from, and what becomes of the source.

    `iterator` or `read` gives the blocks; a `timed` read is told how many events were handed out, and raises
    when a deadline passes. `release` is called at a good end, `close` when the stream is
    closed before, or fails. `wake` makes a read that waits in another thread return. `refused` is, for a stream
    that had no event, what came of a body that is none, whatever its media type says. `gather` sets for how many
    seconds bytes gather before they are read.
    """

    iterator: Iterator[Any] | None = None
    read: Callable[..., bytes] | None = None
    timed: bool = False
    release: Callable[[], None] | None = None
    close: Callable[[], None] | None = None
    wake: Callable[[], None] | None = None
    refused: Callable[[], bytes] | None = None
    gather: Callable[[float], None] | None = None
    response: Any = None
