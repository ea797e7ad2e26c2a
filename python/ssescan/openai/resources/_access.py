"""`with_raw_response` and `with_streaming_response` of a client or a group: its calls return responses."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial, wraps
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .._constants import RAW_RESPONSE_HEADER
from .._endpoints import is_endpoint
from .._response import ResponseContextManager

__all__ = ["RawAccess", "StreamingAccess", "access_class", "access_named"]


class _Access:
    """A group of endpoints, or a client, whose calls return responses.

    Each group has a subclass, made when it is first used; see `access_class`. For type checkers it is in
    `_with_response.pyi`.
    """

    _name: str
    #: The value of the header that asks for them.
    _kind: str
    #: The end of the names of the subclasses.
    _suffix: str

    def __init__(self, group: Any) -> None:
        self._group = group

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            group = self._group
            if name == "parse" or is_endpoint(group, name):
                return self._of_call(getattr(group, name))
            found = getattr(group, name)
            if not hasattr(type(found), "with_raw_response"):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
            return getattr(found, self._name)

    def _of_call(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a method whose call has the header."""

        @wraps(call)
        def asking_for_response(*args: Any, **arguments: Any) -> Any:
            arguments["extra_headers"] = {**(arguments.get("extra_headers") or {}), RAW_RESPONSE_HEADER: self._kind}
            return call(*args, **arguments)

        return asking_for_response

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *dir(self._group)]

    def __repr__(self) -> str:
        return f"<{self._name} of {self._group!r}>"


class RawAccess(_Access):
    """`with_raw_response`: the calls return a `LegacyAPIResponse`."""

    _name = "with_raw_response"
    _kind = "true"
    _suffix = "WithRawResponse"


class StreamingAccess(_Access):
    """`with_streaming_response`: the calls return a context manager of an `APIResponse`."""

    _name = "with_streaming_response"
    _kind = "stream"
    _suffix = "WithStreamingResponse"

    def _of_call(self, call: Callable[..., Any]) -> Callable[..., Any]:
        asking = super()._of_call(call)

        @wraps(call)
        def when_entered(*args: Any, **arguments: Any) -> ResponseContextManager[Any]:
            return ResponseContextManager(partial(asking, *args, **arguments))

        return when_entered


@cache
def access_class(kind: Any, group: Any) -> Any:
    """Return the class of `with_raw_response` or `with_streaming_response` of a group, such as `FilesWithRawResponse`."""
    base = group.__base__
    above = access_class(kind, base) if hasattr(base, "with_raw_response") else kind
    return type(group.__name__ + kind._suffix, (above,), {"__module__": group.__module__, "__doc__": kind.__doc__})


def access_named(module: ModuleType, name: str) -> Any:
    """Return the class with this name in a module that has its group; None if the module has no such group."""
    kind = RawAccess if name.endswith(RawAccess._suffix) else StreamingAccess
    group = getattr(module, name.removesuffix(kind._suffix), None)
    return access_class(kind, group) if hasattr(group, "with_raw_response") else None
