"""`ssescan replay` and `ssescan demo`: serve recorded streams."""

from __future__ import annotations

import argparse
import sys
import warnings
from typing import Any

from ._arguments import add_command, port, positive
from ._output import Failure, Misuse, TextOutput, say

__all__ = ["add_commands"]

_DEMO_RATE = 45.0  # events per second: about 220 events in five seconds, a little faster than people read

_PORT_ADVICE = "Choose another --port or --host; without --port, a free port is chosen."

_REPLAY_USAGE = "[--port N] [--host H] [--rate N] [--block N]\n                      [--chunked | --no-chunked] FILE..."
_REPLAY_EXAMPLES = """\
  ssescan replay --port 8000 --rate 20 run.sse
  ssescan text http://127.0.0.1:8000/run
"""
_DEMO_EXAMPLES = """\
  ssescan demo
  ssescan demo --rate 10
"""


def add_commands(commands: Any) -> None:
    """Add `replay` and `demo`."""
    _add_replay(commands)
    _add_demo(commands)


def _add_replay(commands: Any) -> None:
    more = (
        "/NAME and /NAME.sse return NAME.sse, any other path the next file in order. Status and content type are read from "
        "NAME.headers, if that file exists."
    )
    about: dict[str, Any] = {"usage": _REPLAY_USAGE, "examples": _REPLAY_EXAMPLES, "more": more}
    command = add_command(commands, "replay", _replay, "serve recorded streams over HTTP", **about)
    command.add_argument("files", metavar="FILE", nargs="+", help="a recorded stream, NAME.sse")
    command.add_argument("--port", metavar="N", type=port, default=0, help="default: a free one")
    command.add_argument("--host", metavar="H", default="127.0.0.1", help="address to listen at; default: 127.0.0.1")
    command.add_argument("--rate", metavar="N", type=positive(float), help="events per second; default: unlimited")
    command.add_argument("--block", metavar="N", type=positive(int), help="bytes per HTTP chunk; default: one event")
    command.add_argument("--chunked", action="store_true", default=True, help="send HTTP chunks (the default)")
    command.add_argument("--no-chunked", dest="chunked", action="store_false", help="send a Content-Length instead")


def _add_demo(commands: Any) -> None:
    what = "stream a run from a local server, and time it"
    command = add_command(commands, "demo", _demo, what, usage="[--rate N]", examples=_DEMO_EXAMPLES)
    command.add_argument(
        "--rate",
        metavar="N",
        type=positive(float),
        default=_DEMO_RATE,
        help=f"events per second; default: {_DEMO_RATE:g}",
    )


def _replay(args: argparse.Namespace) -> int:
    with _listen(args) as server:
        say(f"replaying {', '.join(args.files)} at {server.url} (Ctrl-C ends)")
        server.wait()
    return 0


def _listen(args: argparse.Namespace) -> Any:
    from ssescan.replay import Recording, ReplayServer

    try:
        recordings = [Recording.load(file) for file in args.files]
    except ValueError as error:  # a damaged .headers file
        raise Misuse(error) from None
    pace = {"rate": args.rate, "block": args.block, "chunked": args.chunked}
    try:
        return ReplayServer(recordings, host=args.host, port=args.port, **pace)
    except OSError as error:
        why = str(error.strerror).partition(" (while attempting")[0]  # the address follows
        raise Failure(f"cannot listen at {args.host}, port {args.port}: {why}. {_PORT_ADVICE}") from None


def _demo(args: argparse.Namespace) -> int:
    from ssescan.http.connections import make_pool
    from ssescan.openai import OpenAI
    from ssescan.replay import ReplayServer
    from ssescan.replay.demo import ASSISTANT_ID, recording

    # A pool of its own, since the client would use the proxies of the environment to reach this process.
    with ReplayServer(recording(), rate=args.rate) as server, make_pool(None, 1) as pool:
        warnings.filterwarnings("ignore", "The Assistants API is deprecated")
        with (
            OpenAI(api_key="demo", base_url=f"{server.url}/v1", http_client=pool) as client,
            client.beta.threads.create_and_run(assistant_id=ASSISTANT_ID, stream=True) as events,
            TextOutput(is_exact=True) as output,
        ):
            output.copy(events.reader())
        print(_figures(events.stats), file=sys.stderr)
    return 0


def _figures(stats: Any) -> str:
    return f"{stats.events} events in {stats.duration_s:.2f} s, first text after {stats.time_to_first_text_s:.3f} s"
