"""The exceptions of ssescan: one tree, with the names of the `openai` package where it has them.

    SSEScanError
    └── OpenAIError
        ├── StreamCancelled                     cancel() was called
        ├── StreamAlreadyConsumed               the body of a response was read a second time
        ├── LengthFinishReasonError             an answer to be parsed was truncated at its length limit; .completion
        ├── ContentFilterFinishReasonError      an answer to be parsed was truncated by a content filter
        └── APIError                            the server reported an error, in a stream or in place of one
            ├── APIConnectionError
            │   ├── APITimeoutError
            │   │   └── StreamTimeout           also TimeoutError; .clock names the timeout
            │   ├── StreamTruncated             the body ended before the answer was complete
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
            ├── EventDecodeError                a payload that is not a JSON object
            ├── EventTooLarge                   an event larger than max_event_bytes
            ├── BodyTooLarge                    a body larger than max_body_bytes
            ├── NotAnEventStream                a 200 response with another kind of body
            └── ToolCallTruncated               a tool call whose arguments are not complete; .tool_calls

A message states the problem first, then the cause with facts in parentheses, then what to do.
"""

from __future__ import annotations

from typing import Any, Self

from .outcome import Outcome

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "BodyTooLarge",
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
    "ToolCallTruncated",
    "UnprocessableEntityError",
]


class SSEScanError(Exception):
    """Root of all exceptions that ssescan defines.

    Attributes:
        partial_text: The text of channel `text` that was returned before the error: its last 16 MiB in UTF-8.
        partial_text_truncated: True if there was more text before `partial_text`.
        events: The number of events that were returned before the error.
        last_event: The last event that was iterated, or None.
        outcome: The outcome of the stream; None if there was no stream, or not yet: before the response headers.
        retryable: True if sending the request again may help.
        request_id: The server's id of the request (`x-request-id` or `request-id`), or None.
        status_code: The HTTP status that the error has or implies, or None.
        raw: The bytes that caused the error, or None.
    """

    partial_text: str = ""
    partial_text_truncated: bool = False
    events: int = 0
    last_event: Any = None
    outcome: Outcome | None = None
    retryable: bool = False
    request_id: str | None = None
    status_code: int | None = None
    raw: bytes | None = None

    def _copy(self) -> Self:
        """Return an equal exception without a traceback. A stream keeps one: see `Failure` in rust/py/src/stream.rs."""
        copy = type(self).__new__(type(self), *self.args)
        copy.args = self.args
        copy.__dict__.update(self.__dict__)
        copy.__cause__, copy.__suppress_context__ = self.__cause__, self.__suppress_context__
        return copy

    def __reduce__(self) -> tuple[Any, ...]:
        # Subclasses take keyword-only arguments, which BaseException.__reduce__ does not pass on.
        state = {key: value for key, value in self.__dict__.items() if key not in ("request", "response")}
        return _rebuild, (type(self), self.args, state)


def _rebuild(cls: type[SSEScanError], args: tuple[Any, ...], state: dict[str, Any]) -> SSEScanError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update({"request": None, "response": None}, **state)
    return error


class OpenAIError(SSEScanError):
    """Base of the exceptions that the `openai` package has too."""


class StreamCancelled(OpenAIError):
    """The stream was cancelled while it was being read.

    Args:
        where: How far the stream was, for the message.
    """

    def __init__(self, where: str = "") -> None:
        super().__init__(f"Stream was cancelled{_facts(where)}.")


class StreamAlreadyConsumed(OpenAIError):
    """The body of a response was read a second time; a body can be read once."""

    def __init__(self) -> None:
        # The first two sentences are those of the openai package.
        super().__init__(
            "Attempted to read or stream some content, but the content has already been streamed. "
            "This could be due to attempting to stream the response content more than once. "
            "Keep the pieces, or call `.read()` before you take the first one."
        )


class LengthFinishReasonError(OpenAIError):
    """An answer that was to be parsed was truncated at its length limit.

    Attributes:
        completion: The truncated completion.
    """

    def __init__(self, *, completion: Any) -> None:
        usage = f" - {completion.usage}" if completion.usage else ""
        super().__init__(f"Could not parse response content as the length limit was reached{usage}")
        self.completion = completion


class ContentFilterFinishReasonError(OpenAIError):
    """An answer that was to be parsed was truncated by a content filter.

    Attributes:
        completion: The truncated completion, or None.
    """

    def __init__(self, *, completion: Any = None) -> None:
        super().__init__("Could not parse response content as the request was rejected by the content filter")
        self.completion = completion


class APIError(OpenAIError):
    """The server reported an error, or its response could not be used.

    Attributes:
        message: The text of the exception.
        request: The request, or None.
        body: The decoded error object, or the whole payload of an event without one. None without a body.
        code: Field `code` of `body`, as text, or None.
        param: Field `param` of `body`, or None.
        type: Field `type` of `body`, or None.
    """

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
    """The server's response does not have the shape that the call expects.

    Attributes:
        response: The response.
    """

    response: Any

    def __init__(self, response: Any, body: object | None, *, message: str | None = None) -> None:
        super().__init__(
            message or "Data returned by API invalid for expected schema.", request_of(response), body=body
        )
        self.response = response
        self.status_code = status_of(response)


class APIStatusError(APIError):
    """The server answered with a 4xx or 5xx status, or sent an error in a stream that implies one.

    An error in a stream implies a status by a number from 400 to 599, or by a name of this list. It may be in the fields
    `status_code`, `status`, `code`, `type`, `error_code` and `error_type`, in this order. `RateLimitExceeded`,
    `rate-limit-exceeded`, `RATE_LIMIT_EXCEEDED_ERROR` and `rate_limit_exceeded.tokens` are the same name: only letters and
    digits before a dot count, without `error` or `exception` at the end.

    * 400: bad_request, context_length_exceeded, failed_precondition, invalid_argument, invalid_prompt,
      invalid_request, out_of_range, validation_exception
    * 401: authentication, invalid_api_key, unauthenticated, unauthorized
    * 402: billing, insufficient_balance, insufficient_credits, payment_required
    * 403: access_denied, forbidden, permission, permission_denied
    * 404: model_not_found, not_found, resource_not_found
    * 408: request_timeout
    * 409: aborted, already_exists, conflict
    * 413: content_too_large, payload_too_large, request_too_large
    * 415: unsupported_media_type
    * 422: unprocessable_entity, validation
    * 429: billing_hard_limit_reached, concurrency_limit_exceeded, exceeded_current_quota, exceeded_quota,
      insufficient_quota, quota, quota_exceeded, rate_limit, rate_limit_exceeded, rate_limit_reached, rate_limited, request_limit_exceeded,
      resource_exhausted, service_quota_exceeded, throttled, throttling, too_many_requests
    * 500: api_error, data_loss, internal, internal_failure, internal_server, model_stream_error, server_error
    * 501: not_implemented, unimplemented
    * 502: bad_gateway
    * 503: model_not_ready, server_busy, service_unavailable, slow_down, unavailable
    * 504: deadline_exceeded, gateway_timeout, model_timeout, timeout
    * 529: engine_overloaded, model_overloaded, overloaded, server_overloaded

    Attributes:
        response: The response.
        status_code: The HTTP status.
    """

    response: Any
    status_code: int

    def __init__(self, message: str, *, response: Any = None, body: object | None = None) -> None:
        super().__init__(message, request_of(response), body=body)
        self.response = response
        self.status_code = status_of(response) or 0
        self.request_id = request_id_of(response)
        self.retryable = is_retryable(self.status_code)


def request_id_of(response: Any) -> str | None:
    """Return the server's id of a request from the headers of a response of any HTTP library, or None.

    The header is `x-request-id`, or `request-id` of Anthropic's API.
    """
    headers = getattr(response, "headers", None)
    return None if headers is None else headers.get("x-request-id") or headers.get("request-id")


def request_of(response: Any) -> Any:
    """Return the request of a response of any HTTP library, or None."""
    return getattr(response, "request", None)


def status_of(response: Any) -> int | None:
    """Return the HTTP status of a response of any HTTP library, or None."""
    return getattr(response, "status_code", None) or getattr(response, "status", None)


def is_retryable(status: int) -> bool:
    """Return True if a request that got this HTTP status may succeed when it is sent again."""
    return status in (408, 409, 429) or status >= 500


class BadRequestError(APIStatusError):
    """HTTP status 400."""


class AuthenticationError(APIStatusError):
    """HTTP status 401."""


class PermissionDeniedError(APIStatusError):
    """HTTP status 403."""


class NotFoundError(APIStatusError):
    """HTTP status 404."""


class ConflictError(APIStatusError):
    """HTTP status 409."""


class UnprocessableEntityError(APIStatusError):
    """HTTP status 422."""


class RateLimitError(APIStatusError):
    """HTTP status 429."""


class InternalServerError(APIStatusError):
    """HTTP status 500 and above."""


_CLASS_OF_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}


def class_of_status(status: int) -> type[APIStatusError]:
    """Return the exception class of a 4xx or 5xx status."""
    return InternalServerError if status >= 500 else _CLASS_OF_STATUS.get(status, APIStatusError)


class APIConnectionError(APIError):
    """The server could not be reached, or the connection failed."""

    retryable = True

    def __init__(self, *, message: str = "Connection error.", request: Any = None) -> None:
        super().__init__(message, request, body=None)


class APITimeoutError(APIConnectionError):
    """The server did not answer in time."""

    def __init__(self, request: Any = None, *, message: str = "Request timed out.") -> None:
        super().__init__(message=message, request=request)


#: Name of a timeout -> the problem that it reports.
_EXPIRED = {
    "first_event": "No first event received",
    "idle": "No data received",
    "event": "No event received",
    "total": "Stream not finished",
}


class StreamTimeout(APITimeoutError, TimeoutError):
    """A timeout of a stream expired.

    Attributes:
        clock: The name of the timeout: "first_event" (no first event), "idle" (no byte), "event" (no event) or "total" (the
            whole stream). Only after "idle", before the response, a client sends the request again: after the others the
            server may be working on it.
        limit_s: The limit in seconds, or None if unknown.
        waited_s: The seconds since the last event that were spent waiting, or None if unknown.
    """

    clock: str
    limit_s: float | None
    waited_s: float | None

    def __init__(
        self, clock: str = "idle", where: str = "", limit_s: float | None = None, waited_s: float | None = None
    ) -> None:
        limit = "" if limit_s is None else f" within {limit_s:g} s"
        waited = f"{waited_s:.1f} s without an event" if waited_s and waited_s >= 0.05 else ""  # STALL does not wait
        facts = _facts(f"{clock} timeout", where, waited)
        super().__init__(message=f"{_EXPIRED[clock]}{limit}{facts}. Change it with timeout=Timeouts({clock}_s=...).")
        self.clock, self.limit_s, self.waited_s = clock, limit_s, waited_s
        self.retryable = clock != "first_event"


#: The end of the messages of streams that ended too early.
SEE_PARTIAL_TEXT = " The text so far is in `partial_text`."


class StreamTruncated(APIConnectionError):
    """The body ended without an error, but before the answer was complete.

    An answer is complete after its end marker, or when its payloads say so.

    Args:
        where: How far the stream was, for the message.
        unread: The end of the body, if it is not an event of the dialect, for the message.
        message: The whole message, if another part of the answer than its end is missing, or if there is no event.
    """

    def __init__(self, where: str = "", unread: str = "", *, message: str | None = None) -> None:
        facts = _facts(f"no end marker {where}".rstrip(), unread)
        super().__init__(message=message or f"Stream ended before the answer was complete{facts}.{SEE_PARTIAL_TEXT}")


class StreamBroken(APIConnectionError, ConnectionError):
    """The connection failed in the middle of the stream. `__cause__` is the exception of the transport.

    Args:
        cause: The reason, for the message.
        where: How far the stream was, for the message.
        has_text: False for a stream without a dialect, whose events have no text.
    """

    def __init__(self, cause: str = "", where: str = "", *, has_text: bool = True) -> None:
        reason = f": {cause}" if cause else ""
        text = SEE_PARTIAL_TEXT if has_text else ""
        super().__init__(message=f"Connection lost{reason}{_facts(where)}.{text}")


class EventDecodeError(APIError):
    """The payload of an event is not JSON, or not the JSON object that it must be.

    Attributes:
        event: The name of the event, or None.
        raw: The payload.
    """

    event: str | None

    def __init__(self, event: str | None, raw: bytes, why: str) -> None:
        named = f"Event {event!r}" if event else "Event"
        super().__init__(f"{named}: payload is not the expected JSON ({why}): {excerpt(raw)}")
        self.event = event
        self.raw = raw


class EventTooLarge(APIError):
    """One event is larger than `max_event_bytes`.

    Attributes:
        limit: The limit, in bytes.
        size: The bytes of the event that were received so far.
        position: The offset of the event in the stream, in bytes.
    """

    limit: int
    size: int
    position: int

    def __init__(self, limit: int = 0, size: int = 0, position: int = 0) -> None:
        super().__init__(
            f"Event too large: at least {size} bytes (max_event_bytes={limit}, event begins at byte {position}). "
            "Pass a larger max_event_bytes to Scanner if such events are expected."
        )
        self.limit, self.size, self.position = limit, size, position


class BodyTooLarge(APIError):
    """A body that is read whole is larger than `max_body_bytes`, after decoding.

    Attributes:
        limit: The limit, in bytes.
    """

    limit: int

    def __init__(self, limit: int = 0, request: Any = None) -> None:
        super().__init__(
            f"Body too large: more than {limit} bytes after decoding (max_body_bytes={limit}). "
            "Pass a larger max_body_bytes to the client if such bodies are expected.",
            request,
        )
        self.limit = limit


class NotAnEventStream(APIError):
    """A successful response whose body is not an event stream.

    Attributes:
        raw: The start of the body.
    """

    def __init__(self, message: str, *, body: object | None = None, raw: bytes = b"") -> None:
        super().__init__(message, body=body)
        self.raw = raw


#: Finish reasons of answers that reached a limit of tokens.
_LIMIT_REASONS = ("length", "max_output_tokens", "max_tokens", "model_context_window_exceeded")


def is_token_limit(finish_reason: str | None) -> bool:
    """Return whether an answer ended because it reached a limit of tokens."""
    return isinstance(finish_reason, str) and finish_reason.lower() in _LIMIT_REASONS


class ToolCallTruncated(APIError):
    """The arguments of a tool call are not complete JSON, so the call must not be run.

    Attributes:
        tool_calls: The truncated calls, as plain dicts.
        finish_reason: The finish reason of the answer, or None.
    """

    code = "tool_call_truncated"
    tool_calls: list[dict[str, Any]]
    finish_reason: str | None

    def __init__(self, tool_calls: list[dict[str, Any]], finish_reason: str | None = None) -> None:
        names = ", ".join(repr(_name_of_call(call)) for call in tool_calls[:3])
        more = ", ..." if len(tool_calls) > 3 else ""
        facts = _facts("" if finish_reason is None else f"finish reason {finish_reason!r}")
        super().__init__(
            f"Tool call truncated: the arguments of {names}{more} are not complete JSON{facts}. "
            "Ask again, or raise the token limit."
        )
        self.tool_calls, self.finish_reason = tool_calls, finish_reason
        # A limit would truncate the next answer too.
        self.retryable = finish_reason not in _LIMIT_REASONS


def _name_of_call(call: dict[str, Any]) -> Any:
    function = call.get("function")
    return (function if isinstance(function, dict) else call).get("name")


def excerpt(raw: bytes, limit: int = 200) -> str:
    """Return the first `limit` bytes of `raw` as a quoted string, for a message."""
    text = raw[:limit].decode("utf-8", "replace")
    return repr(text) + (f"... ({len(raw)} bytes)" if len(raw) > limit else "")


def _facts(*facts: str) -> str:
    """Return the facts that are known in parentheses, or an empty string."""
    known = "; ".join(filter(None, facts))
    return f" ({known})" if known else ""


#: Classes that the `openai` package has too. Tracers record the module of an exception, which is the package itself there.
for _cls in (
    *(OpenAIError, APIError, APIConnectionError, APITimeoutError, APIResponseValidationError, APIStatusError),
    *(BadRequestError, AuthenticationError, PermissionDeniedError, NotFoundError, ConflictError),
    *(UnprocessableEntityError, RateLimitError, InternalServerError),
    *(LengthFinishReasonError, ContentFilterFinishReasonError),
):
    _cls.__module__ = "ssescan.openai"
