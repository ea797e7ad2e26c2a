"""The text of a stream as a file.

`TextReader` is an `io.TextIOBase`, `ByteReader` an `io.RawIOBase`. The text is taken out of the JSON in
Rust, one str for each block; what a `read(n)` leaves over stays in the Scanner, so that several readers
are views of the same text.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["ByteReader", "TextReader"]

#: `read()` puts pieces of this size together: a buffer that grows to the size of the answer costs twice the time.
PIECE_BYTES = 16384


class Readable(Protocol):
    """What readers need of a `Scanner`."""

    _carry: Carry | None

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


class Carry:
    """Text that was taken from the stream and not handed out yet; one for a channel and index."""

    def __init__(self, view: tuple[str, Any]) -> None:
        self.view = view
        self.text = ""
        self.at = 0

    def __len__(self) -> int:
        return len(self.text) - self.at

    def take(self, size: int) -> str:
        """Up to `size` characters, all of them if it is negative."""
        end = len(self.text) if size < 0 else min(self.at + size, len(self.text))
        taken = self.text if self.at == 0 and end == len(self.text) else self.text[self.at : end]
        self.at = end
        if end == len(self.text):
            self.text, self.at = "", 0
        return taken

    def take_line(self, size: int) -> str:
        """Up to `size` characters, all of them if it is negative, and no further than the first newline."""
        limit = len(self.text) if size < 0 else min(self.at + size, len(self.text))
        end = self.text.find("\n", self.at, limit)
        return self.take((limit if end < 0 else end + 1) - self.at)

    def take_bytes(self, size: int) -> bytes:
        """Up to `size` bytes of whole characters, but one character if there are any: what is more than that stays."""
        encoded = _utf8(self.text[self.at : self.at + size])
        end = min(size, len(encoded))
        while end < len(encoded) and encoded[end] & 0xC0 == 0x80:
            end -= 1
        if not end:
            return _utf8(self.take(1))
        self.take(len(encoded[:end].decode()))
        return encoded[:end]


class _View:
    """What both readers do: they share a Scanner's cursor, and its carry."""

    def __init__(self, scanner: Readable, channel: str, index: Any, on_event: Callable[[Any], object] | None) -> None:
        scanner._check_channel(channel)
        if not (index is None or index is ... or isinstance(index, int)):
            raise TypeError(f"index must be an int, or None for all, not {index!r}")
        self._scanner = scanner
        self._key = (channel, index)
        self._on_event = on_event

    def _carry(self) -> Carry:
        """The Scanner's carry for this channel and index, filled unless the text is at its end."""
        carry = self._shared()
        if not len(carry):
            carry.text = self._take(1)
        self._check_cancelled()
        return carry

    def _rest(self) -> str:
        """All that is left."""
        carry = self._shared()
        parts = [carry.take(-1)]
        try:
            while part := self._take(PIECE_BYTES):
                parts.append(part)
        except BaseException:
            if self._scanner.outcome == "open":  # interrupted, so nothing was handed out
                carry.text = "".join(parts)
            raise
        self._check_cancelled()
        return "".join(parts)

    def _take(self, enough_bytes: int) -> str:
        """Text of the next blocks, until there is enough of it; "" at the end."""
        channel, index = self._key
        asked = None if index is ... else index
        return self._scanner._read_text(channel, asked, index is ..., self._on_event, enough=enough_bytes) or ""

    def _check_cancelled(self) -> None:
        if self._scanner.outcome == "cancelled":
            self._scanner.scan()
            raise self._scanner.err or ValueError("the stream was closed before its end")

    def _shared(self) -> Carry:
        """The Scanner's carry for this channel and index."""
        carry = self._scanner._carry
        if carry is None or carry.view != self._key:
            if carry is not None and len(carry):
                raise RuntimeError(
                    f"{len(carry)} characters of channel {carry.view[0]!r} (index {carry.view[1]!r}) were taken from the "
                    f"stream and not read yet; read them before reading {self._key[0]!r} (index {self._key[1]!r})"
                )
            carry = self._scanner._carry = Carry(self._key)
        return carry


class TextReader(_View, io.TextIOBase):
    """The text of a stream as a text file; `Scanner.reader()` makes one.

    `read(n)` gives 1 to n characters as soon as there are any, "" only at the end of the answer, and then for
    ever. `read()` gives everything that is left. Lines end at the model's own newlines, which are passed on
    unchanged. An event without text is never an empty string.

    A stream that fails raises, it does not end: `SSEScanError` and its subclasses, with the characters that
    were read in `partial_text`. So does an Assistants run that failed, expired or was cancelled.
    `close` closes the Scanner; being collected does not. Reading after `close` is a ValueError.
    """

    encoding = "utf-8"
    errors = "strict"
    newlines = None

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> str:
        """Up to `size` characters as soon as there are any; all that is left if `size` is negative or None."""
        self._check_open()
        if size is None or size < 0:
            return self._rest()
        return self._carry().take(size) if size else ""

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        """The next line with its newline; what is left at the end; at most `size` characters if that is not negative."""
        self._check_open()
        left = -1 if size is None else size
        parts: list[str] = []
        while left != 0:
            carry = self._carry()
            if not len(carry):
                break
            part = carry.take_line(left)
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
        pass  # the base would close, but the Scanner may be read on, or by another reader


class ByteReader(_View, io.RawIOBase):
    """The text of a stream as a raw binary file, in UTF-8; `Scanner.byte_reader()` makes one.

    `readinto(buffer)` fills 1 to len(buffer) bytes as soon as there are any and gives 0 only at the end of
    the answer. A surrogate without its other half becomes U+FFFD. Failures are those of `TextReader`.
    """

    #: The rest of a character that did not fit into the buffer.
    _encoded = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if self.closed:
            raise ValueError("I/O operation on closed file")
        view = memoryview(buffer).cast("B")
        if len(view) and not self._encoded:
            self._encoded = self._carry().take_bytes(len(view))
        taken, self._encoded = self._encoded[: len(view)], self._encoded[len(view) :]
        view[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._scanner.close()

    def __del__(self) -> None:
        pass  # as above


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text).encode()
