"""`ssescan`: the command line. Each command has its module here, which declares its arguments and runs it.

Standard output has text and events only; messages go to standard error. Exit codes: 0 success, 1 the request, the stream or
the output failed, 2 nothing was sent. The reason for 2 is wrong usage, no key, or a file that cannot be opened. Others are 3
for a batch that stopped early, 130 for Ctrl-C, and 141 if standard output was closed. Text that arrived before a failure
stays printed.

Control characters from servers are escaped, on standard error always and on standard output if it is a terminal.

Each command imports what it needs when it runs, so that `--help` is quick.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from . import _batch, _chat, _replay, _streams
from ._arguments import NETWORK_VARIABLES, OPENAI_VARIABLES, epilog
from ._output import Failure, Misuse, leave_stdout, prepare_output, say

__all__ = ["main"]

FAILURE, MISUSE, INTERRUPTED, PIPE_CLOSED = 1, 2, 130, 141  # the last two are what shells show for SIGINT and SIGPIPE

#: Failures for which the command has to be changed: among them, files that cannot be opened.
_MISUSE = (Misuse, FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)

_EXAMPLES = """\
  ssescan chat -m gpt-5.5 "Why is the sky blue?"
  ssescan text https://api.example.com/v1/chat/completions --json @body.json
"""


def main(argv: list[str] | None = None) -> int:
    """Run `ssescan` and return its exit code.

    Args:
        argv: The arguments without the program's name; None takes those of the process.

    Raises:
        SystemExit: 2 for wrong usage, 0 after `--help` and `--version`, as argparse does.
    """
    prepare_output()
    try:
        return _run(argv)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        leave_stdout()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ssescan",
        allow_abbrev=False,  # an abbreviation may become ambiguous with a new option
        usage="ssescan [-h] [--version] COMMAND ...",
        description="LLM streams (server-sent events): ask a model, read, show events, replay.",
        epilog=epilog(
            _EXAMPLES,
            what="exit codes: 0 success, 1 the request or the stream failed, 2 nothing was sent, 3 a batch stopped early, "
            "130 Ctrl-C, 141 output closed. The reason for 2 is wrong usage, no key, or a file that cannot be opened",
            variables=f"{OPENAI_VARIABLES}, {NETWORK_VARIABLES}",
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(prog="ssescan", title="commands", metavar="COMMAND", dest="command")
    for module in (_chat, _streams, _batch, _replay):
        module.add_commands(commands)
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *args: Any) -> None:
        from importlib.metadata import version  # tens of milliseconds: only here

        print("ssescan", version("ssescan"))
        parser.exit()


def _run(argv: list[str] | None) -> int:
    try:
        try:
            return _parse_and_run(argv)
        finally:  # also after `--help`, which exits
            sys.stdout.flush()
    except BrokenPipeError:  # standard output; failures of connections are SSEScanErrors
        return PIPE_CLOSED
    except _expected_errors() as error:
        return _fail(error)


def _parse_and_run(argv: list[str] | None) -> int:
    parser = _parser()
    args, unknown = parser.parse_known_args(argv)
    if unknown:  # the command shows its usage, not that of `ssescan`
        getattr(args, "parser", parser).error(f"unrecognized arguments: {' '.join(unknown)}")
    if args.command is None:
        parser.print_help()
        return 0
    args.check(args)
    code: int = args.run(args)
    return code


def _expected_errors() -> tuple[type[BaseException], ...]:
    """Return the exceptions that become a message. Every other exception is a bug and shows its traceback."""
    from ssescan.errors import SSEScanError

    return SSEScanError, OSError, Failure


def _is_reported(error: BaseException) -> bool:
    """Return whether the message of an exception is that of a server, and does not say so."""
    from ssescan.errors import APIError, NotAnEventStream

    is_reported = isinstance(error, APIError) and not isinstance(error, NotAnEventStream) and error.body is not None
    return is_reported and not str(error).startswith("Error code: ")


def _fail(error: BaseException) -> int:
    if isinstance(error, OSError) and error.strerror:  # its str would begin with "[Errno 2]"
        say(error.strerror if error.filename is None else f"{error.filename or repr('')}: {error.strerror}")
    else:
        say(f"{'The server reported an error: ' * _is_reported(error)}{error}")
    return MISUSE if isinstance(error, _MISUSE) else FAILURE
