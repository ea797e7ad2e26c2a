"""How the commands declare their arguments, and the types of these."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable
from typing import Any

__all__ = ["NETWORK_VARIABLES", "OPENAI_VARIABLES", "add_command", "count", "epilog", "port", "positive", "seconds"]

NETWORK_VARIABLES = "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR"
OPENAI_VARIABLES = "OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_ORG_ID, OPENAI_PROJECT_ID"


def _accept(args: argparse.Namespace) -> None:
    """Accept every combination of options."""


def add_command(
    commands: Any,
    name: str,
    run: Callable[[argparse.Namespace], int],
    what: str,
    *,
    usage: str,
    examples: str,
    more: str = "",
    variables: str = "",
    check: Callable[[argparse.Namespace], None] = _accept,
) -> Any:
    """Add a command, and return its parser.

    Python 3.13 prints options with a short and a long name differently, and breaks long usage lines elsewhere. So an
    option has one name, and the usage is written out: the help is the same on every version.

    Args:
        commands: The commands of the parser.
        name: The name of the command.
        run: Runs the command, and returns the exit code.
        what: What it does.
        usage: Its options and arguments.
        examples: Two examples, one per line.
        more: What else to know, below the options.
        variables: The environment variables that it reads.
        check: Refuses, with exit code 2, options that are missing or would be ignored.
    """
    command = commands.add_parser(
        name,
        help=what,
        usage=f"ssescan {name} [-h] {usage}",
        description=f"{what[0].upper()}{what[1:]}.",
        epilog=epilog(examples, what=more, variables=variables),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.set_defaults(run=run, check=check, parser=command)
    return command


def epilog(examples: str, *, what: str = "", variables: str = "") -> str:
    """Return the end of a help: what else to know, the variables of the environment that are read, and two examples."""
    read = f"environment variables: {variables}" if variables else ""
    texts = [textwrap.fill(text, 78) for text in (what, read) if text]
    return "\n\n".join([*texts, f"examples:\n{examples}"])


# ---- Types of arguments ----------------------------------------------------------------------------------------------


def positive(kind: type) -> Callable[[str], Any]:
    """Return a function that parses a number above 0."""

    def parse(text: str) -> Any:
        try:
            number = kind(text)
        except ValueError:
            number = 0
        if not 0 < number < float("inf"):
            raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
        return number

    return parse


def count(text: str) -> int:
    """Parse a whole number, 0 or more."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"expected 0 or a whole number above it, got {text!r}")
    return int(text)


def seconds(text: str) -> float:
    """Parse a number, 0 or more."""
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"expected 0 or a number above it, got {text!r}")
    return number


def port(text: str) -> int:
    """Parse the number of a port."""
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, got {text!r}")
    return int(text)
