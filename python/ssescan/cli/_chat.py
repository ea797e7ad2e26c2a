"""`ssescan chat`: asks a model."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from ._arguments import NETWORK_VARIABLES, OPENAI_VARIABLES, add_command, positive
from ._output import Failure, copy_text, say, write

__all__ = ["add_commands"]

_USAGE = "[--system TEXT] [--json] [--base-url U] [--timeout S]\n                    -m MODEL [QUESTION ...]"
_EXAMPLES = """\
  ssescan chat -m gpt-5.5 "Why is the sky blue?"
  git diff | ssescan chat -m gpt-5.5 --system "Be brief." "Review this change."
"""


def add_commands(commands: Any) -> None:
    """Add `chat`."""
    what = "ask a model, and print the answer as it arrives"
    more = (
        "If standard input is not a terminal, its text is sent before QUESTION; </dev/null sends none. The answer of a server with Chat "
        "Completions is streamed. OPENAI_API_KEY is not needed with a base URL."
    )
    variables = f"{OPENAI_VARIABLES}, {NETWORK_VARIABLES}"
    about: dict[str, Any] = {"usage": _USAGE, "examples": _EXAMPLES, "more": more, "variables": variables}
    command = add_command(commands, "chat", _chat, what, check=_check, **about)
    command.add_argument("question", metavar="QUESTION", nargs="*", help="the question; default: standard input")
    command.add_argument("-m", dest="model", metavar="MODEL", help="the name of the model; required")
    command.add_argument("--model", dest="model", help=argparse.SUPPRESS)
    command.add_argument("--system", metavar="TEXT", help="instructions that are sent before the question")
    command.add_argument(
        "--json", action="store_true", help="print the whole answer as one JSON object, with its usage"
    )
    command.add_argument("--base-url", metavar="U", help="of the API; default: OPENAI_BASE_URL, else OpenAI's")
    command.add_argument("--timeout", metavar="S", type=positive(float), help="fail after S seconds without data")


def _check(args: argparse.Namespace) -> None:
    if args.model is None:  # argparse would ask for one of its names only
        args.parser.error("the following arguments are required: -m MODEL, such as -m gpt-5.5")


def _chat(args: argparse.Namespace) -> int:
    messages = [{"role": "system", "content": _unicode(args.system)}] if args.system else []
    request: dict[str, Any] = {"messages": [*messages, {"role": "user", "content": _question(args)}]}
    if args.json:
        request["stream_options"] = {"include_usage": True}
    with _client(args) as client, _asked(client, model=args.model, **request) as events:
        if args.json:
            _print_answer(events)
            return 0
        copy_text(events.reader(on_event=_print_refusal))
        if events.finish_reason not in ("stop", None):
            say(f"the answer ended early (finish_reason: {events.finish_reason})")
    return 0


def _asked(client: Any, **request: Any) -> Any:
    from ssescan.errors import APIConnectionError, NotFoundError
    from ssescan.http.failures import root_cause
    from ssescan.http.urls import redacted

    url = redacted(str(client.base_url))
    try:
        return client.chat.completions.create(stream=True, **request)
    except APIConnectionError as error:
        cause = root_cause(error)
        raise Failure(cause if cause.startswith("Invalid URL") else f"{url}: {cause}") from None
    except NotFoundError as error:
        hint = f"No {url}chat/completions? Most base URLs end with /v1." if error.code is None else ""
        raise Failure(f"{error} {hint}") from None


def _question(args: argparse.Namespace) -> str:
    """Return the question, after the text of standard input if that is not a terminal."""
    content = b"" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.read()
    if b"\0" in content:
        raise Failure("Standard input is not text: it has a NUL byte. Nothing was sent.")
    context = content.decode("utf-8-sig", "replace")
    parts = [part for part in (context.strip(), _unicode(" ".join(args.question)).strip()) if part]
    if not parts:
        args.parser.error("expected a question, as QUESTION or on standard input")
    return "\n\n".join(parts)


def _unicode(argument: str) -> str:
    """Return an argument without the surrogates that stand for its bytes that are not UTF-8."""
    return os.fsencode(argument).decode("utf-8", "replace")


def _client(args: argparse.Namespace) -> Any:
    from ssescan.openai import OpenAI

    options: dict[str, Any] = {} if args.timeout is None else {"timeout": args.timeout}
    if not os.environ.get("OPENAI_API_KEY"):
        if not (args.base_url or os.environ.get("OPENAI_BASE_URL")):
            raise Failure("OPENAI_API_KEY is not set. Set it to your key, or use --base-url for a server of your own.")
        options["api_key"] = "none"  # a user's own server seldom needs a key
    return OpenAI(base_url=args.base_url, **options)


def _print_refusal(event: Any) -> None:
    for choice in event.choices:
        if refusal := choice.delta.refusal:
            write(refusal)


def _print_answer(events: Any) -> None:
    import json

    from ssescan import accumulate

    write(json.dumps(accumulate(events).to_dict(), ensure_ascii=False) + "\n")
