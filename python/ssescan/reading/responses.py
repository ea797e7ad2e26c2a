"""HTTP responses as sources of an event stream."""

from __future__ import annotations

from typing import Any

from ssescan.http.body import FAILURES, Body
from ssescan.http.deadlines import Timeouts
from ssescan.http.transport import Response

from .blocks import Blocks
from .server_errors import not_a_stream

__all__ = ["EVENT_STREAM", "body_blocks", "event_stream"]

EVENT_STREAM = "text/event-stream"

#: How much of a body that is not an event stream is read for the error message, and for how long.
MAX_ERROR_BYTES = 65536
MAX_ERROR_S = 5.0


def body_blocks(body: Body, response: Any) -> Blocks:
    """The blocks of a response's body."""
    return Blocks(
        read=body,
        timed=True,
        release=body.release,
        close=body.close,
        wake=body.wake,
        refused=body.refused,
        gather=body.gather,
        response=response,
    )


def event_stream(response: Response, timeouts: Timeouts) -> Blocks:
    """The body as blocks. `NotAnEventStream` if it is something else.

    The media type passes if it is text/event-stream; one that is missing or another passes only if the
    body itself begins like an event stream, with a comment or a field.
    """
    body = response.body(timeouts)
    blocks = body_blocks(body, response)
    if (response.headers.get("content-type") or "").split(";")[0].strip().lower() == EVENT_STREAM:
        return blocks
    first = _First(body)
    if not first.is_stream:
        rest = body.what_comes(MAX_ERROR_BYTES - len(first.bytes), MAX_ERROR_S)
        raise not_a_stream(response, first.bytes + rest)
    return blocks._replace(read=first)


class _First:
    """A read whose first bytes were taken already, to tell what they are the beginning of."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._failure: BaseException | None = None
        self.bytes = b""
        told = None
        try:
            while told is None and len(self.bytes) < MAX_ERROR_BYTES and (block := body()):
                self.bytes += block
                told = _begins_like_a_stream(self.bytes)
        except FAILURES as error:
            self._failure = error
        #: What fails before it is told what it is, fails when it is read.
        self.is_stream = bool(told) or self._failure is not None

    def __call__(self, events: int) -> bytes:
        if self.bytes:
            first, self.bytes = self.bytes, b""
            return first
        if self._failure is not None:
            raise self._failure
        return self._body(events)


_BOM = b"\xef\xbb\xbf"


_BEGINNINGS = (b":", b"data:", b"event:", b"id:", b"retry:", b"error:")


def _begins_like_a_stream(body: bytes) -> bool | None:
    """None if more bytes are needed to tell."""
    if len(body) < len(_BOM) and _BOM.startswith(body):
        return None
    line = body.removeprefix(_BOM).lstrip(b"\r\n")
    if line.startswith(_BEGINNINGS):
        return True
    return None if any(beginning.startswith(line) for beginning in _BEGINNINGS) else False
