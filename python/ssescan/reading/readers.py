"""The text of a stream as a file: `TextReader` is an `io.TextIOBase`, `ByteReader` an `io.RawIOBase`.

The core extracts the text from the JSON and buffers what a `read(n)` leaves unread. Several readers of a Scanner share that
buffer and one position.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any, NoReturn, Protocol

from ssescan._core import Selection, TextReads

from .fences import FencedReads

__all__ = ["ByteReader", "TextReader"]


class Readable(Protocol):
    """The parts of a `Scanner` that readers use."""

    def close(self) -> None: ...
    @property
    def outcome(self) -> str: ...
    def _check_channel(self, channel: str) -> None: ...
    def _read_bytes(self, selection: Selection, size: int, on_event: Callable[[Any], object] | None) -> bytes: ...


class _ReaderBase(io.IOBase):
    """Base of both readers."""

    def __init__(self, scanner: Readable, channel: str, index: Any, on_event: Callable[[Any], object] | None) -> None:
        scanner._check_channel(channel)
        self._scanner = scanner
        self._selection = Selection(channel, index)
        self._on_event = on_event
        self._name = channel if index in (..., None) else f"{channel}[{index}]"

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._scanner.close()

    def __del__(self) -> None:
        pass  # the base class would close the Scanner, which may still be in use

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name}: {'closed' if self.closed else self._scanner.outcome}>"

    def _check_open(self) -> None:
        if self.closed:
            _raise_closed()


def _raise_closed(size: int | None = -1, /) -> NoReturn:
    raise ValueError("I/O operation on closed file")


class TextReader(_ReaderBase, io.TextIOBase):
    """The text of a stream as a text file: iterating yields lines, and `read(n)` returns text as soon as it arrives.

    `Scanner.reader()` makes one. `read(n)` returns 1 to n characters, and "" only at the end of the answer. `read()` returns
    all the text that is left. Lines end at the newlines of the model, which are returned unchanged. An event without text
    never produces an empty string. `Scanner.texts()` yields the text of each event.

    `close` closes the Scanner; dropping the reader does not.

    Raises:
        SSEScanError: While reading, if the stream fails; `partial_text` has the characters that were read. An Assistants
            run that failed, expired or was cancelled raises too.
        ValueError: When reading after `close`.
    """

    encoding = "utf-8"
    errors = "strict"
    newlines = None

    def __init__(
        self, scanner: Any, channel: str, index: Any, on_event: Callable[[Any], object] | None, fence: bool = False
    ) -> None:
        super().__init__(scanner, channel, index, on_event)
        reads: TextReads | FencedReads = TextReads(scanner, self._selection, on_event)
        if fence:
            reads = FencedReads(reads.read)
        self._read, self._readline = reads.read, reads.readline

    def close(self) -> None:
        self._read = self._readline = _raise_closed
        super().close()

    def read(self, size: int | None = -1, /) -> str:
        """Return 1 to `size` characters as soon as there are any; all the text that is left if `size` is negative or None.

        Returns:
            The text; "" only at the end of the answer, or if `size` is 0.
        """
        try:
            return self._read(size)
        finally:
            del self  # a traceback keeps this frame, and must not keep the stream

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        """Return the next line with its newline, or the rest of the text if there is no further newline.

        Args:
            size: The most characters to return; a negative number or None means no limit.
        """
        try:
            return self._readline(size)
        finally:
            del self  # see `read`


_SURROGATE = re.compile("[\ud800-\udfff]")


class ByteReader(_ReaderBase, io.RawIOBase):
    """The text of a stream as a raw binary file in UTF-8: iterating yields lines.

    `Scanner.byte_reader()` makes one. `read(n)` returns 1 to n bytes as soon as they arrive. A surrogate without its other
    half becomes U+FFFD. `close` closes the Scanner; dropping the reader does not.

    Raises:
        SSEScanError: While reading, if the stream fails, as in `TextReader`.
        ValueError: When reading after `close`.
    """

    #: The bytes of a character that did not fit into the caller's buffer.
    _encoded = b""

    def __init__(
        self, scanner: Any, channel: str, index: Any, on_event: Callable[[Any], object] | None, fence: bool = False
    ) -> None:
        super().__init__(scanner, channel, index, on_event)
        self._fenced = FencedReads(TextReads(scanner, self._selection, on_event).read) if fence else None

    def readinto(self, buffer: Any, /) -> int:
        """Fill 1 to len(buffer) bytes as soon as there are any, and return their number; 0 only at the end."""
        self._check_open()
        view = memoryview(buffer).cast("B")
        try:
            if len(view) and not self._encoded:
                if self._fenced is None:
                    self._encoded = self._scanner._read_bytes(self._selection, len(view), self._on_event)
                else:
                    self._encoded = _SURROGATE.sub("\ufffd", self._fenced.read(len(view))).encode()
            taken, self._encoded = self._encoded[: len(view)], self._encoded[len(view) :]
            view[: len(taken)] = taken
            return len(taken)
        finally:
            del self, view  # see `TextReader.read`
