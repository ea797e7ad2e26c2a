"""Exceptions for errors that servers report: in a payload, in a body, or as an HTML page."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ssescan.errors import (
    APIError,
    APIStatusError,
    EventDecodeError,
    NotAnEventStream,
    class_of_status,
    excerpt,
    is_retryable,
    request_id_of,
    request_of,
    status_of,
)
from ssescan.http.urls import redacted

__all__ = [
    "STATUS_NAMES",
    "failed_answer",
    "from_body",
    "from_payload",
    "is_permanent",
    "not_a_stream",
    "quoted",
    "reports_error",
    "status_error",
    "values_at",
]


def not_a_stream(response: Any, body: bytes) -> NotAnEventStream:
    """Return the exception for a successful response whose body, or its start, is not an event stream."""
    reported = from_body(body)
    kind = response.headers.get("content-type") or "no Content-Type"
    origin = f" from {redacted(str(url))}" if (url := getattr(response, "url", None)) else ""
    content = f": {reported.message}" if body else " and an empty body."
    error = NotAnEventStream(
        f"Expected an event stream{origin}, got HTTP {status_of(response)} with {kind}{content}",
        body=reported.body,
        raw=body,
    )
    error.status_code, error.retryable = reported.status_code or status_of(response), reported.retryable
    error.request, error.request_id = request_of(response), request_id_of(response)
    return error


#: Status -> names in an error object that imply it. `_name_of` says which spellings are the same name. The docstring of
#: `APIStatusError` lists them.
STATUS_NAMES = {
    400: (
        *("bad_request", "context_length_exceeded", "failed_precondition", "invalid_argument", "invalid_prompt"),
        *("invalid_request", "out_of_range", "validation_exception"),
    ),
    401: ("authentication", "invalid_api_key", "unauthenticated", "unauthorized"),
    402: ("billing", "insufficient_balance", "insufficient_credits", "payment_required"),
    403: ("access_denied", "forbidden", "permission", "permission_denied"),
    404: ("model_not_found", "not_found", "resource_not_found"),
    408: ("request_timeout",),
    409: ("aborted", "already_exists", "conflict"),
    413: ("content_too_large", "payload_too_large", "request_too_large"),
    415: ("unsupported_media_type",),
    422: ("unprocessable_entity", "validation"),
    429: (
        *("billing_hard_limit_reached", "concurrency_limit_exceeded", "exceeded_current_quota", "exceeded_quota"),
        *("insufficient_quota", "quota", "quota_exceeded", "rate_limit", "rate_limit_exceeded", "rate_limit_reached"),
        *("rate_limited", "request_limit_exceeded", "resource_exhausted", "service_quota_exceeded"),
        *("throttled", "throttling", "too_many_requests"),
    ),
    500: (
        *("api_error", "data_loss", "internal", "internal_failure", "internal_server", "model_stream_error"),
        "server_error",
    ),
    501: ("not_implemented", "unimplemented"),
    502: ("bad_gateway",),
    503: ("model_not_ready", "server_busy", "service_unavailable", "slow_down", "unavailable"),
    504: ("deadline_exceeded", "gateway_timeout", "model_timeout", "timeout"),
    529: ("engine_overloaded", "model_overloaded", "overloaded", "server_overloaded"),
}

#: An `error_type` beside a message -> the HTTP status that it implies, before `STATUS_NAMES`.
_STATUS_OF_ERROR_TYPE = {"overloaded": 503, "validation": 422, "generation": 500, "incompletegeneration": 500}

#: The end of a name that does not matter.
_ENDING = re.compile("(error|exception)s?$")
#: A text that is longer is a message and not a name.
MAX_NAME_CHARS = 64


def _name_of(text: str) -> str:
    """Return what equal names have in common: the letters before the first dot, without `_`, spaces and case."""
    return re.sub("[^a-z0-9]", "", text.partition(".")[0].lower())


_STATUS_OF_NAME = {_name_of(name): status for status, names in STATUS_NAMES.items() for name in names}

#: Where an error object has its message, in this order. The value may be text, an object, or a list of them.
_MESSAGE_KEYS = (
    *(
        "message",
        "error_message",
        "errorMessage",
        "error_msg",
        "errorText",
        "msg",
        "detail",
        "details",
        "error",
        "errors",
    ),
    *("error_description", "reason", "title", "text", "blockReasonMessage"),
    *("Message", "err", "exception", "fault", "faultstring", "status_msg", "data"),
)

#: Where an error object has its status, or a code or type that implies one, in this order.
_STATUS_KEYS = (
    *("status_code", "statusCode", "http_code", "http_status", "status", "code", "type", "__type"),
    *("error_code", "error_type"),
)

#: Fields with a reason instead of a message -> what to say before it.
_REASON_KEYS = {"blockReason": "The prompt was blocked"}


#: Names of errors that a retry does not help, although it helps most errors of their status.
_PERMANENT = {_name_of(name) for name in ("insufficient_quota", "billing_hard_limit_reached", "exceeded_current_quota")}


def from_payload(payload: bytes, paths: tuple[str, ...], *, missing: str | None = None) -> APIError:
    """Return the exception for an error in a stream.

    Args:
        payload: The JSON of the event, or plain text.
        paths: Where the error object may be; the first path with a value counts.
        missing: The message if the error object has none.
    """
    error = _error_at(payload, paths)
    made = _exception_of(error, _message_of(error) or missing or "An error occurred during streaming")
    made.raw = payload
    if made.body is None:
        made.body = _document_of(payload)
    return made


def reports_error(tail: bytes) -> bool:
    """Return whether the end of a body is a JSON object with an error, or a list that begins with one."""
    document = _document_of(tail) if tail else None
    return isinstance(document, dict) and bool(document.get("error"))


def failed_answer(payload: bytes, path: str, has_failed: Callable[[object], bool], errors: tuple[str, ...]) -> APIError:
    """Return the exception for an answer whose finish reason says that it failed.

    Args:
        payload: The JSON of the event.
        path: Where the finish reasons are.
        has_failed: Returns whether a finish reason means failure.
        errors: Where an error object may be; the first path with a value counts.
    """
    reason = next(filter(has_failed, values_at(_document_of(payload), path)), None)
    missing = "The answer failed" if reason is None else f"The answer failed (finish reason {reason!r})"
    made = from_payload(payload, errors, missing=missing)
    if made.status_code is None:
        made.retryable = True
    return made


def from_body(body: bytes) -> APIError:
    """Return the exception for a body that is a JSON error, an HTML page or anything else but a stream."""
    error = _error_at(body, ("error", ""))
    if isinstance(error, (dict, list)):
        return _exception_of(error, _message_of(error) or excerpt(body))
    return APIError(_title_of(body) or excerpt(body), body=error)


def quoted(tail: bytes) -> str:
    """Return a short quote of the end of a body, for a message: the title of a page, or the start of the text."""
    title = _title_of(tail)
    return excerpt(tail.strip()) if title is None else repr(title)


_TITLE, _TITLE_END = re.compile(rb"<title>", re.IGNORECASE), re.compile(rb"</title>", re.IGNORECASE)


def _title_of(page: bytes) -> str | None:
    """Return the title of an HTML page, or None."""
    # One regular expression for both tags would be quadratic for a page of many opening tags.
    begin = _TITLE.search(page)
    end = _TITLE_END.search(page, begin.end()) if begin else None
    return " ".join(page[begin.end() : end.start()].decode("utf-8", "replace").split()) if begin and end else None


def _exception_of(error: Any, message: str) -> APIError:
    status = _status_in(error)
    if status is None:
        return APIError(message, body=error)
    made = class_of_status(status)(message, body=error)
    made.status_code, made.retryable = status, is_retryable(status) and not is_permanent(made)
    return made


def is_permanent(error: Exception) -> bool:
    """Return whether a retry does not help, although it helps most errors of the same status."""
    values = (getattr(error, name, None) for name in ("code", "type"))
    names = (_name_of(value) for value in values if isinstance(value, str))
    return any(_ENDING.sub("", name) in _PERMANENT for name in names)


def _document_of(payload: bytes) -> Any:
    """Return the decoded payload, or the first element of a list. Invalid JSON is text."""
    from ssescan.models._json import loads

    try:
        document = loads(payload)
    except EventDecodeError:
        return payload.decode("utf-8", "replace").strip()
    return document[0] if isinstance(document, list) and document else document


def _error_at(payload: bytes, paths: tuple[str, ...]) -> Any:
    document = _document_of(payload)
    if isinstance(document, str):
        return document
    for path in paths:
        value = next(filter(None, values_at(document, path)), None)
        if path == "" and isinstance(value, dict) and value.get("error"):
            value = value["error"]
        if isinstance(value, str) and isinstance(document, dict) and "error_type" in document:
            return document
        if value:
            return value
    return None


def values_at(document: Any, path: str) -> list[Any]:
    """Return the values at a path such as `a.b[*].c`."""
    values = [document]
    for key in _keys(path):
        if key == "[*]":
            values = [element for value in values if isinstance(value, list) for element in value]
        else:
            values = [value[key] for value in values if isinstance(value, dict) and key in value]
    return values


@lru_cache(maxsize=64)
def _keys(path: str) -> tuple[str, ...]:
    return tuple(filter(None, path.replace("[*]", ".[*]").split(".")))


def _message_of(error: Any, depth: int = 4) -> str | None:
    if isinstance(error, str):
        return error or None
    if depth == 0 or not isinstance(error, (dict, list)):
        return None
    parts = error if isinstance(error, list) else [error.get(key) for key in _MESSAGE_KEYS]
    message = next(filter(None, (_message_of(part, depth - 1) for part in parts)), None)
    return message if message or isinstance(error, list) else _reason_of(error)


def _reason_of(error: dict[str, Any]) -> str | None:
    reasons = ((problem, error.get(key)) for key, problem in _REASON_KEYS.items())
    return next((f"{problem} ({reason})." for problem, reason in reasons if isinstance(reason, str) and reason), None)


def _status_in(error: Any, depth: int = 4) -> int | None:
    if isinstance(error, list):
        error = error[0] if error else None
    if not isinstance(error, dict) or depth == 0:
        return None
    for key in _STATUS_KEYS:
        status = _status_of(error.get(key), _STATUS_OF_ERROR_TYPE if key == "error_type" else {})
        if status is not None:
            return status
    inner = (_status_in(error.get(key), depth - 1) for key in ("error", "errors"))
    return next((status for status in inner if status is not None), None)


def _status_of(value: Any, of_name: dict[str, int]) -> int | None:
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 400 <= value <= 599:
        return value
    if not isinstance(value, str) or len(value) > MAX_NAME_CHARS:
        return None
    name = _name_of(value)
    found = (names.get(key) for key in (name, _ENDING.sub("", name)) for names in (of_name, _STATUS_OF_NAME))
    return next(filter(None, found), None)


def _data_of(body: bytes) -> bytes:
    """Return the data of a body that is one event, as some servers send their errors, and any other body unchanged."""
    lines = body.strip().splitlines()
    is_event = bool(lines) and all(line.startswith((b"data:", b"event:")) for line in lines)
    return b"\n".join(line[5:] for line in lines if line.startswith(b"data:")) if is_event else body


def status_error(response: Any, raw: bytes) -> APIStatusError:
    """Return the exception for a response whose status is not 2xx. `raw` is the start of its body."""
    from ssescan.models._json import loads

    try:
        body = loads(_data_of(raw))
    except EventDecodeError:
        body = raw.decode("utf-8", "replace").strip()
        message = from_body(raw).message if body else None
    else:
        body = body.get("error", body) if isinstance(body, dict) else body
        message = _message_of(body)
    status = status_of(response) or 0
    reported = f" - {message}" if message else ""
    error = class_of_status(status)(f"Error code: {status}{reported}", response=response, body=body)
    error.raw = raw
    error.retryable = error.retryable and not is_permanent(error)
    return error
