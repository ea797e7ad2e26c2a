"""Results in the files of a batch, as `BatchResult`s and as the cells of a table."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ssescan.errors import APIError
from ssescan.models._json import dumps
from ssescan.outcome import Outcome
from ssescan.reading.server_errors import status_error

from ._answers import url_of_answer
from ._jsonl import is_answer
from ._lines import message_of
from ._results import BatchResult, Timings

__all__ = ["COLUMNS", "cells_of", "result_of"]

#: The columns of a result in a table.
COLUMNS = ("answer", "error", "finish_reason", "input_tokens", "output_tokens")
#: The code of an error -> how the stream ended. Other errors are `error`.
_OUTCOMES = {
    "stream_truncated": Outcome.TRUNCATED,
    "stream_broken": Outcome.BROKEN,
    "api_connection_error": Outcome.BROKEN,
    "stream_timeout": Outcome.TIMEOUT,
    "api_timeout_error": Outcome.TIMEOUT,
}
_NAN = float("nan")


def cells_of(result: BatchResult) -> tuple[str | None, str | None, str | None, int | None, int | None]:
    """Return the values of a result for `COLUMNS`."""
    if result.error is not None:
        return None, message_of(result.error), None, None, None
    return result.text, None, result.finish_reason, result.input_tokens, result.output_tokens


def result_of(line: dict[str, Any], index: int) -> BatchResult:
    """Return the result that a line of an output or error file describes. `index` is its position."""
    custom_id, response, error = line.get("custom_id"), line.get("response"), line.get("error")
    response = response if isinstance(response, dict) else {}
    body, failure = response.get("body"), None
    if not is_answer(line):
        body, failure = None, _refusal(response) if error is None else _error(error)
    body = body if isinstance(body, dict) else None
    status = response.get("status_code")
    return BatchResult(
        custom_id=custom_id if isinstance(custom_id, str) else "",
        url="" if body is None else url_of_answer(body),
        index=index,
        outcome=Outcome.FINISHED
        if failure is None
        else _OUTCOMES.get(getattr(failure, "code", None) or "", Outcome.ERROR),
        body=body,
        error=failure,
        attempts=0,
        events=0,
        status_code=status if isinstance(status, int) else None,
        request_id=response.get("request_id") or None,
        timings=Timings(_NAN, None, None, _NAN),
    )


def _refusal(response: dict[str, Any]) -> APIError:
    body, status = response.get("body"), response.get("status_code")
    if not isinstance(status, int) or status < 400:
        return APIError("The file has neither an answer nor an error.", body=body)
    raw = body.encode("utf-8", "replace") if isinstance(body, str) else dumps(body)
    headers = {"x-request-id": response.get("request_id") or None}
    error = status_error(SimpleNamespace(status_code=status, headers=headers), raw)
    error.response = None
    return error


def _error(error: Any) -> APIError:
    body = error if isinstance(error, dict) else {"message": error}
    return APIError(str(body.get("message") or body.get("code") or "unknown error"), body=body)
