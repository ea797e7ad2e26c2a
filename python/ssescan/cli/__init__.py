"""`ssescan`: the command line. Each command has its module here, which declares its arguments and runs it.

Standard output has text and events only; messages go to standard error. Exit codes: 0 success, 1 failure (after a line
that begins with `ssescan:`), 2 wrong usage, 3 a batch stopped early, 130 Ctrl-C, 141 standard output was closed. Text that
arrived before a failure stays printed.

Control characters from servers are escaped, on standard error always and on standard output if it is a terminal.

Each command imports what it needs when it runs, so that `--help` is quick.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from . import _batch, _chat, _replay, _streams
from ._arguments import NETWORK_VARIABLES, OPENAI_VARIABLES, epilog
from ._output import Failure, leave_stdout, prepare_output, say

__all__ = ["main"]

FAILURE, INTERRUPTED, PIPE_CLOSED = 1, 130, 141  # the last two are what shells show for SIGINT and SIGPIPE

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
        parser = _parser()
        args, unknown = parser.parse_known_args(argv)
        if unknown:  # the command shows its usage, not that of `ssescan`
            getattr(args, "parser", parser).error(f"unrecognized arguments: {' '.join(unknown)}")
        if args.command is None:
            parser.print_help()
            return 0
        args.check(args)
        return _run(args)
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
            what="exit codes: 0 success, 1 failure, 2 usage, 3 batch stopped early, 130 Ctrl-C, 141 output closed",
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


def _run(args: argparse.Namespace) -> int:
    try:
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # standard output; failures of connections are SSEScanErrors
        return PIPE_CLOSED
    except _expected_errors() as error:
        return _fail(error)


def _expected_errors() -> tuple[type[BaseException], ...]:
    """Return the exceptions that become a message. Every other exception is a bug and shows its traceback."""
    from ssescan.errors import SSEScanError

    return SSEScanError, OSError, Failure


def _fail(error: BaseException) -> int:
    if isinstance(error, OSError) and error.strerror:  # its str would begin with "[Errno 2]"
        say(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    else:
        say(" ".join(str(error).split()))
    return FAILURE
