"""`Resource`: the base of all groups of endpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from .._call import Call

if TYPE_CHECKING:  # responses are loaded by the first program that asks for them
    from .._response import Answer, RawAccess, StreamingAccess

R = TypeVar("R")

__all__ = ["Resource"]


class Resource:
    """A group of endpoints of a client.

    A subclass declares its endpoints (see `_endpoints`), `_headers` that are sent with each of them, and `_deprecated`, the
    warning of each call.

    Args:
        client: The client.
        answer: What the group makes of a response; None parses it.
    """

    _headers: ClassVar[Mapping[str, str]] = {}
    _deprecated: ClassVar[str | None] = None

    def __init__(self, client: Any, answer: Answer | None = None) -> None:
        self._client = client
        self._answer = answer

    @cached_property
    def with_raw_response(self) -> RawAccess:
        """This group with calls that return responses: `LegacyAPIResponse`, with headers and `parse()`."""
        from .._response import RAW, RawAccess

        return RawAccess(self._answering(RAW))

    @cached_property
    def with_streaming_response(self) -> StreamingAccess:
        """This group with calls that return context managers of responses whose body is not read: `APIResponse`."""
        from .._response import STREAMING, StreamingAccess

        return StreamingAccess(self._answering(STREAMING))

    def _perform(self, call: Call) -> Any:
        """Send a call and return its result. All calls of the group go through here."""
        answer = self._answer
        response = self._client._send(call, whole=answer is None or answer.reads_body)
        if answer is None:
            return self._client._parse(call, response)
        return answer.make(self._client, call, response)

    def _ask(self, endpoint: Any, **arguments: Any) -> Any:
        """Return the result of an endpoint, for a method that makes several calls and has warned already."""
        return self._perform(endpoint.call(self, **arguments))

    def _group(self, group: Callable[[Any, Answer | None], R]) -> R:
        """Return a group of endpoints inside this one."""
        return group(self._client, self._answer)

    def _answering(self, answer: Answer) -> Self:
        """Return this group with another treatment of its responses."""
        return type(self)(self._client, answer)

    def __repr__(self) -> str:
        return f"<client.{_path_of(type(self))}>"

    if not TYPE_CHECKING:  # checkers report attributes that are missing

        def __getattr__(self, name: str) -> Any:
            from .._left_out import missing_attribute

            raise missing_attribute(self, _path_of(type(self)), name)


def _path_of(group: type) -> str:
    """Return the path of a group below the client: `beta.threads` for `resources.beta.threads.threads`."""
    parts = group.__module__.removeprefix(f"{__package__}.").split(".")
    return ".".join(parts[:-1] if parts[-2:-1] == parts[-1:] else parts)
