"""The content of a request: bytes, or a file or an iterable that is read while it is sent."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import Any

__all__ = ["StreamedContent", "content_of", "is_repeatable"]

BLOCK_BYTES = 65536


class StreamedContent:
    """Content that is read while it is sent.

    Args:
        source: A binary file, or an iterable of bytes.

    Attributes:
        length: The number of bytes, or None if it is unknown.
    """

    def __init__(self, source: Any) -> None:
        self._source = source
        self._position = _position_of(source)
        self.length = None if self._position is None else _length_after(source, self._position)

    def __iter__(self) -> Iterator[bytes]:
        if hasattr(self._source, "read"):
            return iter(lambda: self._source.read(BLOCK_BYTES), b"")
        return iter(self._source)

    def rewind(self) -> bool:
        """Go back to the start. Return False if the content cannot be read again."""
        if self._position is None:
            return False
        try:
            self._source.seek(self._position)
        except (OSError, ValueError):
            return False
        return True


def content_of(source: Any) -> bytes | StreamedContent:
    """Return the content that a caller passed: bytes, text, a list of bytes, a binary file, or an iterable of bytes.

    Raises:
        TypeError: The content is something else.
    """
    if isinstance(source, bytes):
        return source
    if isinstance(source, str):
        return source.encode()
    if isinstance(source, (bytearray, memoryview)):
        return bytes(source)
    if type(source) in (list, tuple):
        return b"".join(source)
    if isinstance(source, io.TextIOBase):
        raise TypeError("Invalid content: the file is open as text. Open it in binary mode.")
    if isinstance(source, dict) or not (hasattr(source, "read") or hasattr(source, "__iter__")):
        raise TypeError(f"Unexpected type for 'content', {type(source)!r}")
    return StreamedContent(source)


def is_repeatable(content: Any) -> bool:
    """Return whether the content of a request can be sent again. A file is set back to its start."""
    return not isinstance(content, StreamedContent) or content.rewind()


def _position_of(source: Any) -> int | None:
    """Return the position of a file that can be read again, or None."""
    try:
        position = source.tell() if source.seekable() else None
    except (AttributeError, OSError, ValueError):
        return None
    return position if isinstance(position, int) and hasattr(source, "seek") else None


def _length_after(source: Any, position: int) -> int | None:
    try:
        end: int = source.seek(0, os.SEEK_END)
        source.seek(position)
    except (OSError, ValueError, TypeError):
        return None
    return end - position if isinstance(end, int) else None
