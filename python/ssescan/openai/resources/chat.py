"""Chat Completions."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, overload

from ssescan.models import Object

from ._resource import Resource, options

if TYPE_CHECKING:
    from .._streaming import Stream
    from ..types.chat import ChatCompletionChunk

__all__ = ["Chat", "Completions"]


class Completions(Resource):
    @overload
    def create(
        self, *, messages: Any, model: str, stream: Literal[True], **arguments: Any
    ) -> Stream[ChatCompletionChunk]: ...
    @overload
    def create(
        self, *, messages: Any, model: str, stream: Literal[False] | None = None, **arguments: Any
    ) -> Object: ...

    def create(self, *, messages: Any, model: str, stream: bool | None = None, **arguments: Any) -> Any:
        """POST /chat/completions. With `stream=True` a `Stream` of chunks, else the answer as one object."""
        body, call = options(arguments)
        body = {"model": model, "stream": stream, "messages": messages, **body}
        if stream is None:
            del body["stream"]
        return self._client._call(
            "POST", "chat/completions", body=body, stream=bool(stream), dialect="chat", cast_to=Object, **call
        )


class Chat(Resource):
    @cached_property
    def completions(self) -> Completions:
        return Completions(self._client)
