"""`ssescan batch`: runs a file of requests."""

from __future__ import annotations

import argparse
from typing import Any

from ._arguments import NETWORK_VARIABLES, OPENAI_VARIABLES, add_command, positive, seconds
from ._client import base_url, client_options
from ._output import Misuse, say

__all__ = ["add_commands"]

_USAGE = """[--errors ERRORS] [--workers N] [--base-url U]
                     [--model M] [--prompt-column Q] [--system TEXT]
                     [--body JSON] [--rpm N] [--tpm N] [--timeout S]
                     [--coalesce S] [--resume | --no-resume]
                     [--retry-failed] [--accept-changes] [--skip-bad]
                     [--keep-going] [--progress KIND]
                     INPUT -o OUTPUT"""
_EXAMPLES = """\
  ssescan batch prompts.jsonl -o answers.jsonl --model gpt-5.5
  ssescan batch prompts.csv -o answers.csv --prompt-column q --model gpt-5.5
"""


def add_commands(commands: Any) -> None:
    """Add `batch`."""
    more = (
        "A line of INPUT is a body, or one of OpenAI's batch lines: custom_id, method, url, body. URLs: /v1/chat/completions "
        "(bodies with messages), /v1/responses (input), /v1/completions (prompt), /v1/messages. If the first url is "
        "/v1/messages, the key is ANTHROPIC_API_KEY, and the default of U is ANTHROPIC_BASE_URL. With an OUTPUT of x.csv, "
        "results are appended to x.jsonl, and x.csv is written at the end. Run the same command again to resume an "
        "interrupted run. Exit codes: 0 all requests have an answer, 1 a request or the run failed, 2 nothing was sent, 3 "
        "stopped since the first 20 all failed, 130 Ctrl-C. The reason for 2 is wrong usage, no key, or a missing or invalid file"
    )
    variables = f"{OPENAI_VARIABLES}, ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, {NETWORK_VARIABLES}"
    what = "run a file of requests, many at a time"
    about: dict[str, Any] = {"usage": _USAGE, "examples": _EXAMPLES, "more": more, "variables": variables}
    add = add_command(commands, "batch", _batch, what, check=_check, **about).add_argument
    add("input", metavar="INPUT", help="requests, one JSON object per line, or CSV; NAME.gz is decompressed")
    add(
        "-o",
        dest="output",
        metavar="OUTPUT",
        required=True,
        help="x.jsonl: answers are appended in any order; x.csv: rows in input order, written when the run ends",
    )
    add("--errors", metavar="ERRORS", help="failures are appended here; default: OUTPUT with .errors before its suffix")
    add("--workers", metavar="N", type=positive(int), default=64, help="streams at one time; default: 64")
    add(
        "--base-url",
        metavar="U",
        type=base_url,
        help="of the API, which may need no key; default: OPENAI_BASE_URL, else OpenAI's",
    )
    add("--model", metavar="M", help="the model for all requests, whatever INPUT says")
    add("-m", dest="model", help=argparse.SUPPRESS)  # as in `chat`
    add("--prompt-column", metavar="Q", help="INPUT is CSV, and column Q has the prompts; needs --model")
    add("--system", metavar="TEXT", help="instructions that are sent before each prompt of a CSV file")
    add(
        "--body",
        metavar="JSON",
        type=_object,
        help="more of each body, whatever INPUT says, or @FILE: '{\"temperature\": 0}'",
    )
    add("--rpm", metavar="N", type=positive(float), help="requests per minute; default: unlimited")
    add("--tpm", metavar="N", type=positive(float), help="tokens per minute; default: unlimited")
    add("--timeout", metavar="S", type=positive(float), help="retry a stream after S seconds without data")
    add("--coalesce", metavar="S", type=seconds, default=0.25, help="read the streams every S seconds; default: 0.25")
    add(
        "--resume",
        action="store_true",
        default=True,
        help="skip requests that have a result, failed ones included (the default)",
    )
    add("--no-resume", dest="resume", action="store_false", help="empty OUTPUT and ERRORS first")
    add("--retry-failed", action="store_true", help="send failed requests again: empty ERRORS first")
    what = "resume even if OUTPUT has results of another --model, --system or --body, or of edited requests"
    add("--accept-changes", action="store_true", help=what)
    add("--skip-bad", action="store_true", help="write invalid lines to ERRORS and run the rest")
    add("--keep-going", action="store_true", help="run all requests even if the first 20 all fail")
    kinds = ("auto", "plain", "none")
    add("--progress", metavar="KIND", default="auto", choices=kinds, help="auto (a bar on a terminal), plain or none")


def _check(args: argparse.Namespace) -> None:
    if args.prompt_column is not None and args.model is None:
        args.parser.error("argument --prompt-column: it needs --model, such as --model gpt-5.5")
    if args.prompt_column is not None and "messages" in (args.body or ()):
        args.parser.error("argument --body: it has messages, which are the prompts; use --system for instructions")
    if args.retry_failed and not args.resume:
        args.parser.error("argument --retry-failed: not allowed with --no-resume, which sends all requests again")
    if args.prompt_column is None and args.system is not None:
        args.parser.error("argument --system: it needs --prompt-column; other requests have their own system messages")


def _object(text: str) -> dict[str, Any]:
    """Parse a JSON object, or that of a file."""
    import json

    try:
        if text.startswith("@"):
            with open(text[1:], encoding="utf-8-sig") as file:
                text = file.read()
        value = json.loads(text)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot read {text[1:]!r}: {error.strerror}") from None
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not valid JSON: {error}; enclose it in single quotes") from None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f"expected a JSON object, got {text!r}")
    return value


def _batch(args: argparse.Namespace) -> int:
    from ssescan.batch._command import run_command

    try:
        return run_command(args, say, client_options)
    except ValueError as error:  # a file does not contain batch lines
        raise Misuse(error) from None
