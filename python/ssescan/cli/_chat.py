"""`ssescan chat`: asks a model."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from functools import partial
from typing import Any

from ssescan._log import INFO

from ._arguments import NETWORK_VARIABLES, OPENAI_VARIABLES, add_command, positive
from ._client import base_url, client_options
from ._output import Failure, Misuse, TextOutput, say, say_logged, write
from ._sources import cause_of, check_request

__all__ = ["add_commands"]

#: The seconds after which a wait for standard input is explained.
_PATIENCE_S = 2.0

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
        "Completions is streamed. Its last line is ended. OPENAI_API_KEY is not needed with a base URL."
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
    command.add_argument(
        "--base-url", metavar="U", type=base_url, help="of the API; default: OPENAI_BASE_URL, else OpenAI's"
    )
    command.add_argument("--timeout", metavar="S", type=positive(float), help="fail after S seconds without data")


def _check(args: argparse.Namespace) -> None:
    if not args.model:  # argparse would ask for one of its names only
        args.parser.error("the following arguments are required: -m MODEL, such as -m gpt-5.5")


def _chat(args: argparse.Namespace) -> int:
    from ssescan.openai import OpenAI

    messages = [{"role": "system", "content": _unicode(args.system)}] if args.system else []
    request: dict[str, Any] = {"messages": [*messages, {"role": "user", "content": _question(args)}]}
    if args.json:
        request["stream_options"] = {"include_usage": True}
    with (
        OpenAI(**client_options(args, "OPENAI_API_KEY", "OPENAI_BASE_URL")) as client,
        _asked(client, args.timeout, model=args.model, **request) as events,
    ):
        if args.json:
            _print_answer(events)
        else:
            _print_text(events)
    return 0


def _asked(client: Any, timeout_s: float | None, **request: Any) -> Any:
    """Send a request, and return the stream of its answer."""
    from ssescan.errors import APIConnectionError, APIError

    try:
        with say_logged("openai._base_client", INFO, _retry):
            return client.chat.completions.create(stream=True, **request)
    except APIError as error:
        from ssescan.batch._failures import advice_on  # a batch says the same
        from ssescan.http.urls import redacted

        url = redacted(str(client.base_url))
        if not isinstance(error, APIConnectionError):
            raise Failure(f"{str(error).rstrip('.')}. {advice_on(error, url, 'OPENAI_API_KEY')}") from None
        check_request(error)
        raise Failure(f"{url}: {cause_of(error, timeout_s)}. {advice_on(error)}") from None


def _retry(record: Any) -> str:
    delay_s, number, limit = record.args
    return f"Request failed. Retrying in {delay_s:.1f} s (retry {number} of {limit})."


def _print_text(events: Any) -> None:
    with TextOutput() as output:
        output.copy(events.reader(on_event=partial(_print_refusal, output)))
    if events.finish_reason not in ("stop", None):
        say(f"the answer ended early (finish_reason: {events.finish_reason})")
    elif output.is_empty:
        say("the answer has no text")


def _question(args: argparse.Namespace) -> str:
    """Return the question, after the text of standard input if that is not a terminal."""
    content = b"" if sys.stdin is None or sys.stdin.isatty() else _standard_input(bool(args.question))
    if b"\0" in content:
        raise Misuse("Standard input is not text: it has a NUL byte. Nothing was sent.")
    context = _decoded(content)
    parts = [part for part in (context.strip(), _unicode(" ".join(args.question)).strip()) if part]
    if not parts:
        args.parser.error("expected a question, as QUESTION or on standard input")
    return "\n\n".join(parts)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = f"byte 0x{content[error.start]:02x} at position {error.start}"
        say(f"standard input is not UTF-8 ({byte}); invalid bytes are sent as U+FFFD. `iconv` converts other encodings")
        return content.decode("utf-8-sig", "replace")


def _standard_input(is_context: bool) -> bytes:
    """Return the bytes of standard input. What another program left open has no end, so a wait is explained."""
    what = "the text to send before the question" if is_context else "the question"
    instead = "</dev/null sends none" if is_context else "or pass it as an argument"
    waiting = threading.Timer(
        _PATIENCE_S, say, [f"reading {what} from standard input until it ends (Ctrl-D); {instead}"]
    )
    waiting.daemon = True
    waiting.start()
    try:
        return sys.stdin.buffer.read()
    finally:
        waiting.cancel()


def _unicode(argument: str) -> str:
    """Return an argument without the surrogates that stand for its bytes that are not UTF-8."""
    return os.fsencode(argument).decode("utf-8", "replace")


def _print_refusal(output: TextOutput, event: Any) -> None:
    for choice in event.choices:
        output.write(choice.delta.refusal or "")


def _print_answer(events: Any) -> None:
    import json

    from ssescan import SSEScanError, accumulate

    try:
        answer = accumulate(events)
    except SSEScanError as error:
        if text := getattr(error, "partial_text", ""):
            say(f"the text before the failure, as JSON: {json.dumps(text, ensure_ascii=False)}")
        raise
    write(json.dumps(answer.to_dict(), ensure_ascii=False) + "\n")
