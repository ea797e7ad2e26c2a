"""The Responses API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from ._resource import Resource, options

if TYPE_CHECKING:
    from .._streaming import Stream
    from ..types.responses import Response, ResponseStreamEvent

__all__ = ["Responses"]


class Responses(Resource):
    @overload
    def create(self, *, stream: Literal[True], **arguments: Any) -> Stream[ResponseStreamEvent]: ...
    @overload
    def create(self, *, stream: Literal[False] | None = None, **arguments: Any) -> Response: ...

    def create(self, *, stream: bool | None = None, **arguments: Any) -> Any:
        """POST /responses. With `stream=True` a `Stream` of events, else the `Response`."""
        from ..types.responses.response import Response

        body, call = options(arguments)
        first = {} if stream is None else {"stream": stream}
        return self._client._call(
            "POST",
            "responses",
            body={**first, **body},
            stream=bool(stream),
            dialect="responses",
            cast_to=Response.model_validate,
            **call,
        )
