"""`Commented`: a source that reports the comments of an event stream. The core skips them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator

from .sources import CallbackFailed, Source

__all__ = ["CommentCutter", "Commented"]

#: The most of a comment that is kept.
MAX_COMMENT_BYTES = 65536

_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n?|\n")
_COMMENT = re.compile(rb"[\r\n]:")


class CommentCutter:
    """Cuts blocks after each comment, so that what arrived before a comment is known. Its work is linear."""

    def __init__(self) -> None:
        #: The rest of a byte order mark. It counts at the start of the body only.
        self._bom_left = _BOM
        self._is_line_start = True
        #: The part of a comment that has arrived; None outside a comment.
        self._comment: bytearray | None = None

    def cut(self, block: bytes) -> Iterator[tuple[bytes, str | None]]:
        """Yield the pieces of a block, each with the comment whose line it ends, or None."""
        start, at = 0, self._skip_bom(block)
        while at < len(block):
            if self._comment is None:
                at = self._find_comment(block, at)
            if self._comment is None:
                break
            end = _LINE_END.search(block, at)
            self._comment += block[at : end.start() if end else len(block)][: MAX_COMMENT_BYTES - len(self._comment)]
            if end is None:
                break
            text, self._comment, self._is_line_start = self._comment.decode("utf-8", "replace"), None, True
            yield block[start : end.end()], text
            start = at = end.end()
        if start < len(block):
            yield block[start:], None

    def _skip_bom(self, block: bytes) -> int:
        """Return the number of bytes of `block` that belong to a byte order mark, and note whether a line starts after it."""
        at = 0
        while self._bom_left and at < len(block):
            if not block.startswith(self._bom_left[:1], at):
                self._is_line_start = self._bom_left == _BOM
                self._bom_left = b""
                break
            at, self._bom_left = at + 1, self._bom_left[1:]
        return at

    def _find_comment(self, block: bytes, at: int) -> int:
        """Find the next comment from `at` on, and start it. Return where its text begins."""
        if self._is_line_start and block.startswith(b":", at):
            self._comment = bytearray()
            return at + 1
        found = _COMMENT.search(block, at)
        if found is not None:
            self._comment = bytearray()
            return found.end()
        self._is_line_start = block[-1:] in (b"\r", b"\n")
        return len(block)


class Commented(Source):
    """A source that reports comments, after the events before them.

    The core asks for a block when it has returned all events of the one before it. So a block ends with each comment, and
    the comment is reported by the next read.

    Args:
        source: The source to read.
        on_comment: Called with the text of each comment: the rest of its line after the colon.
    """

    def __init__(self, source: Source, on_comment: Callable[[str], object]) -> None:
        self._source = source
        self._on_comment = on_comment
        self._cutter = CommentCutter()
        self._pieces: deque[tuple[bytes, str | None]] = deque()
        self._comment: str | None = None
        self.response = source.response
        self.keeps_prefix = source.keeps_prefix
        self.holds_connection = source.holds_connection

    def read(self, events: int = 0) -> bytes:
        self._report()
        if not self._pieces:
            self._pieces.extend(self._cutter.cut(self._source.next_block(events)))
        if not self._pieces:
            return b""
        piece, self._comment = self._pieces.popleft()
        return piece

    def _report(self) -> None:
        comment, self._comment = self._comment, None
        if comment is None:
            return
        try:
            self._on_comment(comment)
        except Exception as error:
            raise CallbackFailed from error

    def release(self) -> None:
        self._source.release()

    def close(self) -> None:
        self._source.close()

    def interrupt(self) -> None:
        self._source.interrupt()

    def coalesce(self, seconds: float) -> None:
        self._source.coalesce(seconds)
