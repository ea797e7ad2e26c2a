"""CSV files: prompts in a column become requests, and results become columns beside those of the input."""

from __future__ import annotations

import csv
import os
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from ssescan.models._json import dumps, loads

from ._jsonl import check_regular, opened, result_in
from ._problems import BadInput, Problem
from ._requests import BatchRequest, name_in_file, shortened
from ._source import Record, Source
from ._stored import COLUMNS, cells_of, result_of
from ._wrong_file import kind_instead_of_table

__all__ = ["TableFile", "is_table", "new_names", "write_table"]

#: The longest cell, in characters. A quotation mark that is not closed makes a cell of the rest of the file.
_MAX_CELL = 16 * 1024 * 1024
_DELIMITERS = (",", ";", "\t")


def is_table(path: str | os.PathLike[str]) -> bool:
    """Return whether the name of a file is that of a CSV file."""
    return os.fspath(path).lower().endswith((".csv", ".tsv"))


# ---- Input -----------------------------------------------------------------------------------------------------------


class TableFile:
    """A CSV file with prompts in one column, which is read several times and never held in memory.

    The first row has the names of the columns. The delimiter is the comma, the semicolon or the tab. Rows that are
    appended after the file was opened are ignored.

    Args:
        path: The file, in UTF-8. It is decompressed if its name ends in `.gz`.
        column: The name of the column of the prompts.
        model: The model of all requests.
        system: The system message of all requests, or None.
        options: More of their bodies, or None.

    Attributes:
        path: The path of the file.
        lines: The number of its rows, that of the names included.
        header: The names of the columns.
        delimiter: The delimiter of its columns.
        has_bom: Whether it begins with a byte order mark.

    Raises:
        BadInput: The file is not CSV in UTF-8, or has no such column.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        column: str,
        *,
        model: str,
        system: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.path, self._model, self._options = Path(path), model, options or {}
        self._before = [] if system is None else [{"role": "system", "content": system}]
        check_regular(self.path)
        if (kind := kind_instead_of_table(self.path)) is not None:
            raise BadInput(f"Not a CSV file: {self.path} {kind}")
        with opened(self.path) as file:
            self.has_bom = file.read(3) == BOM_UTF8
        self.header: Sequence[str]
        self.delimiter, self.header, self._column = self._find(column.strip())
        self.lines = sum(1 for _ in self._rows())

    def _find(self, column: str) -> tuple[str, list[str], int]:
        """Return the delimiter with which the header has the column, the header, and the position of the column."""
        header: list[str] = []
        for self.delimiter in _DELIMITERS:
            names = [name.strip() for name in next(self._rows(strict=False), [])]
            header = max(header, names, key=len)
            if (count := names.count(column)) > 1:
                raise BadInput(f"Column is not unique: {self.path} has {count} columns with the name {column!r}.")
            if count:
                return self.delimiter, names, names.index(column)
        if not header:
            what = "First line is empty" if os.path.getsize(self.path) else "File is empty"
            raise BadInput(f"{what}: {self.path}. The first row must have the names of the columns.")
        shown = ", ".join(map(shortened, header[:20]))
        raise BadInput(
            f"Column not found: {self.path} has no column {column!r} (first row: {shown}). "
            "Its first row must have the names of the columns."
        )

    def __iter__(self) -> Iterator[Record]:
        width = len(self.header)
        for number, row in enumerate(islice(self._rows(), self.lines), 1):
            if number > 1 and any(row):
                yield Record(number, [*row, *[""] * (width - len(row))][:width], self._item(number, row))

    def _item(self, number: int, row: list[str]) -> BatchRequest | Problem:
        if any(row[len(self.header) :]):
            why = f"{len(row)} cells, but the header has {len(self.header)}"
            return Problem(
                number, "invalid_row", f"{why}; enclose text that contains {self.delimiter!r} in double quotes"
            )
        prompt = row[self._column] if self._column < len(row) else ""
        if not prompt.strip():
            return Problem(number, "invalid_row", f"no prompt in column {self.header[self._column]!r}")
        messages = [*self._before, {"role": "user", "content": prompt}]
        body: dict[str, Any] = {"model": self._model, "messages": messages, **self._options}
        return BatchRequest(name_in_file(dumps(body), number), "/v1/chat/completions", body)

    def _rows(self, *, strict: bool = True) -> Iterator[list[str]]:
        """Yield the cells of each row, that of the names included."""
        with opened(self.path) as file:
            rows = csv.reader(self._lines(file), delimiter=self.delimiter, strict=strict)
            while (row := self._next(rows)) is not None:
                yield row

    def _next(self, rows: Any) -> list[str] | None:
        before = csv.field_size_limit(_MAX_CELL)  # the default is 128 KiB, which prompts may exceed
        line = rows.line_num + 1
        try:
            return next(rows, None)
        except csv.Error as error:
            raise BadInput(
                f"Invalid CSV: {error} ({self.path}, in the row that begins in line {line}). "
                "Close each quotation mark, and double those inside a cell."
            ) from None
        finally:
            csv.field_size_limit(before)

    def _lines(self, file: Iterable[bytes]) -> Iterator[str]:
        """Yield the lines of a file as text. A carriage return alone ends a line too."""
        for number, line in enumerate(file, 1):
            try:
                text = (line.removeprefix(BOM_UTF8) if number == 1 else line).decode()
            except UnicodeDecodeError as error:
                byte = f"byte 0x{line[error.start]:02x} at position {error.start} of line {number}"
                raise BadInput(f"Not UTF-8: {self.path} ({byte}). Save it as CSV in UTF-8.") from None
            yield from re.split(r"(?<=\r)(?!\n)(?=.)", text, flags=re.DOTALL)


# ---- Output ----------------------------------------------------------------------------------------------------------


def write_table(path: Path, source: Source, results: Iterable[Path]) -> None:
    """Write the records of the input with their results as CSV, in the order of the input. It replaces a file.

    Args:
        path: The file to write.
        source: The input.
        results: The files of the results.
    """
    delimiter = "\t" if path.suffix.lower() == ".tsv" else "," if source.delimiter == "\t" else source.delimiter
    encoding = "utf-8-sig" if source.has_bom else "utf-8"
    temporary = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        with (
            open(temporary, "w", encoding=encoding, errors="replace", newline="") as file,
            _Results(dict.fromkeys(results)) as found,
        ):
            rows = csv.writer(file, delimiter=delimiter)  # it ends rows with CRLF, and quotes cells with CR or LF
            rows.writerow([*source.header, *new_names(source.header)])
            for record in source:
                rows.writerow([*record.cells, *map(_inert, found.cells(record))])
        os.replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and os.fspath(error.filename or temporary) == os.fspath(temporary):
            raise OSError(error.errno, error.strerror, os.fspath(path)) from error  # the user knows this file
        raise


class _Results(ExitStack):
    """The results in files, by request. Memory holds their positions, and the files are open until the `with` block ends."""

    def __init__(self, paths: Iterable[Path]) -> None:
        super().__init__()
        self._files = [self.enter_context(open(path, "rb")) for path in paths if path.exists()]  # noqa: SIM115
        #: `custom_id`, or the number of an invalid line -> file and position.
        self._places: dict[object, tuple[BinaryIO, int]] = {}
        for file in self._files:
            position = 0
            for line in file:
                self._places[_name_of(line)] = file, position
                position += len(line)

    def cells(self, record: Record) -> Sequence[object]:
        """Return the cells of the result of a record; empty ones without a result."""
        name = record.number if isinstance(record.item, Problem) else record.item.custom_id
        if name not in self._places:
            return [None] * len(COLUMNS)
        file, position = self._places[name]
        file.seek(position)
        return cells_of(result_of(loads(file.readline()), 0))


def _name_of(line: bytes) -> object:
    result = result_in(line) or {}
    error = result.get("error")
    number = error.get("line") if isinstance(error, dict) else None
    return number if isinstance(number, int) else result.get("custom_id")


def new_names(header: Sequence[str]) -> list[str]:
    """Return the names of the columns of results. A name that the input has gets a number."""
    names: list[str] = []
    for name in COLUMNS:
        numbered = (f"{name}_{number}" for number in range(2, len(header) + 3))
        names.append(name if name not in header else next(new for new in numbered if new not in header))
    return names


#: The first characters of formulas, and their full-width forms.
_FORMULA_STARTS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
#: A number may begin with a sign.
_NUMBER = re.compile(r"\s*[-+]?[\d.,]+\s*%?\s*")


def _inert(cell: object) -> object:
    """Return a cell that a spreadsheet does not take for a formula: an apostrophe precedes the start of one."""
    if not isinstance(cell, str) or _NUMBER.fullmatch(cell):
        return cell
    is_formula = cell[:1] in ("\t", "\r") or cell.lstrip()[:1] in _FORMULA_STARTS
    return f"'{cell}" if is_formula else cell
