"""`ssescan text` and `ssescan events`: print a stream."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from ._arguments import NETWORK_VARIABLES, add_command
from ._output import Failure, TextOutput, write
from ._sources import add_source, check_source, open_source, reconnecting

__all__ = ["add_commands"]

_TEXT_USAGE = """[--channel NAME] [--dialect NAME] [-H HEADER]
                    [-d DATA | --json BODY] [--timeout S] [--retries N]
                    SOURCE"""
_TEXT_EXAMPLES = """\
  curl -sN https://example.com/stream | ssescan text -
  ssescan text -H @headers.txt --json @body.json https://example.com/v1/messages
"""
_EVENTS_USAGE = """[--decode] [--dialect NAME] [-H HEADER]
                      [-d DATA | --json BODY] [--timeout S]
                      [--retries N | --reconnect] SOURCE"""
_EVENTS_EXAMPLES = """\
  ssescan events --decode https://stream.wikimedia.org/v2/stream/recentchange
  ssescan events run.sse | jq .data
"""


def add_commands(commands: Any) -> None:
    """Add `text` and `events`."""
    _add_text(commands)
    _add_events(commands)


def _add_text(commands: Any) -> None:
    about: dict[str, Any] = {"usage": _TEXT_USAGE, "examples": _TEXT_EXAMPLES, "variables": NETWORK_VARIABLES}
    command = add_command(commands, "text", _text, "print a stream's text as it arrives", check=check_source, **about)
    add_source(command, unknown="a stream of no known dialect is an error")
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
        "--decode decodes the STRING if it is JSON."
    )
    about: dict[str, Any] = {"usage": _EVENTS_USAGE, "examples": _EVENTS_EXAMPLES, "variables": NETWORK_VARIABLES}
    what = "print a stream's events as JSON lines"
    command = add_command(commands, "events", _events, what, more=more, check=_check_events, **about)
    add_source(command, may_reconnect=True, unknown="a stream of no known dialect is shown as raw events")
    command.add_argument("--decode", action="store_true", help="decode the data of raw events if it is JSON")


def _check_events(args: argparse.Namespace) -> None:
    if args.reconnect and args.dialect not in ("auto", "none"):
        args.parser.error("argument --reconnect: not allowed with --dialect: it prints raw events")
    check_source(args)


def _text(args: argparse.Namespace) -> int:
    with open_source(args) as events:
        if args.dialect == "none":
            _print_data(events)
            return 0
        with TextOutput(is_exact=True) as output:
            output.copy(events.reader(channel=args.channel, on_event=partial(_check_format, events)))
    return 0


def _check_format(events: Any, event: Any) -> None:
    """Fail if the first event belongs to no known dialect: the stream may be endless, and no text would be printed."""
    if events.dialect is None:
        name = "an event without a name" if event.event == "message" else f"event {event.event!r}"
        raise Failure(
            f"Unknown stream format: no known dialect has its first event ({name}, {len(event.raw)} bytes). "
            "Use `--dialect none` to print raw events."
        )


def _print_data(events: Any) -> None:
    for event in events:
        write(event.data + "\n")


def _events(args: argparse.Namespace) -> int:
    with reconnecting(args) if args.reconnect else open_source(args) as events:
        for event in events:
            write(_json_line(event, args.decode))
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


def _is_json(event: Any) -> bool:
    from ssescan.errors import EventDecodeError

    try:
        event.json()
    except EventDecodeError:
        return False
    return True


def _name(event: Any) -> str:
    """Return the name of an event on the wire; `message`, the default of the standard, for events without a name."""
    return getattr(event, "event", None) or getattr(event, "type", None) or "message"
