"""`Call`: a request to an endpoint, as data. `Options`: the arguments of every call. The ground floor of the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, TypedDict

from ._types import Body, Headers, Query, not_given

__all__ = ["Call", "Client", "Content", "Group", "Options"]


class Call(NamedTuple):
    """One call of an endpoint: the request, and the class of its answer.

    Attributes:
        method: The HTTP method.
        url: A path below the client's base URL, or a complete URL.
        query: The query parameters.
        body: A value that is sent as JSON; `not_given` if there is no body.
        headers: The headers of this call.
        timeout: The timeout of this call; `not_given` for that of the client.
        max_retries: The retries of this call; None for those of the client.
        result_class: A class, or the name of one in `types`; None for plain JSON.
        page: The class in `pagination` whose items are `result_class`; None if the answer is not a page.
        stream: True if the answer is a stream.
        dialect: The dialect of the stream.
        follow_redirects: True to follow redirects.
    """

    method: str
    url: str
    query: Mapping[str, Any] = {}
    body: Any = not_given
    headers: Mapping[str, Any] = {}
    timeout: Any = not_given
    max_retries: int | None = None
    result_class: Any = None
    page: str | None = None
    stream: bool = False
    dialect: Any = None
    follow_redirects: bool = True

    @property
    def is_binary(self) -> bool:
        """True if the answer is the content of a file, which is not decoded."""
        return bool(getattr(self.result_class, "__name__", self.result_class) == "HttpxBinaryResponseContent")


class Options(TypedDict, total=False):
    """The arguments that every call takes. They are added to the request and override its own values."""

    extra_headers: Headers | None
    extra_query: Query | None
    extra_body: Body | None
    timeout: Any


class Client(Protocol):
    """The parts of a client that endpoints use."""

    _strict_response_validation: bool

    def _send(self, call: Call, *, whole: bool = True) -> Any: ...
    def _parse(self, call: Call, response: Any) -> Any: ...
    def _perform(self, call: Call) -> Any: ...


class Group(Protocol):
    """The parts of a group of endpoints that its methods use."""

    @property
    def _headers(self) -> Mapping[str, str]: ...
    @property
    def _deprecated(self) -> str | None: ...
    def _perform(self, call: Call) -> Any: ...


class Content(dict):  # type: ignore[type-arg]
    """The JSON object of a whole response: a dict that knows its response, for the model that shows it.

    Attributes:
        request_id: The id of the request.
        call: The call; a page needs it for the next one.
        client: The client; a page needs it for the next one.
    """

    __slots__ = ("call", "client", "request_id")

    request_id: str | None
    call: Call
    client: Client
