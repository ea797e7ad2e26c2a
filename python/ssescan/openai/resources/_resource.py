"""`Resource`: the base of all groups of endpoints."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from .._call import Call
from .._endpoints import request_of

if TYPE_CHECKING:
    from ._with_response import WithRawResponse, WithStreamingResponse

R = TypeVar("R")

__all__ = ["Resource"]


class Resource:
    """A group of endpoints of a client.

    A subclass declares its endpoints (see `_endpoints`), `_headers` that are sent with each of them, and `_deprecated`, the
    warning of each call.

    Args:
        client: The client.
    """

    _headers: ClassVar[Mapping[str, str]] = {}
    _deprecated: ClassVar[str | None] = None

    def __init__(self, client: Any) -> None:
        self._client = client

    if TYPE_CHECKING:
        with_raw_response = WithRawResponse()
        with_streaming_response = WithStreamingResponse()
    else:

        @cached_property
        def with_raw_response(self) -> Any:
            """This group with calls that return responses: `LegacyAPIResponse`, with headers and `parse()`."""
            from ._access import RawAccess, access_class

            return access_class(RawAccess, type(self))(self)

        @cached_property
        def with_streaming_response(self) -> Any:
            """This group with calls that return context managers of responses whose body is not read: `APIResponse`."""
            from ._access import StreamingAccess, access_class

            return access_class(StreamingAccess, type(self))(self)

    # For subclasses that programs write: the calls of the client, under the names of `openai`.

    @property
    def _get(self) -> Any:
        return self._client.get

    @property
    def _post(self) -> Any:
        return self._client.post

    @property
    def _patch(self) -> Any:
        return self._client.patch

    @property
    def _put(self) -> Any:
        return self._client.put

    @property
    def _delete(self) -> Any:
        return self._client.delete

    @property
    def _get_api_list(self) -> Any:
        return self._client.get_api_list

    def _perform(self, call: Call) -> Any:
        """Send a call and return its result. All calls of the group go through here."""
        return self._client.request(call.result_class, call, stream=call.stream, stream_cls=call.stream_class)

    def _ask(self, endpoint: str, *args: Any, **arguments: Any) -> Any:
        """Return the result of an endpoint, for a method that makes several calls and has warned already."""
        return request_of(self, endpoint, *args, **arguments)()

    def _sleep(self, seconds: float) -> None:
        """Wait between requests that poll. Tests of programs replace it, as in `openai`."""
        time.sleep(seconds)

    def _group(self, group: Callable[[Any], R]) -> R:
        """Return a group of endpoints inside this one."""
        return group(self._client)

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
