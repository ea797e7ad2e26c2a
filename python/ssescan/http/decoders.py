"""Content decoding: gzip, deflate, br and zstd, as the bytes arrive.

Requests for streams do not ask for an encoding, but some servers and proxies compress all the same. They flush each event, or
send it as a gzip member or zstd frame of its own. So data is returned as soon as it can be decoded, and members may follow
each other. A body that ends inside a member is an error; urllib3's decoders do not detect it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

__all__ = ["ContentDecoder", "DecodeError", "UnsupportedEncoding", "decoder_of"]

#: A kilobyte can decode to a megabyte, and to thousands of empty members. So one step returns about this much and calls
#: the package so often; the rest waits for the next step.
MAX_OUT_BYTES = 1 << 20
MAX_CALLS = 512
#: How much input one call gets. Packages copy the input that they do not use.
WINDOW_BYTES = 4096
#: How much input packages get that cannot limit their output. Three bytes of br decode to 16 MiB, four of zstd to 128 KiB.
UNLIMITED_WINDOW_BYTES = 4
MAX_ENCODINGS = 3

#: How much input and output of a member is kept in mind. Packages drop the output of the call in which they find damage, so that
#: this much is decoded again. A longer member loses the output of that call.
REPLAY_IN_BYTES = 1 << 20
REPLAY_OUT_BYTES = 16 << 20

#: Decodes a member: takes its input and the most bytes to return; returns the output, the unused input, and whether the
#: member has ended.
DecodeMember = Callable[[bytes, int], "tuple[bytes, bytes, bool]"]


class _Encoding(NamedTuple):
    """How the members of an encoding are decoded.

    Attributes:
        new_member: Returns the decoder of a member. It gets the first bytes of the member.
        window_bytes: How much input one call gets.
        padding: Bytes that do not begin a member and may follow one.
    """

    new_member: Callable[[bytes], DecodeMember]
    window_bytes: int = WINDOW_BYTES
    padding: bytes = b"\0"


class UnsupportedEncoding(ValueError):
    """A content or transfer encoding that cannot be decoded."""


class DecodeError(ValueError):
    """The body does not match its content encoding."""


def decoder_of(header: str | None) -> ContentDecoder | None:
    """Return the decoder for a Content-Encoding header; None if the body is not encoded.

    Raises:
        UnsupportedEncoding: An encoding is unknown, or its package is not installed.
    """
    names = [name for part in (header or "").split(",") if (name := part.strip().lower()) and not _is_plain(name)]
    if len(names) > MAX_ENCODINGS:
        raise UnsupportedEncoding(f"Too many content encodings: {len(names)} (limit {MAX_ENCODINGS})")
    decoder = None
    for name in names:
        decoder = ContentDecoder(name, inner=decoder)
    return decoder


#: Values seen in Content-Encoding that do not name an encoding.
_PLAIN = ("identity", "none", "binary", "7bit", "8bit", "aws-chunked")


def _is_plain(name: str) -> bool:
    """Return whether a value leaves the body as it is. Charsets, which belong in Content-Type, do."""
    if name in _PLAIN or name in _MEMBERS:
        return name in _PLAIN
    try:
        return bool("a".encode(name))
    except (LookupError, ValueError):
        return False


class ContentDecoder:
    """Decodes one content encoding: members of compressed data, one after another.

    Args:
        name: The name of the encoding.
        inner: The decoder of the encoding that the server applied before this one. It decodes what this one returns.

    Raises:
        UnsupportedEncoding: The encoding is unknown, or its package is not installed.
    """

    def __init__(self, name: str, inner: ContentDecoder | None = None) -> None:
        if name not in _MEMBERS:
            known = ", ".join(sorted(set(_MEMBERS) - {"x-gzip"}))
            raise UnsupportedEncoding(
                f"Unsupported Content-Encoding {name!r} (supported: {known}). Send `Accept-Encoding: identity`."
            )
        self.name = name
        self._inner = inner
        self._encoding = _MEMBERS[name]()
        self._member: DecodeMember | None = None
        #: Bytes that may follow a member.
        self._padding = b""
        #: Input that was not used yet.
        self._rest = b""
        #: True if the member may return more, and takes no further input until it has.
        self._full = False
        #: Raised by the next step: the data before the fault was returned.
        self._fault: DecodeError | None = None
        self._replay: _Replay | None = None

    def decode(self, data: bytes) -> bytes:
        """Return the decoded data, at most about 1 MiB of it. While `has_more`, `data` must be empty.

        Raises:
            DecodeError: The data is damaged, and what could be decoded before the damage was returned.
        """
        if self._inner is None:
            return self._decode(self._rest + data)
        return self._inner.decode(b"" if self._inner.has_more else self._decode(self._rest + data))

    @property
    def has_more(self) -> bool:
        """True if the data so far decodes to more. Call `decode(b"")` for it."""
        own = bool(self._rest) or self._full or self._fault is not None
        return own or (self._inner is not None and self._inner.has_more)

    @property
    def is_complete(self) -> bool:
        """True if the body may end here."""
        return self._member is None and not self.has_more and (self._inner is None or self._inner.is_complete)

    def _decode(self, data: bytes) -> bytes:
        if self._fault is not None:
            raise self._fault
        parts: list[bytes] = []
        left, at = MAX_OUT_BYTES, 0
        for _ in range(MAX_CALLS):
            if left <= 0 or not (self._full or at < len(data)):
                break
            window = b"" if self._full else data[at : at + self._encoding.window_bytes]
            try:
                part, unused = self._call(window, left)
            except Exception as error:  # each package raises a class of its own
                self._fault = DecodeError(f"damaged {self.name} body: {error}")
                self._fault.__cause__ = error
                parts.append(self._output_before_fault(window))
                if not any(parts):
                    raise self._fault from error
                break
            at += len(window) - len(unused)
            if len(unused) > len(window):  # a package kept input of an earlier call
                data, at = unused + data[at + len(unused) :], 0
            parts.append(part)
            left -= len(part)
        self._rest = data[at:]
        return b"".join(parts)

    def _call(self, window: bytes, limit: int) -> tuple[bytes, bytes]:
        """Return the output for some input, and the input that was not used."""
        if self._member is None:
            window = window.lstrip(self._padding)
            if not window:
                return b"", b""
            self._member, self._padding = self._encoding.new_member(window), self._encoding.padding
            self._replay = _Replay(self._encoding.new_member)
        part, unused, ended = self._member(window, limit)
        self._full = len(part) >= limit and not unused and not ended
        if self._replay is not None and not self._replay.add(window, unused, part):
            self._replay = None
        if ended:
            self._member = self._replay = None
        return part, unused

    def _output_before_fault(self, window: bytes) -> bytes:
        """Return the output that the input in which a package found damage has before the damage."""
        replay = self._replay
        if replay is None:
            return b""
        return replay.output(window if replay.inputs else window.lstrip(self._padding))


class _Replay:
    """The input of a member so far, to decode it again.

    Args:
        new_member: Returns a decoder of the member. It gets the first bytes of the member.
    """

    def __init__(self, new_member: Callable[[bytes], DecodeMember]) -> None:
        self._new_member = new_member
        self.inputs: list[bytes] = []
        self._in_bytes = 0
        self._out_bytes = 0

    def add(self, window: bytes, unused: bytes, part: bytes) -> bool:
        """Add the input and the output of a call. Return False if it is too much."""
        used = window[: max(len(window) - len(unused), 0)]
        if used:
            self.inputs.append(used)
        self._in_bytes += len(used)
        self._out_bytes += len(part)
        return self._in_bytes <= REPLAY_IN_BYTES and self._out_bytes <= REPLAY_OUT_BYTES

    def output(self, window: bytes) -> bytes:
        """Return the output of more input, up to the first byte that is damaged."""
        parts, out_bytes = [], 0
        begin = b"".join(self.inputs) + window
        if not begin:
            return b""
        member = self._new_member(begin)
        try:
            for data in (*self.inputs, *(window[at : at + 1] for at in range(len(window)))):
                while True:
                    part, data, _ = member(data, MAX_OUT_BYTES)
                    out_bytes += len(part)
                    parts.append(part[max(len(part) - (out_bytes - self._out_bytes), 0) :])
                    if not data and len(part) < MAX_OUT_BYTES:
                        break
        except Exception:  # each package raises a class of its own
            pass
        return b"".join(parts)


#: Some servers fill blocks with zeros, and some pages end with a line break after the compressed part.
_BLANKS = b"\0\t\n\r "

# One function per encoding. It looks its package up when the encoding is first used, since the package may be missing.


def _inflate(wbits: int) -> DecodeMember:
    inflater = zlib.decompressobj(wbits)

    def decode(data: bytes, limit: int) -> tuple[bytes, bytes, bool]:
        part = inflater.decompress(data, limit)
        return part, inflater.unused_data if inflater.eof else inflater.unconsumed_tail, inflater.eof

    return decode


def _gzip() -> _Encoding:
    return _Encoding(lambda data: _inflate(16 + zlib.MAX_WBITS), padding=_BLANKS)


def _deflate() -> _Encoding:
    """The standard means zlib, whose first byte ends in 8; some servers send raw deflate."""
    return _Encoding(lambda data: _inflate(zlib.MAX_WBITS if data[0] & 15 == 8 else -zlib.MAX_WBITS))


def _brotli() -> _Encoding:
    module = _first_of("br", "brotli", "brotlicffi")
    limited = hasattr(module.Decompressor, "can_accept_more_data")  # from version 1.2 on

    def new_member(data: bytes) -> DecodeMember:
        member = module.Decompressor()
        process = getattr(member, "process", None) or member.decompress

        def decode(data: bytes, limit: int) -> tuple[bytes, bytes, bool]:
            if not limited:
                return process(data), b"", member.is_finished()
            parts = [process(data, output_buffer_limit=limit)]
            # A call may return 32 KiB and keep the rest until the next one.
            while parts[-1] and (left := limit - sum(map(len, parts))) > 0 and not member.is_finished():
                parts.append(process(b"", output_buffer_limit=left))
            return b"".join(parts), b"", member.is_finished()

        return decode

    return _Encoding(new_member, WINDOW_BYTES if limited else UNLIMITED_WINDOW_BYTES)


def _zstd() -> _Encoding:
    module = _first_of("zstd", "backports.zstd", "compression.zstd", "zstandard")
    limited = not hasattr(module.ZstdDecompressor, "decompressobj")  # the package zstandard has it, and no limits

    def new_member(data: bytes) -> DecodeMember:
        member = module.ZstdDecompressor() if limited else module.ZstdDecompressor().decompressobj()

        def decode(data: bytes, limit: int) -> tuple[bytes, bytes, bool]:
            part = member.decompress(data, limit) if limited else member.decompress(data)
            return part, member.unused_data if member.eof else b"", member.eof

        return decode

    return _Encoding(new_member, WINDOW_BYTES if limited else UNLIMITED_WINDOW_BYTES, _BLANKS)


def _first_of(encoding: str, *modules: str) -> Any:
    for module in modules:
        try:
            return import_module(module)
        except ImportError:
            pass
    raise UnsupportedEncoding(f"Content-Encoding {encoding!r} needs a package: install {modules[0]}")


_MEMBERS = {"gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate, "br": _brotli, "zstd": _zstd}
