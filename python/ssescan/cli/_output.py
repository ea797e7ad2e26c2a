"""Prints text from servers to standard output, and messages to standard error."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self

from ssescan._terminal import escaped

__all__ = ["Failure", "Misuse", "TextOutput", "leave_stdout", "prepare_output", "say", "say_logged", "write"]


class Failure(Exception):
    """A command failed. The message is one line for the user."""


class Misuse(Failure):
    """A command was used in a wrong way, so that it did nothing."""


#: Advice in messages that is for programs -> what to say on the command line. Patterns are compiled when they are used.
_ADVICE = (
    (r" The text so far is in [^.]*\.", ""),
    (r"(?<=Change it with )timeout=Timeouts\(\w+=\.\.\.\)", "--timeout"),
    (r" Pass a larger max_\w+ to [^.]*\.", ""),
)


def say(message: str) -> None:
    """Print a message to standard error, on one line."""
    message = " ".join(message.split())
    for advice, instead in _ADVICE:
        message = re.sub(advice, instead, message)
    with suppress(OSError):  # standard error is closed; the exit code still reports the failure
        print(f"ssescan: {escaped(message)}", file=sys.stderr, flush=True)


@contextmanager
def say_logged(logger: str, level: int, text_of: Callable[[Any], str | None]) -> Iterator[None]:
    """Print what a logger reports during the `with` block.

    Args:
        logger: The name of the logger.
        level: The lowest level of its records that are printed.
        text_of: Returns the message of a `logging.LogRecord`; None to ignore it.
    """
    import logging

    class Said(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if (text := text_of(record)) is not None:
                say(text)

    found, handler = logging.getLogger(logger), Said(level)
    level_before = found.level
    found.setLevel(min(level, found.getEffectiveLevel()))
    found.addHandler(handler)
    try:
        yield
    finally:
        found.removeHandler(handler)
        found.setLevel(level_before)


def prepare_output() -> None:
    """Make standard output UTF-8 in every locale, keep line ends as they are, and print lone surrogates as `?`.

    What the shell closed (`>&-`, `2>&-`) is replaced. Else messages would be printed to standard output, and files that are
    opened would get its number.
    """
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - open until the process ends
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="\n")


def leave_stdout() -> None:
    """Flush. If standard output is closed, replace it, since the interpreter would report the failure at its exit."""
    try:
        sys.stdout.flush()
    except OSError:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)


def write(text: str) -> None:
    """Write text from a server to standard output. Programs get it as it is."""
    sys.stdout.write(escaped(text) if sys.stdout.isatty() else text)
    sys.stdout.flush()


class TextOutput:
    """Prints text as it arrives. The `with` block ends the last line.

    Args:
        is_exact: True if a program gets the text as it is, without a line end after it. A terminal gets one in any case, so that
            the prompt starts on a new line.

    Attributes:
        is_empty: True until text was printed.
    """

    def __init__(self, *, is_exact: bool = False) -> None:
        self._ends_lines = not is_exact or sys.stdout.isatty()
        self._last = ""
        self.is_empty = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._ends_lines and not self.is_empty and not self._last.endswith("\n"):
            write("\n")

    def write(self, text: str) -> None:
        """Print text."""
        if text:
            self._last, self.is_empty = text, False
            write(text)

    def copy(self, reader: Any) -> None:
        """Print the text of a reader."""
        while text := reader.read(65536):
            self.write(text)
