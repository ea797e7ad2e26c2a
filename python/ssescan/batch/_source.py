"""The interface of input files: JSON lines, or a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from ._problems import Problem
from ._requests import BatchRequest

__all__ = ["Record", "Source"]


class Record(NamedTuple):
    """A request of the input, or its problem, with its cells in a table.

    Attributes:
        number: The number of its line or row, from 1.
        cells: Its cells.
        item: The request, or its problem.
    """

    number: int
    cells: Sequence[str]
    item: BatchRequest | Problem


class Source(Protocol):
    """An input file.

    Attributes:
        path: The path of the file.
        lines: The number of its lines or rows.
        header: The names of the columns of its records.
        delimiter: The delimiter of its columns.
        has_bom: Whether a table of its records begins with a byte order mark.
    """

    path: Path
    lines: int
    header: Sequence[str]
    delimiter: str
    has_bom: bool

    def __iter__(self) -> Iterator[Record]:
        """Yield the records. Empty lines and rows are skipped."""
