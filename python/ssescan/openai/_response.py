"""Responses with their headers and bodies: `with_raw_response` and `with_streaming_response`.

response = client.chat.completions.with_raw_response.create(...)
response.headers["x-request-id"], response.parse()

with client.responses.with_streaming_response.create(...) as response:
    for line in response.iter_lines(): ...
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import TracebackType
from typing import Any, Generic, TypeVar, overload

from ssescan.errors import StreamAlreadyConsumed
from ssescan.http.deadlines import Timeouts
from ssescan.http.pieces import lines_of, sized, texts_of
from ssescan.http.transport import Request, Response

from ._async import add_async_names
from ._call import Call
from ._url import URL

__all__ = [
    "APIResponse",
    "LegacyAPIResponse",
    "ResponseContextManager",
    "StreamAlreadyConsumed",
    "StreamedBinaryAPIResponse",
    "raw_response",
]

add_async_names(__name__)

R = TypeVar("R")
T = TypeVar("T")


class _Response(Generic[R]):
    """Base of both kinds of responses. `parse` returns the usual result of the call."""

    def __init__(self, client: Any, call: Call, response: Response) -> None:
        self._client = client
        self._call = call
        #: The results by their class. Tracers replace the stream in it.
        self._parsed_by_type: dict[Any, Any] = {}
        self._elapsed_s = time.monotonic() - response.opened_s
        self.http_response = response

    @property
    def headers(self) -> Any:
        """The headers. Names are found in any case."""
        return self.http_response.headers

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        return self.http_response.status_code

    @property
    def request_id(self) -> str | None:
        """The server's id of the request (`x-request-id`), or None."""
        return self.http_response.request_id

    @property
    def http_request(self) -> Request:
        """The request that was sent."""
        return self.http_response.request

    @property
    def url(self) -> URL:
        """The URL that was requested, after redirects."""
        return URL(self.http_response.url)

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.http_request.method

    @property
    def http_version(self) -> str:
        """The HTTP version of the response."""
        return self.http_response.http_version

    @property
    def elapsed(self) -> timedelta:
        """The time from the start of the request to its response."""
        return timedelta(seconds=self._elapsed_s)

    @property
    def retries_taken(self) -> int:
        """The number of attempts before this one."""
        return int(self.http_request.headers.get("X-Stainless-Retry-Count", 0))

    @property
    def is_closed(self) -> bool:
        """True if the connection was released or closed."""
        return self.http_response.is_closed

    @property
    def _timeouts(self) -> Timeouts:
        timeouts: Timeouts = self._client._timeouts(self._call)
        return timeouts

    @overload
    def parse(self) -> R: ...
    @overload
    def parse(self, *, to: type[T]) -> T: ...

    def parse(self, *, to: Any = None) -> Any:
        """Return the result of the call: a model, a page, or a `Stream`. The result is kept.

        Args:
            to: The class of the result; None for that of the endpoint.
        """
        cls = self._call.result_class if to is None else to
        if cls not in self._parsed_by_type:
            self._parsed_by_type[cls] = self._made(to)
        return self._parsed_by_type[cls]

    def _made(self, to: Any) -> Any:
        classes = {} if to is None else {"stream_class" if self._call.stream else "result_class": to}
        return self._client._parse(self._call._replace(**classes), self.http_response)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} [{self.status_code} {self.http_response.reason_phrase}]>"


class LegacyAPIResponse(_Response[R]):
    """The response of a call of `with_raw_response`. If the call does not stream, the body was read."""

    @property
    def content(self) -> bytes:
        """The whole body."""
        return self.http_response.read(self._timeouts)

    @property
    def text(self) -> str:
        """The whole body as text."""
        return self.http_response.text


class APIResponse(_Response[R]):
    """The response of a call of `with_streaming_response`. The body was not read."""

    def read(self) -> bytes:
        """Return the whole body.

        Raises:
            StreamAlreadyConsumed: The body was read piece by piece.
        """
        return self.http_response.read(self._timeouts)

    def text(self) -> str:
        """Return the whole body as text."""
        self.read()
        return self.http_response.text

    def json(self) -> Any:
        """Return the decoded body."""
        from ssescan.models._json import loads

        return loads(self.read())

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield the decoded body as it arrives, or in pieces of `chunk_size` bytes."""
        return self.http_response.iter_bytes(chunk_size, timeouts=self._timeouts)

    def iter_text(self, chunk_size: int | None = None) -> Iterator[str]:
        """Yield the body as text as it arrives, or in pieces of `chunk_size` characters."""
        return sized(self._texts(), chunk_size, "")

    def iter_lines(self) -> Iterator[str]:
        """Yield the lines of the body, without line ends, each as soon as it is complete."""
        return lines_of(self._texts())

    def _texts(self) -> Iterator[str]:
        return texts_of(self.iter_bytes(), self.http_response.encoding)

    def close(self) -> None:
        """Release the connection. The end of the `with` block does this too."""
        for made in self._parsed_by_type.values():
            if hasattr(made, "close") and self._call.stream:
                made.close()
        self.http_response.close()


class StreamedBinaryAPIResponse(APIResponse[R]):
    """The response of a call of `with_streaming_response` whose body is not JSON. `parse` returns the bytes."""

    def _made(self, to: Any) -> Any:
        return self.read() if to is None else super()._made(to)

    def stream_to_file(self, file: str | os.PathLike[str], *, chunk_size: int | None = None) -> None:
        """Write the body to the file with this name, as it arrives."""
        with open(file, mode="wb") as target:
            for piece in self.iter_bytes(chunk_size):
                target.write(piece)


class ResponseContextManager(Generic[R]):
    """A `with` block that sends a request, returns the response, and closes it at the end."""

    def __init__(self, request_func: Callable[[], R]) -> None:
        self._request = request_func
        self._response: Any = None

    def __enter__(self) -> R:
        self._response = self._request()
        response: R = self._response
        return response

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._response is not None:
            self._response.close()


def raw_response(client: Any, call: Call, response: Response, kind: str) -> Any:
    """Return the response of a call that has the header of raw responses.

    Args:
        client: The client.
        call: The call.
        response: The response. Its body was not read if the call streams, or if `kind` is "stream".
        kind: The value of the header: "stream" for a response whose body the program reads itself.
    """
    if kind != "stream":
        return LegacyAPIResponse(client, call, response)
    return (StreamedBinaryAPIResponse if call.is_binary else APIResponse)(client, call, response)
