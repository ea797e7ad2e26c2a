"""The text of a stream as a file: `TextReader` is an `io.TextIOBase`, `ByteReader` an `io.RawIOBase`.

The core extracts the text from the JSON, one str per block. Text that a `read(n)` leaves unread is kept in the Scanner,
so that several readers share one position.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["ByteReader", "TextReader"]

#: `read()` joins pieces of this size. One buffer that grows with the answer takes twice as long.
PIECE_BYTES = 16384


class Readable(Protocol):
    """The parts of a `Scanner` that readers use."""

    _text_buffer: TextBuffer | None

    @property
    def outcome(self) -> str: ...
    @property
    def err(self) -> BaseException | None: ...
    def scan(self) -> bool: ...
    def close(self) -> None: ...
    def _check_channel(self, channel: str) -> None: ...
    def _read_text(
        self, channel: str, index: int | None, own_index: bool, on_event: Callable[[Any], object] | None, *, enough: int
    ) -> str | None: ...


class TextBuffer:
    """Text of one channel and index that was taken from the stream and not read yet."""

    def __init__(self, key: tuple[str, Any]) -> None:
        self.key = key
        self.text = ""
        self.at = 0

    def __len__(self) -> int:
        return len(self.text) - self.at

    def take(self, size: int) -> str:
        """Remove and return up to `size` characters; all of them if it is negative."""
        end = len(self.text) if size < 0 else min(self.at + size, len(self.text))
        taken = self.text if self.at == 0 and end == len(self.text) else self.text[self.at : end]
        self.at = end
        if end == len(self.text):
            self.text, self.at = "", 0
        return taken

    def take_line(self, size: int) -> str:
        """Remove and return one line, newline included, or up to `size` characters of it if that is not negative."""
        limit = len(self.text) if size < 0 else min(self.at + size, len(self.text))
        end = self.text.find("\n", self.at, limit)
        return self.take((limit if end < 0 else end + 1) - self.at)

    def take_bytes(self, size: int) -> bytes:
        """Remove and return up to `size` bytes of whole characters, but at least one character if there is one."""
        encoded = _utf8(self.text[self.at : self.at + size])
        end = min(size, len(encoded))
        while end < len(encoded) and encoded[end] & 0xC0 == 0x80:
            end -= 1
        if not end:
            return _utf8(self.take(1))
        self.take(len(encoded[:end].decode()))
        return encoded[:end]


class _ReaderBase:
    """Base of both readers. They share the position and the buffer of a Scanner."""

    def __init__(self, scanner: Readable, channel: str, index: Any, on_event: Callable[[Any], object] | None) -> None:
        scanner._check_channel(channel)
        if not (index is None or index is ... or isinstance(index, int)):
            raise TypeError(f"index must be an int, or None for all, got {index!r}")
        self._scanner = scanner
        self._key = (channel, index)
        self._on_event = on_event

    def _filled_buffer(self) -> TextBuffer:
        """Return the buffer with unread text in it; it is empty only at the end of the text."""
        buffer = self._buffer()
        if not len(buffer):
            buffer.text = self._take(1)
        self._check_cancelled()
        return buffer

    def _rest(self) -> str:
        """Return all unread text."""
        buffer = self._buffer()
        parts = [buffer.take(-1)]
        try:
            while part := self._take(PIECE_BYTES):
                parts.append(part)
        except BaseException:
            if self._scanner.outcome == "open":  # interrupted: the parts were not returned, so keep them
                buffer.text = "".join(parts)
            raise
        self._check_cancelled()
        return "".join(parts)

    def _take(self, enough_bytes: int) -> str:
        """Return the text of the next blocks, at least `enough_bytes` of it; "" at the end."""
        channel, index = self._key
        explicit = None if index is ... else index
        return self._scanner._read_text(channel, explicit, index is ..., self._on_event, enough=enough_bytes) or ""

    def _check_cancelled(self) -> None:
        if self._scanner.outcome == "cancelled":
            self._scanner.scan()
            raise self._scanner.err or ValueError("Stream was closed before the answer was complete")

    def _buffer(self) -> TextBuffer:
        """Return the Scanner's buffer for this channel and index."""
        buffer = self._scanner._text_buffer
        if buffer is None or buffer.key != self._key:
            if buffer is not None and len(buffer):
                (channel, index), (wanted, wanted_index) = buffer.key, self._key
                raise RuntimeError(
                    f"Cannot read channel {wanted!r} (index {_shown(wanted_index)}): {len(buffer)} unread characters of "
                    f"{channel!r} (index {_shown(index)}) are buffered. Read them first."
                )
            buffer = self._scanner._text_buffer = TextBuffer(self._key)
        return buffer


class TextReader(_ReaderBase, io.TextIOBase):
    """The text of a stream as a text file. `Scanner.reader()` makes one.

    `read(n)` returns 1 to n characters as soon as there are any, and "" only at the end of the answer. `read()` returns
    all the text that is left. Lines end at the newlines of the model, which are returned unchanged. An event without text
    never produces an empty string.

    `close` closes the Scanner; dropping the reader does not.

    Raises:
        SSEScanError: While reading, if the stream fails; `partial_text` has the characters that were read. An Assistants
            run that failed, expired or was cancelled raises too.
        ValueError: When reading after `close`.
    """

    encoding = "utf-8"
    errors = "strict"
    newlines = None

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> str:
        """Return 1 to `size` characters as soon as there are any; all the text that is left if `size` is negative or None.

        Returns:
            The text; "" only at the end of the answer, or if `size` is 0.
        """
        self._check_open()
        if size is None or size < 0:
            return self._rest()
        return self._filled_buffer().take(size) if size else ""

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        """Return the next line with its newline, or the rest of the text if there is no further newline.

        Args:
            size: The most characters to return; a negative number or None means no limit.
        """
        self._check_open()
        left = -1 if size is None else size
        parts: list[str] = []
        while left != 0:
            buffer = self._filled_buffer()
            if not len(buffer):
                break
            part = buffer.take_line(left)
            parts.append(part)
            if part.endswith("\n"):
                break
            left = left if left < 0 else left - len(part)
        return "".join(parts)

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._scanner.close()

    def __del__(self) -> None:
        pass  # the base class would close the Scanner, which may still be in use


class ByteReader(_ReaderBase, io.RawIOBase):
    """The text of a stream as a raw binary file in UTF-8. `Scanner.byte_reader()` makes one.

    A surrogate without its other half becomes U+FFFD. `close` closes the Scanner; dropping the reader does not.

    Raises:
        SSEScanError: While reading, if the stream fails, as in `TextReader`.
        ValueError: When reading after `close`.
    """

    #: The bytes of a character that did not fit into the caller's buffer.
    _encoded = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill 1 to len(buffer) bytes as soon as there are any, and return their number; 0 only at the end."""
        if self.closed:
            raise ValueError("I/O operation on closed file")
        view = memoryview(buffer).cast("B")
        if len(view) and not self._encoded:
            self._encoded = self._filled_buffer().take_bytes(len(view))
        taken, self._encoded = self._encoded[: len(view)], self._encoded[len(view) :]
        view[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._scanner.close()

    def __del__(self) -> None:
        pass  # the base class would close the Scanner, which may still be in use


def _shown(index: Any) -> str:
    return "default" if index is ... else repr(index)


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text).encode()
