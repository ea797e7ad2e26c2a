"""What the groups of endpoints share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, ClassVar, Mapping, TypeVar

if TYPE_CHECKING:
    from typing_extensions import Self

    from ssescan.http.transport import Response

    from .._base_client import BaseClient
    from .._endpoints import Call
    from .._response import RawAccess, StreamingAccess

    #: What becomes of the response to a call.
    Answer = Callable[[BaseClient, Call, Response], Any]

R = TypeVar("R")

__all__ = ["Resource"]


class Resource:
    """A group of endpoints of a client.

    A subclass has its methods as rows (see `_endpoints`), `_headers` that go with each of them, and `_deprecated`:
    what each of them warns of.
    """

    _headers: ClassVar[Mapping[str, str]] = {}
    _deprecated: ClassVar[str | None] = None

    def __init__(self, client: Any, answer: Answer | None = None) -> None:
        self._client: BaseClient = client
        #: What becomes of a response. None: it is parsed, and the caller gets what the endpoint gives.
        self._answer = answer

    @property
    def with_raw_response(self) -> RawAccess:
        """This group, its calls giving the responses: `LegacyAPIResponse`, with headers and `parse()`."""
        from .._response import RawAccess, legacy

        return RawAccess(self._answering(legacy))

    @property
    def with_streaming_response(self) -> StreamingAccess:
        """The same in a `with` block, and with nothing of the body read: `APIResponse`."""
        from .._response import APIResponse, StreamingAccess

        return StreamingAccess(self._answering(APIResponse))

    def _perform(self, call: Call) -> Any:
        """Sends `call` and gives its answer. Everything that a resource sends goes through here."""
        response = self._client._send(call, whole=not getattr(self._answer, "leaves_body", False))
        if self._answer is not None:
            return self._answer(self._client, call, response)
        return self._client._parse(call, response)

    def _ask(self, endpoint: Any, **arguments: Any) -> Any:
        """The answer of `endpoint`, for a method that makes several calls: it has warned of what it is itself."""
        return self._perform(endpoint.call(self, **arguments))

    def _group(self, group: Callable[[Any, Answer | None], R]) -> R:
        """A group of endpoints inside this one."""
        return group(self._client, self._answer)

    def _answering(self, answer: Answer) -> Self:
        """This group, with something else becoming of its responses; `client._parse(call, response)` is the rest."""
        return type(self)(self._client, answer)
