"""An endpoint is a row: what stands above a method of a resource is all that is known of it.

    @post("/threads/{thread_id}/runs", "beta.threads.Run", query=("include",), dialect="assistants")
    def create(self, thread_id: str, **given: Unpack[RunCreate]) -> Any:
        "Runs the assistant on a thread."

The row has the verb and the path, what the answer is (a class of `types`), and what is not the rule. The method's own
body is never run: its signature says which arguments there are. Those in the path go there, those named in `query`
(of a GET: all) into the query, the others into the body. The keywords are those of the `TypedDict` in `Unpack`, so that
an argument is stated once: checkers, `inspect.signature`, `help` and the call itself read it there.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Callable, Mapping, TypeVar, cast
from urllib.parse import quote

from ._call import Call, Options
from ._methods import Method
from ._types import NotGiven, Omit, not_given

if TYPE_CHECKING:
    from .resources._resource import Resource

F = TypeVar("F", bound=Callable[..., Any])

__all__ = ["Call", "Endpoint", "Options", "build_call", "delete", "get", "given", "post", "url_path"]


class Endpoint(Method):
    """A method that is one call, made of its row and its signature."""

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
        super().__init__(function)
        self.method, self.path, self.gives = method, path, gives
        self.query, self.page, self.dialect = query, page, dialect

    def _called(self, resource: Resource, values: dict[str, Any]) -> Any:
        return resource._perform(self.call(resource, **values))

    def call(self, resource: Resource, **values: Any) -> Call:
        """What is sent for these arguments. ValueError for an id that is empty."""
        headers, extra_query, extra_body = (values.pop(f"extra_{name}", None) for name in ("headers", "query", "body"))
        timeout = values.pop("timeout", not_given)
        path = url_path(self.path, {name: values.pop(name) for name in self._in_path})
        values = given(values)
        in_query = list(values) if self.method == "GET" else self.query
        query = {name: values.pop(name) for name in in_query if name in values}
        return Call(
            self.method,
            path,
            query={**query, **(extra_query or {})},
            body=self._body(values, extra_body),
            headers={**resource._headers, **(headers or {})},
            timeout=timeout,
            gives=self.gives,
            page=self.page,
            stream=bool(query.get("stream") or values.get("stream")),
            dialect=self.dialect,
        )

    def _body(self, values: dict[str, Any], extra: Any) -> Any:
        """The body, in the order of the signature but for what is looked at first; `extra` is added, and wins."""
        if extra is not None:
            from ._body import by_alias

            extra = by_alias(extra)
        if not self._in_body:
            return not_given if extra is None else extra
        order = ["model", "stream", *self._in_body]
        return {**{name: values[name] for name in order if name in values}, **(extra or {})}

    @cached_property
    def _in_path(self) -> list[str]:
        return [name for name in self.needs if f"{{{name}}}" in self.path]

    @cached_property
    def _in_body(self) -> list[str]:
        """Names of what the body may have; none of them is sent without one."""
        elsewhere = {*Options.__annotations__, *self._in_path, *self.query}
        return [] if self.method in ("GET", "DELETE") else [name for name in self.needs if name not in elsewhere]

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


def build_call(resource: Resource, endpoint: str, *args: Any, **arguments: Any) -> Call:
    """Return the call of the endpoint with this name for these arguments. Raise the same exceptions as the endpoint."""
    row: Endpoint = getattr(type(resource), endpoint)
    return row.call(resource, **row.bound(args, arguments))


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
