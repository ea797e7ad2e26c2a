"""An endpoint is a row: what stands above a method of a resource is all that is known of it.

    @post("/threads/{thread_id}/runs", "beta.threads.Run", query=("include",), dialect="assistants")
    def create(self, thread_id: str, **given: Unpack[RunCreate]) -> Any:
        "Runs the assistant on a thread."
        ...

The row has the verb and the path, what the answer is (a class of `types`), and what is not the rule. The method's own
body is never run: its signature says which arguments there are. Those in the path go there, those named in `query`
(of a GET: all) into the query, the others into the body. The keywords are those of the `TypedDict` in `Unpack`, so that
an argument is stated once: checkers, `inspect.signature`, `help` and the call itself read it there.
"""

from __future__ import annotations

import warnings
from functools import cached_property, partial
from types import MethodType
from typing import TYPE_CHECKING, Any, Callable, Mapping, NamedTuple, TypedDict, TypeVar, cast
from urllib.parse import quote

from ._types import NotGiven, Omit, not_given, omit

if TYPE_CHECKING:
    from inspect import Parameter, Signature

    from ._types import Body, Headers, Query
    from .resources._resource import Resource

F = TypeVar("F", bound=Callable[..., Any])

__all__ = ["Call", "Endpoint", "Options", "delete", "get", "given", "post", "url_path"]


class Options(TypedDict, total=False):
    """What every call takes besides its own arguments: added to the request, and winning over what stands there."""

    extra_headers: Headers | None
    extra_query: Query | None
    extra_body: Body | None
    timeout: Any


class Call(NamedTuple):
    """One call of an endpoint: what is sent, and what the answer is.

    `url`: a path below the client's base URL, or a whole URL. `body`: of JSON; `not_given` for none. `gives`: a class,
    or the name of one in `types`; None for the JSON as it came. `page`: the class in `pagination` that holds `gives`.
    """

    method: str
    url: str
    query: Mapping[str, Any] = {}
    body: Any = not_given
    headers: Mapping[str, Any] = {}
    timeout: Any = not_given
    max_retries: int | None = None
    gives: Any = None
    page: str | None = None
    stream: bool = False
    dialect: Any = None


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without the arguments that nobody gave."""
    return {name: value for name, value in values.items() if not isinstance(value, (NotGiven, Omit))}


def url_path(template: str, ids: Mapping[str, Any]) -> str:
    """`template` with its parts, percent-encoded. ValueError for one that is empty, or that leads elsewhere."""
    for name, value in ids.items():
        if not value:
            raise ValueError(f"Expected a non-empty value for `{name}` but received {value!r}")
    path = template.format(**{name: quote(str(value), safe="!$&'()*+,;=:@") for name, value in ids.items()})
    for part in path.split("/"):
        if part.lower().replace("%2e", ".") in (".", ".."):
            raise ValueError(f"Constructed path {path!r} contains dot-segment {part!r} which is not allowed")
    return path


class Endpoint:
    """A method of a resource, made of its row and its signature."""

    def __init__(
        self,
        function: Any,
        *,
        method: str,
        path: str,
        gives: str | None,
        query: tuple[str, ...] = (),
        page: str | None = None,
        dialect: str | None = None,
    ) -> None:
        self.method, self.path, self.gives = method, path, gives
        self.query, self.page, self.dialect = query, page, dialect
        self.__wrapped__ = function
        self.__name__, self.__qualname__ = function.__name__, function.__qualname__
        self.__module__, self.__doc__ = function.__module__, function.__doc__

    def __get__(self, resource: Resource | None, owner: type | None = None) -> Any:
        return self if resource is None else MethodType(self, resource)

    def __call__(self, resource: Resource, /, *args: Any, **arguments: Any) -> Any:
        if resource._deprecated is not None:
            warnings.warn(resource._deprecated, DeprecationWarning, stacklevel=2)
        return resource._perform(self.call(resource._headers, args, arguments))

    def call(self, headers: Mapping[str, Any], args: tuple[Any, ...], arguments: dict[str, Any]) -> Call:
        """What is sent for these arguments. TypeError for wrong ones; ValueError for an id that is empty."""
        values = self._bound(args, arguments)
        options = {name: values.pop(name, None) for name in ("extra_headers", "extra_query", "extra_body")}
        timeout = values.pop("timeout", not_given)
        path = url_path(self.path, {name: values.pop(name) for name in self._in_path})
        values = given(values)
        in_query = list(values) if self.method == "GET" else self.query
        query = {name: values.pop(name) for name in in_query if name in values}
        return Call(
            self.method,
            path,
            query={**query, **(options["extra_query"] or {})},
            body=self._body(values, options["extra_body"]),
            headers={**headers, **(options["extra_headers"] or {})},
            timeout=timeout,
            gives=self.gives,
            page=self.page,
            stream=bool(query.get("stream") or values.get("stream")),
            dialect=self.dialect,
        )

    def _body(self, values: dict[str, Any], extra: Any) -> Any:
        """The body, in the order of the signature but for what is looked at first; `extra` is added, and wins."""
        if not self._in_body:
            return not_given if extra is None else extra
        order = ["model", "stream", *self._in_body]
        return {**{name: values[name] for name in order if name in values}, **(extra or {})}

    # The signature. What stands here is looked up once, at the first call.

    def _bound(self, args: tuple[Any, ...], arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments by name."""
        names = self._positional
        if len(args) > len(names):
            counts = f"{len(names) + 1} positional arguments but {len(args) + 1} were given"
            raise TypeError(f"{self.__qualname__}() takes {counts}")
        for name in arguments:
            if name not in self._known:
                raise TypeError(f"{self.__qualname__}() got an unexpected keyword argument {name!r}")
            if name in names[: len(args)]:
                raise TypeError(f"{self.__qualname__}() got multiple values for argument {name!r}")
        values = {**dict(zip(names, args)), **arguments}
        if missing := [name for name in self._required if isinstance(values.get(name, omit), Omit)]:
            raise TypeError(self._missing(missing))
        return values

    def _missing(self, names: list[str]) -> str:
        plural = "s" if len(names) > 1 else ""
        return f"{self.__qualname__}() missing {len(names)} required argument{plural}: {', '.join(map(repr, names))}"

    @property
    def _positional(self) -> tuple[str, ...]:
        """Names of the arguments that may be given by position."""
        code = self.__wrapped__.__code__
        return cast("tuple[str, ...]", code.co_varnames[1 : code.co_argcount])

    @cached_property
    def _keywords(self) -> dict[str, str]:
        """The annotations of the keywords behind `Unpack`, as text; those of every call at the end."""
        code = self.__wrapped__.__code__
        name = self.__wrapped__.__annotations__[code.co_varnames[code.co_argcount + code.co_kwonlyargcount]]
        keywords = self.__wrapped__.__globals__[name.removeprefix("Unpack[").removesuffix("]")].__annotations__
        order = sorted(keywords, key=lambda name: name in Options.__annotations__)
        return {name: keywords[name].__forward_arg__ for name in order}

    @cached_property
    def _known(self) -> dict[str, bool]:
        """Every argument's name, and whether it must be given."""
        code, defaults = self.__wrapped__.__code__, self.__wrapped__.__kwdefaults__ or {}
        own = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
        required = {name: annotation.startswith("Required[") for name, annotation in self._keywords.items()}
        return {**{name: name not in defaults for name in own}, **required}

    @cached_property
    def _required(self) -> list[str]:
        return [name for name, required in self._known.items() if required]

    @cached_property
    def _in_path(self) -> list[str]:
        return [name for name in self._known if f"{{{name}}}" in self.path]

    @cached_property
    def _in_body(self) -> list[str]:
        """Names of what the body may have; none of them is sent without one."""
        elsewhere = {*Options.__annotations__, *self._in_path, *self.query}
        return [] if self.method in ("GET", "DELETE") else [name for name in self._known if name not in elsewhere]

    @property
    def __signature__(self) -> Signature:
        from inspect import Parameter, signature

        def parameter(name: str, annotation: str) -> Parameter:
            default: Any = None if name.startswith("extra_") else not_given if name == "timeout" else omit
            default = Parameter.empty if self._known[name] else default
            return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)

        written = signature(self.__wrapped__)
        own = list(written.parameters.values())[:-1]
        return written.replace(parameters=own + [parameter(*item) for item in self._keywords.items()])

    def __repr__(self) -> str:
        return f"<{self.__qualname__}: {self.method} {self.path}>"


def get(path: str, gives: str | None = None, **more: Any) -> Callable[[F], F]:
    """Stands above a method: `more` may have `query`, `page` and `dialect`."""
    return _row("GET", path, gives, more)


def post(path: str, gives: str | None = None, **more: Any) -> Callable[[F], F]:
    """The same for a POST."""
    return _row("POST", path, gives, more)


def delete(path: str, gives: str | None = None, **more: Any) -> Callable[[F], F]:
    """The same for a DELETE."""
    return _row("DELETE", path, gives, more)


def _row(method: str, path: str, gives: str | None, more: dict[str, Any]) -> Callable[[F], F]:
    # To checkers it stays the function that it was.
    return cast("Callable[[F], F]", partial(Endpoint, method=method, path=path, gives=gives, **more))
