"""Where `ssescan text` and `ssescan events` read from: a URL, a file, or standard input."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ssescan._log import INFO

from ._arguments import count, positive
from ._output import Failure, Misuse, say, say_logged

if TYPE_CHECKING:
    from ssescan import EventSource, Scanner

__all__ = [
    "add_source",
    "cause_of",
    "check_request",
    "check_source",
    "open_source",
    "reconnecting",
    "scheme_hint",
]

_RETRIES = 2  # as in `ssescan.stream`


def add_source(command: argparse.ArgumentParser, *, unknown: str, may_reconnect: bool = False) -> None:
    """Add the source, and the options of a request."""
    from ssescan.dialects import NAMES

    command.add_argument("source", metavar="SOURCE", help="a URL, a file, or - for standard input")
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
    body = request.add_mutually_exclusive_group()
    body.add_argument(
        "-d",
        dest="data",
        metavar="DATA",
        help="send DATA by POST, as JSON unless a header says otherwise; @FILE sends a file, @- standard input",
    )
    what = "like -d, but fail before anything is sent if BODY is not valid JSON"
    body.add_argument("--json", metavar="BODY", help=what)
    request.add_argument("--timeout", metavar="S", type=positive(float), help="fail after S seconds without data")
    repeated = request.add_mutually_exclusive_group() if may_reconnect else request
    repeated.add_argument(
        "--retries",
        metavar="N",
        type=count,
        help=f"send a request that fails again, N times at most; default: {_RETRIES}",
    )
    if may_reconnect:
        what = "when the connection ends, send the request again, with the id of the last event, and print raw events"
        repeated.add_argument("--reconnect", action="store_true", help=what)


def check_source(args: argparse.Namespace) -> None:
    """Refuse options of a request if the source is not a URL."""
    if _is_url(args.source):
        return
    values = (args.data, args.json, args.timeout, args.retries)
    if args.headers or any(value is not None for value in values) or getattr(args, "reconnect", False):
        options = "-H, -d, --json, --timeout and --retries"
        if args.command == "events":
            options = "-H, -d, --json, --timeout, --retries and --reconnect"
        args.parser.error(" ".join(f"{options} need a URL, got {args.source!r}. {scheme_hint(args.source)}".split()))


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


@contextmanager
def open_source(args: argparse.Namespace) -> Iterator[Scanner]:
    """Open the source."""
    from ssescan import Scanner

    dialect = None if args.dialect == "none" else args.dialect
    if _is_url(args.source):
        with _open_url(args, dialect) as events:
            yield events
    else:
        with _open_file(args.source) as file:
            name = "Standard input" if args.source == "-" else args.source
            head = b"" if dialect is None else _checked_start(file, name)
            with Scanner(file, dialect=dialect) as events, _not_a_stream(events, name, head):
                yield events


def _checked_start(file: Any, name: str) -> bytes:
    """Return the start of a file, after blank lines. Refuse an empty one and a page, which would be reported as a truncated answer."""
    start: bytes = file.peek(1)
    if not start:
        raise Failure(f"{name} is empty: there is no stream in it.")
    head = start.lstrip()[:60]
    if head.startswith(b"<"):
        raise Failure(f"{_begins_otherwise(name, head)} `curl -f` fails if a server sends a page.")
    return head


@contextmanager
def _not_a_stream(events: Scanner, name: str, head: bytes) -> Iterator[None]:
    """Report a file without events as another kind of file, and not as a truncated answer, if it begins like one."""
    from ssescan.errors import StreamTruncated
    from ssescan.reading.sources import begins_like_a_stream

    try:
        yield
    except StreamTruncated:
        if events.stats.events or begins_like_a_stream(head) is not False:
            raise
        raise Failure(_begins_otherwise(name, head)) from None


def _begins_otherwise(name: str, head: bytes) -> str:
    shown = head.decode("utf-8", "replace").splitlines()[0]
    return f"{name} is not an event stream: it begins with {shown!r}."


def _open_file(source: str) -> Any:
    if source != "-":
        try:
            return open(source, "rb")
        except FileNotFoundError:
            if hint := scheme_hint(source):
                raise Misuse(f"{source}: No such file or directory. {hint}") from None
            raise
    if sys.stdin is None:  # it was closed by the shell (`<&-`)
        raise Misuse("Cannot read standard input: it is closed")
    return sys.stdin.buffer


def _open_url(args: argparse.Namespace, dialect: Any) -> Scanner:
    from ssescan import Scanner
    from ssescan.errors import APIConnectionError
    from ssescan.http.transport import Transport
    from ssescan.http.urls import redacted
    from ssescan.opening import open_stream, request_for

    options = {"max_retries": _RETRIES if args.retries is None else args.retries, **_request(args)}
    request = request_for(args.source, None, None, options.pop("content", None), options.pop("headers"))
    sent = {"method": request.method, "headers": request.headers, "body": request.content}
    transport = Transport()
    try:
        source = open_stream(args.source, **sent, **options, transport=transport, on_retry=say)
    except APIConnectionError as error:
        check_request(error)
        may_have_secrets = any(mark in args.source for mark in "@?#")
        url = redacted(args.source) if may_have_secrets else args.source
        raise Failure(f"{url}: {cause_of(error, args.timeout).replace(args.source, url)}") from None
    finally:
        transport.close()  # so that the connection is closed after the stream
    return Scanner(source, dialect=dialect)


@contextmanager
def reconnecting(args: argparse.Namespace) -> Iterator[EventSource]:
    """Open a URL, and open it again when its connection ends."""
    from ssescan import EventSource
    from ssescan.errors import APIConnectionError

    failures: list[str] = []

    def text_of(record: Any) -> str | None:
        if not failures or "Reconnecting" not in record.msg:
            return None
        return f"{failures.pop().rstrip('.')}. Reconnecting in {record.args[-1]:.1f} s."

    with (
        say_logged("ssescan", INFO, text_of),  # it knows the wait
        EventSource(args.source, on_error=lambda error: failures.append(str(error)), **_request(args)) as events,
    ):
        try:
            yield events
        except APIConnectionError as error:
            check_request(error)
            raise


def check_request(error: BaseException) -> None:
    """Raise `Misuse` if an error means that the URL, a header or the proxy of a request is invalid."""
    from ssescan.http.failures import invalid_request

    if problem := invalid_request(error):
        raise Misuse(problem) from None


def cause_of(error: BaseException, timeout_s: float | None) -> str:
    """Return why a request got no response. `timeout_s`: the value of `--timeout`, or None."""
    from ssescan.http.failures import root_cause

    cause = root_cause(error)
    if cause == "timed out" and timeout_s is not None:
        return f"no response within {timeout_s:g} s; --timeout sets the limit"
    return cause


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
        raise Misuse(f"The body of --json is not valid JSON: {error.__cause__}") from None


def _is_url(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


_SCHEME = r"(?i)[a-z][a-z0-9+.-]+:/"
#: A host as people write it without a scheme. One without a port or a path may be the name of a file.
_LOCAL_HOST = r"(?P<local>localhost|\[[0-9a-f:]+\]|\d+(\.\d+){3}|[\w-]+(?=:\d))"
_DOMAIN = r"[\w-]+(\.[\w-]+)*\.(com|org|net|io|ai|dev|[\w-]+(?=[:/?]))"
_HOST = rf"(?i)({_LOCAL_HOST}|{_DOMAIN})(:\d+)?([/?].*)?"


def scheme_hint(source: str) -> str:
    """Explain what is missing if a source looks like a URL without `http://`; return an empty string otherwise."""
    if re.match(_SCHEME, source):
        return "A URL must begin with http:// or https://."
    if not (match := re.fullmatch(_HOST, source)):
        return ""
    return f"If it is a URL, begin it with a scheme: {'http' if match['local'] else 'https'}://{source}"
