"""`Stream`: the result of a call with `stream=True`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ssescan.http.deadlines import Timeouts
from ssescan.http.transport import Response
from ssescan.reading.responses import event_stream
from ssescan.reading.scanner import Scanner

if TYPE_CHECKING:  # dialects are loaded by the first stream
    from ssescan.dialects import Dialect

from ._async import add_async_names

__all__ = ["Stream"]

add_async_names(__name__)

T = TypeVar("T")


class Stream(Scanner[T], Generic[T]):
    """A `Scanner` over the response of a call.

    Attributes:
        response: The response, with status code, headers and request id.
    """

    response: Response

    def __init__(self, response: Response, *, dialect: str | Dialect, timeouts: Timeouts, tee: Any = None) -> None:
        super().__init__(event_stream(response, timeouts), dialect=dialect, tee=tee)
