"""`BodyReader`: the body of one response as blocks of data.

It has four parts. `SocketReader` reads the connection within deadlines. `Framing`, in the core, finds the end of the body.
`ContentDecoder` decodes. `reuse.Tail` reads the rest of a body whose answer is over.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import Any

import urllib3

from ssescan import _core, errors

from ._urllib3 import drop
from .deadlines import NO_TIMEOUTS, Deadlines
from .decoders import ContentDecoder, DecodeError, UnsupportedEncoding, decoder_of
from .framing import check_transfer_encoding, framing_of
from .reuse import Tail
from .socket_reader import BodyError, SocketReader

__all__ = ["FAILURES", "BodyError", "BodyReader"]

#: The exceptions that reading a body may raise.
FAILURES = (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException)


class BodyReader:
    """Reads the body of a response.

    Args:
        raw: The response of urllib3, or an object like it.
        deadlines: The deadlines of the stream; None for no deadlines.
        adopt: Takes the `Tail` of a body whose end has not arrived yet; None closes the connection instead.
        decoded: False to leave the content encoding as it is.

    Attributes:
        max_bytes: The most data that may be read; None for no limit.

    Raises:
        NotAnEventStream: The content or transfer encoding is not supported.
    """

    def __init__(
        self,
        raw: Any,
        deadlines: Deadlines | None = None,
        adopt: Callable[[Tail], None] | None = None,
        *,
        decoded: bool = True,
    ) -> None:
        self._raw = raw
        self._adopt = adopt
        self._reader = SocketReader(raw, deadlines or Deadlines(NO_TIMEOUTS))
        self._framing = framing_of(raw) if self._reader.has_frames else _core.Framing("close")
        self._decoder = self._decoder_of(raw) if decoded else None
        self._is_closed = False
        self.max_bytes: int | None = None
        self._bytes_read = 0
        #: Raised by the next read: the data before the fault was returned.
        self._pending_error: BodyError | None = None
        if self._framing.ended:  # there is no body, so whatever follows the head belongs to no response
            self._reader.finish(reusable=raw.status != 101 and self._reader.is_idle())
        elif self._reader.has_frames and self._framing.kind == "close":
            self._reader.require_tls_end()

    def _decoder_of(self, raw: Any) -> ContentDecoder | None:
        try:
            check_transfer_encoding(raw.headers)
            return decoder_of(raw.headers.get("content-encoding"))
        except UnsupportedEncoding as error:
            drop(raw)
            raise errors.NotAnEventStream(str(error)) from error

    @property
    def is_encoded(self) -> bool:
        """True if the body has a content encoding: it may be much larger than what arrives."""
        return self._decoder is not None

    @property
    def is_unread(self) -> bool:
        """True before the first read."""
        return self._reader.is_unread

    def read(self, events: int = 0) -> bytes:
        """Return the next block of data; an empty one at the end of the body.

        Args:
            events: The number of events that were returned so far, for the event timeout.

        Raises:
            DeadlineExceeded: A timeout expired.
            BodyError: The body is truncated, or does not match its framing or encoding.
            OSError, urllib3.exceptions.HTTPError: The connection failed.
            BodyTooLarge: There is more data than `max_bytes`.
        """
        data = self._next_data(events)
        self._bytes_read += len(data)
        if self.max_bytes is not None and self._bytes_read > self.max_bytes:
            self.close()
            raise errors.BodyTooLarge(self.max_bytes)
        return data

    def _next_data(self, events: int) -> bytes:
        if self._reader.block_in_flight:
            self._pending_error = self._reader.lost_block()
        while True:
            if self._decoder is not None and self._decoder.has_more:
                # A few bytes may decode for hours, so the deadlines hold for each step.
                self._reader.deadlines.start_wait(events)
                data = self._decoded(b"")
                self._reader.deadlines.end_wait(True)
            elif self._pending_error is not None:
                raise self._pending_error
            elif self._framing.error is not None:
                raise BodyError(self._framing.error)
            elif self._framing.ended or self._is_closed:
                return b""
            else:
                data = self._unframed(self._reader.read(events))
                if self._decoder is not None and self._reader.has_frames:
                    data = self._decoded(data)
            self._reader.block_in_flight = False
            if data:
                return data

    def _unframed(self, block: bytes) -> bytes:
        """Return the data in a block of the connection, and note the end of the body."""
        data = self._framing.feed(block)
        if self._framing.ended:
            self.finish()
        return data

    def _decoded(self, data: bytes) -> bytes:
        assert self._decoder is not None
        try:
            data = self._decoder.decode(data)
        except DecodeError as error:
            raise BodyError(str(error)) from error
        if self._framing.ended and not self._decoder.has_more and not self._decoder.is_complete:
            self._pending_error = BodyError(f"incomplete {self._decoder.name} body")
        return data

    def frames(self) -> tuple[SocketReader, _core.Framing] | None:
        """Return the connection and its framing if the framing is all that has to be removed from the blocks.

        A caller that reads them itself calls `finish` at the end of the body. After the end, and if the framing is
        invalid, it calls `read`.
        """
        return (self._reader, self._framing) if self._reader.has_frames and self._decoder is None else None

    def finish(self) -> None:
        """Return the connection to its pool, or close it: the body was read to its end."""
        self._reader.finish(reusable=self._framing.reusable)

    def read_part(self, max_bytes: int, within_s: float) -> bytes:
        """Read the body within these limits, close it, and return the data. A failure ends the read without an error."""
        self._reader.deadlines = self._reader.deadlines.within(within_s)
        blocks, left = [], max_bytes
        try:
            while left > 0 and (block := self.read()):
                blocks.append(block)
                left -= len(block)
        except FAILURES:
            pass  # the data so far is enough for an error message
        self.close()
        return b"".join(blocks)[:max_bytes]

    def coalesce(self, seconds: float) -> None:
        """From the next block on, let bytes accumulate for so many seconds before each read."""
        self._reader.coalesce(seconds)

    def interrupt(self) -> None:
        """Make a read that waits in another thread return, with nothing or with an error."""
        self._reader.interrupt()

    def release(self) -> None:
        """Return the connection to its pool although the end of the body may not have been read. Never waits.

        The end marker came, and with it the end of the answer. A few bytes of the body usually follow.
        """
        tail = Tail(self._raw, self._reader, self._framing)
        if self._is_closed or tail.read(0.0):
            self._raw.release_conn()
        elif self._adopt is not None and tail.may_arrive:
            self._adopt(tail)
        else:
            drop(self._raw)

    def close(self) -> None:
        """Close the connection, unless the body was read to its end and the connection is back in its pool."""
        if not self._framing.ended and not self._is_closed:
            self._is_closed = True
            self._reader.detach()
            drop(self._raw)
