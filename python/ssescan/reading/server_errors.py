"""Exceptions for errors that servers report: in a payload, in a body, or as an HTML page."""

from __future__ import annotations

import re
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

__all__ = ["PERMANENT_CODES", "from_body", "from_payload", "not_a_stream", "status_error"]


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


#: A `code` or `type` in an error object -> the HTTP status that it implies.
_STATUS_OF_CODE = {
    "rate_limit_exceeded": 429,
    "rate_limit_error": 429,
    "rate_limit": 429,
    "too_many_requests": 429,
    "insufficient_quota": 429,
    "billing_hard_limit_reached": 429,
    "overloaded_error": 529,
    "overloaded": 529,
    "engine_overloaded": 529,
    "server_error": 500,
    "internal_error": 500,
    "internal_server_error": 500,
    "api_error": 500,
    "service_unavailable": 503,
    "service_unavailable_error": 503,
    "unavailable_error": 503,
    "timeout_error": 504,
    "invalid_request_error": 400,
    "invalid_prompt": 400,
    "context_length_exceeded": 400,
    "authentication_error": 401,
    "invalid_api_key": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "model_not_found": 404,
}


#: Where an error object has its message, in this order. The value may be text, an object, or a list of them.
_MESSAGE_KEYS = (
    *("message", "error_message", "error_msg", "errorText", "msg", "detail", "details", "error", "errors", "title"),
    "text",
)


#: Codes that a retry does not help, although it helps most errors of their status.
PERMANENT_CODES = ("insufficient_quota", "billing_hard_limit_reached")


def from_payload(payload: bytes, paths: tuple[str, ...], *, event: str = "", missing: str | None = None) -> APIError:
    """Return the exception for an error in a stream.

    Args:
        payload: The JSON of the event.
        paths: Where the error object may be; the first path with a value counts.
        event: The name of the event.
        missing: The message if the error object has none.
    """
    error = _error_at(payload, paths)
    made = _exception_of(error, _message_of(error) or missing or "An error occurred during streaming")
    made.raw = payload
    return made


def from_body(body: bytes) -> APIError:
    """Return the exception for a body that is a JSON error, an HTML page or anything else but a stream."""
    error = _error_at(body, ("error", ""))
    if isinstance(error, (dict, list)):
        first = error[0] if isinstance(error, list) and error else error
        error = first.get("error") or first if isinstance(first, dict) else first
        return _exception_of(error, _message_of(error) or excerpt(body))
    return APIError(_title_of(body) or excerpt(body), body=error)


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
    made.status_code, made.retryable = status, is_retryable(status) and made.code not in PERMANENT_CODES
    return made


def _error_at(payload: bytes, paths: tuple[str, ...]) -> Any:
    from ssescan.models._json import loads

    try:
        document = loads(payload)
    except EventDecodeError:
        return payload.decode("utf-8", "replace").strip()
    for path in paths:
        value = document
        for key in filter(None, path.split(".")):
            value = value.get(key) if isinstance(value, dict) else None
        if value:
            return value["error"] if path == "" and isinstance(value, dict) and value.get("error") else value
    return None


def _message_of(error: Any, depth: int = 4) -> str | None:
    if isinstance(error, str):
        return error or None
    if depth == 0 or not isinstance(error, (dict, list)):
        return None
    parts = error if isinstance(error, list) else [error.get(key) for key in _MESSAGE_KEYS]
    return next(filter(None, (_message_of(part, depth - 1) for part in parts)), None)


def _status_in(error: Any) -> int | None:
    if not isinstance(error, dict):
        return None
    for key in ("status_code", "status", "code", "type"):
        value = error.get(key)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 400 <= value <= 599:
            return value
        if isinstance(value, str) and value in _STATUS_OF_CODE:
            return _STATUS_OF_CODE[value]
    return None


def status_error(response: Any, raw: bytes) -> APIStatusError:
    """Return the exception for a response whose status is not 2xx. `raw` is the start of its body."""
    from ssescan.models._json import loads

    try:
        body = loads(raw)
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
    return error
