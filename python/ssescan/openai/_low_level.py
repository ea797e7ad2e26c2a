"""Calls of what there is no method for: ``client.get("/things", cast_to=Thing)``."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Type, TypeVar, overload

from ._endpoints import Call
from ._types import RequestOptions, not_given

if TYPE_CHECKING:
    from typing import Literal

__all__ = ["LowLevel"]

T = TypeVar("T")
#: A class of streams.
S = TypeVar("S")

NO_OPTIONS: RequestOptions = MappingProxyType({})


class LowLevel:
    """The verbs of HTTP. A path is below the base URL, or a whole URL.

    `cast_to` is what the answer is: a model, dict, list, str, int, float, bool, object (the JSON as it came), NoneType.
    `body` is sent as JSON, `content` as it is. `options` may have `headers`, `params` (the query), `timeout`,
    `max_retries`, `follow_redirects` and `extra_json` (added to the body). With `stream=True` the answer is a `Stream`.
    """

    def _perform(self, call: Call) -> Any:
        raise NotImplementedError

    @overload
    def get(
        self, path: str, *, cast_to: Type[T], options: RequestOptions = ..., stream: Literal[False] = False
    ) -> T: ...
    @overload
    def get(
        self, path: str, *, cast_to: Type[T], options: RequestOptions = ..., stream: Literal[True], stream_cls: Type[S]
    ) -> S: ...

    def get(
        self,
        path: str,
        *,
        cast_to: Any,
        options: RequestOptions = NO_OPTIONS,
        stream: bool = False,
        stream_cls: Any = None,
    ) -> Any:
        return self._perform(_call("GET", path, cast_to, options, stream=stream))

    @overload
    def post(
        self,
        path: str,
        *,
        cast_to: Type[T],
        body: object = None,
        content: bytes | None = None,
        options: RequestOptions = ...,
        stream: Literal[False] = False,
    ) -> T: ...
    @overload
    def post(
        self,
        path: str,
        *,
        cast_to: Type[T],
        body: object = None,
        content: bytes | None = None,
        options: RequestOptions = ...,
        stream: Literal[True],
        stream_cls: Type[S],
    ) -> S: ...

    def post(
        self,
        path: str,
        *,
        cast_to: Any,
        body: Any = None,
        content: bytes | None = None,
        options: RequestOptions = NO_OPTIONS,
        stream: bool = False,
        stream_cls: Any = None,
    ) -> Any:
        return self._perform(_call("POST", path, cast_to, options, body, content, stream=stream))

    def patch(
        self,
        path: str,
        *,
        cast_to: Type[T],
        body: Any = None,
        content: bytes | None = None,
        options: RequestOptions = NO_OPTIONS,
    ) -> T:
        answer: T = self._perform(_call("PATCH", path, cast_to, options, body, content))
        return answer

    def put(
        self,
        path: str,
        *,
        cast_to: Type[T],
        body: Any = None,
        content: bytes | None = None,
        options: RequestOptions = NO_OPTIONS,
    ) -> T:
        answer: T = self._perform(_call("PUT", path, cast_to, options, body, content))
        return answer

    def delete(
        self,
        path: str,
        *,
        cast_to: Type[T],
        body: Any = None,
        content: bytes | None = None,
        options: RequestOptions = NO_OPTIONS,
    ) -> T:
        answer: T = self._perform(_call("DELETE", path, cast_to, options, body, content))
        return answer

    def get_api_list(
        self,
        path: str,
        *,
        model: Any,
        page: Type[S],
        body: Any = None,
        options: RequestOptions = NO_OPTIONS,
        method: str = "get",
    ) -> S:
        """A page of `model`s; `page` is a class of `pagination`."""
        answer: S = self._perform(_call(method.upper(), path, model, options, body, page=page.__name__))
        return answer


def _call(
    method: str,
    path: str,
    cast_to: Any,
    options: RequestOptions,
    body: Any = None,
    content: bytes | None = None,
    *,
    page: str | None = None,
    stream: bool = False,
) -> Call:
    if body is not None and content is not None:
        raise TypeError("Passing both `body` and `content` is not supported")
    from ._body import by_alias

    body, extra = by_alias(body), by_alias(options.get("extra_json"))
    sent = content if body is None and extra is None else {**(body or {}), **extra} if extra is not None else body
    return Call(
        method,
        path,
        query=options.get("params", {}),
        body=not_given if sent is None else sent,
        headers=options.get("headers", {}),
        timeout=options.get("timeout", not_given),
        max_retries=options.get("max_retries"),
        gives=cast_to,
        page=page,
        stream=stream,
        follow_redirects=options.get("follow_redirects", True),
    )
