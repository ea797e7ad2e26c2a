"""Pieces of a body as texts, as lines, and in pieces of one size."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["lines_of", "sized", "texts_of"]


def sized(pieces: Iterable[Any], size: int | None, rest: Any) -> Iterator[Any]:
    """Yield bytes or text in pieces of one size; None leaves the pieces as they are.

    Args:
        pieces: The pieces.
        size: The size of the pieces to yield; the last one may be shorter.
        rest: An empty piece.

    Raises:
        ValueError: The size is not positive.
    """
    if size is None:
        return iter(pieces)
    if size < 1:
        raise ValueError(f"chunk_size must be positive, got {size!r}")
    return _sized(pieces, size, rest)


def _sized(pieces: Iterable[Any], size: int, rest: Any) -> Iterator[Any]:
    for piece in pieces:
        rest += piece
        whole = len(rest) - len(rest) % size
        yield from (rest[at : at + size] for at in range(0, whole, size))
        rest = rest[whole:]
    if rest:
        yield rest


def texts_of(pieces: Iterable[bytes], encoding: str) -> Iterator[str]:
    """Yield bytes as text. A character that is split waits for its rest; invalid bytes become U+FFFD."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in pieces:
        if text := decoder.decode(piece):
            yield text
    if text := decoder.decode(b"", final=True):
        yield text


def lines_of(texts: Iterable[str]) -> Iterator[str]:
    """Yield lines without line ends, each as soon as it is complete."""
    rest: list[str] = []
    for text in texts:
        if not (_has_end(text) or (rest and _has_end(rest[-1][-1:]))):
            rest.append(text)
            continue
        lines = "".join([*rest, text]).splitlines(keepends=True)
        # The last line may be incomplete, also after a CR: its LF may follow.
        rest = [] if lines[-1].endswith("\n") else [lines.pop()]
        yield from map(_without_end, lines)
    yield from map(_without_end, "".join(rest).splitlines(keepends=True))


def _has_end(text: str) -> bool:
    """Return whether a text has a line end of any kind in it."""
    return len(f"{text}.".splitlines()) > 1


def _without_end(line: str) -> str:
    return line.splitlines()[0]
