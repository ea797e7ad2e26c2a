"""HTTP responses as sources of an event stream."""

from __future__ import annotations

from ssescan.http.body import FAILURES, BodyReader
from ssescan.http.deadlines import Timeouts
from ssescan.http.transport import Response

from .server_errors import not_a_stream
from .sources import HTTPBody

__all__ = ["EVENT_STREAM", "event_stream"]

EVENT_STREAM = "text/event-stream"

#: How much of a body that is not an event stream is read for the error, and for how long. Of JSON more is read, because
#: it may be a complete answer.
MAX_ERROR_BYTES = 65536
MAX_JSON_BYTES = 16 << 20
MAX_ERROR_S = 5.0


def event_stream(response: Response, timeouts: Timeouts) -> HTTPBody:
    """Return the body of a response as the source of an event stream.

    The media type text/event-stream is accepted. With another or a missing one, the body must begin with a comment
    or a field of an event stream.

    Raises:
        NotAnEventStream: The body is something else.
    """
    body = response.body(timeouts)
    media_type = (response.headers.get("content-type") or "").split(";")[0].strip().lower()
    if media_type == EVENT_STREAM:
        return HTTPBody(body, response)
    source = _InspectedBody(body, response)
    if not source.is_stream:
        limit = MAX_JSON_BYTES if media_type == "application/json" else MAX_ERROR_BYTES
        rest = body.read_part(limit - len(source.start), MAX_ERROR_S)
        raise not_a_stream(response, source.start + rest)
    return source


class _InspectedBody(HTTPBody):
    """A body whose first bytes were read to find out what it is. Reading it returns them again."""

    def __init__(self, body: BodyReader, response: Response) -> None:
        super().__init__(body, response)
        self.connection = None  # the core calls `read`, which returns the start first
        self._failure: BaseException | None = None
        self.start = b""
        verdict = None
        try:
            while verdict is None and len(self.start) < MAX_ERROR_BYTES and (block := body.read()):
                self.start += block
                verdict = _begins_like_a_stream(self.start)
        except FAILURES as error:
            self._failure = error
        #: A body that failed before the verdict fails again when it is read.
        self.is_stream = bool(verdict) or self._failure is not None

    def read(self, events: int = 0) -> bytes:
        if self.start:
            start, self.start = self.start, b""
            return start
        if self._failure is not None:
            raise self._failure
        return self._body.read(events)


_BOM = b"\xef\xbb\xbf"
_BEGINNINGS = (b":", b"data:", b"event:", b"id:", b"retry:", b"error:")


def _begins_like_a_stream(body: bytes) -> bool | None:
    """Return whether `body` begins with a comment or a field; None if more bytes are needed."""
    if len(body) < len(_BOM) and _BOM.startswith(body):
        return None
    line = body.removeprefix(_BOM).lstrip(b"\r\n")
    if line.startswith(_BEGINNINGS):
        return True
    return None if any(beginning.startswith(line) for beginning in _BEGINNINGS) else False
