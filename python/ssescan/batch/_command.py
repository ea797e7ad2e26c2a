"""`ssescan batch`: runs a batch file and reports how it ended."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssescan._terminal import escaped
from ssescan.errors import (
    APIConnectionError,
    AuthenticationError,
    NotAnEventStream,
    NotFoundError,
    OpenAIError,
    PermissionDeniedError,
)
from ssescan.http.urls import redacted
from ssescan.openai import OpenAI

from ._changes import ChangedRequests
from ._failures import BatchStopped
from ._files import FileSummary, answers_path, errors_path, run_file
from ._jsonl import RequestFile
from ._limiter import Limiter
from ._options import Progress
from ._problems import BadInput
from ._progress import progress_display
from ._requests import BatchRequest, Provider, endpoint_of
from ._tables import is_table

__all__ = ["run_command"]

FAILED, USAGE_ERROR, STOPPED = 1, 2, 3

_CHANGES_ADVICE = (
    "Nothing was sent. Choose another -o to keep these results. Or add --no-resume to remove all results and send all "
    "requests, or --accept-changes to resume."
)


def run_command(args: argparse.Namespace, say: Callable[[str], None]) -> int:
    """Run a batch file, report the result with `say`, and return the exit code.

    Raises:
        OSError: A file cannot be read or written.
        OpenAIError: The client cannot be made.
        ValueError: A file has other content than batch lines.
    """
    errors = errors_path(args.output, args.errors)
    failures = _Failures()
    try:
        with _client(args) as client, progress_display(args.progress) as show:
            summary = run_file(
                args.input,
                args.output,
                errors,
                client=client,
                max_workers=args.workers,
                limiter=Limiter(rpm=args.rpm, tpm=args.tpm),
                coalesce_s=args.coalesce,
                on_progress=failures.noted(show),
                model=args.model,
                resume=args.resume,
                skip_bad=args.skip_bad,
                stop_early=not args.keep_going,
                prompt_column=args.prompt_column,
                system=args.system,
                body=args.body,
                retry_failed=args.retry_failed,
                check_changes=not args.accept_changes,
            )
    except ChangedRequests as error:
        say(f"{error} {_CHANGES_ADVICE}")
        return USAGE_ERROR
    except BadInput as error:
        if not error.problems:
            say(str(error))
            return USAGE_ERROR
        print(escaped(str(error)), file=sys.stderr)
        lines = "1 invalid line" if error.count == 1 else f"{error.count} invalid lines"
        say(f"{lines}; nothing was sent. --skip-bad records them in {errors} and runs the rest.")
        return USAGE_ERROR
    except BatchStopped as error:
        how = "Then run the same command again, or with --keep-going to send all requests in any case."
        say(" ".join(filter(None, (str(error), _hint(error.__cause__, client, args), how))))
        return STOPPED
    except KeyboardInterrupt:
        failures.report(say)
        option = "" if args.resume else " without --no-resume"
        if is_table(args.output):
            say(
                f"{args.output} is written when the run is complete; the answers so far are in {answers_path(args.output)}"
            )
        say(f"interrupted; run the same command again{option} to resume")
        raise
    failures.report(say)
    say(_report(summary, args.input, args.output, errors))
    return FAILED if summary.failed else 0


class _Failures:
    """The commonest failures of a run, and the number of answers that reached their token limit."""

    def __init__(self) -> None:
        self._commonest: tuple[tuple[str, int], ...] = ()
        self._others = self._at_token_limit = 0

    def noted(self, show: Callable[[Progress], None] | None) -> Callable[[Progress], None]:
        """Return a function that keeps the failures of a report, and passes it on."""

        def on_progress(progress: Progress) -> None:
            self._commonest, self._others = progress.failures, progress.other_failures
            self._at_token_limit = progress.at_token_limit
            if show is not None:
                show(progress)

        return on_progress

    def report(self, say: Callable[[str], None]) -> None:
        """Report the failures, the commonest first."""
        for reason, count in self._commonest:
            say(f"{count} failed: {reason}")
        if self._others:
            say(f"{self._others} failed for other reasons")
        if count := self._at_token_limit:
            answers = "1 answer" if count == 1 else f"{count} answers"
            say(f"{answers} reached the token limit (see finish_reason)")


def _client(args: argparse.Namespace) -> OpenAI:
    """Return a client for the provider of the first request."""
    provider = _provider_of(args.input)
    key_variable = _key_variable(provider)
    options: dict[str, Any] = {"api_key": os.environ.get(key_variable) or None, "base_url": args.base_url}
    if args.timeout is not None:
        options["timeout"] = args.timeout
    if args.base_url and not options["api_key"]:
        options["api_key"] = "none"  # a user's own server seldom needs a key
    if not options["api_key"]:
        raise OpenAIError(f"Missing API key: {key_variable} is not set. Set it, or name a server with --base-url.")
    if provider is not None:
        # A key of this provider must not be sent to the URL of another one.
        url = os.environ.get(provider.url_variable) or provider.url
        options["base_url"] = args.base_url or f"{url.rstrip('/').removesuffix('/v1')}/v1"
    return OpenAI(**options)


def _hint(cause: BaseException | None, client: OpenAI, args: argparse.Namespace) -> str:
    """Return where the key or the base URL is from, if one of them may be the reason of a failure."""
    if isinstance(cause, (AuthenticationError, PermissionDeniedError)):
        name = _key_variable(_provider_of(args.input))
        return f"It is that of {name}." if os.environ.get(name) else f"{name} is not set."
    if isinstance(cause, (APIConnectionError, NotAnEventStream, NotFoundError)):
        return f"The base URL is {redacted(str(client.base_url))}."
    return ""


def _key_variable(provider: Provider | None) -> str:
    return "OPENAI_API_KEY" if provider is None else provider.key_variable


def _provider_of(path: str) -> Provider | None:
    """Return the provider of the first request in a file; None for OpenAI, and if there is no request."""
    try:
        requests = (item for _, _, item in RequestFile(path) if isinstance(item, BatchRequest))
        endpoint = next((endpoint_of(request.url) for request in requests), None)
    except OSError:  # the run reports it
        return None
    return None if endpoint is None else endpoint.provider


def _report(summary: FileSummary, source: str, output: str, errors: Path) -> str:
    before = f" ({summary.before} of them before this run)" if summary.before else ""
    failed = f", {summary.failed} failed (see {errors})" if summary.failed else ""
    if failed and errors != answers_path(output):
        before += "; --retry-failed sends failed requests again"
    if not summary.total:
        return f"{source} has no {'rows' if is_table(source) else 'requests'}; nothing was sent"
    requests = "1 request" if summary.total == 1 else f"{summary.total} requests"
    return f"{requests}, {summary.done} with an answer in {output}{failed}{before}"
