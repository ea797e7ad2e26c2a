"""The exceptions of ssescan: one tree, with the names of the `openai` package where it has them.

    SSEScanError
    └── OpenAIError
        ├── StreamCancelled                     somebody called cancel()
        ├── StreamAlreadyConsumed               a response's body was asked for a second time
        ├── LengthFinishReasonError             an answer to be parsed was cut at its length; .completion
        ├── ContentFilterFinishReasonError      the same by a filter
        └── APIError                            the server said so, inside a stream or instead of one
            ├── APIConnectionError
            │   ├── APITimeoutError
            │   │   └── StreamTimeout           also TimeoutError; .clock says which one ran out
            │   ├── StreamTruncated             the body ended before the answer did
            │   └── StreamBroken                also ConnectionError; the connection failed
            ├── APIStatusError                  .status_code, .response
            │   ├── BadRequestError             400
            │   ├── AuthenticationError         401
            │   ├── PermissionDeniedError       403
            │   ├── NotFoundError               404
            │   ├── ConflictError               409
            │   ├── UnprocessableEntityError    422
            │   ├── RateLimitError              429
            │   └── InternalServerError         500 and above
            ├── APIResponseValidationError
            ├── EventDecodeError                a payload that is no JSON object
            ├── EventTooLarge                   an event over max_event_bytes
            └── NotAnEventStream                a 200 whose body is something else

Every one says in a line what was expected, what came, where, and what to do.
"""

from __future__ import annotations

from typing import Any

from .outcome import Outcome

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "ConflictError",
    "ContentFilterFinishReasonError",
    "EventDecodeError",
    "EventTooLarge",
    "InternalServerError",
    "LengthFinishReasonError",
    "NotAnEventStream",
    "NotFoundError",
    "OpenAIError",
    "PermissionDeniedError",
    "RateLimitError",
    "SSEScanError",
    "StreamAlreadyConsumed",
    "StreamBroken",
    "StreamCancelled",
    "StreamTimeout",
    "StreamTruncated",
    "UnprocessableEntityError",
]


class SSEScanError(Exception):
    """Root of everything that ssescan raises of its own.

    `partial_text`: the text that was handed out before (channel `text`). `events`: how many events were.
    `last_event`: the last one that was iterated, or None. `outcome`: the stream's, None outside of one.
    `retryable`: asking again may help. `request_id`, `status_code`: of the response, if there was one and it
    had them. `raw`: the bytes at fault.
    """

    partial_text: str = ""
    events: int = 0
    last_event: Any = None
    outcome: Outcome | None = None
    retryable: bool = False
    request_id: str | None = None
    status_code: int | None = None
    raw: bytes | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # Some of the tree take arguments by keyword only, which plain exceptions can't be pickled with.
        state = {key: value for key, value in self.__dict__.items() if key not in ("request", "response")}
        return _rebuild, (type(self), self.args, state)


def _rebuild(cls: type[SSEScanError], args: tuple[Any, ...], state: dict[str, Any]) -> SSEScanError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update({"request": None, "response": None}, **state)
    return error


class OpenAIError(SSEScanError):
    """Base of what the `openai` package's exceptions derive from."""


class StreamCancelled(OpenAIError):
    """The stream was cancelled from outside while it was being read."""

    def __init__(self, where: str = "") -> None:
        super().__init__(f"the stream was cancelled {where}".rstrip())


class StreamAlreadyConsumed(OpenAIError):
    """The body of a response was asked for a second time: it comes once, and was taken or is being read."""

    def __init__(self) -> None:
        super().__init__(
            "Attempted to read or stream some content, but the content has already been streamed. "
            "This could be due to attempting to stream the response content more than once. "
            "Keep the pieces, or call `.read()` before the first one is taken."
        )


class LengthFinishReasonError(OpenAIError):
    """An answer that was to be parsed was cut at its length. `completion` is what came of it."""

    def __init__(self, *, completion: Any) -> None:
        usage = f" - {completion.usage}" if completion.usage else ""
        super().__init__(f"Could not parse response content as the length limit was reached{usage}")
        self.completion = completion


class ContentFilterFinishReasonError(OpenAIError):
    """An answer that was to be parsed was cut by the content filter. `completion` is what came of it, or None."""

    def __init__(self, *, completion: Any = None) -> None:
        super().__init__("Could not parse response content as the request was rejected by the content filter")
        self.completion = completion


class APIError(OpenAIError):
    """The server reported an error. `body` is the error as decoded, `code`, `param`, `type` are its fields."""

    message: str
    request: Any
    body: object | None
    code: str | None = None
    param: str | None = None
    type: str | None = None

    def __init__(self, message: str, request: Any = None, *, body: object | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.request = request
        self.body = body
        if isinstance(body, dict):
            code = body.get("code")
            self.code = code if code is None or isinstance(code, str) else str(code)
            self.param = body.get("param")
            self.type = body.get("type")


class APIResponseValidationError(APIError):
    """The server's answer is not of the shape that was asked for."""

    response: Any

    def __init__(self, response: Any, body: object | None, *, message: str | None = None) -> None:
        super().__init__(
            message or "Data returned by API invalid for expected schema.", request_of(response), body=body
        )
        self.response = response
        self.status_code = status_of(response)


class APIStatusError(APIError):
    """The server answered with a 4xx or 5xx status, or said inside a stream what amounts to one."""

    response: Any
    status_code: int

    def __init__(self, message: str, *, response: Any = None, body: object | None = None) -> None:
        super().__init__(message, request_of(response), body=body)
        self.response = response
        self.status_code = status_of(response) or 0
        self.request_id = request_id_of(response)
        self.retryable = is_retryable(self.status_code)


def request_id_of(response: Any) -> str | None:
    """The server's id of the request, for its makers: the header x-request-id of a response of any library."""
    headers = getattr(response, "headers", None)
    return None if headers is None else headers.get("x-request-id")


def request_of(response: Any) -> Any:
    return getattr(response, "request", None)


def status_of(response: Any) -> int | None:
    return getattr(response, "status_code", None) or getattr(response, "status", None)


def is_retryable(status: int) -> bool:
    return status in (408, 409, 429) or status >= 500


class BadRequestError(APIStatusError):
    """400"""


class AuthenticationError(APIStatusError):
    """401"""


class PermissionDeniedError(APIStatusError):
    """403"""


class NotFoundError(APIStatusError):
    """404"""


class ConflictError(APIStatusError):
    """409"""


class UnprocessableEntityError(APIStatusError):
    """422"""


class RateLimitError(APIStatusError):
    """429"""


class InternalServerError(APIStatusError):
    """500 and above"""


_BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}


def class_of_status(status: int) -> type[APIStatusError]:
    """The class of a 4xx or 5xx status."""
    return InternalServerError if status >= 500 else _BY_STATUS.get(status, APIStatusError)


class APIConnectionError(APIError):
    """The server could not be reached, or the connection failed."""

    retryable = True

    def __init__(self, *, message: str = "Connection error.", request: Any = None) -> None:
        super().__init__(message, request, body=None)


class APITimeoutError(APIConnectionError):
    """The server took too long."""

    def __init__(self, request: Any = None, *, message: str = "Request timed out.") -> None:
        super().__init__(message=message, request=request)


class StreamTimeout(APITimeoutError, TimeoutError):
    """A clock ran out: `clock` is "idle" (no byte), "event" (no event) or "total" (the whole stream).

    `limit_s` is what it was set to; `waited_s` is how long was waited since the last event. None if unknown.
    """

    clock: str
    limit_s: float | None
    waited_s: float | None

    def __init__(
        self, clock: str = "idle", where: str = "", limit_s: float | None = None, waited_s: float | None = None
    ) -> None:
        waited = {"idle": "no byte came", "event": "no event came", "total": "the stream was not at its end"}[clock]
        limit = "" if limit_s is None else f" within {limit_s:g} s"
        since = "" if waited_s is None else f", {waited_s:.1f} s of waiting without an event"
        told = f"{waited}{limit} {where}".rstrip()
        super().__init__(message=f"{told}{since}; Timeouts({clock}_s=...) sets the limit")
        self.clock, self.limit_s, self.waited_s = clock, limit_s, waited_s


class StreamTruncated(APIConnectionError):
    """The body ended cleanly, but neither an end mark nor a payload said that the answer is whole."""

    def __init__(self, where: str = "") -> None:
        super().__init__(
            message="expected an end mark, or a payload that says the answer is complete; the stream ended without "
            f"either {where}".rstrip()
            + "; the answer is cut: partial_text has what came, ask again for the whole"
        )


class StreamBroken(APIConnectionError, ConnectionError):
    """The connection failed in the middle of the stream; `__cause__` is the transport's own exception."""

    def __init__(self, what: str = "the connection failed", where: str = "") -> None:
        super().__init__(message=f"{what} {where}".rstrip() + "; partial_text has what came before")


class EventDecodeError(APIError):
    """An event's payload is not the JSON object it must be. `event` is its name, `raw` the payload."""

    event: str | None

    def __init__(self, event: str | None, raw: bytes, why: str) -> None:
        named = f"event {event!r}" if event else "an event"
        super().__init__(f"expected a JSON object as the payload of {named}, got {excerpt(raw)}: {why}")
        self.event = event
        self.raw = raw


def excerpt(raw: bytes, limit: int = 200) -> str:
    text = raw[:limit].decode("utf-8", "replace")
    return repr(text) + (f"... ({len(raw)} bytes)" if len(raw) > limit else "")


class EventTooLarge(APIError):
    """One event holds more than `max_event_bytes`.

    `limit` and `size` are bytes; `position` is where the event begins in the stream, in bytes.
    """

    limit: int
    size: int
    position: int

    def __init__(self, limit: int = 0, size: int = 0, position: int = 0) -> None:
        super().__init__(
            f"an event that begins at byte {position} of the stream holds at least {size} bytes, more than "
            f"max_event_bytes={limit}; pass a larger max_event_bytes to Scanner if such events are expected"
        )
        self.limit, self.size, self.position = limit, size, position


class NotAnEventStream(APIError):
    """A successful response whose body is no event stream. `raw` is the start of the body."""

    def __init__(self, message: str, *, body: object | None = None, raw: bytes = b"") -> None:
        super().__init__(message, body=body)
        self.raw = raw
