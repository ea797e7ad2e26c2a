"""HTTP responses of a `Transport` as sources of an event stream."""

from __future__ import annotations

from ssescan.http.deadlines import Timeouts
from ssescan.http.transport import Response

from .server_errors import not_a_stream, status_error
from .sources import EVENT_STREAM, HTTPBody, Inspected, Source, checked, media_type

__all__ = ["EVENT_STREAM", "check_is_event_source", "event_stream"]


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


def check_is_event_source(response: Response) -> None:
    """Check that a response is 200 and text/event-stream, as the standard requires of an event source.

    Raises:
        APIStatusError: The status is not 2xx.
        NotAnEventStream: The status is another 2xx, or the media type is another one.
    """
    if not response.is_success:
        raise status_error(response, response.read_error())
    if response.status_code != 200 or media_type(response) != EVENT_STREAM:
        raise not_a_stream(response, response.read_error())
