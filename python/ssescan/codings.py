"""Content codings, undone as the bytes come.

Streams ask for none, but servers and proxies compress all the same, each event flushed, or each event a gzip
member or zstd frame of its own. So what can be decoded is given at once, members follow each other, and a body
that ends inside one was cut. urllib3's own decoders take a cut body for a whole one.

A decoder has `decode(data)`, which gives at most about a mebibyte at a time; `more`: call it again, with b"", as
input is left over; `whole`: the body may end here.
"""

from __future__ import annotations

import zlib
from importlib import import_module
from typing import Any, Callable, Protocol

__all__ = ["CodingError", "Decoder", "decoder_of", "names_in"]

#: Of a kilobyte of zeros a server can make a megabyte; the rest has to wait until that was looked at.
MAX_OUT_BYTES = 1 << 20
#: Nobody compresses twice; a thousand times is an attack.
MAX_CODINGS = 3


class CodingError(ValueError):
    """A coding that can't be undone; the message says what would help."""


class Decoder(Protocol):
    def decode(self, data: bytes) -> bytes: ...
    @property
    def more(self) -> bool: ...
    @property
    def whole(self) -> bool: ...


def names_in(header: str | None) -> list[str]:
    """The codings that a Content-Encoding header names, in the order in which they were applied."""
    names = (name.strip().lower() for name in (header or "").split(","))
    return [name for name in names if name not in ("", "identity")]


def decoder_of(header: str | None) -> Decoder | None:
    """What undoes the codings of a Content-Encoding header; None if there are none. Raises `CodingError`."""
    names = names_in(header)
    if len(names) > MAX_CODINGS:
        raise CodingError(f"content-encoding {header!r}: {len(names)} codings, one on top of the other")
    decoders = [_make(name) for name in reversed(names)]
    return _Chain(decoders) if len(decoders) > 1 else next(iter(decoders), None)


def _make(name: str) -> Decoder:
    if name not in _MAKERS:
        known = ", ".join(sorted(_MAKERS))
        raise CodingError(f"content-encoding {name!r}: known are {known}; ask for Accept-Encoding: identity")
    return _MAKERS[name]()


class _Members:
    """Compressed data one behind the other, each with an end of its own."""

    def __init__(self, new: Callable[[], Any]) -> None:
        self._new = new
        self._member = new()
        #: Nothing of the present member has come yet.
        self._fresh = True
        self._rest = b""

    def decode(self, data: bytes) -> bytes:
        data, self._rest = self._rest + data, b""
        parts, left = [], MAX_OUT_BYTES
        while data or not self._fresh:
            if self._fresh:
                if not (data := data.lstrip(b"\0")):  # what archivers pad with
                    break
                self._member, self._fresh = self._new(), False
            part, data = self._step(data, left)
            parts.append(part)
            left -= len(part)
            if self._member.eof:
                self._fresh = True
            elif not data or left <= 0:
                break
            if left <= 0:
                break
        self._rest = data
        return b"".join(parts)

    def _step(self, data: bytes, limit: int) -> tuple[bytes, bytes]:
        """Some output, and the input that was not used."""
        raise NotImplementedError

    @property
    def more(self) -> bool:
        return bool(self._rest)

    @property
    def whole(self) -> bool:
        return self._fresh and not self._rest


class _Zlib(_Members):
    def _step(self, data: bytes, limit: int) -> tuple[bytes, bytes]:
        part = self._member.decompress(data, limit)
        return part, self._member.unused_data if self._member.eof else self._member.unconsumed_tail


class _Deflate(_Zlib):
    """RFC 9110 means zlib by it; some servers send the bare format, which begins otherwise."""

    def __init__(self) -> None:
        super().__init__(zlib.decompressobj)
        self._head = b""

    def decode(self, data: bytes) -> bytes:
        if len(self._head) < 2:
            data, self._head = self._head + data, (self._head + data)[:2]
            if len(self._head) < 2:
                return b""
            if not _is_zlib(self._head):
                self._new = _bare_deflate
            self._head = self._head + b"!"  # told
        return super().decode(data)

    @property
    def whole(self) -> bool:
        return super().whole and len(self._head) != 1
