"""From a URL to a stream of events."""

from __future__ import annotations

from typing import Any, Mapping

from .http.deadlines import Timeouts
from .http.transport import Request, Transport
from .reading.blocks import Blocks
from .reading.responses import EVENT_STREAM, event_stream
from .reading.server_errors import status_error

__all__ = ["open_stream"]

#: `None` is a value of a timeout: it waits for ever.
_DEFAULT: Any = object()


def open_stream(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout: Any = _DEFAULT,
    transport: Transport | None = None,
) -> Blocks:
    """Requests `url` and gives its event stream, a source for `Scanner`.

    Raises `APIStatusError` for a 4xx or 5xx, `APIConnectionError` if there is no answer, `NotAnEventStream`
    for a body that is none.
    """
    given = {name.lower() for name in headers or {}}
    usual = {"accept": EVENT_STREAM, "cache-control": "no-cache", "accept-encoding": "identity"}
    sent = {**{name: value for name, value in usual.items() if name not in given}, **(headers or {})}
    request = Request(method, url, sent, body)
    timeouts = Timeouts() if timeout is _DEFAULT else Timeouts.of(timeout)
    response = (transport or Transport()).send(request, timeouts)
    if not response.is_success:
        raise status_error(response)
    return event_stream(response, timeouts)
