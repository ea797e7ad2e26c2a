"""`Call`, a request to an endpoint as data, and `Options`, the arguments of every call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypedDict

from ._types import Body, Headers, Query, not_given

__all__ = ["Call", "Options"]


class Call(NamedTuple):
    """One call of an endpoint: the request, and the class of its answer.

    Attributes:
        url: A path below the client's base URL, or a complete URL.
        body: A value that is sent as JSON; `not_given` if there is no body.
        gives: A class, or the name of one in `types`; None for plain JSON.
        page: The class in `pagination` whose items are `gives`.
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
    follow_redirects: bool = True


class Options(TypedDict, total=False):
    """The arguments that every call takes. They are added to the request and override its own values."""

    extra_headers: Headers | None
    extra_query: Query | None
    extra_body: Body | None
    timeout: Any
