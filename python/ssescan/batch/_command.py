"""`ssescan batch`: runs a batch file and reports how it ended."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssescan._terminal import escaped
from ssescan.openai import OpenAI

from ._files import BadInput, FileSummary, errors_path, run_file
from ._limiter import Limiter
from ._progress import progress_display

__all__ = ["run_command"]

FAILED, USAGE_ERROR = 1, 2


def run_command(args: argparse.Namespace, say: Callable[[str], None]) -> int:
    """Run a batch file, report the result with `say`, and return the exit code.

    Raises:
        OSError: A file cannot be read or written.
        OpenAIError: The client cannot be made.
        ValueError: A file has other content than batch lines.
    """
    errors = errors_path(args.output, args.errors)
    try:
        with _client(args) as client, progress_display(args.progress) as on_progress:
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
        print(escaped(str(error)), file=sys.stderr)
        lines = "1 invalid line" if error.count == 1 else f"{error.count} invalid lines"
        say(f"{lines}; nothing was sent. --skip-bad records them in {errors} and runs the rest.")
        return USAGE_ERROR
    except KeyboardInterrupt:
        option = "" if args.resume else " without --no-resume"
        say(f"interrupted; run the same command again{option} to resume")
        raise
    say(_report(summary, args.output, errors))
    return FAILED if summary.failed else 0


def _client(args: argparse.Namespace) -> OpenAI:
    options: dict[str, Any] = {} if args.timeout is None else {"timeout": args.timeout}
    if args.base_url and not os.environ.get("OPENAI_API_KEY"):
        options["api_key"] = "none"  # a user's own server seldom needs a key
    return OpenAI(base_url=args.base_url, **options)


def _report(summary: FileSummary, output: str, errors: Path) -> str:
    before = f" ({summary.before} of them before this run)" if summary.before else ""
    failed = f", {summary.failed} failed (see {errors})" if summary.failed else ""
    if failed and before and errors != Path(output):
        before += f"; to retry failed requests, remove {errors}"
    requests = "1 request" if summary.total == 1 else f"{summary.total} requests"
    return f"{requests}, {summary.done} with an answer in {output}{failed}{before}"
