"""Problems of an input file: lines that are not requests, or a file of another kind."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["BadInput", "Problem", "bad_lines"]


class Problem(NamedTuple):
    """A line of the input that is not a valid request.

    Attributes:
        line: Its number, from 1.
        code: The kind of the problem: `invalid_json_line`, `invalid_request`, `invalid_row` or `duplicate_custom_id`.
        message: A description of the problem.
        custom_id: Its `custom_id`; None if it is missing or invalid.
    """

    line: int
    code: str
    message: str
    custom_id: str | None = None


class BadInput(ValueError):
    """The input has lines that are not valid requests, or it is a file of another kind. Nothing was sent.

    Attributes:
        problems: The first problems, at most 20; none for a file of another kind.
        count: The number of all problems.
    """

    __module__ = "ssescan.batch"  # tracebacks show it

    def __init__(self, message: str, problems: Sequence[Problem] = (), count: int = 0) -> None:
        super().__init__(message)
        self.problems, self.count = list(problems), count


def bad_lines(path: str | os.PathLike[str], problems: Sequence[Problem], count: int) -> BadInput:
    """Return the exception for a file with invalid lines.

    Args:
        path: The file.
        problems: The problems that its message lists.
        count: The number of all problems.
    """
    lines = [f"{os.fspath(path)}{_place(problem)}: {problem.message}" for problem in problems]
    if count > len(problems):
        lines.append(f"and {count - len(problems)} more")
    return BadInput("\n".join(lines), problems, count)


def _place(problem: Problem) -> str:
    """Return the place of a problem: a row of a table may have several lines."""
    return f", row {problem.line}" if problem.code == "invalid_row" else f":{problem.line}"
