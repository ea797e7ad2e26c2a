"""The requests and the arguments of the helpers, compared with `openai`; and streams that fail."""

from __future__ import annotations

import inspect
import json
import warnings
from typing import Any

import openai
import pydantic
import pytest

import ssescan.openai
from both import Noted, answer, body, run
from faultserver import CHUNKED, STALL, FaultServer, head, piece
from scripts import assistants, chat, chunk, created, delta, frames, text
from ssescan import StreamTimeout, Timeouts, errors
from ssescan.openai import AssistantEventHandler
from test_helpers_responses import done_text, responses, written

CLIENTS = ssescan.openai.OpenAI(api_key="k"), openai.OpenAI(api_key="k")


class Place(pydantic.BaseModel):
    city: str


def follow(manager: Any) -> None:
    with manager as stream:
        stream.until_done()


MESSAGES = [{"role": "user", "content": "é"}]
EXTRA = {"extra_headers": {"X-Mine": "1"}, "extra_query": {"q": "a b"}, "extra_body": {"z": 1}}
CALLS: dict[str, Any] = {
    "runs.stream": lambda c, p: follow(c.beta.threads.runs.stream(thread_id="t/1", assistant_id="a", temperature=0.5)),
    "runs.stream, own handler": lambda c, p: follow(
        c.beta.threads.runs.stream(thread_id="t", assistant_id="a", event_handler=p.AssistantEventHandler(), **EXTRA)
    ),
    "runs.stream, include": lambda c, p: follow(
        c.beta.threads.runs.stream(thread_id="t", assistant_id="a", include=["step_details.tool_calls[*]"], model=None)
    ),
    "runs.create_and_stream": lambda c, p: follow(c.beta.threads.runs.create_and_stream(thread_id="t", assistant_id="a")),
    "runs.submit_tool_outputs_stream": lambda c, p: follow(
        c.beta.threads.runs.submit_tool_outputs_stream(run_id="r", thread_id="t", tool_outputs=[{"output": "x"}])
    ),
    "create_and_run_stream": lambda c, p: follow(
        c.beta.threads.create_and_run_stream(assistant_id="a", thread={"messages": MESSAGES}, **EXTRA)
    ),
    "chat.stream": lambda c, p: follow(c.chat.completions.stream(model="m", messages=MESSAGES, n=2, stop=None)),
    "chat.stream, a format": lambda c, p: follow(
        c.chat.completions.stream(model="m", messages=MESSAGES, response_format={"type": "json_object"})
    ),
    "beta.chat.stream, a class": lambda c, p: follow(
        c.beta.chat.completions.stream(model="m", messages=(it for it in MESSAGES), response_format=Place, **EXTRA)
    ),
    "chat.parse": lambda c, p: c.chat.completions.parse(
        model="m", messages=MESSAGES, tools=[p.pydantic_function_tool(Place, description="d")], response_format=Place
    ),
    "responses.stream": lambda c, p: follow(c.responses.stream(model="m", input="é", include=[], metadata={"a": "b"})),
    "responses.stream, a class": lambda c, p: follow(
        c.responses.stream(model="m", input="x", text_format=Place, text={"verbosity": "low"}, **EXTRA)
    ),
    "responses.stream, one that exists": lambda c, p: follow(
        c.responses.stream(response_id="resp/1", starting_after=1, extra_query={"q": "1"})
    ),
    "responses.stream, a tool of the other kind": lambda c, p: follow(
        c.responses.stream(model="m", input="x", tools=[p.pydantic_function_tool(Place), {"type": "web_search"}])
    ),
    "responses.parse, as another class": lambda c, p: c.responses.parse(model="m", input="x", parse_as=Place, verbosity="low"),
    "responses.parse": lambda c, p: c.responses.parse(model="m", input="x", text_format=Place, store=False),
}  # fmt: skip


def served(name: str) -> Any:
    if "parse" in name:
        message = {"role": "assistant", "content": '{"city": "x"}'}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        output = done_text('{"city": "x"}')
        return answer(json.dumps({"id": "x", "choices": [choice], "output": [output]}).encode())
    if "chat" in name:
        return body(chat(chunk({"content": '{"city": "x"}'}), chunk(finish="stop")))
    if "responses" in name:
        return body(b"".join(responses(*written('{"city": "x"}'), output=[done_text('{"city": "x"}')])))
    return body(assistants(created(), delta(text("Hi"))))


#: Headers that identify the library or its transport.
OWN = {"accept", "accept-encoding", "connection", "user-agent", "host", "content-length", "x-stainless-package-version"}


@pytest.mark.parametrize("name", CALLS)
def test_the_same_is_sent(name: str):
    def program(package: Any, client: Any, noted: Noted) -> None:
        CALLS[name](client, package)

    with FaultServer() as server:
        server.play(*served(name))
        told = [run(package, server.origin, program) for package in (ssescan.openai, openai)]
        ours, theirs = server.requests
    assert told == [[], []]
    assert (ours.method, ours.path) == (theirs.method, theirs.path)
    assert (ours.body and json.loads(ours.body)) == (theirs.body and json.loads(theirs.body))
    headers = [{key: value for key, value in it.headers.items() if key not in OWN} for it in (ours, theirs)]
    assert headers[0] == headers[1]


METHODS = (
    "beta.threads.runs.stream", "beta.threads.runs.create_and_stream", "beta.threads.runs.submit_tool_outputs_stream",
    "beta.threads.create_and_run_stream", "chat.completions.stream", "chat.completions.parse", "responses.stream",
    "responses.parse",
)  # fmt: skip
#: Values of the required arguments.
NEEDED: dict[str, Any] = {
    "assistant_id": "a", "thread_id": "t", "run_id": "r", "tool_outputs": [], "messages": [], "model": "m", "input": "x"
}  # fmt: skip


def method(client: Any, path: str) -> Any:
    for name in path.split("."):
        client = getattr(client, name)
    return client


@pytest.mark.parametrize("path", METHODS)
def test_every_argument_is_taken(path: str):
    names = inspect.signature(method(CLIENTS[1], path)).parameters
    needed = {name: value for name, value in NEEDED.items() if name in names}
    for name in names:
        if name in (
            *needed,
            "response_id",
            "starting_after",
            "text_format",
            "tools",
            "response_format",
            "event_handler",
        ):
            continue
        if path.endswith("parse"):
            with FaultServer() as server:
                server.play(*served("parse"))
                method(server.client(), path)(**needed, **{name: None})
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                method(CLIENTS[0], path)(**needed, **{name: None})


@pytest.mark.parametrize("path", METHODS)
def test_an_unknown_argument_is_refused(path: str):
    for client in CLIENTS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            names = inspect.signature(method(CLIENTS[1], path)).parameters
            needed = {name: value for name, value in NEEDED.items() if name in names}
            with pytest.raises(TypeError, match="bogus"):
                method(client, path)(**needed, bogus=1)


def test_what_is_deprecated_says_so_once():
    runs = CLIENTS[0].beta.threads.runs
    with pytest.warns(DeprecationWarning) as caught:
        runs.stream(thread_id="t", assistant_id="a")
    assert len(caught) == 1 and caught[0].filename == __file__


# Streams that fail


class Watching(AssistantEventHandler):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []

    def on_timeout(self) -> None:
        self.seen.append("timeout")

    def on_exception(self, exception: Exception) -> None:
        self.seen.append(type(exception))

    def on_end(self) -> None:
        self.seen.append("end")


def watched(*script: Any, **given: Any) -> list[Any]:
    handler = Watching()
    with FaultServer() as server, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        server.play(*script)
        runs = server.client().beta.threads.runs
        with pytest.raises(errors.APIError):
            with runs.stream(thread_id="t", assistant_id="a", event_handler=handler, **given) as stream:
                stream.until_done()
    return handler.seen


def test_a_deadline():
    script = head(CHUNKED), piece(frames(created())), STALL
    assert watched(*script, timeout=Timeouts(idle_s=0.1)) == ["timeout", StreamTimeout, "end"]


def test_a_cut():
    assert watched(head(), frames(created()), STALL, timeout=Timeouts(idle_s=0.1))[1:] == [StreamTimeout, "end"]
    assert watched(*body(frames(created()))) == [errors.StreamTruncated, "end"]


def test_a_request_that_is_refused_reaches_nobody():
    assert watched(*answer(b'{"error": {"message": "no"}}', "400 Bad")) == []


class Forgetful(AssistantEventHandler):
    def __init__(self) -> None:
        pass


def test_a_handler_that_forgot_its_base():
    with FaultServer() as server, pytest.raises(AttributeError, match="_AssistantEventHandler__stream"):
        server.play(*body(assistants()))
        runs = server.client().beta.threads.runs
        with pytest.warns(DeprecationWarning), runs.stream(thread_id="t", assistant_id="a", event_handler=Forgetful()):
            pass


class Crowded(AssistantEventHandler):
    """A handler with attributes whose names the base class might use."""

    def __init__(self) -> None:
        super().__init__()
        for name in (
            "run",
            "steps",
            "messages",
            "message",
            "stream",
            "seen",
            "call",
            "part",
            "events",
            "texts",
            "state",
        ):
            setattr(self, name, name)
            setattr(self, f"_{name}", name)


def test_attributes_of_a_subclass_are_its_own():
    with FaultServer() as server, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        server.play(*body(assistants(created(), delta(text("Hi")))))
        runs = server.client().beta.threads.runs
        with runs.stream(thread_id="t", assistant_id="a", event_handler=Crowded()) as stream:
            assert "".join(stream.text_deltas) == "Hi" and stream.get_final_run().status == "completed"
