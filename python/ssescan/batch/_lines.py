"""Lines of the output and the error file, in the format of OpenAI's batch API."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from ssescan import errors
from ssescan.http.failures import root_cause
from ssescan.models._json import dumps, loads

__all__ = ["LINE_START", "answer_line", "encoded", "error_line", "failure_line", "message_of"]

#: The first bytes of every line.
LINE_START = b'{"id":"batch_req_'


def answer_line(custom_id: str | None, request_id: str | None, body: Any) -> dict[str, Any]:
    """Return the line of an answer."""
    return _line(custom_id, _response(request_id, 200, body), None)


def failure_line(custom_id: str | None, request_id: str | None, error: Exception) -> dict[str, Any]:
    """Return the line of a failed request.

    If the server refused the request, the line has its `response`. After any other failure the line has an `error`, also
    after an error in a stream whose status was 200.
    """
    status, code = getattr(error, "status_code", None) or 0, getattr(error, "code", None)
    if status >= 400 and isinstance(error, errors.APIError) and not isinstance(error, errors.APIConnectionError):
        if error.outcome is None:
            return _line(custom_id, _response(request_id, status, _body_of(error)), None)
        code = code or error.type
    code = code or _code_of(error)
    return error_line(custom_id, code=code, message=message_of(error))


def error_line(custom_id: str | None, **error: Any) -> dict[str, Any]:
    """Return the line of a request that has no response."""
    return _line(custom_id, None, error)


def encoded(line: dict[str, Any]) -> bytes:
    """Return a line as bytes. If the response of a failure cannot be encoded, an error replaces it."""
    try:
        return dumps(line) + b"\n"
    except (RecursionError, TypeError, ValueError) as why:
        error = {"code": "unwritable_response", "message": f"Response cannot be written: {type(why).__name__}"}
        return dumps({**line, "response": None, "error": error}) + b"\n"


def message_of(error: Exception) -> str:
    """Return the message of an error for a file or a summary, with the system's own message if it is not in there."""
    message = str(error).removesuffix(errors.SEE_PARTIAL_TEXT)  # a file has no such attribute
    if type(error) is not errors.APIConnectionError or (cause := root_cause(error)) in message:
        return message
    return f"{message.rstrip('.')}: {cause}"


def _line(custom_id: str | None, response: Any, error: Any) -> dict[str, Any]:
    return {"id": f"batch_req_{uuid4().hex}", "custom_id": custom_id, "response": response, "error": error}


def _response(request_id: str | None, status: int, body: Any) -> dict[str, Any]:
    return {"status_code": status, "request_id": request_id or "", "body": body}


def _body_of(error: errors.APIError) -> Any:
    """Return the body of a refusal as the server sent it."""
    if error.raw is None:
        return {"error": error.body if isinstance(error.body, dict) else {"message": error.message, "code": error.code}}
    try:
        return loads(error.raw)
    except errors.SSEScanError:
        return error.raw.decode("utf-8", "replace")


def _code_of(error: Exception) -> str:
    """Return the class name in snake case: `stream_timeout` for a `StreamTimeout`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", type(error).__name__).lower()
