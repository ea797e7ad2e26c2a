"""Request bodies: from the arguments of a call to JSON."""

from __future__ import annotations

from collections.abc import Mapping
from io import IOBase
from typing import Any

from ssescan import _core
from ssescan.http.contents import content_of

from ._call import Call
from ._multipart import multipart
from ._types import NotGiven, Omit

__all__ = ["PlainValues", "by_alias", "encoded", "encoded_body"]


def encoded_body(call: Call, *, again: bool) -> tuple[Any, str | None]:
    """Return the body of a call as it is sent, and its media type if that is not the one of the headers.

    Args:
        call: The call.
        again: True for a retry. The body is the one of the attempt before, unless a hook replaced its JSON.

    Raises:
        TypeError: The body has an object that JSON does not support, or two kinds of bodies were passed.
        RuntimeError: `extra_json` cannot be added, as the body is not an object.
    """
    if not (again and call._sent and call._sent[0] is call.json_data):
        call._sent[:] = [call.json_data, _encoded_body(call)]
    body: tuple[Any, str | None] = call._sent[1]
    return body


def _encoded_body(call: Call) -> tuple[Any, str | None]:
    data = call.json_data
    if call.content is not None:
        if data is not None or call.files is not None:
            raise TypeError(f"Passing both `content` and `{'files' if data is None else 'body'}` is not supported")
        return content_of(call.content), None
    if call.extra_json is not None and not (data is None or isinstance(data, Mapping)):
        raise RuntimeError(f"Unexpected JSON data type, {type(data)}, cannot merge with `extra_body`")
    data = call.body
    if call.files is not None:
        return multipart(data or {}, call.files, call.headers)
    return None if data is None else encoded(data), None


def encoded(body: Any, plain: PlainValues | None = None) -> bytes:
    """Return a body as JSON; bytes as they are.

    Args:
        body: The body.
        plain: Returns the JSON values of objects that JSON does not support.

    Raises:
        TypeError: The body has an object that JSON does not support.
    """
    if isinstance(body, bytes):
        return body
    from ssescan.models._json import dumps

    plain = plain or PlainValues()
    try:
        return dumps(body, default=plain)
    except _OmittedValue:
        plain.removes_omitted = True
        return dumps(_without_omitted(body), default=plain)


def by_alias(value: Any) -> Any:
    """Return a body for a call without a declared type: pydantic models in it are dumped by their aliases."""
    if isinstance(value, Mapping):
        return {key: by_alias(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [by_alias(item) for item in value]
    if hasattr(value, "model_dump") and not isinstance(value, _core.Node):
        return value.model_dump(mode="json", exclude_unset=True, by_alias=True)
    return value


class _OmittedValue(Exception):
    """The body has `omit` or `not_given` in it."""


#: Returned by `Stream.__iter__` and `Stream.texts`. Reading one would use up its stream.
_STREAM_ITERATORS = (_core.EventIterator, _core.TextIterator)
#: Iterable types that are errors in a body, not lists.
_NOT_LISTS = (bytes, bytearray, memoryview, set, frozenset, IOBase)


class PlainValues:
    """Returns the JSON value of an object that JSON does not support, such as a model or a generator.

    A body is encoded twice if orjson refuses it, or if a value in it is omitted. Generators can be read only once, so their
    items are kept, by the id of the generator.
    """

    def __init__(self) -> None:
        self._lists: dict[int, tuple[Any, list[Any]]] = {}
        #: True to remove omitted values, also from the content of objects.
        self.removes_omitted = False

    def __call__(self, value: Any) -> Any:
        if isinstance(value, _core.Node):
            from ssescan.models.dump import dump_for_request

            return dump_for_request(value)
        if isinstance(value, (NotGiven, Omit)) and not self.removes_omitted:
            raise _OmittedValue
        if isinstance(value, type):
            raise TypeError(
                f"Cannot send the class {value.__name__}: expected a value. `parse` and `stream` take classes."
            )
        if hasattr(value, "__iter__") and (hasattr(value, "__enter__") or isinstance(value, _STREAM_ITERATORS)):
            raise TypeError(
                f"Cannot send an object of type {type(value).__name__}: expected a value, got a stream or a file. Read it "
                "first: its events are not part of a request."
            )
        if hasattr(value, "model_dump"):
            return value.model_dump(mode="json", exclude_unset=True)
        if isinstance(value, Mapping):
            return self._filtered(dict(value))
        if hasattr(value, "iterrows") or hasattr(value, "iter_rows"):  # it yields the names or the cells of its columns
            raise TypeError(
                f"Cannot send a {type(value).__name__}: expected values that JSON has. Send its rows as dicts."
            )
        if hasattr(value, "__iter__") and not isinstance(value, _NOT_LISTS):
            if id(value) not in self._lists:
                self._lists[id(value)] = value, list(value)
            return self._filtered(self._lists[id(value)][1])
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")

    def _filtered(self, content: Any) -> Any:
        return _without_omitted(content) if self.removes_omitted else content


def _without_omitted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_omitted(item) for key, item in value.items() if not isinstance(item, (NotGiven, Omit))}
    return [_without_omitted(item) for item in value] if isinstance(value, (list, tuple)) else value
