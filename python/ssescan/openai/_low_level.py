"""Calls without a method of their own: `client.get("/things", cast_to=Thing)`."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Literal, Type, TypeVar, overload

from ssescan.http.retries import checked_retries

from ._call import Call
from ._encoding import by_alias
from ._multipart import multipart_with_files
from ._types import RequestFiles, RequestOptions, not_given

__all__ = ["LowLevel"]

T = TypeVar("T")
#: A class of streams.
S = TypeVar("S")

NO_OPTIONS: RequestOptions = MappingProxyType({})


class LowLevel:
    """The HTTP methods of a client, for endpoints without a method of their own.

    All of them take these arguments:

    * `path`: a path below the base URL, or a whole URL.
    * `cast_to`: the class of the result: a model, dict, list, str, int, float, bool, object (plain JSON), or NoneType.
    * `body`: sent as JSON. `content`: bytes, sent as they are.
    * `files`: names and files of a multipart body, as a dict or pairs. `body` has the other fields.
    * `options`: a dict with `headers`, `params` (the query), `timeout`, `max_retries`, `follow_redirects` or `extra_json`
      (added to the body).
    * `stream`: True to return a `Stream`.
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
        """Send a GET and return the result; see the class for the arguments."""
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
        content: bytes | None = None,
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
        content: bytes | None = None,
        options: RequestOptions = NO_OPTIONS,
        files: RequestFiles | None = None,
        stream: bool = False,
        stream_cls: Any = None,
    ) -> Any:
        """Send a POST and return the result; see the class for the arguments."""
        return self._perform(_call("POST", path, cast_to, options, body, content, files=files, stream=stream))

    def patch(
        self,
        path: str,
        *,
        cast_to: Type[T],
        body: Any = None,
        content: bytes | None = None,
        files: RequestFiles | None = None,
        options: RequestOptions = NO_OPTIONS,
    ) -> T:
        """Send a PATCH and return the result; see the class for the arguments."""
        answer: T = self._perform(_call("PATCH", path, cast_to, options, body, content, files=files))
        return answer

    def put(
        self,
        path: str,
        *,
        cast_to: Type[T],
        body: Any = None,
        content: bytes | None = None,
        files: RequestFiles | None = None,
        options: RequestOptions = NO_OPTIONS,
    ) -> T:
        """Send a PUT and return the result; see the class for the arguments."""
        answer: T = self._perform(_call("PUT", path, cast_to, options, body, content, files=files))
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
        """Send a DELETE and return the result; see the class for the arguments."""
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
        """Return a page of `model`s. `page` is a class of `pagination`; see the class for the other arguments."""
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
    files: RequestFiles | None = None,
    page: str | None = None,
    stream: bool = False,
) -> Call:
    if body is not None and content is not None:
        raise TypeError("Passing both `body` and `content` is not supported")
    if files is not None and content is not None:
        raise TypeError("Passing both `files` and `content` is not supported")
    body, extra = by_alias(body), by_alias(options.get("extra_json"))
    sent = content if body is None and extra is None else {**(body or {}), **extra} if extra is not None else body
    headers = options.get("headers", {})
    if files is not None:
        fields: Any = sent or {}
        sent, headers = multipart_with_files(fields, files, headers)
    return Call(
        method,
        path,
        query=options.get("params", {}),
        body=not_given if sent is None else sent,
        headers=headers,
        timeout=options.get("timeout", not_given),
        max_retries=checked_retries(options["max_retries"]) if "max_retries" in options else None,
        result_class=cast_to,
        page=page,
        stream=stream,
        follow_redirects=options.get("follow_redirects", True),
    )
