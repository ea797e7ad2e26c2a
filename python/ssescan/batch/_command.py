"""`ssescan batch`: what it does with its arguments, and what it says."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._files import FileSummary

__all__ = ["run_command"]

FAILED, USAGE_ERROR = 1, 2


def run_command(args: argparse.Namespace, say: Callable[[str], None]) -> int:
    """Runs the batch and gives the exit code. Raises what the system, the client or a damaged file gives."""
    from ._files import BadInput, errors_path, run_file
    from ._limiter import Limiter
    from ._progress import shown

    errors = errors_path(args.output, args.errors)
    try:
        with _client(args) as client, shown(args.progress) as on_progress:
            summary = run_file(
                args.input,
                args.output,
                errors,
                client=client,
                max_workers=args.workers,
                limiter=Limiter(rpm=args.rpm, tpm=args.tpm),
                coalesce_s=args.coalesce,
                on_progress=on_progress,
                model=args.model,
                resume=args.resume,
                skip_bad=args.skip_bad,
            )
    except BadInput as error:
        print(error, file=sys.stderr)
        rows = "1 row is no request" if error.count == 1 else f"{error.count} rows are no requests"
        say(f"{rows}, and nothing was sent; --skip-bad puts such rows into {errors} and runs the others")
        return USAGE_ERROR
    except KeyboardInterrupt:
        again = "the same command" if args.resume else "the same command without --no-resume"
        say(f"interrupted; {again} goes on where this one ended ({args.output})")
        raise
    say(_told(summary, args.output, errors))
    return FAILED if summary.failed else 0


def _client(args: argparse.Namespace) -> Any:
    from ssescan.openai import OpenAI

    options: dict[str, Any] = {} if args.timeout is None else {"timeout": args.timeout}
    if args.base_url and not os.environ.get("OPENAI_API_KEY"):
        options["api_key"] = "none"  # servers of one's own seldom ask for one
    return OpenAI(base_url=args.base_url, **options)


def _told(summary: FileSummary, output: str, errors: Path) -> str:
    before = f" ({summary.before} of them before this run)" if summary.before else ""
    failed = f", {summary.failed} failed: see {errors}" if summary.failed else ""
    if failed and before and errors != Path(output):
        before += f"; to ask for failed rows again, remove {errors}"
    return f"{summary.total} rows, {summary.done} with an answer in {output}{failed}{before}"
