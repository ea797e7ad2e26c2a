"""Content codings, undone as the bytes come.

Streams ask for none, but servers and proxies compress all the same: each event flushed, or each event a gzip
member or a zstd frame of its own. So what can be decoded is given at once, members follow each other, and a
body that ends inside one was cut, which urllib3's own decoders do not tell.
"""

from __future__ import annotations

import zlib
from importlib import import_module
from typing import Any, Callable

__all__ = ["Coding", "Damaged", "UnknownCoding", "coding_of"]

#: A server can make a megabyte of a kilobyte; the rest waits until somebody has looked at that.
MAX_OUT_BYTES = 1 << 20
#: Nobody compresses twice; a hundred times is an attack.
MAX_CODINGS = 3

#: Feeds a member: its output, at most so much; the input that is left; whether the member is at its end.
Step = Callable[[bytes, int], "tuple[bytes, bytes, bool]"]


class UnknownCoding(ValueError):
    """A coding that can't be undone here; the message says what would help."""


class Damaged(ValueError):
    """The body is not what its coding says."""


def coding_of(header: str | None) -> Coding | None:
    """What undoes the codings that a Content-Encoding header names; None if it names none."""
    names = [name for part in (header or "").split(",") if (name := part.strip().lower()) and not _is_none(name)]
    if len(names) > MAX_CODINGS:
        raise UnknownCoding(f"content-encoding {header!r} is {len(names)} codings, one over the other")
    coding = None
    for name in names:
        coding = Coding(name, under=coding)
    return coding


#: What has been seen where nothing is coded: what stores and frameworks write of something else.
_NONE = ("identity", "none", "binary", "7bit", "8bit", "aws-chunked")


def _is_none(name: str) -> bool:
    """Also for a charset, which belongs into the media type."""
    if name in _NONE or name in _MEMBERS:
        return name in _NONE
    try:
        return bool("a".encode(name))
    except (LookupError, ValueError):
        return False


class Coding:
    """One content coding: members of compressed data, one behind the other. Raises `Damaged`.

    `under` is the coding that was applied before this one, so that it is undone after it.
    """

    def __init__(self, name: str, under: Coding | None = None) -> None:
        if name not in _MEMBERS:
            known = ", ".join(sorted(_MEMBERS))
            raise UnknownCoding(f"content-encoding {name!r} is none of {known}: ask for Accept-Encoding: identity")
        self.name = name
        self._under = under
        self._new = _MEMBERS[name]()
        self._member: Step | None = None
        #: What may stand behind a member: some servers fill blocks with zeros.
        self._padding = b""
        #: Input that was not used yet, and whether there may be output without any.
        self._rest = b""
        self._full = False

    def decode(self, data: bytes) -> bytes:
        """What `data` gives, at most about a mebibyte of it. As long as there is `more`, it must be b""."""
        if self._under is None:
            return self._decode(self._rest + data)
        return self._under.decode(b"" if self._under.more else self._decode(self._rest + data))

    @property
    def more(self) -> bool:
        """There is more to be had from what was given; ask with b""."""
        return bool(self._rest) or self._full or (self._under is not None and self._under.more)

    @property
    def whole(self) -> bool:
        """The body may end here."""
        return self._member is None and not self.more and (self._under is None or self._under.whole)

    def _decode(self, data: bytes) -> bytes:
        parts, left = [], MAX_OUT_BYTES
        try:
            while left > 0 and (data or self._full):
                if self._member is None:
                    data = data.lstrip(self._padding)
                    if not data:
                        break
                    self._member, self._padding = self._new(data), b"\0"
                part, data, ended = self._member(data, left)
                parts.append(part)
                left -= len(part)
                self._full = left <= 0 and not ended
                if ended:
                    self._member = None
                elif not data:
                    break
        except Exception as error:  # each package has its own
            raise Damaged(f"the {self.name} body is damaged: {error}") from error
        self._rest = data
        return b"".join(parts)


# Members. What makes one is looked up when its coding is met, since it may be a package that is not there.


def _inflate(wbits: int) -> Step:
    inflater = zlib.decompressobj(wbits)

    def step(data: bytes, limit: int) -> tuple[bytes, bytes, bool]:
        part = inflater.decompress(data, limit)
        return part, inflater.unused_data if inflater.eof else inflater.unconsumed_tail, inflater.eof

    return step


def _gzip() -> Callable[[bytes], Step]:
    return lambda data: _inflate(16 + zlib.MAX_WBITS)


def _deflate() -> Callable[[bytes], Step]:
    """The standard means zlib by it, whose first byte ends in 8; some servers send the bare format."""
    return lambda data: _inflate(zlib.MAX_WBITS if data[0] & 15 == 8 else -zlib.MAX_WBITS)


def _brotli() -> Callable[[bytes], Step]:
    module = _first_of("br", "brotli", "brotlicffi")

    def new(data: bytes) -> Step:
        member = module.Decompressor()
        process = getattr(member, "process", None) or member.decompress

        def step(data: bytes, limit: int) -> tuple[bytes, bytes, bool]:
            try:
                part = process(data, output_buffer_limit=limit)
            except TypeError:  # brotli < 1.2
                part = process(data)
            return part, b"", member.is_finished()

        return step

    return new


def _zstd() -> Callable[[bytes], Step]:
    module = _first_of("zstd", "backports.zstd", "compression.zstd", "zstandard")

    def new(data: bytes) -> Step:
        member = module.ZstdDecompressor()
        limited = not hasattr(member, "decompressobj")  # zstandard has one, and no limits
        member = member if limited else member.decompressobj()

        def step(data: bytes, limit: int) -> tuple[bytes, bytes, bool]:
            part = member.decompress(data, limit) if limited else member.decompress(data)
            return part, member.unused_data if member.eof else b"", member.eof

        return step

    return new


def _first_of(coding: str, *modules: str) -> Any:
    for module in modules:
        try:
            return import_module(module)
        except ImportError:
            pass
    raise UnknownCoding(f"content-encoding {coding!r} needs a package: install {modules[0]}")


_MEMBERS = {"gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate, "br": _brotli, "zstd": _zstd}
