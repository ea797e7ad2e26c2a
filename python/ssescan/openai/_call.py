"""`Call`: a request to an endpoint, as data. `Options`: the arguments of every call. The ground floor of the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, Self, TypedDict, TypeVar

from ._timeout import TimeoutTypes
from ._types import Body, Headers, NotGiven, Query, not_given

__all__ = ["Call", "Client", "Content", "Group", "Options", "ordered_by_name"]


_ANY_KEY: Mapping[str, bool] = {"bearer_auth": True, "admin_api_key_auth": True}


class Call:
    """One call of an endpoint: the request, and the class of its answer. `_models` has it as `FinalRequestOptions`.

    Attributes:
        method: The HTTP method, in lower case.
        url: A path below the client's base URL, or a complete URL.
        params: The query parameters.
        headers: The headers of this call.
        json_data: A value that is sent as JSON; None if there is no such body.
        extra_json: Values that are added to `json_data`.
        content: A body that is sent as it is: bytes, a file, or an iterable of bytes.
        files: The names and files of a multipart body, as a dict or pairs. `json_data` has its other fields.
        timeout: The timeout of this call; `not_given` for that of the client.
        max_retries: The retries of this call; `not_given` for those of the client.
        follow_redirects: False to return a redirect as the answer.
        security: The credentials that the call may use: `bearer_auth`, `admin_api_key_auth`.
        result_class: The class of the result; None for plain JSON.
        post_parser: A function that makes the result of the decoded answer; `not_given` without one.
        stream: True if the answer is a stream.
        stream_class: The class of the stream, such as `Stream[Event]`; None for a `Stream` of `result_class`.
        dialect: The dialect of the stream.
        stream_mode: "events" if an event with an error is an event like the others in a stream of plain JSON.
        synthesize_event_and_data: True if the name of an event is added to a stream of plain JSON.
    """

    def __init__(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | NotGiven | None = None,
        json_data: Any = None,
        extra_json: Mapping[str, Any] | None = None,
        content: Any = None,
        files: Any = None,
        timeout: Any = not_given,
        max_retries: Any = not_given,
        follow_redirects: bool | None = None,
        security: Mapping[str, bool] = _ANY_KEY,
        result_class: Any = None,
        post_parser: Any = not_given,
        stream: bool = False,
        stream_class: Any = None,
        dialect: Any = None,
        stream_mode: str = "legacy",
        synthesize_event_and_data: bool = False,
        **unused: Any,
    ) -> None:
        self.method, self.url = method.lower(), url
        self.params, self.headers = dict(params or {}), dict(headers or {})
        self.json_data, self.extra_json, self.content, self.files = json_data, extra_json, content, files
        self.timeout, self.max_retries, self.follow_redirects = timeout, max_retries, follow_redirects
        self.security = security
        self.result_class, self.post_parser = result_class, post_parser
        self.stream, self.stream_class, self.dialect = stream, stream_class, dialect
        self.stream_mode, self.synthesize_event_and_data = stream_mode, synthesize_event_and_data
        #: The body as it was last sent, for retries; copies share it. See `_encoding.encoded_body`.
        self._sent: list[Any] = []

    @classmethod
    def construct(cls, **values: Any) -> Self:
        """Return a call of these values."""
        return cls(**values)

    model_construct = construct

    def _replace(self, **changes: Any) -> Self:
        """Return a copy with other values."""
        made = object.__new__(type(self))
        made.__dict__ = {**self.__dict__, **changes}
        return made

    def get_max_retries(self, max_retries: int) -> int:
        """Return the retries of this call; `max_retries` are those of the client."""
        retries: int = max_retries if isinstance(self.max_retries, NotGiven) else self.max_retries
        return retries

    @property
    def body(self) -> Any:
        """The value that is sent as JSON, with the values that are added to it."""
        return self.json_data if self.extra_json is None else {**(self.json_data or {}), **self.extra_json}

    @property
    def is_binary(self) -> bool:
        """True if the answer is the content of a file, which is not decoded."""
        return bool(getattr(self.result_class, "__name__", "") == "HttpxBinaryResponseContent")

    def __repr__(self) -> str:
        return f"<{self.method.upper()} {self.url}>"


class Options(TypedDict, total=False):
    """The arguments that every call takes. They are added to the request and override its own values."""

    extra_headers: Headers | None
    extra_query: Query | None
    extra_body: Body | None
    timeout: TimeoutTypes | NotGiven


C = TypeVar("C", bound=type)


def ordered_by_name(cls: C) -> C:
    """Order the arguments in a `TypedDict` by name, with required ones first. In Python those of its bases come first."""
    declared = cls.__annotations__

    def place(name: str) -> tuple[bool, str]:
        return not str(getattr(declared[name], "__forward_arg__", "")).startswith("Required"), name

    cls.__annotations__ = {name: declared[name] for name in sorted(declared, key=place)}
    return cls


class Client(Protocol):
    """The parts of a client that endpoints use."""

    _strict_response_validation: bool

    def request(self, cast_to: Any, options: Call, *, stream: bool = False, stream_cls: Any = None) -> Any: ...


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
