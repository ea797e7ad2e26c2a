"""Results from the files of a batch: as `BatchResult`s, and as a data frame."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any

from ._changes import Mark, content_of
from ._jsonl import RequestFile, is_answer, read_results, written
from ._problems import BadInput, Problem
from ._requests import row_in
from ._results import BatchResult
from ._source import Record, Source
from ._stored import COLUMNS, cells_of, result_of
from ._tables import TableFile, is_table, new_names

__all__ = ["read", "to_pandas"]

_Path = str | os.PathLike[str]
_ADVICE = "Pass the file of answers or of errors of a batch."


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
    for index, line in enumerate(_lines(paths)):
        yield result_of(line, index)


def _lines(paths: Iterable[_Path]) -> Iterator[dict[str, Any]]:
    for path in written(paths):
        yield from read_results(path, advice=_ADVICE)


def to_pandas(*paths: _Path, input: _Path | None = None, prompt_column: str | None = None) -> Any:
    """Return the results in output and error files of a batch as a `pandas.DataFrame`.

    Its columns are `custom_id`, `answer` (the text), `error` (the message), `finish_reason`, `input_tokens` and
    `output_tokens`. An answer has no error, and a failure has no answer. Results are in the order of the files.

    With `input` it has a row for each request of the input, in its order. The columns of a CSV file are the first ones,
    instead of `custom_id`. Their cells are str, as they are in the file. A row without a result has no answer and no error.
    Results that belong to no row are left out, with a warning if other rows have no result.

    Args:
        paths: The files, as in `read`.
        input: The input of the batch.
        prompt_column: The column of a CSV file that has the prompts. Results are those of the same row and prompt.

    Raises:
        BadInput: The input is not CSV, has no such column, or has no request of which there is a result.
        ImportError: pandas is not installed.
        OSError: A file cannot be read.
        TypeError: An argument is not a path.
        ValueError: A line is not a batch result, a file is CSV, or `prompt_column` is missing.
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
    if input is not None:
        return _joined(pandas, _source(input, prompt_column), paths)
    rows = [(result.custom_id, *cells_of(result)) for result in read(*paths)]
    return _typed(pandas.DataFrame(rows, columns=["custom_id", *COLUMNS]), COLUMNS)


def _typed(frame: Any, names: Sequence[str]) -> Any:
    """Return a frame whose counts are integers that may be missing."""
    return frame.astype(dict.fromkeys(names[-2:], "Int64"))


def _source(input: _Path, prompt_column: str | None) -> Source:
    if prompt_column is not None:
        return TableFile(input, prompt_column, model="")
    if is_table(input):
        raise ValueError(f"Input is CSV: {os.fspath(input)}. Pass prompt_column too, the column of the prompts.")
    return RequestFile(input)


def _joined(pandas: Any, source: Source, paths: Iterable[_Path]) -> Any:
    """Return a frame with the records of the input and their results."""
    is_table = isinstance(source, TableFile)
    lines: dict[object, dict[str, Any]] = {}
    for line in _lines(paths):
        key = _key_of_line(line, is_table)
        if key not in lines or is_answer(line):
            lines[key] = line
    cells, missing = [], 0
    rows: list[tuple[object, ...]] = []
    used: set[object] = set()
    for record in source:
        cells.append(record.cells)
        key = _key_of_record(record, is_table)
        if key in lines:
            used.add(key)
            rows.append(cells_of(result_of(lines[key], 0)))
        else:
            missing += 1
            rows.append((None,) * len(COLUMNS))
    _check_matches(source, rows=len(rows), missing=missing, unused=len(lines) - len(used))
    names = new_names(source.header)
    return pandas.DataFrame(cells, columns=list(source.header)).join(
        _typed(pandas.DataFrame(rows, columns=names), names)
    )


def _check_matches(source: Source, *, rows: int, missing: int, unused: int) -> None:
    """Raise if no result belongs to the input. Warn if some results and some rows do not belong together.

    Args:
        source: The input.
        rows: The number of its requests.
        missing: How many of them have no result.
        unused: How many results belong to none of them.
    """
    if not missing or not unused:
        return
    results = f"{unused} of {unused + rows - missing} results belong to no request of {source.path}"
    if missing == rows:
        raise BadInput(f"Results of another input: {results}. Pass the input of the batch as it was when it ran.")
    warnings.warn(
        f"{results}, and {missing} of its {rows} requests have no result. Requests that were edited or moved "
        "after the batch ran are not found.",
        stacklevel=4,
    )


def _key_of_line(line: dict[str, Any], is_row: bool) -> object:
    """Return what a result has in common with its record: the row and the prompt, the line of a problem, or the `custom_id`."""
    error, mark = line.get("error"), Mark.of_line(line)
    if isinstance(error, dict) and isinstance(error.get("line"), int):
        return error["line"]
    custom_id = line["custom_id"] if isinstance(line["custom_id"], str) else None
    row = row_in(custom_id) if is_row else None
    return custom_id if row is None or mark is None else (row, mark.content)


def _key_of_record(record: Record, is_row: bool) -> object:
    if isinstance(record.item, Problem):
        return record.number
    return (record.number, content_of(record.item, is_prompt=True)) if is_row else record.item.custom_id
