"""Prints text from servers to standard output, and messages to standard error."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from typing import Any

from ssescan._terminal import escaped

__all__ = ["Failure", "copy_text", "leave_stdout", "prepare_output", "say", "write"]


class Failure(Exception):
    """A command failed. The message is one line for the user."""


#: Advice in messages that is for programs -> what to say on the command line. Patterns are compiled when they are used.
_ADVICE = (
    (r" The text so far is in [^.]*\.", ""),
    (r"(?<=Change it with )timeout=Timeouts\(\w+=\.\.\.\)", "--timeout"),
    (r" Pass a larger max_\w+ to [^.]*\.", ""),
)


def say(message: str) -> None:
    """Print a message to standard error."""
    for advice, instead in _ADVICE:
        message = re.sub(advice, instead, message)
    with suppress(OSError):  # standard error is closed; the exit code still reports the failure
        print(f"ssescan: {escaped(message)}", file=sys.stderr, flush=True)


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


def copy_text(reader: Any) -> None:
    """Print text as it arrives. On a terminal, end the last line, so that the prompt starts on a new one."""
    last = "\n"
    try:
        while text := reader.read(65536):
            last = text
            write(text)
    finally:
        if sys.stdout.isatty() and not last.endswith("\n"):
            print(flush=True)
