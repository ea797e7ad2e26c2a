"""Errors that servers report: payloads, bodies and pages -> exceptions."""

from __future__ import annotations

import json
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

__all__ = ["from_body", "from_payload", "not_a_stream", "status_error"]


def not_a_stream(response: Any, body: bytes) -> NotAnEventStream:
    """The exception for a successful response with this body, or this beginning of one."""
    said = from_body(body)
    kind = response.headers.get("content-type") or "no media type"
    where = f"from {redacted(url)} " if (url := getattr(response, "url", None)) else ""
    error = NotAnEventStream(
        f"expected an event stream {where}but got status {status_of(response)} with {kind}: {said.message}",
        body=said.body,
        raw=body,
    )
    error.status_code, error.retryable = said.status_code or status_of(response), said.retryable
    error.request, error.request_id = request_of(response), request_id_of(response)
    return error


_STATUS_OF_WORD = {
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


#: Statuses pass, these do not.
_FOR_GOOD = ("insufficient_quota", "billing_hard_limit_reached")


def from_payload(payload: bytes, paths: tuple[str, ...], *, event: str = "", missing: str | None = None) -> APIError:
    """The exception for an error that came inside a stream: the first of `paths` that leads to something.

    `missing`: the message if the payload has none.
    """
    error = _error_at(payload, paths)
    made = _made_of(error, _message_of(error) or missing or "An error occurred during streaming")
    made.raw = payload
    return made


def from_body(body: bytes) -> APIError:
    """The exception for a body that came instead of a stream: a JSON error, a page, or anything else."""
    error = _error_at(body, ("error", ""))
    if isinstance(error, (dict, list)):
        first = error[0] if isinstance(error, list) and error else error
        error = first.get("error") or first if isinstance(first, dict) else first
        return _made_of(error, _message_of(error) or excerpt(body))
    return APIError(_title_of(body) or excerpt(body), body=error)


_TITLE, _TITLE_END = re.compile(rb"<title>", re.IGNORECASE), re.compile(rb"</title>", re.IGNORECASE)


def _title_of(page: bytes) -> str | None:
    """Two searches, since one would look for the end from each beginning, and a page may be a megabyte of them."""
    begin = _TITLE.search(page)
    end = _TITLE_END.search(page, begin.end()) if begin else None
    return " ".join(page[begin.end() : end.start()].decode("utf-8", "replace").split()) if begin and end else None


def _made_of(error: Any, message: str) -> APIError:
    status = _status_in(error)
    if status is None:
        return APIError(message, body=error)
    made = class_of_status(status)(message, body=error)
    made.status_code, made.retryable = status, is_retryable(status) and made.code not in _FOR_GOOD
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


def _message_of(error: Any) -> str | None:
    message = error.get("message") or error.get("detail") if isinstance(error, dict) else error
    return message if isinstance(message, str) and message else None


def _status_in(error: Any) -> int | None:
    if not isinstance(error, dict):
        return None
    for key in ("status_code", "status", "code", "type"):
        value = error.get(key)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 400 <= value <= 599:
            return value
        if isinstance(value, str) and value in _STATUS_OF_WORD:
            return _STATUS_OF_WORD[value]
    return None


def status_error(response: Any) -> APIStatusError:
    """The exception for a response that is no 2xx; reads its body."""
    raw = response.read_error()
    text = raw.decode("utf-8", "replace").strip()
    try:
        body: Any = json.loads(text)
    except ValueError:
        body, message = text, from_body(raw).message if text else None
    else:
        body = body.get("error", body) if isinstance(body, dict) else body
        message = body.get("message") if isinstance(body, dict) else None
    said = f" - {message}" if isinstance(message, str) and message else ""
    cls = class_of_status(response.status_code)
    error = cls(f"Error code: {response.status_code}{said}", response=response, body=body)
    error.raw = raw
    return error
