"""Results from the files of a batch: as `BatchResult`s, and as a data frame."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from ssescan.errors import APIError
from ssescan.models._json import dumps
from ssescan.outcome import Outcome
from ssescan.reading.server_errors import status_error

from ._answers import url_of_answer
from ._jsonl import is_answer, read_results, written
from ._lines import message_of
from ._results import BatchResult, Timings

__all__ = ["COLUMNS", "cells_of", "read", "result_of", "to_pandas"]

_Path = str | os.PathLike[str]
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


def read(*paths: _Path) -> Iterator[BatchResult]:
    """Yield the results in output and error files of a batch, or in the files that OpenAI's batch API returns.

    Files do not have everything. Of a result that was read, `index` is its position in the files, `attempts` and `events`
    are 0, and times are NaN or None. `error` is an `APIStatusError` or an `APIError` with the `code` of the line.

    Args:
        paths: The files, such as `answers.jsonl` and `answers.errors.jsonl`. A file whose name ends in `.gz` is
            decompressed. A truncated last line is skipped. Of the files of answers and of errors of a run, one may be
            missing if the other one is passed too: nothing failed, or everything did.

    Raises:
        OSError: A file cannot be read.
        ValueError: A line is not a batch result.
    """
    index = 0
    for path in written(paths):
        for line in read_results(path, advice="Pass the file of answers or of errors of a batch."):
            yield result_of(line, index)
            index += 1


def to_pandas(*paths: _Path) -> Any:
    """Return the results in output and error files of a batch as a `pandas.DataFrame`.

    Its columns are `custom_id`, `answer` (the text), `error` (the message), `finish_reason`, `input_tokens` and
    `output_tokens`. An answer has no error, and a failure has no answer.

    Args:
        paths: The files, as in `read`.

    Raises:
        ImportError: pandas is not installed.
        OSError: A file cannot be read.
        TypeError: An argument is not a path.
        ValueError: A line is not a batch result, or a file is CSV.
    """
    try:
        pandas = import_module("pandas")
    except ImportError as error:
        raise ImportError("to_pandas needs a package: pip install pandas. `read` works without it.") from error
    for path in paths:
        if not isinstance(path, (str, os.PathLike)):
            raise TypeError(f"to_pandas takes the paths of files, got {type(path).__name__}")
        if os.fspath(path).lower().endswith((".csv", ".tsv")):
            raise ValueError(f"Not JSON lines: {os.fspath(path)}. Use pandas.read_csv for it.")
    rows = [(result.custom_id, *cells_of(result)) for result in read(*paths)]
    frame = pandas.DataFrame(rows, columns=["custom_id", *COLUMNS])
    return frame.astype({"input_tokens": "Int64", "output_tokens": "Int64"})  # integers that may be missing


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
