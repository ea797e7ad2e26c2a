"""Responses as they came: `with_raw_response` and `with_streaming_response`.

response = client.chat.completions.with_raw_response.create(...)
response.headers["x-request-id"], response.parse()

with client.responses.with_streaming_response.create(...) as response:
    for line in response.iter_lines(): ...
"""

from __future__ import annotations

import codecs
import time
from datetime import timedelta
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Callable, Generic, Iterator, TypeVar, get_origin

from ssescan.errors import StreamAlreadyConsumed

if TYPE_CHECKING:
    from types import TracebackType

    from ssescan.http.deadlines import Timeouts
    from ssescan.http.transport import Request, Response

    from ._base_client import BaseClient
    from ._endpoints import Call
    from .resources._resource import Resource

__all__ = [
    "APIResponse",
    "LegacyAPIResponse",
    "RawAccess",
    "ResponseContextManager",
    "StreamAlreadyConsumed",
    "StreamingAccess",
    "legacy",
]

R = TypeVar("R")


class _Response(Generic[R]):
    """What both kinds show. `parse` gives what the call gives without them."""

    def __init__(self, client: BaseClient, call: Call, response: Response) -> None:
        self._client = client
        self._call = call
        self._parsed: dict[Any, Any] = {}
        self._elapsed_s = time.monotonic() - response.opened_s
        self.http_response = response

    @property
    def headers(self) -> Any:
        """By name, whatever its case."""
        return self.http_response.headers

    @property
    def status_code(self) -> int:
        return self.http_response.status_code

    @property
    def request_id(self) -> str | None:
        """The server's id of the request (`x-request-id`)."""
        return self.http_response.request_id

    @property
    def http_request(self) -> Request:
        """What was sent."""
        return self.http_response.request

    @property
    def url(self) -> str:
        return self.http_response.url

    @property
    def method(self) -> str:
        return self.http_request.method

    @property
    def http_version(self) -> str:
        return {10: "HTTP/1.0", 20: "HTTP/2"}.get(self.http_response.raw.version, "HTTP/1.1")

    @property
    def elapsed(self) -> timedelta:
        """From when the request was begun until its response was there."""
        return timedelta(seconds=self._elapsed_s)

    @property
    def retries_taken(self) -> int:
        """How many tries came before this one."""
        return int(self.http_request.headers.get("X-Stainless-Retry-Count", 0))

    @property
    def is_closed(self) -> bool:
        return bool(self.http_response.raw.closed)

    @property
    def _timeouts(self) -> Timeouts:
        return self._client._timeouts(self._call)

    def parse(self, *, to: Any = None) -> Any:
        """What the call gives: a model, a page, a `Stream`. `to`: another class to make of it. Made once."""
        if to not in self._parsed:
            self._parsed[to] = self._made(to)
        return self._parsed[to]

    def _made(self, to: Any) -> Any:
        if to is None:
            return self._client._parse(self._call, self.http_response)
        if self._call.stream:
            return self._client._stream(self._call, self.http_response, get_origin(to) or to)
        return self._client._parse(self._call._replace(gives=to, page=None), self.http_response)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} [{self.status_code} {self.http_response.reason_phrase}]>"


class LegacyAPIResponse(_Response[R]):
    """What `with_raw_response` gives: of a call that does not stream, the body was read."""

    @property
    def content(self) -> bytes:
        return self.http_response.read(self._timeouts)

    @property
    def text(self) -> str:
        return self.http_response.text


class APIResponse(_Response[R]):
    """What `with_streaming_response` gives: nothing of the body was read."""

    #: The response is wanted as soon as its headers are there.
    leaves_body = True

    def read(self) -> bytes:
        """The whole body. `StreamAlreadyConsumed` if it was taken piece by piece."""
        return self.http_response.read(self._timeouts)

    def text(self) -> str:
        self.read()
        return self.http_response.text

    def json(self) -> Any:
        from ssescan.models._json import loads

        return loads(self.read())

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """The body as it comes, decompressed; in pieces of `chunk_size` bytes, if that is given."""
        pieces = self._pieces()
        return pieces if chunk_size is None else _sized(pieces, chunk_size, b"")

    def iter_text(self, chunk_size: int | None = None) -> Iterator[str]:
        """The same as text."""
        pieces = self._texts()
        return pieces if chunk_size is None else _sized(pieces, chunk_size, "")

    def iter_lines(self) -> Iterator[str]:
        """The body's lines, without their ends, each as soon as it is there."""
        rest: list[str] = []
        for text in self._texts():
            if not (_has_end(text) or (rest and _has_end(rest[-1][-1:]))):
                rest.append(text)
                continue
            lines = "".join([*rest, text]).splitlines(keepends=True)
            # The last line may go on, also one with a CR: its LF may be to come.
            rest = [] if lines[-1].endswith("\n") else [lines.pop()]
            yield from map(_without_end, lines)
        yield from map(_without_end, "".join(rest).splitlines(keepends=True))

    def close(self) -> None:
        """Lets go of the connection. The end of the `with` block does."""
        for made in self._parsed.values():
            if hasattr(made, "close") and self._call.stream:
                made.close()
        self.http_response.close()

    def _pieces(self) -> Iterator[bytes]:
        from ssescan.http.body import FAILURES
        from ssescan.http.transport import connection_error

        if hasattr(self.http_response, "_content"):
            yield self.http_response.content
            return
        body = self.http_response.plain_body(self._timeouts)
        try:
            yield from iter(body.read, b"")
        except FAILURES as error:
            raise connection_error(error, self.http_request) from error
        finally:
            body.close()

    def _texts(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self.http_response.encoding)("replace")
        for piece in self._pieces():
            if text := decoder.decode(piece):
                yield text
        if text := decoder.decode(b"", final=True):
            yield text


def _sized(pieces: Iterator[Any], size: int, rest: Any) -> Iterator[Any]:
    if size < 1:
        raise ValueError(f"chunk_size must be positive, not {size!r}")
    for piece in pieces:
        rest += piece
        whole = len(rest) - len(rest) % size
        yield from (rest[at : at + size] for at in range(0, whole, size))
        rest = rest[whole:]
    if rest:
        yield rest


def _has_end(text: str) -> bool:
    """There is a line's end in it, of any kind."""
    return len(f"{text}.".splitlines()) > 1


def _without_end(line: str) -> str:
    return line.splitlines()[0]


class ResponseContextManager(Generic[R]):
    """`with` sends the request, gives the response, and closes it."""

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


def legacy(client: BaseClient, call: Call, response: Response) -> LegacyAPIResponse[Any]:
    """What becomes of the response to a call of `with_raw_response`."""
    if not call.stream:
        response.read(client._timeouts(call))
    return LegacyAPIResponse(client, call, response)


class _Access:
    """A group of endpoints, or a client, whose calls give something else."""

    def __init__(self, group: Any) -> None:
        self._group = group

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._group, name)
        return self._of_call(found) if callable(found) else type(self)(self._of_group(found))

    def _of_group(self, group: Resource) -> Resource:
        raise NotImplementedError

    def _of_call(self, call: Callable[..., Any]) -> Callable[..., Any]:
        return call

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *dir(self._group)]


class RawAccess(_Access):
    """What `with_raw_response` is: the calls give a `LegacyAPIResponse`."""

    def _of_group(self, group: Resource) -> Resource:
        return group._answering(legacy)


class StreamingAccess(_Access):
    """What `with_streaming_response` is: the calls give a context manager, and that an `APIResponse`."""

    def _of_group(self, group: Resource) -> Resource:
        return group._answering(APIResponse)

    def _of_call(self, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def when_entered(*args: Any, **arguments: Any) -> ResponseContextManager[Any]:
            return ResponseContextManager(partial(call, *args, **arguments))

        return when_entered
