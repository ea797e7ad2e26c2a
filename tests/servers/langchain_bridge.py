"""Runs of a live Assistants server, read by ssescan and by the openai package's own event handler.

Started by langchain_bridge.sh with the folder of the server's environment. Each run is read four times, each time on
a new thread: as events, as text and by the tool loop of ssescan, and by openai. Prints one line, and exits with 1 if
the events' names, their classes or the text are not the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import openai
import urllib3

import ssescan
import ssescan.openai
from ssescan.openai import OpenAI

APP = Path(__file__).with_name("langchain_bridge_app.py")

#: Name of a script of the server's, and how such a run ends.
RUNS = {"text": "done", "tool": "done", "broken": "broken"}


@dataclass
class Seen:
    """What one reader saw of a run."""

    events: list[str] = field(default_factory=list)
    text: str = ""
    outcome: str = ""

    def note(self, event) -> None:
        self.events.append(f"{type(event).__name__} {event.event} {type(event.data).__name__}")


@contextmanager
def server(environment: Path) -> Iterator[str]:
    """The base URL of a running server."""
    command = [environment / "bin" / "python", APP]
    with (environment / "server.log").open("w+") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            port = process.stdout.readline().strip()
            if not port:
                raise SystemExit(f"the server does not start: {log.name} says why")
            yield f"http://127.0.0.1:{port}/a/openai/v1"
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


def new_thread(url: str) -> str:
    message = {"role": "user", "content": "Will it rain?"}
    headers = {"Authorization": "Bearer k"}
    answer = urllib3.request("POST", f"{url}/threads/", json={"messages": [message]}, headers=headers)
    if answer.status != 200:
        raise SystemExit(f"expected a new thread, got {answer.status}: {answer.data!r}")
    return answer.json()["id"]


def events_of_ssescan(url: str, model: str) -> Seen:
    seen, client = Seen(), OpenAI(api_key="k", base_url=url)
    stream = client.beta.threads.runs.create(new_thread(url), assistant_id="asst_1", model=model, stream=True)
    while stream.scan():
        seen.note(stream.event)
        seen.text += stream.text() or ""
    seen.outcome = str(stream.outcome)
    return seen


def text_of_ssescan(url: str, model: str) -> Seen:
    seen, client = Seen(), OpenAI(api_key="k", base_url=url)
    stream = client.beta.threads.runs.create(new_thread(url), assistant_id="asst_1", model=model, stream=True)
    try:
        seen.text = stream.reader().read()
    except ssescan.SSEScanError as error:
        seen.text = error.partial_text
    seen.outcome = str(stream.outcome)
    return seen


def handler(package, seen: Seen):
    """An event handler of either package that notes what it is told."""

    class Handler(package.AssistantEventHandler):
        def on_event(self, event) -> None:
            seen.note(event)

        def on_text_delta(self, delta, snapshot) -> None:
            seen.text += delta.value or ""
            assert snapshot.value.endswith(delta.value or "")

    return Handler()


def loop_of_ssescan(url: str, model: str) -> Seen:
    """By the tool loop. This server runs the tools itself, so that the loop has nothing to do but to follow."""
    seen = Seen(outcome="done")
    options = {"assistant_id": "asst_1", "model": model, "event_handler": handler(ssescan.openai, seen)}
    with OpenAI(api_key="k", base_url=url) as client:
        try:
            with client.beta.threads.runs.run_tools(thread_id=new_thread(url), functions=[], **options) as stream:
                stream.until_done()
        except ssescan.SSEScanError as error:
            seen.outcome = str(error.outcome)
    return seen


def seen_by_openai(url: str, model: str) -> Seen:
    seen = Seen(outcome="done")
    options = {"assistant_id": "asst_1", "model": model, "event_handler": handler(openai, seen)}
    with openai.OpenAI(api_key="k", base_url=url) as client:
        try:
            with client.beta.threads.runs.stream(thread_id=new_thread(url), **options) as stream:
                stream.until_done()
        except Exception as error:  # openai passes on whatever its transport raises
            seen.outcome = f"{type(error).__module__}.{type(error).__name__}"
    return seen


def differences(url: str, model: str, outcome: str) -> tuple[Seen, list[str]]:
    """What ssescan saw of a run, and in what it differs from what it should have."""
    readers = (events_of_ssescan, text_of_ssescan, loop_of_ssescan, seen_by_openai)
    events, text, loop, theirs = (read(url, model) for read in readers)
    checks = {
        "events": (events.events, theirs.events),
        "text of the events": (events.text, theirs.text),
        "text of the reader": (text.text, theirs.text),
        "events of the tool loop": (loop.events, theirs.events),
        "text of the tool loop": (loop.text, theirs.text),
        "outcome of the tool loop": (loop.outcome, outcome),
        "outcome of the events": (events.outcome, outcome),
        "outcome of the reader": (text.outcome, outcome),
        "end, as openai saw it": ("done" if theirs.outcome == "done" else "broken", outcome),
    }
    found = [f"{model}: {what} {difference(*pair)}" for what, pair in checks.items() if pair[0] != pair[1]]
    return events, found if events.events and events.text else [*found, f"{model}: nothing came"]


def difference(ours: Sequence, other: Sequence) -> str:
    same = [mine == its for mine, its in zip(ours, other, strict=False)]
    at = same.index(False) if False in same else len(same)
    return f"from {at} on: {ours[at : at + 40]!r} is not {other[at : at + 40]!r}"


def main() -> int:
    warnings.simplefilter("ignore", DeprecationWarning)  # openai says so of every call of the Assistants API
    os.environ.update(NO_PROXY="*", no_proxy="*")  # the server is on this machine
    found, seen = [], []
    with server(Path(sys.argv[1])) as url:
        for model, outcome in RUNS.items():
            one, differ = differences(url, model, outcome)
            seen.append(one)
            found += differ
    print(*found, sep="\n", end="\n" * bool(found))
    events, characters = sum(len(one.events) for one in seen), sum(len(one.text) for one in seen)
    verdict = f"ssescan {ssescan.__version__} and openai {openai.__version__} {'DIFFER' if found else 'agree'}"
    print(f"langchain-openai-api-bridge: {verdict} on {len(seen)} runs, {events} events, {characters} characters")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
