"""Endpoints: a decorator states all facts of a method that is one call.

    @post("/threads/{thread_id}/runs", "beta.threads.Run", RunCreate, required=("assistant_id",), query=("include",))
    def create(self, thread_id: str, **arguments: Unpack[RunCreate]) -> Any:
        "Run an assistant on a thread."

The decorator states HTTP method, path, response class, the `TypedDict` of the arguments, and deviations from the defaults. The
body of the method never runs. Arguments in the path go there, those in `query` go into the query, and the others into the
body. For a GET all others go into the query.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from types import MethodType
from typing import Any, TypeVar, cast
from urllib.parse import quote

from ._call import Call, Group, Options
from ._encoding import by_alias
from ._methods import Documented, Method
from ._multipart import files_of
from ._types import NotGiven, Omit, not_given

F = TypeVar("F", bound=Callable[..., Any])

__all__ = [
    "Call",
    "Endpoint",
    "Options",
    "build_call",
    "delete",
    "get",
    "given",
    "is_endpoint",
    "post",
    "request_of",
    "url_path",
]


#: The key of the administration does not open these endpoints.
_KEY_OF_USERS = {"bearer_auth": True}
#: The endpoints by class and name.
_DECLARED: dict[tuple[type, str], Endpoint] = {}


class Endpoint(Method):
    """A method that is one call.

    Args:
        function: The method; only its signature is used.
        method: The HTTP method.
        path: The path, with the names of arguments in braces.
        result_class: The response class, as a name in `types` or a class; None for plain JSON.
        arguments: The `TypedDict` of the keyword arguments.
        required: The names in `arguments` that a caller must pass.
        query: The arguments that go into the query of a POST.
        page: The class in `pagination` of a list; None if the response is not a list.
        dialect: The dialect of the stream, if the endpoint can stream.
        events: The class of the stream's events, as a name in `types`.
        always_streams: True if the endpoint has no other response than a stream.
        files: The arguments with files. The body is then `multipart/form-data`.
        headers: The headers of every call, besides those of the group.
        header_arguments: The arguments that are sent as headers, and the name of each header.
        deprecated: The warning of a call, if the endpoint is deprecated.
        aliases: The keys of the body that have other names on the wire, at any depth.
        prepare: A function that changes the call, for what a row cannot say.
    """

    __doc__ = Documented(__doc__)

    def __init__(
        self,
        function: Any,
        *,
        method: str,
        path: str,
        result_class: str | type | None,
        arguments: type = Options,
        required: tuple[str, ...] = (),
        query: tuple[str, ...] = (),
        page: str | None = None,
        dialect: str | None = None,
        events: str | None = None,
        always_streams: bool = False,
        files: tuple[str, ...] = (),
        headers: Mapping[str, str] = {},  # noqa: B006
        header_arguments: Mapping[str, str] = {},  # noqa: B006
        deprecated: str | None = None,
        aliases: Mapping[str, str] = {},  # noqa: B006
        prepare: Callable[[Call], Call] | None = None,
    ) -> None:
        super().__init__(function, arguments, required, deprecated)
        self.method, self.path, self.result_class = method, path, result_class
        self.query, self.page = query, page
        self.dialect, self.events, self.always_streams = dialect, events, always_streams
        self.files, self.headers, self.header_arguments = files, headers, header_arguments
        self.aliases, self.prepare = aliases, prepare

    def __set_name__(self, owner: type, name: str) -> None:
        _DECLARED[owner, name] = self

    def _run(self, group: Group, values: dict[str, Any]) -> Any:
        return group._perform(self.call(group, **values))

    def call(self, group: Group, **values: Any) -> Call:
        """Return the call for these arguments.

        Raises:
            ValueError: An id in the path is empty.
        """
        headers, extra_query, extra_body = (values.pop(f"extra_{name}", None) for name in ("headers", "query", "body"))
        timeout = values.pop("timeout", not_given)
        path = url_path(self.path, {name: values.pop(name) for name in self._in_path})
        values = given(values)
        sent = {header: values.pop(name) for name, header in self.header_arguments.items() if name in values}
        in_query = list(values) if self.method == "GET" else self.query
        query = {name: values.pop(name) for name in in_query if name in values}
        files = files_of(values, self.files) if self.files else None
        call = Call(
            self.method,
            path,
            params={**query, **(extra_query or {})},
            json_data=self._body(values),
            extra_json=None if extra_body is None else by_alias(extra_body),
            files=files,
            headers={**group._headers, **self.headers, **sent, **(headers or {})},
            timeout=timeout,
            security=_KEY_OF_USERS,
            result_class=self._result_class,
            stream=self.always_streams or bool(query.get("stream") or values.get("stream")),
            dialect=self.dialect,
            stream_class=self._stream_class,
        )
        return call if self.prepare is None else self.prepare(call)

    def _body(self, values: dict[str, Any]) -> dict[str, Any] | None:
        """Return the body in the order of the signature, with `model` and `stream` first."""
        if self.aliases:
            values = _renamed(values, self.aliases)
        if not self._in_body:
            return None
        order = ["model", "stream", *self._in_body]
        return {name: values[name] for name in order if name in values}

    @cached_property
    def _result_class(self) -> Any:
        """The class of the result."""
        from ._decoding import named  # loads models

        found = named(self.result_class) if isinstance(self.result_class, str) else self.result_class
        if self.page is None:
            return found
        from . import pagination

        return getattr(pagination, self.page)[found]

    @cached_property
    def _stream_class(self) -> Any:
        """The class of the stream, as programs see it that replace `request`; None if the endpoint does not stream."""
        if self.events is None:
            return None
        from ._decoding import named
        from ._streaming import Stream

        return Stream[named(self.events)]  # type: ignore[misc]

    @cached_property
    def _in_path(self) -> list[str]:
        return [name for name in self.needs if f"{{{name}}}" in self.path]

    @cached_property
    def _in_body(self) -> list[str]:
        """The names of the arguments that go into the body."""
        elsewhere = {*Options.__annotations__, *self._in_path, *self.query, *self.header_arguments}
        return [] if self.method in ("GET", "DELETE") else [name for name in self.needs if name not in elsewhere]

    def __repr__(self) -> str:
        return f"<{self.__qualname__}: {self.method} {self.path}>"


def get(path: str, result_class: str | type | None = None, arguments: type = Options, **more: Any) -> Callable[[F], F]:
    """Decorate a method that is a GET; see `Endpoint` for the arguments."""
    return _endpoint("GET", path, result_class, arguments, more)


def post(path: str, result_class: str | type | None = None, arguments: type = Options, **more: Any) -> Callable[[F], F]:
    """Decorate a method that is a POST; see `Endpoint` for the arguments."""
    return _endpoint("POST", path, result_class, arguments, more)


def delete(
    path: str, result_class: str | type | None = None, arguments: type = Options, **more: Any
) -> Callable[[F], F]:
    """Decorate a method that is a DELETE; see `Endpoint` for the arguments."""
    return _endpoint("DELETE", path, result_class, arguments, more)


def _endpoint(
    method: str, path: str, result_class: str | type | None, arguments: type, more: dict[str, Any]
) -> Callable[[F], F]:
    # For checkers the method stays the function that it was.
    make = partial(Endpoint, method=method, path=path, result_class=result_class, arguments=arguments, **more)
    return cast("Callable[[F], F]", make)


def build_call(group: Group, endpoint: str, *args: Any, **arguments: Any) -> Call:
    """Return the call of the endpoint with this name for these arguments. Raise the same exceptions as the endpoint."""
    found = _declared(group, endpoint)
    return found.call(group, **found.bound(args, arguments))


def request_of(group: Group, endpoint: str, *args: Any, **arguments: Any) -> Callable[[], Any]:
    """Return a function that sends the call of an endpoint and returns its result.

    If the program replaced the method of the endpoint, as tracers do, the function calls that method. It passes all
    arguments, as `openai` does. Those that the caller did not pass have the defaults of the signature.

    Raises:
        TypeError: An argument is unknown or missing.
    """
    found, method = _declared(group, endpoint), getattr(group, endpoint)
    # A proxy, such as those of wrapt, has the attributes of what it replaces, but not its type.
    if type(method) is not MethodType or method.__func__ is not found:
        return partial(method, *args, **{**found.defaults(len(args)), **arguments})
    return partial(group._perform, found.call(group, **found.bound(args, arguments)))


def is_endpoint(group: Group, name: str) -> bool:
    """Return whether a group has an endpoint with this name."""
    return any((cls, name) in _DECLARED for cls in type(group).__mro__)


def _declared(group: Group, endpoint: str) -> Endpoint:
    """Return the endpoint with this name as the class declares it, also if a program has replaced it."""
    return next(_DECLARED[cls, endpoint] for cls in type(group).__mro__ if (cls, endpoint) in _DECLARED)


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that were passed, without `omit` and `not_given`."""
    return {name: value for name, value in values.items() if not isinstance(value, (NotGiven, Omit))}


def _renamed(value: Any, aliases: Mapping[str, str]) -> Any:
    """Return a value with other keys in its objects."""
    if isinstance(value, Mapping):
        return {aliases.get(key, key): _renamed(item, aliases) for key, item in value.items()}
    return [_renamed(item, aliases) for item in value] if isinstance(value, (list, tuple)) else value


def url_path(template: str, ids: Mapping[str, Any]) -> str:
    """Return a path with these ids in it, percent-encoded.

    Raises:
        ValueError: An id is empty, or leads to another path.
    """
    for name, value in ids.items():
        if not value:
            raise ValueError(f"Expected a non-empty value for `{name}` but received {value!r}")
    path = template.format(**{name: quote(str(value), safe="!$&'()*+,;=:@") for name, value in ids.items()})
    for part in path.split("/"):
        if part.lower().replace("%2e", ".") in (".", ".."):
            raise ValueError(f"Constructed path {path!r} contains dot-segment {part!r} which is not allowed")
    return path
