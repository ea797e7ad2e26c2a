"""`ssescan`: the command line.

Standard output has text and events only; messages go to standard error. Exit codes: 0 success, 1 failure (after a line
that begins with `ssescan:`), 2 wrong usage, 3 a batch stopped early, 130 Ctrl-C, 141 standard output was closed. Text that
arrived before a failure stays printed.

Control characters from servers are escaped, on standard error always and on standard output if it is a terminal.

Each command imports what it needs, so that `--help` is quick.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from ssescan._terminal import escaped

if TYPE_CHECKING:
    from ssescan import EventSource, Scanner, ServerSentEvent
    from ssescan.openai import OpenAI
    from ssescan.replay import ReplayServer

__all__ = ["main"]

FAILURE, INTERRUPTED, PIPE_CLOSED = 1, 130, 141  # the last two are what shells show for SIGINT and SIGPIPE

_RETRIES = 2  # as in `ssescan.stream`

_DEMO_RATE = 45.0  # events per second: about 220 events in five seconds, a little faster than people read

# Python 3.13 prints options with a short and a long name differently, and breaks long usage lines elsewhere. So an
# option here has one name, and each usage is written out: the help is the same on every version.
_USAGE = {
    "chat": "[--system TEXT] [--json] [--base-url U] [--timeout S]\n                    -m MODEL [QUESTION ...]",
    "text": "[--channel NAME] [--dialect NAME] [-H HEADER]\n"
    "                    [-d DATA | --json BODY] [--timeout S] [--retries N]\n"
    "                    SOURCE",
    "events": "[--json] [--dialect NAME] [-H HEADER]\n"
    "                      [-d DATA | --json BODY] [--timeout S]\n"
    "                      [--retries N | --reconnect] SOURCE",
    "replay": "[--port N] [--host H] [--rate N] [--block N]\n                      [--chunked | --no-chunked] FILE...",
    "batch": "[--errors ERRORS] [--workers N] [--base-url U]\n"
    "                     [--model M] [--prompt-column Q] [--system TEXT]\n"
    "                     [--rpm N] [--tpm N] [--timeout S]\n"
    "                     [--coalesce S] [--resume | --no-resume]\n"
    "                     [--skip-bad] [--keep-going] [--progress KIND]\n"
    "                     INPUT -o OUTPUT",
    "demo": "[--rate N]",
}

_EXAMPLES = {
    "": """\
  ssescan chat -m gpt-5.5 "Why is the sky blue?"
  ssescan text https://api.example.com/v1/chat/completions --json @body.json
""",
    "chat": """\
  ssescan chat -m gpt-5.5 "Why is the sky blue?"
  git diff | ssescan chat -m gpt-5.5 --system "Be brief." "Review this change."
""",
    "text": """\
  curl -sN https://example.com/stream | ssescan text -
  ssescan text -H @headers.txt --json @body.json https://example.com/v1/messages
""",
    "events": """\
  ssescan events --json https://stream.wikimedia.org/v2/stream/recentchange
  ssescan events run.sse | jq .data
""",
    "replay": """\
  ssescan replay --port 8000 --rate 20 run.sse
  ssescan text http://127.0.0.1:8000/run
""",
    "batch": """\
  ssescan batch prompts.jsonl -o answers.jsonl --model gpt-5.5
  ssescan batch prompts.csv -o answers.csv --prompt-column q --model gpt-5.5
""",
    "demo": """\
  ssescan demo
  ssescan demo --rate 10
""",
}

_NETWORK = "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR"
_OPENAI = "OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_ORG_ID, OPENAI_PROJECT_ID"
_VARIABLES = {
    "": f"{_OPENAI}, {_NETWORK}",
    "chat": f"{_OPENAI}, {_NETWORK}",
    "text": _NETWORK,
    "events": _NETWORK,
    "batch": f"{_OPENAI}, ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, {_NETWORK}",
}


def main(argv: list[str] | None = None) -> int:
    """Run `ssescan` and return its exit code.

    Args:
        argv: The arguments without the program's name; None takes those of the process.

    Raises:
        SystemExit: 2 for wrong usage, 0 after `--help` and `--version`, as argparse does.
    """
    _prepare_output()
    try:
        parser = _parser()
        args = parser.parse_args(argv)
        if args.command is None:
            parser.print_help()
            return 0
        _check_usage(args)
        return _run(args)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        _leave_stdout()


class _Failure(Exception):
    """A command failed. The message is one line for the user."""


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

    return SSEScanError, OSError, _Failure


def _fail(error: BaseException) -> int:
    if isinstance(error, OSError) and error.strerror:  # its str would begin with "[Errno 2]"
        _say(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    else:
        _say(" ".join(str(error).split()))
    return FAILURE


#: Advice in messages that is for programs -> what to say on the command line.
_ADVICE = (
    (re.compile(r" The text so far is in [^.]*\."), ""),
    (re.compile(r"(?<=Change it with )Timeouts\(\w+=\.\.\.\)"), "--timeout"),
    (re.compile(r" Pass a larger max_\w+ to [^.]*\."), ""),
)


def _say(message: str) -> None:
    for advice, instead in _ADVICE:
        message = advice.sub(instead, message)
    with suppress(OSError):  # standard error is closed; the exit code still reports the failure
        print(f"ssescan: {escaped(message)}", file=sys.stderr, flush=True)


def _prepare_output() -> None:
    """Make standard output UTF-8 in every locale, keep line ends as they are, and print lone surrogates as `?`.

    What the shell closed (`>&-`, `2>&-`) is replaced. Else messages would be printed to standard output, and files that are
    opened would get its number.
    """
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - open until the process ends
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="\n")


def _leave_stdout() -> None:
    """Flush. If standard output is closed, replace it, since the interpreter would report the failure at its exit."""
    try:
        sys.stdout.flush()
    except OSError:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)


# ---------------------------------------------------------------------------------------------------------------------
# The commands


def _chat(args: argparse.Namespace) -> int:
    messages = [{"role": "system", "content": _unicode(args.system)}] if args.system else []
    request: dict[str, Any] = {"messages": [*messages, {"role": "user", "content": _question(args)}]}
    if args.json:
        request["stream_options"] = {"include_usage": True}
    with _client(args) as client, _asked(client, model=args.model, **request) as events:
        if args.json:
            _print_answer(events)
            return 0
        _copy_text(events.reader(on_event=_print_refusal))
        if events.finish_reason not in ("stop", None):
            _say(f"the answer ended early (finish_reason: {events.finish_reason})")
    return 0


def _asked(client: OpenAI, **request: Any) -> Any:
    from ssescan.errors import APIConnectionError, NotFoundError
    from ssescan.http.failures import root_cause
    from ssescan.http.urls import redacted

    url = redacted(str(client.base_url))
    try:
        return client.chat.completions.create(stream=True, **request)
    except APIConnectionError as error:
        cause = root_cause(error)
        raise _Failure(cause if cause.startswith("Invalid URL") else f"{url}: {cause}") from None
    except NotFoundError as error:
        hint = f"No {url}chat/completions? Most base URLs end with /v1." if error.code is None else ""
        raise _Failure(f"{error} {hint}") from None


def _question(args: argparse.Namespace) -> str:
    """Return the question, after the text of standard input if that is not a terminal."""
    context = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.read().decode("utf-8-sig", "replace")
    parts = [part for part in (context.strip(), _unicode(" ".join(args.question)).strip()) if part]
    if not parts:
        args.parser.error("expected a question, as QUESTION or on standard input")
    return "\n\n".join(parts)


def _unicode(argument: str) -> str:
    """Return an argument without the surrogates that stand for its bytes that are not UTF-8."""
    return os.fsencode(argument).decode("utf-8", "replace")


def _client(args: argparse.Namespace) -> OpenAI:
    from ssescan.openai import OpenAI

    options: dict[str, Any] = {} if args.timeout is None else {"timeout": args.timeout}
    if not os.environ.get("OPENAI_API_KEY"):
        if not (args.base_url or os.environ.get("OPENAI_BASE_URL")):
            raise _Failure("OPENAI_API_KEY is not set. Set it to your key, or use --base-url for a server of your own.")
        options["api_key"] = "none"  # a user's own server seldom needs a key
    return OpenAI(base_url=args.base_url, **options)


def _print_refusal(event: Any) -> None:
    for choice in event.choices:
        if refusal := choice.delta.refusal:
            _write(refusal)


def _print_answer(events: Any) -> None:
    import json

    from ssescan import accumulate

    _write(json.dumps(accumulate(events).to_dict(), ensure_ascii=False) + "\n")


def _text(args: argparse.Namespace) -> int:
    with _open(args) as events:
        if args.dialect == "none":
            _print_data(events)
            return 0
        _copy_text(events.reader(channel=args.channel, on_event=partial(_check_format, events)))
    return 0


def _check_format(events: Scanner, event: Any) -> None:
    """Fail if the first event belongs to no known dialect: the stream may be endless, and no text would be printed."""
    if events.dialect is None:
        name = "an event without a name" if event.event == "message" else f"event {event.event!r}"
        raise _Failure(
            f"Unknown stream format: no known dialect has its first event ({name}, {len(event.raw)} bytes). "
            "Use `--dialect none` to print raw events."
        )


def _print_data(events: Scanner) -> None:
    for event in events:
        _write(event.data + "\n")


def _write(text: str) -> None:
    """Write text from a server to standard output. Programs get it as it is."""
    sys.stdout.write(escaped(text) if sys.stdout.isatty() else text)
    sys.stdout.flush()


def _copy_text(reader: Any) -> None:
    """Print text as it arrives. On a terminal, end the last line, so that the prompt starts on a new one."""
    last = "\n"
    try:
        while text := reader.read(65536):
            last = text
            _write(text)
    finally:
        if sys.stdout.isatty() and not last.endswith("\n"):
            print(flush=True)


def _events(args: argparse.Namespace) -> int:
    with _reconnecting(args) if args.reconnect else _open(args) as events:
        for event in events:
            _write(_json_line(event, args.decode))
    return 0


def _json_line(event: Any, decode: bool) -> str:
    import json

    from ssescan import ServerSentEvent

    if not isinstance(event, ServerSentEvent):
        event.json()  # raises for an invalid payload
        return f'{{"event": {json.dumps(_name(event))}, "data": {_payload(event)}}}\n'
    name, data, event_id = (json.dumps(text, ensure_ascii=False) for text in (event.event, event.data, event.id))
    if decode and _is_json(event):
        data = _payload(event)
    return f'{{"event": {name}, "data": {data}, "id": {event_id}}}\n'


def _payload(event: Any) -> str:
    """Return JSON as the server sent it, with every digit of its numbers and with duplicate keys, on one line."""
    payload: str = event.raw.decode("utf-8", "replace")
    return payload.replace("\n", " ").replace("\r", " ")  # line ends in JSON are always between tokens


def _is_json(event: ServerSentEvent) -> bool:
    from ssescan.errors import EventDecodeError

    try:
        event.json()
    except EventDecodeError:
        return False
    return True


def _name(event: Any) -> str:
    """Return the name of an event on the wire; `message`, the default of the standard, for events without a name."""
    return getattr(event, "event", None) or getattr(event, "type", None) or "message"


def _replay(args: argparse.Namespace) -> int:
    with _listen(args) as server:
        _say(f"replaying {', '.join(args.files)} at {server.url} (Ctrl-C ends)")
        server.wait()
    return 0


def _listen(args: argparse.Namespace) -> ReplayServer:
    from ssescan.replay import Recording, ReplayServer

    try:
        recordings = [Recording.load(file) for file in args.files]
    except ValueError as error:  # a damaged .headers file
        raise _Failure(error) from None
    pace = {"rate": args.rate, "block": args.block, "chunked": args.chunked}
    try:
        return ReplayServer(recordings, host=args.host, port=args.port, **pace)
    except OSError as error:
        raise _Failure(f"cannot listen at {args.host}, port {args.port}: {error.strerror}") from None


def _batch(args: argparse.Namespace) -> int:
    from ssescan.batch._command import run_command

    try:
        return run_command(args, _say)
    except ValueError as error:  # a file does not contain batch lines
        raise _Failure(error) from None


def _demo(args: argparse.Namespace) -> int:
    from ssescan.http.connections import make_pool
    from ssescan.openai import OpenAI
    from ssescan.replay import ReplayServer
    from ssescan.replay.demo import ASSISTANT_ID, recording

    # A pool of its own, since the client would use the proxies of the environment to reach this process.
    with ReplayServer(recording(), rate=args.rate) as server, make_pool(None, 1) as pool:
        client = OpenAI(api_key="demo", base_url=f"{server.url}/v1", http_client=pool)
        warnings.filterwarnings("ignore", "The Assistants API is deprecated")
        with client.beta.threads.create_and_run(assistant_id=ASSISTANT_ID, stream=True) as events:
            _copy_text(events.reader())
        print(_figures(events.stats), file=sys.stderr)
    return 0


def _figures(stats: Any) -> str:
    return f"{stats.events} events in {stats.duration_s:.2f} s, first text after {stats.time_to_first_text_s:.3f} s"


# ---------------------------------------------------------------------------------------------------------------------
# Sources


@contextmanager
def _open(args: argparse.Namespace) -> Iterator[Scanner]:
    from ssescan import Scanner

    dialect = None if args.dialect == "none" else args.dialect
    if _is_url(args.source):
        with _open_url(args, dialect) as events:
            yield events
    else:
        with _open_file(args.source) as source, Scanner(source, dialect=dialect) as events:
            yield events


def _open_file(source: str) -> Any:
    if source != "-":
        try:
            return open(source, "rb")
        except FileNotFoundError:
            if hint := _scheme_hint(source):
                raise _Failure(f"{source}: No such file or directory. {hint}") from None
            raise
    if sys.stdin is None:  # it was closed by the shell (`<&-`)
        raise _Failure("Cannot read standard input: it is closed")
    return sys.stdin.buffer


def _open_url(args: argparse.Namespace, dialect: str | None) -> Scanner:
    from ssescan import Scanner
    from ssescan.errors import APIConnectionError
    from ssescan.http.failures import root_cause
    from ssescan.http.transport import Transport
    from ssescan.http.urls import redacted
    from ssescan.opening import open_stream, request_for

    options = {"max_retries": _RETRIES if args.retries is None else args.retries, **_request(args)}
    request = request_for(args.source, None, None, options.pop("content", None), options.pop("headers"))
    sent = {"method": request.method, "headers": request.headers, "body": request.content}
    transport = Transport()
    try:
        source = open_stream(args.source, **sent, **options, transport=transport, on_retry=_say)
    except (APIConnectionError, ValueError) as error:  # ValueError: an invalid URL such as "http://[::1"
        may_have_secrets = any(mark in args.source for mark in "@?#")
        url = redacted(args.source) if may_have_secrets else args.source
        raise _Failure(f"{url}: {root_cause(error).replace(args.source, url)}") from None
    finally:
        transport.close()  # so that the connection is closed after the stream
    return Scanner(source, dialect=dialect)


def _reconnecting(args: argparse.Namespace) -> EventSource:
    from ssescan import EventSource

    def report(error: Exception) -> None:
        _say(f"{' '.join(str(error).split()).rstrip('.')}. Reconnecting.")

    return EventSource(args.source, on_error=report, **_request(args))


def _request(args: argparse.Namespace) -> dict[str, Any]:
    request: dict[str, Any] = {"headers": dict(args.headers)}
    data = args.data if args.json is None else args.json
    if data is not None:
        request["content"] = _body(data)
        if "content-type" not in {name.lower() for name in request["headers"]}:
            request["headers"]["Content-Type"] = "application/json"
    if args.json is not None:
        _check_json(request["content"])
    if args.timeout is not None:
        request["timeout"] = args.timeout
    return request


def _body(data: str) -> bytes:
    if not data.startswith("@"):
        return os.fsencode(data)
    with _open_file(data[1:]) as file:
        body: bytes = file.read()
    return body


def _check_json(body: bytes) -> None:
    """Refuse a body that is not JSON. It is sent as it was written, with every digit of its numbers."""
    from ssescan.errors import EventDecodeError
    from ssescan.models._json import loads

    try:
        loads(body)
    except EventDecodeError as error:
        raise _Failure(f"The body of --json is not valid JSON: {error.__cause__}") from None


def _is_url(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)
#: A host as people write it without a scheme. One without a port or a path may be the name of a file.
_LOCAL_HOST = r"(?P<local>localhost|\[[0-9a-f:]+\]|\d+(\.\d+){3}|[\w-]+(?=:\d))"
_DOMAIN = r"[\w-]+(\.[\w-]+)*\.(com|org|net|io|ai|dev|[\w-]+(?=[:/?]))"
_HOST = re.compile(rf"({_LOCAL_HOST}|{_DOMAIN})(:\d+)?([/?].*)?", re.IGNORECASE)


def _scheme_hint(source: str) -> str:
    """Explain what is missing if a source looks like a URL without `http://`; return an empty string otherwise."""
    if _SCHEME.match(source):
        return "A URL must begin with http:// or https://."
    if not (match := _HOST.fullmatch(source)):
        return ""
    return f"If it is a URL, begin it with a scheme: {'http' if match['local'] else 'https'}://{source}"


# ---------------------------------------------------------------------------------------------------------------------
# Arguments


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ssescan",
        allow_abbrev=False,  # an abbreviation may become ambiguous with a new option
        usage="ssescan [-h] [--version] COMMAND ...",
        description="LLM streams (server-sent events): ask a model, read, show events, replay.",
        epilog=_epilog("", "exit codes: 0 success, 1 failure, 2 usage, 130 Ctrl-C, 141 output closed"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(prog="ssescan", title="commands", metavar="COMMAND", dest="command")
    for add in (_add_chat, _add_text, _add_events, _add_batch, _add_replay, _add_demo):
        add(commands)
    return parser


def _epilog(name: str, what: str = "") -> str:
    """Return the end of a help: what else to know, the variables of the environment that are read, and two examples."""
    variables = f"environment variables: {_VARIABLES[name]}" if name in _VARIABLES else ""
    texts = [textwrap.fill(text, 78) for text in (what, variables) if text]
    return "\n\n".join([*texts, f"examples:\n{_EXAMPLES[name]}"])


def _check_usage(args: argparse.Namespace) -> None:
    """Refuse, with exit code 2, options that are missing or would be ignored."""
    if args.command == "chat" and args.model is None:  # argparse would ask for one of its names only
        args.parser.error("the following arguments are required: -m MODEL, such as -m gpt-5.5")
    if args.command == "batch":
        _check_prompts(args)
    if "source" not in args:
        return
    if args.command == "events":
        _distinguish_json(args)
        if args.reconnect and args.dialect not in ("auto", "none"):
            args.parser.error("argument --reconnect: not allowed with --dialect: it prints raw events")
    if _is_url(args.source):
        return
    values = (args.data, args.json, args.timeout, args.retries)
    if args.headers or any(value is not None for value in values) or getattr(args, "reconnect", False):
        options = "-H, -d, --json, --timeout and --retries"
        if args.command == "events":
            options = "-H, -d, --json BODY, --timeout, --retries and --reconnect"
        args.parser.error(" ".join(f"{options} need a URL, got {args.source!r}. {_scheme_hint(args.source)}".split()))


def _check_prompts(args: argparse.Namespace) -> None:
    if args.prompt_column is not None and args.model is None:
        args.parser.error("argument --prompt-column: it needs --model, such as --model gpt-5.5")
    if args.prompt_column is None and args.system is not None:
        args.parser.error("argument --system: it needs --prompt-column; other requests have their own system messages")


def _distinguish_json(args: argparse.Namespace) -> None:
    """Distinguish `events --json SOURCE`, a flag, from `--json BODY SOURCE`. A source is required, so one value is the source."""
    args.decode = args.json is _FLAG or (args.json is not None and args.source is None)
    if args.source is None:
        args.source = args.json
    if args.decode:
        args.json = None
    if args.source in (None, _FLAG):
        args.parser.error("the following arguments are required: SOURCE")
    if args.data is not None and args.json is not None:
        args.parser.error("argument --json BODY: not allowed with argument -d")


#: The value of `--json` without a value.
_FLAG = "\0"


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *args: Any) -> None:
        from importlib.metadata import version  # tens of milliseconds: only here

        print("ssescan", version("ssescan"))
        parser.exit()


def _add_chat(commands: Any) -> None:
    what = "ask a model, and print the answer as it arrives"
    more = (
        "If standard input is not a terminal, its text is sent before QUESTION; </dev/null sends none. The answer of a server with Chat "
        "Completions is streamed. OPENAI_API_KEY is not needed with a base URL."
    )
    command = _add(commands, "chat", _chat, what, more)
    command.add_argument("question", metavar="QUESTION", nargs="*", help="the question; default: standard input")
    command.add_argument("-m", dest="model", metavar="MODEL", help="the name of the model; required")
    command.add_argument("--model", dest="model", help=argparse.SUPPRESS)
    command.add_argument("--system", metavar="TEXT", help="instructions that are sent before the question")
    command.add_argument(
        "--json", action="store_true", help="print the whole answer as one JSON object, with its usage"
    )
    command.add_argument("--base-url", metavar="U", help="of the API; default: OPENAI_BASE_URL, else OpenAI's")
    command.add_argument("--timeout", metavar="S", type=_positive(float), help="fail after S seconds without data")


def _add_text(commands: Any) -> None:
    command = _add(commands, "text", _text, "print a stream's text as it arrives")
    _add_source(command, unknown="a stream of no known dialect is an error")
    command.add_argument(
        "--channel",
        metavar="NAME",
        default="text",
        choices=("text", "reasoning", "refusal", "tool_arguments"),
        help="text (the default), reasoning, refusal or tool_arguments",
    )


def _add_events(commands: Any) -> None:
    more = (
        'A line is {"event": NAME, "data": PAYLOAD}. Without a dialect it is {"event": NAME, "data": STRING, "id": ID}, and '
        "--json decodes the STRING if it is JSON."
    )
    command = _add(commands, "events", _events, "print a stream's events as JSON lines", more)
    _add_source(command, json_is_a_flag_too=True, unknown="a stream of no known dialect is shown as raw events")


def _add_source(command: argparse.ArgumentParser, *, unknown: str, json_is_a_flag_too: bool = False) -> None:
    from ssescan.dialects import NAMES

    optional: dict[str, Any] = {"nargs": "?"} if json_is_a_flag_too else {}
    command.add_argument("source", metavar="SOURCE", help="a URL, a file, or - for standard input", **optional)
    command.add_argument(
        "--dialect",
        metavar="NAME",
        default="auto",
        choices=("auto", "none", *NAMES),
        help=f"auto (the default: detected from the first event; {unknown}), {', '.join(NAMES)}, or none: raw events",
    )
    request = command.add_argument_group("for a URL")
    request.add_argument(
        "-H",
        dest="headers",
        metavar="HEADER",
        type=_headers,
        action="extend",
        default=[],
        help="a request header 'Name: value', or @FILE with one per line. It may be repeated",
    )
    body = request if json_is_a_flag_too else request.add_mutually_exclusive_group()
    body.add_argument(
        "-d",
        dest="data",
        metavar="DATA",
        help="send DATA by POST, as JSON unless a header says otherwise; @FILE sends a file, @- standard input",
    )
    what = "like -d, but fail before anything is sent if BODY is not valid JSON"
    if json_is_a_flag_too:
        optional["const"] = _FLAG
        what = f"without BODY: decode the data of raw events. With BODY: {what}"
    body.add_argument("--json", metavar="BODY", help=what, **optional)
    request.add_argument("--timeout", metavar="S", type=_positive(float), help="fail after S seconds without data")
    repeated = request.add_mutually_exclusive_group() if json_is_a_flag_too else request
    repeated.add_argument(
        "--retries",
        metavar="N",
        type=_count,
        help=f"send a request that fails again, N times at most; default: {_RETRIES}",
    )
    if json_is_a_flag_too:
        what = "when the connection ends, send the request again, with the id of the last event, and print raw events"
        repeated.add_argument("--reconnect", action="store_true", help=what)


def _add_replay(commands: Any) -> None:
    more = (
        "/NAME and /NAME.sse return NAME.sse, any other path the next file in order. Status and content type are read from "
        "NAME.headers, if that file exists."
    )
    command = _add(commands, "replay", _replay, "serve recorded streams over HTTP", more)
    command.add_argument("files", metavar="FILE", nargs="+", help="a recorded stream, NAME.sse")
    command.add_argument("--port", metavar="N", type=_port, default=0, help="default: a free one")
    command.add_argument("--host", metavar="H", default="127.0.0.1", help="address to listen at; default: 127.0.0.1")
    command.add_argument("--rate", metavar="N", type=_positive(float), help="events per second; default: unlimited")
    command.add_argument("--block", metavar="N", type=_positive(int), help="bytes per HTTP chunk; default: one event")
    command.add_argument("--chunked", action="store_true", default=True, help="send HTTP chunks (the default)")
    command.add_argument("--no-chunked", dest="chunked", action="store_false", help="send a Content-Length instead")


def _add_batch(commands: Any) -> None:
    more = (
        "A line of INPUT is a body, or one of OpenAI's batch lines: custom_id, method, url, body. URLs: /v1/chat/completions "
        "(bodies with messages), /v1/responses (input), /v1/completions (prompt), /v1/messages. If the first url is "
        "/v1/messages, the key is ANTHROPIC_API_KEY, and the default of U is ANTHROPIC_BASE_URL. With an OUTPUT of x.csv, "
        "results are appended to x.jsonl, and x.csv is written at the end. Run the same command again to resume an "
        "interrupted run. To retry failed requests, remove ERRORS. Exit codes: 0 all requests have an answer, 1 some failed, "
        "2 usage or invalid input, 3 stopped since the first 20 all failed, 130 Ctrl-C"
    )
    command = _add(commands, "batch", _batch, "run a file of requests, many at a time", more)
    add = command.add_argument
    add("input", metavar="INPUT", help="requests, one JSON object per line, or CSV; NAME.gz is decompressed")
    add(
        "-o",
        dest="output",
        metavar="OUTPUT",
        required=True,
        help="x.jsonl: answers are appended in any order; x.csv: rows in input order, written when the run ends",
    )
    add("--errors", metavar="ERRORS", help="failures are appended here; default: OUTPUT with .errors before its suffix")
    add("--workers", metavar="N", type=_positive(int), default=64, help="streams at one time; default: 64")
    add("--base-url", metavar="U", help="of the API, which may need no key; default: OPENAI_BASE_URL, else OpenAI's")
    add("--model", metavar="M", help="the model for all requests, whatever INPUT says")
    add("--prompt-column", metavar="Q", help="INPUT is CSV, and column Q has the prompts; needs --model")
    add("--system", metavar="TEXT", help="instructions that are sent before each prompt of a CSV file")
    add("--rpm", metavar="N", type=_positive(float), help="requests per minute; default: unlimited")
    add("--tpm", metavar="N", type=_positive(float), help="tokens per minute; default: unlimited")
    add("--timeout", metavar="S", type=_positive(float), help="retry a stream after S seconds without data")
    add("--coalesce", metavar="S", type=_seconds, default=0.25, help="read the streams every S seconds; default: 0.25")
    add(
        "--resume",
        action="store_true",
        default=True,
        help="skip requests that have a result, failed ones included (the default)",
    )
    add("--no-resume", dest="resume", action="store_false", help="empty OUTPUT and ERRORS first")
    add("--skip-bad", action="store_true", help="write invalid lines to ERRORS and run the rest")
    add("--keep-going", action="store_true", help="run all requests even if the first 20 all fail")
    kinds = ("auto", "plain", "none")
    add("--progress", metavar="KIND", default="auto", choices=kinds, help="auto (a bar on a terminal), plain or none")


def _add_demo(commands: Any) -> None:
    command = _add(commands, "demo", _demo, "stream a run from a local server, and time it")
    command.add_argument(
        "--rate",
        metavar="N",
        type=_positive(float),
        default=_DEMO_RATE,
        help=f"events per second; default: {_DEMO_RATE:g}",
    )


def _add(commands: Any, name: str, run: Callable[[argparse.Namespace], int], what: str, more: str = "") -> Any:
    command = commands.add_parser(
        name,
        help=what,
        usage=f"ssescan {name} [-h] {_USAGE[name]}",
        description=f"{what[0].upper()}{what[1:]}.",
        epilog=_epilog(name, more),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.set_defaults(run=run, parser=command)
    return command


def _headers(text: str) -> list[tuple[str, str]]:
    """Return the header that an argument states, or those of a file, which may hold secrets. Empty lines are skipped."""
    if not text.startswith("@"):
        return [_header(text, repr(text))]
    try:
        with open(text[1:], encoding="latin-1") as file:  # as header values are
            lines = [line.rstrip("\n") for line in file]
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot read {text[1:]!r}: {error.strerror}") from None
    return [_header(line, f"line {at} of {text[1:]!r}") for at, line in enumerate(lines, 1) if line.strip()]


def _header(text: str, shown: str) -> tuple[str, str]:
    # RFC 9110, section 5: a token, a colon, and a value without control characters.
    match = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"expected 'Name: value', got {shown}")
    return match[1], match[2]


def _positive(kind: type) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        try:
            number = kind(text)
        except ValueError:
            number = 0
        if not 0 < number < float("inf"):
            raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
        return number

    return parse


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"expected 0 or a whole number above it, got {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"expected 0 or a number above it, got {text!r}")
    return seconds


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, got {text!r}")
    return int(text)
