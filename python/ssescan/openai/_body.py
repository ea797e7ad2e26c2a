"""Bodies: what was given, as JSON; and what came, as models."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Mapping

from ssescan import _core
from ssescan._json import dumps, loads
from ssescan.models import Object

from ._types import NotGiven, Omit

if TYPE_CHECKING:
    from ssescan.transport import Response

    from ._base_client import BaseClient
    from ._endpoints import Call

__all__ = ["Content", "cast", "decoded", "encoded", "named"]


# What is sent


def encoded(body: Any) -> bytes | None:
    """JSON; bytes as they are; None if there is no body. TypeError for what can't be said in JSON."""
    if isinstance(body, NotGiven):
        return None
    if isinstance(body, bytes):
        return body
    try:
        return dumps(body, default=_plain)
    except _Left:
        return dumps(_without_left(body), default=_plain)


class _Left(Exception):
    """A value in the body was not given."""


def _plain(value: Any) -> Any:
    """The JSON value of an object that JSON does not know: models, generators."""
    if isinstance(value, _core.Node):
        return _core.node_tree(value)
    if isinstance(value, (NotGiven, Omit)):
        raise _Left
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", exclude_unset=True)
    if hasattr(value, "__iter__"):
        return list(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _without_left(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_left(item) for key, item in value.items() if not isinstance(item, (NotGiven, Omit))}
    return [_without_left(item) for item in value] if isinstance(value, (list, tuple)) else value


# What came


class Content(dict):  # type: ignore[type-arg]
    """The JSON object that a whole response was, for the model that shows it: a dict that knows its response.

    `request_id`: of the response. `call`, `client`: a page needs them for the next one.
    """

    __slots__ = ("call", "client", "request_id")

    request_id: str | None
    call: Call
    client: BaseClient


def decoded(call: Call, response: Response, client: BaseClient) -> Any:
    """The body of `response`, cast to what `call` gives."""
    body = loads(response.content)
    if call.gives is None or not isinstance(body, dict):
        return body
    content = Content(body)
    content.request_id, content.call, content.client = response.request_id, call, client
    return cast(_class_of(call), content)


def cast(cls: Any, content: dict[str, Any]) -> Any:
    """A `cls` of `content`: a view of it, if that is a model."""
    return _core.node_new(cls, None, content, None) if issubclass(cls, _core.Node) else cls(content)


def _class_of(call: Call) -> Any:
    cls = named(call.gives) if isinstance(call.gives, str) else call.gives
    if call.page is None:
        return cls
    from .pagination import page_of

    return page_of(call.page, cls)


@cache
def named(name: str) -> Any:
    """A class of `types`: `beta.threads.Run`."""
    module, _, name = f"types.{name}".rpartition(".")
    try:
        return getattr(import_module(f"{__package__}.{module}"), name)
    except AttributeError:
        return Object  # not yet
