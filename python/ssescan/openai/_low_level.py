"""Calls without a method of their own: `client.get("/things", cast_to=Thing)`."""

from __future__ import annotations

import warnings
from types import MappingProxyType
from typing import Any, Literal, Type, TypeVar, overload

from ._call import Call
from ._encoding import by_alias
from ._types import BinaryTypes, Headers, NotGiven, Query, RequestFiles, RequestOptions, not_given

__all__ = ["LowLevel", "make_request_options"]

T = TypeVar("T")
#: A class of streams.
S = TypeVar("S")

NO_OPTIONS: RequestOptions = MappingProxyType({})


class LowLevel:
    """The HTTP methods of a client, for endpoints without a method of their own.

    All of them take these arguments:

    * `path`: a path below the base URL, or a whole URL.
    * `cast_to`: the class of the result: a model, dict, list, str, int, float, bool, object (plain JSON), or NoneType.
    * `body`: sent as JSON.
    * `content`: a body that is sent as it is: bytes, a binary file, or an iterable of bytes. A request whose content can be
      read only once is not retried.
    * `files`: names and files of a multipart body, as a dict or pairs. `body` has the other fields.
    * `options`: a dict with `headers`, `params` (the query), `timeout`, `max_retries`, `follow_redirects` or `extra_json`
      (added to the body).
    * `stream`: True to return a `Stream`.
    * `stream_cls`: the class of the stream. `Stream[X]` yields objects of the class X; without it, `cast_to` is their class.
    """

    def request(self, cast_to: Any, options: Call, *, stream: bool = False, stream_cls: Any = None) -> Any:
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
        """Send a GET and return the result; see the class for the arguments."""
        return self.request(cast_to, _call("get", path, options), stream=stream, stream_cls=stream_cls)

    @overload
    def post(
        self,
        path: str,
        *,
        cast_to: Type[T],
        body: object = None,
        content: BinaryTypes | None = None,
        options: RequestOptions = ...,
        files: RequestFiles | None = None,
        stream: Literal[False] = False,
    ) -> T: ...
    @overload
    def post(
        self,
        path: str,
        *,
        cast_to: Type[T],
        body: object = None,
        content: BinaryTypes | None = None,
        options: RequestOptions = ...,
        files: RequestFiles | None = None,
        stream: Literal[True],
        stream_cls: Type[S],
    ) -> S: ...

    def post(
        self,
        path: str,
        *,
        cast_to: Any,
        body: Any = None,
        content: BinaryTypes | None = None,
        options: RequestOptions = NO_OPTIONS,
        files: RequestFiles | None = None,
        stream: bool = False,
        stream_cls: Any = None,
    ) -> Any:
        """Send a POST and return the result; see the class for the arguments."""
        call = _call("post", path, options, body, content, files)
        return self.request(cast_to, call, stream=stream, stream_cls=stream_cls)

    def patch(
        self,
        path: str,
        *,
        cast_to: Type[T],
        body: Any = None,
        content: BinaryTypes | None = None,
        files: RequestFiles | None = None,
        options: RequestOptions = NO_OPTIONS,
    ) -> T:
        """Send a PATCH and return the result; see the class for the arguments."""
        answer: T = self.request(cast_to, _call("patch", path, options, body, content, files))
        return answer

    def put(
        self,
        path: str,
        *,
        cast_to: Type[T],
        body: Any = None,
        content: BinaryTypes | None = None,
        files: RequestFiles | None = None,
        options: RequestOptions = NO_OPTIONS,
    ) -> T:
        """Send a PUT and return the result; see the class for the arguments."""
        answer: T = self.request(cast_to, _call("put", path, options, body, content, files))
        return answer

    def delete(
        self,
        path: str,
        *,
        cast_to: Type[T],
        body: Any = None,
        content: BinaryTypes | None = None,
        options: RequestOptions = NO_OPTIONS,
    ) -> T:
        """Send a DELETE and return the result; see the class for the arguments."""
        answer: T = self.request(cast_to, _call("delete", path, options, body, content))
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
        """Return a page of `model`s. `page` is a class of `pagination`; see the class for the other arguments."""
        cls: Any = page
        of_model = cls[model] if cls.__parameters__ else cls
        answer: S = self.request(of_model, _call(method, path, options, body))
        return answer


def make_request_options(
    *,
    query: Query | None = None,
    extra_headers: Headers | None = None,
    extra_query: Query | None = None,
    extra_body: Any = None,
    timeout: Any = not_given,
    **others: Any,
) -> dict[str, Any]:
    """Return the `options` of `client.get`, `client.post` and the like.

    Args:
        query: The query parameters.
        extra_headers: Headers of this call.
        extra_query: Further query parameters.
        extra_body: Values that are added to the body.
        timeout: The timeout of this call.
        **others: Other options, such as `idempotency_key`, `post_parser` or `security`. None and `not_given` are left out.
    """
    params = None if query is None and extra_query is None else {**(query or {}), **(extra_query or {})}
    options = {"headers": extra_headers, "extra_json": extra_body, "params": params, **others}
    options = {name: value for name, value in options.items() if value is not None and not isinstance(value, NotGiven)}
    return options if isinstance(timeout, NotGiven) else {**options, "timeout": timeout}


def _call(
    method: str, path: str, options: RequestOptions, body: Any = None, content: Any = None, files: Any = None
) -> Call:
    """Return the call of a method of the client.

    Raises:
        TypeError: Two kinds of bodies were passed.
    """
    if body is not None and content is not None:
        raise TypeError("Passing both `body` and `content` is not supported")
    if files is not None and content is not None:
        raise TypeError("Passing both `files` and `content` is not supported")
    if isinstance(body, bytes):
        # The message is that of `openai`, on purpose.
        warnings.warn(
            "Passing raw bytes as `body` is deprecated and will be removed in a future version. "
            "Please pass raw bytes via the `content` parameter instead.",
            DeprecationWarning,
            stacklevel=3,
        )
        body, content = None, body
    options = {name: value for name, value in options.items() if not isinstance(value, NotGiven)}
    extra = by_alias(options.pop("extra_json", None))
    return Call(method, path, json_data=by_alias(body), extra_json=extra, content=content, files=files, **options)
