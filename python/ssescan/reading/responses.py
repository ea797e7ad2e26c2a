"""HTTP responses of a `Transport` as sources of an event stream."""

from __future__ import annotations

from ssescan.http.deadlines import Timeouts
from ssescan.http.transport import Response

from .sources import EVENT_STREAM, HTTPBody, Inspected, Source, checked

__all__ = ["EVENT_STREAM", "event_stream"]


def event_stream(response: Response, timeouts: Timeouts) -> Source:
    """Return the body of a response as the source of an event stream.

    The media type text/event-stream is accepted. With another or a missing one, the body must begin with a comment
    or a field of an event stream.

    Raises:
        NotAnEventStream: The body is something else.
    """
    source = checked(HTTPBody(response.body(timeouts), response))
    if isinstance(source, Inspected):
        source.inspect()
    return source
