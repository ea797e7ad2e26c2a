"""Bodies: what was given, as JSON; and what came, as models."""

from __future__ import annotations

from functools import cache, partial
from importlib import import_module
from io import IOBase
from typing import TYPE_CHECKING, Any, Mapping

from ssescan import _core, errors
from ssescan.models import Model, ModelMeta
from ssescan.models.dump import dump_for_request

from ._types import NotGiven, Omit

if TYPE_CHECKING:
    from ssescan.http.transport import Response

    from ._base_client import BaseClient
    from ._endpoints import Call

__all__ = ["Content", "by_alias", "cast", "decoded", "encoded", "named"]


# What is sent


def encoded(body: Any) -> bytes | None:
    """JSON; bytes as they are; None if there is no body. TypeError for what can't be said in JSON."""
    if isinstance(body, NotGiven):
        return None
    if isinstance(body, bytes):
        return body
    from ssescan.models._json import dumps

    plain = _Plain()
    try:
        return dumps(body, default=plain)
    except _Left:
        plain.leaves_out = True
        return dumps(_without_left(body), default=plain)


def by_alias(value: Any) -> Any:
    """What is sent as the caller wrote it, with no type to go by: pydantic's models are under their aliases there."""
    if isinstance(value, Mapping):
        return {key: by_alias(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [by_alias(item) for item in value]
    if hasattr(value, "model_dump") and not isinstance(value, _core.Node):
        return value.model_dump(mode="json", exclude_unset=True, by_alias=True)
    return value


class _Left(Exception):
    """A value in the body was not given."""


#: Nobody who has one of these in a body means a list.
_NO_LISTS = (bytes, bytearray, memoryview, set, frozenset, IOBase)


class _Plain:
    """Gives the JSON value of an object that JSON does not know: models, generators.

    A body is gone through again when orjson refuses it, or when something in it was not given. `_lists` has what came of
    the objects that may give their items only once, by their ids, which are theirs as long as they are kept.
    """

    def __init__(self) -> None:
        self._lists: dict[int, tuple[Any, list[Any]]] = {}
        #: What was not given is left out, in what comes out of objects as well.
        self.leaves_out = False

    def __call__(self, value: Any) -> Any:
        if isinstance(value, _core.Node):
            return dump_for_request(value)
        if isinstance(value, (NotGiven, Omit)) and not self.leaves_out:
            raise _Left
        if hasattr(value, "model_dump"):
            return value.model_dump(mode="json", exclude_unset=True)
        if isinstance(value, Mapping):
            return self._whole(dict(value))
        if hasattr(value, "__iter__") and not isinstance(value, _NO_LISTS):
            if id(value) not in self._lists:
                self._lists[id(value)] = value, list(value)
            return self._whole(self._lists[id(value)][1])
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")

    def _whole(self, content: Any) -> Any:
        return _without_left(content) if self.leaves_out else content


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


#: What the text of a body is made into, by what was asked for.
_SCALARS: dict[Any, Any] = {str: str, int: int, float: float, bool: lambda text: text.strip().lower() == "true"}


def decoded(call: Call, response: Response, client: BaseClient) -> Any:
    """The body of `response`, which was read, as what `call` gives. `APIResponseValidationError` if it can't be that."""
    gives = named(call.gives) if isinstance(call.gives, str) else call.gives
    if gives is type(None):
        return None
    if gives is type(response):
        return response
    if gives in _SCALARS:
        return _SCALARS[gives](response.text)
    body = _json(response, strict=client._strict_response_validation)
    if isinstance(body, dict):
        body = Content(body)
        body.request_id, body.call, body.client = response.request_id, call, client
    return cast(gives if call.page is None else _page_of(call.page, gives), body)


def _json(response: Response, *, strict: bool) -> Any:
    """The body's JSON; its text if it does not say that it is JSON, unless `strict`: a page that a program may look at."""
    from ssescan.models._json import loads

    kind = (response.headers.get("content-type") or "*").split(";")[0]
    try:
        return loads(response.content)
    except errors.EventDecodeError as error:
        if kind.endswith("json"):
            why = f"expected JSON, got {response.text[:200]!r}: {error.__cause__}"
        elif strict:
            why = f"Expected Content-Type response header to be `application/json` but received `{kind}` instead."
        else:
            return response.text
        raise errors.APIResponseValidationError(response, response.text, message=why) from error


def cast(cls: Any, content: Any) -> Any:
    """A `cls` of decoded JSON: a view of it, if that is a model. What is of another shape stays what it is."""
    if cls is None or cls is object or not isinstance(content, (dict, list)):
        return content
    if isinstance(cls, partial):  # a helper's, which parses what stands in it
        return cls(content)
    if isinstance(cls, type) and issubclass(cls, _core.Node):
        return _core.node_new(cls, None, content, None) if isinstance(content, dict) else content
    # `List[Run]`, `Union[Run, Message]`: what a field may be declared as.
    return _core.node_new(_holder_of(cls), None, {"data": content}, None).data


@cache
def _holder_of(cls: Any) -> Any:
    return ModelMeta("Holder", (Model,), {"__annotations__": {"data": cls}, "__module__": __name__})


def _page_of(page: str, item: Any) -> Any:
    from .pagination import page_of

    return page_of(page, item)


@cache
def named(name: str) -> Any:
    """A class of `types`: `beta.threads.Run`."""
    if name == "None":
        return type(None)
    module, _, name = f"types.{name}".rpartition(".")
    return getattr(import_module(f"{__package__}.{module}"), name)
