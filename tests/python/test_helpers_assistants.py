"""Event handlers of runs: one program runs with ssescan and with `openai`, and every call of a hook is compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, List

import pytest

from both import Noted, body, both
from faultserver import FaultServer
from scripts import (
    assistants,
    call_step,
    created,
    delta,
    frames,
    image,
    message,
    part,
    refusal,
    run,
    step,
    step_delta,
    text,
    tool,
)
from ssescan.errors import APIError
from ssescan.openai import AssistantEventHandler

HOOKS = [name for name in dir(AssistantEventHandler) if name.startswith("on_")]
Act = Callable[[str, Any], None]


def handler(package: Any, noted: Noted, act: Act = lambda name, handler: None) -> Any:
    """Record every call with the state of the handler at that time. `act` is called inside each call."""

    def hook(name: str) -> Any:
        def call(self: Any, *values: Any) -> None:
            noted(name, *values)
            current = self.current_event
            noted("current", current and current.event, self.current_run, self.current_message_snapshot)
            noted("step", self.current_run_step_snapshot if name != "on_run_step_done" else None)
            act(name, self)

        return call

    return type("Handler", (package.AssistantEventHandler,), {name: hook(name) for name in HOOKS})()


def follow(package: Any, client: Any, noted: Noted, act: Act = lambda name, handler: None) -> None:
    following = handler(package, noted, act)
    with client.beta.threads.runs.stream(thread_id="t", assistant_id="a", event_handler=following) as stream:
        for event in stream:
            noted("given", event)
    noted("run", stream.get_final_run())
    for final in (stream.get_final_messages, stream.get_final_run_steps):
        try:
            noted("final", [plainly_step(item) for item in final()])
        except RuntimeError as error:
            noted("none", error)


def plainly_step(item: Any) -> Any:
    """Return only the id of a step, since complete steps are a listed difference."""
    return item.id if item.object == "thread.run.step" else item


def same(script: bytes, program: Any = follow) -> Noted:
    ours, theirs = both(program, body(script))
    assert ours == theirs
    assert ours
    return ours


def same_or_better(script: bytes) -> Noted:
    """Compare as `same` does. `openai` may fail, because an event or a part is missing."""
    ours, theirs = both(follow, body(script))
    names = [name for name, *_ in theirs]
    failed = names.index("on_exception") if "on_exception" in names else len(theirs)
    assert ours[:failed] == theirs[:failed]
    assert "on_exception" not in [name for name, *_ in ours]
    assert failed < len(theirs) or len(ours) == len(theirs)
    return ours


citation = {"index": 0, "type": "file_citation", "text": "[1]", "start_index": 0, "end_index": 3}
whole_text = {"type": "text", "text": {"value": "Hi there", "annotations": []}}
code = {"index": 0, "type": "code_interpreter", "id": "call_1"}

SCRIPTS = {
    "nothing": assistants(),
    "text": assistants(
        created(),
        delta(text("Hi", annotations=[])),
        delta(text(" there")),
        message(state="completed", content=[whole_text], status="completed"),
    ),
    "text without its end": assistants(created(), delta(text("Hi"))),
    "empty pieces": assistants(created(), delta(text("")), delta(text("Hi")), delta(text("")), delta(text(None))),
    "several parts": assistants(
        created(), delta(text("a", 0)), delta(text("b", 1)), delta(text("c", 1)), delta(text("d", 0))
    ),
    "several parts at once": assistants(created(), delta(text("a", 0), text("b", 1)), delta(text("c", 1), text("d", 2))),
    "parts that grow in parallel": assistants(
        created(), delta(text("a", 0), text("b", 1)), delta(text("c", 0), text("d", 1)), delta(text("e", 1))
    ),
    "one part twice at once": assistants(created(), delta(text("a"), text("b")), delta(text("c"), text("d"))),
    "images": assistants(
        created(),
        delta(text("see", 0)),
        delta(image("file_1", 1)),
        delta(text("and", 2)),
        message(state="completed", content=[whole_text, {"type": "image_file", "image_file": {"file_id": "f"}}] * 2),
    ),
    "an image alone": assistants(
        created(),
        delta(image("f")),
        message(state="completed", content=[{"type": "image_file", "image_file": {"file_id": "f"}}]),
    ),
    "an image by its address": assistants(created(), delta(part("image_url", image_url={"url": "x"})), delta(text("a", 1))),
    "a refusal": assistants(created(), delta(refusal("I ")), delta(refusal("can't"))),
    "a refusal between text": assistants(created(), delta(text("a", 0)), delta(refusal("no", 1)), delta(text("b", 2))),
    "annotations": assistants(
        created(),
        delta(text("a", annotations=[citation])),
        delta(text("b", annotations=[{**citation, "index": 1, "file_citation": {"file_id": "f", "quote": "q"}}])),
        delta(text("c", annotations=[{"index": 0, "type": "file_citation", "text": "!"}])),
    ),
    "two messages": assistants(
        created(),
        delta(text("a")),
        message(state="completed", content=[whole_text]),
        created("msg_2"),
        delta(text("b"), id="msg_2"),
        message("msg_2", "completed", [whole_text]),
    ),
    "a second message that begins elsewhere": assistants(
        created(),
        delta(text("a", 0)),
        delta(text("b", 1)),
        message(state="completed", content=[whole_text, whole_text]),
        created("msg_2"),
        delta(text("c", 0), id="msg_2"),
    ),
    "an incomplete message": assistants(
        created(), delta(text("Hi")), message(state="incomplete", content=[whole_text], status="incomplete")
    ),
    "a message in progress": assistants(created(), message(state="in_progress"), delta(text("Hi"))),
    "a completed message that says less": assistants(created(), delta(text("a", 1)), message(state="completed")),
    "a part after the end": assistants(created(), delta(text("a", 3))),
    "a delta without a message": assistants(delta(text("a"))),
    "a delta without content": assistants(created(), ("thread.message.delta", {"id": "msg_1", "delta": {"role": "user"}})),
    "roles and ids that come again": assistants(
        created(), ("thread.message.delta", {"id": "msg_1", "delta": {"role": "assistant", "content": [text("x")]}})
    ),
    "a step": assistants(step(), step(state="in_progress"), step(state="completed", status="completed")),
    "a step that failed": assistants(step(), step(state="failed", status="failed")),
    "a step that is not known": assistants(step_delta(tool(0, "{"))),
    "a step's delta for its message": assistants(
        step(),
        (
            "thread.run.step.delta",
            {"id": "step_1", "delta": {"step_details": {"type": "message_creation", "message_creation": {"message_id": "x"}}}},
        ),
    ),
    "a tool call": assistants(
        call_step(),
        step_delta(tool(0, "", "f", "call_1")),
        step_delta(tool(0, '{"a"')),
        step_delta(tool(0, ":1}")),
        call_step(state="completed", calls=[{"id": "call_1", "type": "function", "function": {"name": "f"}}]),
    ),
    "a tool call in one piece": assistants(call_step(), step_delta(tool(0, '{"a":1}', "f", "call_1"))),
    "two tool calls": assistants(
        call_step(),
        step_delta(tool(0, "{", "f", "call_1")),
        step_delta(tool(0, "}")),
        step_delta(tool(1, "[", "g", "call_2")),
        step_delta(tool(1, "]")),
    ),
    "two tool calls by turns": assistants(
        call_step(),
        step_delta(tool(0, "{", "f", "call_1"), tool(1, "[", "g", "call_2")),
        step_delta(tool(0, "}"), tool(1, "]")),
        step_delta(tool(1, "!")),
        step_delta(tool(0, "?")),
    ),
    "one call twice at once": assistants(
        call_step(), step_delta(tool(0, "", "f", "call_1")), step_delta(tool(0, "{"), tool(0, "}"))
    ),
    "two steps with calls of one number": assistants(
        call_step(),
        step_delta(tool(0, "{}", "f", "call_1")),
        call_step(state="completed", status="completed"),
        call_step("step_2"),
        step_delta(tool(0, "[]", "g", "call_2"), id="step_2"),
        call_step("step_2", "completed", status="completed"),
    ),
    "a code interpreter": assistants(
        call_step(),
        step_delta({**code, "code_interpreter": {"input": "", "outputs": []}}),
        step_delta({**code, "id": None, "code_interpreter": {"input": "1+1"}}),
        step_delta({**code, "id": None, "code_interpreter": {"outputs": [{"index": 0, "type": "logs", "logs": "2"}]}}),
        step_delta({**code, "id": None, "code_interpreter": {"outputs": [{"index": 0, "type": "logs", "logs": "!"}]}}),
        step_delta({**code, "id": None, "code_interpreter": {"outputs": [{"index": 1, "type": "image", "image": {"file_id": "f"}}]}}),
    ),
    "a file search": assistants(
        call_step(),
        step_delta({"index": 0, "type": "file_search", "id": "call_1", "file_search": {}}),
        step_delta({"index": 0, "type": "file_search", "file_search": {"results": [{"file_id": "f", "score": 0.5}]}}),
    ),
    "a run that requires action": assistants(
        call_step(),
        step_delta(tool(0, "{}", "f", "call_1")),
        run(
            "requires_action",
            "requires_action",
            required_action={"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": []}},
        ),
    ),
    "a run that failed": assistants(created(), delta(text("a")), run("failed", "failed", last_error={"code": "server_error"})),
    "a run that was cancelled": assistants(run("cancelling", "cancelling"), run("cancelled", "cancelled")),
    "a run that expired": assistants(created(), run("expired", "expired")),
    "a run that is incomplete": assistants(created(), delta(text("a")), run("incomplete", "incomplete")),
    "a thread": assistants(("thread.created", {"id": "t", "object": "thread", "created_at": 1}), created()),
}  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_hook_in_order(name: str):
    noted = same_or_better(SCRIPTS[name])
    assert noted[-1][0] in ("final", "none", "raised")


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_that_raises(name: str):
    script = assistants(
        call_step(), step_delta(tool(0, "{", "f", "call_1")), step_delta(tool(0, "}")), call_step(state="completed"),
        created(), delta(text("a")), delta(image("f", 1)), delta(text("b", 2)), message(state="completed", content=[whole_text] * 3),
    )  # fmt: skip

    def program(package: Any, client: Any, noted: Noted) -> None:
        def act(called: str, handler: Any) -> None:
            if called == name:
                raise LookupError(name)

        follow(package, client, noted, act)

    noted = same(script, program)
    if name not in ("on_timeout", "on_exception"):
        assert noted[-1] == ("raised", ["LookupError", name])


def test_a_hook_that_times_out():
    def program(package: Any, client: Any, noted: Noted) -> None:
        def act(called: str, handler: Any) -> None:
            if called == "on_text_delta":
                raise TimeoutError

        follow(package, client, noted, act)

    assert "on_timeout" in [name for name, *_ in same(SCRIPTS["text"], program)]


def streams(client: Any, following: Any = None) -> Any:
    return client.beta.threads.runs.stream(thread_id="t", assistant_id="a", event_handler=following)


def reused(package: Any, client: Any, noted: Noted) -> None:
    following = handler(package, noted)
    with streams(client, following) as stream:
        stream.until_done()
    with streams(client, following):
        pass


def broken_off(package: Any, client: Any, noted: Noted) -> None:
    with streams(client, handler(package, noted)) as stream:
        for event in stream:
            if event.event == "thread.message.delta":
                break
        noted("and on")
        for event in stream:
            noted("given", event)
        noted("again", list(stream))


def texts(package: Any, client: Any, noted: Noted) -> None:
    with streams(client) as stream:
        for piece in stream.text_deltas:
            noted("text", piece)
            break
        noted("next", next(stream))
        for piece in stream.text_deltas:
            noted("text", piece)
        noted("over", list(stream.text_deltas), list(stream))


def one_by_one(package: Any, client: Any, noted: Noted) -> None:
    with streams(client, handler(package, noted)) as stream:
        while True:
            noted("next", next(stream))


def not_begun(package: Any, client: Any, noted: Noted) -> None:
    following = handler(package, noted)
    streams(client, following)
    next(following)


def finals_alone(package: Any, client: Any, noted: Noted) -> None:
    with streams(client) as stream:
        noted("messages", stream.get_final_messages())
        noted("run", stream.get_final_run(), stream.current_event, stream.current_run)
        stream.get_final_run_steps()


def a_second_one(package: Any, client: Any, noted: Noted) -> None:
    kinds = [
        lambda: client.beta.threads.create_and_run_stream(assistant_id="a", event_handler=handler(package, noted)),
        lambda: client.beta.threads.runs.create_and_stream(thread_id="t", assistant_id="a"),
        lambda: client.beta.threads.runs.submit_tool_outputs_stream(run_id="r", thread_id="t", tool_outputs=[]),
    ]
    for kind in kinds:
        with kind() as stream:
            noted("messages", stream.get_final_messages())


def no_ids(package: Any, client: Any, noted: Noted) -> None:
    client.beta.threads.runs.stream(thread_id="", assistant_id="a")


PROGRAMS = [reused, broken_off, texts, one_by_one, not_begun, finals_alone, a_second_one, no_ids]


@pytest.mark.parametrize("program", PROGRAMS)
def test_ways_to_read(program: Any):
    same(SCRIPTS["text"], program)


# Every recorded stream


#: Words in the names of the fixtures whose results differ from `openai`. docs/explanation/differences.md lists the differences.
DIFFERENT = (
    "cut", "error", "malformed", "truncated", "empty-body", "only-comments", "keep-alive", "unknown", "done-event-with",
    "done-event-of", "completed-but-in-progress", "completed-but-queued",
    "framing-id-and-retry", "framing-bom", "ping", "other-types", "absent", "names-inside", "enabled", "single-line-feeds", "run-after-tool-outputs",
)  # fmt: skip
FIXTURES = [
    path
    for path in sorted((Path(__file__).parents[1] / "streams").glob("assistants-*.sse"))
    if not any(word in path.stem for word in DIFFERENT)
]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_recorded(path: Path):
    recorded = path.read_bytes()
    same_or_better(recorded if b"thread.message.created" in recorded else frames(created()) + recorded)


# Listed differences


def test_the_final_steps_are_the_completed_ones():
    def program(package: Any, client: Any, noted: Noted) -> None:
        with streams(client) as stream:
            noted("steps", [step.status for step in stream.get_final_run_steps()])

    ours, theirs = both(program, body(SCRIPTS["a step"]))
    assert (ours, theirs) == ([("steps", ["completed"])], [("steps", ["in_progress"])])


def test_an_error_event_reaches_on_exception():
    script = assistants(created(), ("error", {"message": "Out of memory", "type": "server_error"}))
    ours, theirs = both(follow, body(script))
    assert ("on_exception", ["InternalServerError", "Out of memory"]) in ours
    assert "on_exception" not in [name for name, *_ in theirs]


@pytest.mark.parametrize("index", ["number", "none"])
def test_a_step_whose_calls_are_badly_numbered(index: str):
    number = 0 if index == "number" else None

    def program(package: Any, client: Any, noted: Noted) -> None:
        with streams(client) as stream:
            [step] = stream.get_final_run_steps()
            noted("calls", [(call.id, call.function.arguments) for call in step.step_details.tool_calls])

    script = assistants(
        call_step(), step_delta(tool(number, "{", "f", "a")), step_delta(tool(number, "}")),
        step_delta(tool(number, "[]", "g", "b")),
    )  # fmt: skip
    ours, theirs = both(program, body(script))
    assert ours == [("calls", [["a", "{}"], ["b", "[]"]])]
    assert ours != theirs


def finals(*events: Any) -> list[list[Any]]:
    """Return the messages and the steps of a stream, as they are at its end."""
    with FaultServer() as server:
        server.play(*body(assistants(*events)))
        with streams(server.client()) as stream:
            stream.until_done()
            found: list[list[Any]] = []
            for read in (stream.get_final_messages, stream.get_final_run_steps):
                try:
                    found.append(read())
                except RuntimeError:
                    found.append([])
            return found


def test_a_step_that_is_created_with_its_calls():
    call = tool(None, "{", "f", "a")
    _, [step] = finals(call_step(calls=[call]), step_delta(tool(0, '"x":1')), step_delta(tool(0, "}", None, "a")))
    assert [(it.id, it.function.arguments) for it in step.step_details.tool_calls] == [("a", '{"x":1}')]


def test_what_was_never_created():
    messages, steps = finals(
        delta(text("a")), delta(text("b")), step_delta(tool(0, "{", "f", "a")), step_delta(tool(0, "}"))
    )
    assert [(it.id, it.content[0].text.value) for it in messages] == [("msg_1", "ab")]
    assert [(it.id, it.step_details.tool_calls[0].function.arguments) for it in steps] == [("step_1", "{}")]


def test_lists_without_indexes():
    note = {"type": "file_citation", "text": "[1]", "file_citation": {"file_id": "f"}}
    other = {**note, "text": "[2]"}
    notes = [text("A", annotations=[note]), text("B", annotations=[note]), text("C", annotations=[other])]
    call = {"index": 0, "id": "c", "type": "code_interpreter"}
    logs = [{**call, "code_interpreter": {"outputs": [{"type": "logs", "logs": it}]}} for it in ("1", "1", "2")]
    [message], [step] = finals(created(), *map(delta, notes), call_step(), *map(step_delta, logs))
    assert message.content[0].text.value == "ABC"
    assert [it.text for it in message.content[0].text.annotations] == ["[1]", "[2]"]
    assert [it.logs for it in step.step_details.tool_calls[0].code_interpreter.outputs] == ["1", "2"]


def test_calls_of_a_type_that_is_unknown():
    class Handler(AssistantEventHandler):
        seen: List[Any] = []

        def on_tool_call_created(self, tool_call: Any) -> None:
            self.seen.append(tool_call.model_dump())

        def on_tool_call_done(self, tool_call: Any) -> None:
            self.seen.append(json.loads(tool_call.to_json()))

    calls = [
        {"index": at, "id": str(at), "type": "bing_grounding", "bing_grounding": {"requesturl": "u"}} for at in (0, 1)
    ]
    with FaultServer() as server:
        server.play(*body(assistants(call_step(), step_delta(calls[0]), step_delta(*calls))))
        with streams(server.client(), Handler()) as stream:
            stream.until_done()
    assert [it["bing_grounding"] for it in Handler.seen[:2]] == [{"requesturl": "u"}] * 2


def test_events_of_another_api():
    with pytest.raises(APIError, match="dialect 'chat' to a stream of the dialect 'assistants'"):
        finals(("", {"id": "c", "choices": []}))


STRANGE = [
    ("thread.message.delta", {"id": "msg_1", "delta": value})
    for value in (None, {"content": None}, {"content": [None, "x"]}, {"content": [{"index": "0", "type": "text"}]})
] + [
    ("thread.run.step.delta", {"id": "step_1", "delta": {"step_details": value}})
    for value in (None, {"type": "tool_calls", "tool_calls": [None, "x"]}, {"tool_calls": [{"function": None}]})
]


@pytest.mark.parametrize("event", STRANGE, ids=str)
@pytest.mark.parametrize(
    "before", [[], [created(), call_step()], [created(), delta(text("a")), call_step(calls=[None])]]
)
def test_no_event_raises(event: Any, before: Any):
    completed = message(state="completed", status="completed")
    assert len(finals(*before, event, event, completed)[0]) == 1


@pytest.mark.parametrize("failing", ["server", "hook"])
def test_a_failure_is_raised_again(failing: str):
    def program(package: Any, client: Any, noted: Noted) -> None:
        def act(name: str, handler: Any) -> None:
            if failing == "hook" and name == "on_text_delta":
                raise LookupError(name)

        with streams(client, handler(package, noted, act)) as stream:
            with pytest.raises((LookupError, package.APIError)) as first:
                "".join(stream.text_deltas)
            ways = [stream.until_done, stream.get_final_run, stream.get_final_run_steps, stream.get_final_messages]
            ways += [lambda: next(stream), lambda: [*stream], lambda: [*stream.text_deltas]]
            for way in ways:
                try:
                    noted("ended", way())
                except Exception as again:
                    noted("same", again is first.value)

    error = ("error", {"error": {"message": "Out of memory", "type": "server_error"}})
    ours, theirs = both(program, body(assistants(created(), delta(text("a")), delta(text("b")), error)))
    assert [it for it in ours if it[0] in ("ended", "same")] == [("same", True)] * 7
    assert [name for name, *_ in ours].count("on_end") == [name for name, *_ in ours].count("on_exception") == 1
    assert ("same", True) not in theirs
