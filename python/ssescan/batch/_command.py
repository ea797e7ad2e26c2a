"""`ssescan batch`: runs a batch file and reports how it ended."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssescan._terminal import escaped
from ssescan.http.failures import invalid_request
from ssescan.http.urls import redacted
from ssescan.openai import OpenAI

from ._changes import ChangedRequests
from ._failures import BatchStopped, origin_of
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


#: Returns the options of a client from the arguments, the variable of the key, and that of the base URL.
ClientOptions = Callable[[argparse.Namespace, str, str], dict[str, Any]]


def run_command(args: argparse.Namespace, say: Callable[[str], None], client_options: ClientOptions) -> int:
    """Run a batch file, report the result with `say`, and return the exit code.

    Raises:
        OSError: A file cannot be opened. Nothing was sent.
        ValueError: A file has other content than batch lines.
    """
    errors = errors_path(args.output, args.errors)
    failures = _Failures()
    try:
        with _client(args, client_options) as client, progress_display(args.progress) as show:
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
        if problem := invalid_request(error.__cause__):
            say(f"{problem}. Nothing was sent.")
            return USAGE_ERROR
        how = "Then run the same command again, or with --keep-going to send all requests in any case."
        origin = origin_of(error.__cause__, redacted(str(client.base_url)), _key_variable(_provider_of(args.input)))
        say(" ".join(filter(None, (str(error), origin, how))))
        return STOPPED
    except OSError as error:
        if not failures.has_progress:
            raise
        failures.report(say)
        why = f"{error.filename or args.output}: {error.strerror or error}"
        say(f"stopped: {why}. The results that were written are kept. Run the same command again to resume.")
        return FAILED
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
    """The commonest failures of a run, and the number of answers that reached their token limit.

    Attributes:
        has_progress: True after the first `Progress` of the run, which may have no result yet.
    """

    def __init__(self) -> None:
        self.has_progress = False
        self._commonest: tuple[tuple[str, int], ...] = ()
        self._others = self._at_token_limit = 0

    def noted(self, show: Callable[[Progress], None] | None) -> Callable[[Progress], None]:
        """Return a function that keeps the failures of a report, and passes it on."""

        def on_progress(progress: Progress) -> None:
            self.has_progress = True
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


def _client(args: argparse.Namespace, client_options: ClientOptions) -> OpenAI:
    """Return a client for the provider of the first request."""
    provider = _provider_of(args.input)
    options = client_options(args, _key_variable(provider), provider.url_variable if provider else "OPENAI_BASE_URL")
    if provider is not None:
        # A key of this provider must not be sent to the URL of another one.
        url = os.environ.get(provider.url_variable) or provider.url
        options["base_url"] = args.base_url or f"{url.rstrip('/').removesuffix('/v1')}/v1"
    return OpenAI(**options)


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
    if not summary.total:
        return f"{source} has no {'rows' if is_table(source) else 'requests'}; nothing was sent"
    requests = "1 request" if summary.total == 1 else f"{summary.total} requests"
    failed = f", {summary.failed} failed (see {errors})" if summary.failed else ""
    report = f"{requests}, {summary.done} with an answer in {output}{failed}"
    if summary.before:
        report += f". Earlier runs finished {summary.before}, this run {summary.done + summary.failed - summary.before}"
    if failed and errors != answers_path(output):
        report += ". --retry-failed sends failed requests again"
    return report
