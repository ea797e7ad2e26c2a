"""From a URL to a stream of events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .http.deadlines import Timeouts
from .http.transport import MAX_BODY_BYTES, Request, Transport, checked_max_body_bytes
from .reading.responses import EVENT_STREAM, event_stream
from .reading.server_errors import status_error
from .reading.sources import Source

__all__ = ["open_stream"]

#: None is a timeout of its own: it waits without limit.
_DEFAULT: Any = object()


def open_stream(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout: Any = _DEFAULT,
    transport: Transport | None = None,
    max_body_bytes: int = MAX_BODY_BYTES,
) -> Source:
    """Send a request and return its event stream, a source for `Scanner`.

    Args:
        url: The URL.
        method: The HTTP method.
        headers: Headers to send; they replace the default ones of the same name.
        body: The body of the request, or None.
        timeout: See `Timeouts.of`.
        transport: The transport to use; None makes one for this request.
        max_body_bytes: The limit of a body that is not a stream, after decoding.

    Raises:
        APIStatusError: The status is 400 or above.
        APIConnectionError: There is no response.
        NotAnEventStream: The body is not an event stream.
    """
    own = {name.lower() for name in headers or {}}
    defaults = {"accept": EVENT_STREAM, "cache-control": "no-cache", "accept-encoding": "identity"}
    sent = {**{name: value for name, value in defaults.items() if name not in own}, **(headers or {})}
    request = Request(method, url, sent, body)
    timeouts = Timeouts() if timeout is _DEFAULT else Timeouts.of(timeout)
    transport = transport or Transport()
    response = transport.send(request, timeouts, max_body_bytes=checked_max_body_bytes(max_body_bytes))
    if not response.is_success:
        raise status_error(response, response.read_error())
    return event_stream(response, timeouts)
