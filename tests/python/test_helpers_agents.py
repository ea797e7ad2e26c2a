"""`beta.agents.sessions.stream`: the same programs with both packages, against the same server."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import pydantic
import pytest

from conftest import frame
from differential import SDK, Row, answer
from faultserver import FaultServer
from ssescan import StreamTruncated
from ssescan.openai import OpenAI
from test_differential_surface import compare

IDS = map(str, itertools.count())


class Place(pydantic.BaseModel):
    city: str


def event(name: str, **more: Any) -> bytes:
    payload = {"type": f"agent.session.{name}", "event_id": f"ev_{next(IDS)}", "session_id": "as_1", **more}
    return frame(payload, payload["type"])


def session(status: str, **more: Any) -> dict[str, Any]:
    facts = {"id": "as_1", "object": "agent.session", "status": status, "created_at": 1, "last_active_at": 1}
    return {**facts, "metadata": {}, "required_actions": [], "vault_ids": [], "error": None, **more}


def state(status: str, **more: Any) -> bytes:
    return event(status, session=session(status, **more))


def turn(status: str, turn_id: str = "t_1", subagent_id: str | None = None) -> bytes:
    facts = {"id": turn_id, "object": "agent.session.turn", "session_id": "as_1", "subagent_id": subagent_id}
    facts |= {"status": "in_progress" if status == "created" else status, "created_at": 1, "error": None}
    return event(f"turn.{status}", turn_id=turn_id, turn=facts)


def call(name: str = "get_weather", arguments: Any = '{"city": "Rome"}', call_id: str = "call_1") -> bytes:
    item = {"id": f"i_{call_id}", "type": "function_call", "turn_id": "t_1", "status": "in_progress"}
    item |= {"call_id": call_id, "name": name, "arguments": arguments}
    return event("turn.item.added", turn_id="t_1", output_index=0, item=item)


def message(text: str, index: int = 1, **more: Any) -> bytes:
    item = {"id": f"i_{index}", "type": "message", "role": "assistant", "turn_id": "t_1", "status": "completed"}
    item |= {"content": [{"type": "output_text", "text": text, "annotations": []}], "phase": "final_answer", **more}
    return event("turn.item.done", turn_id="t_1", output_index=index, item=item)


START, IDLE, CREATED, COMPLETED = state("idle"), state("idle"), turn("created"), turn("completed")
ACCEPTED = answer(b"", kind=None, status="202 Accepted")
TEXT = (
    START,
    CREATED,
    message("b", 2),
    message("so: ", 0, phase="commentary"),
    message('{"city": "Rome"}'),
    COMPLETED,
    IDLE,
)


def played(*events: bytes, later: tuple[Any, ...] = (ACCEPTED,)) -> Any:
    """Return what the server plays: the session, its events, the answer to the input, and answers to results."""
    return (answer(session("idle")), answer(b"".join(events), kind="text/event-stream"), ACCEPTED, *later)


def new_session(*events: bytes) -> Any:
    """Return what the server plays to the creation of a session, and to results."""
    begun = event("created", session=session("in_progress"))
    return (answer(begun + b"".join(events), kind="text/event-stream"), ACCEPTED)


def opened(it: SDK, **arguments: Any) -> Any:
    sessions = it.client(max_retries=0).beta.agents.sessions
    return sessions.stream("as_1", **{"input": "Hi", "idempotency_key": "key", **arguments})


def types_of(it: SDK, **arguments: Any) -> Any:
    with opened(it, **arguments) as stream:
        return [event.type for event in stream]


def final(it: SDK, **arguments: Any) -> Any:
    """Return the result of a turn, or the error's facts."""
    with opened(it, **arguments) as stream:
        try:
            result = stream.get_final_result()
        except it.load("lib.beta.agents").AgentTurnResultError as error:
            turn = error.turn and error.turn.status
            actions = [action.name for action in error.required_actions]
            texts = [message.output_text for message in error.messages]
            return [str(error), error.reason, turn, error.session_id, error.turn_id, texts, actions]
    parsed = result.output_parsed and result.output_parsed.model_dump()
    return [result.output_text, result.session_id, result.turn_id, result.turn, result.messages, parsed]


def creating(it: SDK, **arguments: Any) -> Any:
    """Return what the first turn of a new session yields: the events, the calls of a tool, and the result."""
    calls: list[Any] = []

    def run(given: Any) -> str:
        calls.append(dict(given))
        return "sunny"

    sessions = it.client(max_retries=0).beta.agents.sessions
    given = {"environment": {"type": "none"}, "input": "Hi", "stream": True, "tool_handlers": {"get_weather": run}}
    stream = sessions.create(**{**given, "extra_headers": {"X-A": "b"}, **arguments})
    with stream.with_result_collection():
        types = [event.type for event in stream]
        try:
            result = stream.get_final_result()
        except it.load("lib.beta.agents").AgentTurnResultError as error:
            return [types, calls, str(error), error.session_id, error.turn_id]
    parsed = result.output_parsed and result.output_parsed.model_dump()
    return [types, calls, result.output_text, result.session_id, parsed, type(stream).__name__]


def created_without_a_stream(it: SDK) -> Any:
    sessions = it.client().beta.agents.sessions
    made = sessions.create(environment={"type": "none"}, output_type=Place, agent={"model": "m", "text": {}})
    errors = []
    for more in ({"tool_handlers": {}}, {"output_type": int}, {"output_type": Place, "agent": {"text": FORMAT}}):
        with pytest.raises((ValueError, TypeError)) as caught:
            sessions.create(environment={"type": "none"}, **more)
        errors.append([type(caught.value).__name__, str(caught.value)])
    return [made, errors]


FORMAT = {"format": {"type": "text"}}


def with_tool(handler: Callable[..., Any]) -> Callable[[SDK], Any]:
    """Return a program with one tool. It returns the types of the events, the calls and the failures."""

    def program(it: SDK) -> Any:
        calls: list[Any] = []
        failures: list[Any] = []

        def run(arguments: Any) -> Any:
            calls.append(dict(arguments))
            return handler(arguments)

        def note(failure: Any) -> None:
            failures.append([repr(failure.error), failure.stage, failure.tool_name, failure.call_id, failure.turn_id])
            raise ValueError("an observer's exception changes nothing")

        types = types_of(it, tool_handlers={"get_weather": run}, on_tool_error=note)
        return [types, calls, failures]

    return program


def by_tool(make: Callable[[Any], Any]) -> Callable[[SDK], Any]:
    """Return a program whose tool is made with the package's functions."""

    def program(it: SDK) -> Any:
        tool, failures = make(it.load("lib.beta.agents")), []
        types = types_of(
            it, tool_handlers={"get_weather": tool}, on_tool_error=lambda failure: failures.append(failure)
        )
        return [tool.name, tool.definition, types, [[type(it.error).__name__, it.stage] for it in failures]]

    return program


def look_up(city: str, days: Annotated[int, pydantic.Field(ge=1)] = 1, *, place: Place | None = None) -> list[Any]:
    """Look up the weather."""
    return [city, days, place]


class Shop:
    """Its method has an annotation that only the class can resolve."""

    class Item(pydantic.BaseModel):
        name: str

    def look_up(self, item: Item) -> str:
        return item.name

    @staticmethod
    def sell(item: Item) -> str:
        return item.name


class OtherShop(Shop):
    """It inherits methods whose annotations mean the class above."""

    class Item(pydantic.BaseModel):  # type: ignore[assignment]
        sku: int

    @functools.wraps(Shop.look_up)
    def look_up(self, item: Any) -> str:
        return super().look_up(item)


def outputs(it: SDK) -> Any:
    """Return what tools send of results, and what they refuse."""
    agents, seen = it.load("lib.beta.agents"), []
    parts = [{"type": "input_text", "text": "a"}, {"type": "input_image", "image_url": "b"}]
    for value in ("a", None, {"a": 1}, [1], (2,), iter([3]), parts, [{"type": "input_text"}], Place(city="Bern"), 1.5):
        tool = agents.pydantic_function_tool(Place, handler=lambda it, value=value: value, description="d")
        plain_tool = agents.FunctionTool(Place, lambda it, value=value: value, name="n", description="")
        seen += [tool({"city": "Rome"}), plain_tool({"city": "Rome"}) is value]
    for make in (
        lambda: tool({}),
        lambda: agents.pydantic_function_tool(Place, handler=lambda it: float("nan"))({"city": "a"}),
        lambda: agents.FunctionTool(Place, str, name="", description=""),
        lambda: agents.FunctionTool(pydantic.RootModel[list[int]], str, name="n", description=""),
        lambda: agents.function_tool(lambda city: city),
        lambda: agents.function_tool(eval("lambda _city: 1")),
        lambda: agents.function_tool(print),
    ):
        with pytest.raises((ValueError, TypeError)) as caught:
            make()
        seen.append([type(caught.value).__name__, str(caught.value)])
    named = agents.function_tool(name="other", description="d", defer_loading=True)(look_up)
    tool_class = agents.FunctionTool[str]  # generic
    seen.append(tool_class(Place, str, name="n", description="").name)
    methods = (Shop().look_up, OtherShop().look_up, Shop.sell, OtherShop.sell)
    of_methods = [agents.function_tool(method)({"item": {"name": "pen"}}) for method in methods]
    return [*seen, named.definition, named({"city": "a", "days": 2, "place": {"city": "b"}}), *of_methods]


UPLOADED = answer(
    {"id": "file_1", "bytes": 3, "created_at": 1, "filename": "a", "object": "file", "purpose": "user_data"}
)
STAGED = {"id": "ef_1", "object": "agent.environment.file", "environment_id": "env_1", "path": "/workspace/a"}
STAGED |= {"size_bytes": 3, "created_at": 1}
FAILED_UPLOAD = answer({"error": {"message": "no"}}, status="400 Bad Request")


def files_of(it: SDK) -> Any:
    return it.client(max_retries=0).beta.agents.environments.files


@contextmanager
def folder() -> Iterator[Path]:
    """Make a directory with files and a symbolic link."""
    with TemporaryDirectory() as name:
        root = Path(name, "root")
        (root / "docs/deep").mkdir(parents=True)
        for path in ("a.txt", "docs/b.txt", "docs/deep/c.md"):
            (root / path).write_text(path)
        (root / "link").symlink_to(root / "a.txt")
        (root.parent / "linked").symlink_to(root)
        yield root


def prepared(it: SDK) -> Any:
    """Return what files and directories become, with all options."""
    options = {"extra_headers": {"X-A": "b"}, "extra_query": {"q": "1"}, "extra_body": {"x": "y"}, "timeout": 9}
    with folder() as root:
        given = {"/workspace/b/a.txt": root / "a.txt", "/workspace/c": str(root / "docs/b.txt")}
        both = [
            files_of(it).prepare(given, **options),
            files_of(it).prepare_directory(root, destination="/workspace/x", include=["**/*.txt", "docs/*/*.md"]),
        ]
    return [[made.files, made.uploaded_file_ids, repr(made)] for made in both]


def wrong_files(it: SDK) -> Any:
    """Return the errors for paths that no file may have, and the state after a failed upload."""
    files, said = files_of(it), []
    with folder() as root:
        a, b = root / "a.txt", root / "docs/b.txt"
        paths = ["a", "/workspace", "/workspace/", "/tmp/a", "/workspace/../a", "/workspace/./a", "/workspace/a//b"]
        paths += ["/workspace/.codex/a", "/workspace/.managed-agents-1", "/workspace/outputs", "/workspace/a\\b"]
        given: list[Any] = [lambda path=path: files.prepare({path: a}) for path in [*paths, "/workspace/\0"]]
        given += [lambda path=path: files.upload("env_1", file=a, path=path) for path in paths[:2]]
        given += [
            lambda path=path: files.prepare({"/workspace/a": path}) for path in (root, root / "no", root / "link")
        ]
        given += [
            lambda: files.prepare({"/workspace/a/b": a, "/workspace/a": root / "no"}),
            lambda: files.prepare({"/workspace/a": a, "/workspace/b": b}, extra_headers={"IDEMPOTENCY-key": "k"}),
            lambda: files.upload("", file=a, path="/workspace/a"),
            lambda: files.upload("env_1", file=("a", root / "link"), path="/workspace/a"),
        ]
        of_folder = [(root, []), (root, "*"), (root, ["../*"]), (root, ["/a"]), (root, [""]), (root, ["no*"])]
        of_folder += [(root, ["*"]), (root.parent / "linked", ["*"]), (a, ["*"])]
        for where, include in of_folder:
            given.append(
                lambda where=where, include=include: files.prepare_directory(
                    where, destination="/workspace/x", include=include
                )
            )
        given.append(lambda: files.prepare_directory(root, destination="/x", include=["a.txt"]))
        for call in given:
            with pytest.raises(ValueError) as caught:
                call()
            said.append(str(caught.value))
        assert not it.server.requests
        with pytest.raises(it.load("lib.beta.agents").AgentFilePreparationError) as failed:
            files.prepare({"/workspace/a": a, "/workspace/b": b, "/workspace/c": a})
        found = [str(failed.value), type(failed.value.__cause__).__name__, repr(failed.value.prepared)]
    return [said, found]


def staged(it: SDK) -> Any:
    """Return what an upload becomes, and what a failed one leaves."""
    files, seen = files_of(it), []
    with folder() as root:
        for file in (b"abc", ("a", b"abc", "text/plain"), root / "a.txt", ("c", root / "a.txt")):
            done = files.upload("env_1", file=file, path="/workspace/a", extra_query={"q": "1"}, extra_body={"x": "y"})
            seen.append([done.uploaded_file_id, done.file])
        with pytest.raises(it.load("lib.beta.agents").AgentFileStagingError) as failed:
            files.upload("env_1", file=b"abc", path="/workspace/a")
    return [seen, str(failed.value), type(failed.value.__cause__).__name__, failed.value.uploaded_file_id]


def replaced(it: SDK) -> Any:
    """Return the errors for a file that is replaced, and the ids that an interrupt leaves."""
    files, client = files_of(it), it.client(max_retries=0)
    module, said = it.load("lib.beta.agents._files"), []
    with folder() as root, pytest.MonkeyPatch.context() as patch:
        selected = module.directory_files(root, "/workspace/x", ["a.txt"])
        (root / "a.txt").rename(root / "old")
        (root / "a.txt").write_text("other")
        with pytest.raises(ValueError) as caught:
            files.prepare(selected)
        said.append(str(caught.value))
        for owner, name, call in (
            (client.files, "create", lambda files: files.prepare({"/workspace/b": root / "docs/b.txt"})),
            (
                client.beta.agents.environments.files,
                "create",
                lambda files: files.upload("env_1", file=b"a", path="/workspace/a"),
            ),
        ):
            patch.setattr(owner, name, interrupted)
            with pytest.raises(KeyboardInterrupt) as stopped:
                call(client.beta.agents.environments.files)
            said.append(repr(vars(stopped.value)))
            patch.undo()
    return said


def interrupted(*args: Any, **arguments: Any) -> Any:
    raise KeyboardInterrupt


def artifact(artifact_id: str, turn_id: str = "t_1", **more: Any) -> dict[str, Any]:
    facts = {"id": artifact_id, "created_at": 1, "environment_id": "env_1", "object": "agent.session.artifact"}
    return {**facts, "path": "/workspace/outputs/a", "session_id": "as_1", "size_bytes": 3, "turn_id": turn_id, **more}


def artifacts(it: SDK) -> Any:
    """Return the content of the artifact of a turn, and the errors for others."""
    listed, agents = it.client(max_retries=0).beta.agents.sessions.artifacts, it.load("lib.beta.agents")
    ended = it.load("types.beta.agents.sessions.turn").Turn.model_construct(id="t_1", session_id="as_1")
    mine, options = listed.for_result(agents.AgentTurnResult(turn=ended, messages=[])), {"extra_query": {"q": "1"}}
    seen = [type(mine).__name__, mine.content("/workspace/outputs/a", **options, extra_headers={"X-A": "b"}).read()]
    with TemporaryDirectory() as name:
        to = Path(name, "a")
        found = mine.download("/workspace/outputs/a", to=to, timeout=9, **options)
        seen += [found, to.read_bytes()]
        for path in ("/workspace/outputs/none", "/workspace/outputs/two"):
            with pytest.raises(ValueError) as caught:
                mine.download(path, to=to)
            seen += [str(caught.value), to.read_bytes()]
    return seen


def listing(*found: Any, more: bool = False) -> Any:
    return answer({"object": "list", "data": found, "has_more": more})


FILE = answer(b"report", kind="application/octet-stream")
PAGES = (
    listing(artifact("old", "t_0"), more=True),
    listing(artifact("a_1"), artifact("b", path="/workspace/outputs/b")),
)
TWICE = listing(artifact("c", path="/workspace/outputs/two"), artifact("d", path="/workspace/outputs/two"))


async def coroutine(city: Any) -> str:
    return "never"


def in_two_steps(it: SDK) -> Any:
    with opened(it) as stream:
        first = next(iter(stream))
        try:
            stream.get_final_result()
        except RuntimeError as error:
            return [first.type, str(error), list(stream)]


def collected(it: SDK) -> Any:
    with opened(it, output_type=Place).with_result_collection() as stream:
        kinds = [event.type for event in stream]
        return [kinds, stream.get_final_result().output_parsed.model_dump(), stream.get_final_result().output_text]


def misused(it: SDK) -> Any:
    said = []
    for program in (
        lambda: opened(it, input=""),
        lambda: opened(it, input=[]),
        lambda: opened(it, output_type=dict),
        lambda: next(opened(it)),
    ):
        with pytest.raises((ValueError, TypeError, RuntimeError)) as caught:
            program()
        said.append([type(caught.value).__name__, str(caught.value)])
    with opened(it) as stream, pytest.raises(RuntimeError) as caught:
        stream.__enter__()
    return [*said, str(caught.value), list(stream)]


def unparsed(it: SDK) -> Any:
    with opened(it, output_type=Place) as stream:
        try:
            stream.get_final_result()
        except it.load("lib.beta.agents").AgentOutputParseError as error:
            return [str(error), error.__cause__, error.result.output_text, error.result.turn_id]


EARLY = answer(
    {"error": {"code": "invalid_request_error", "message": "Unknown pending tool call: call_1"}},
    status="400 Bad Request",
)
REFUSED = answer({"error": {"code": "other", "message": "no"}}, status="400 Bad Request")
WEATHER = (CREATED, call(), call(), call("other", call_id="call_2"), COMPLETED, IDLE)
BAD = (CREATED, call(arguments="[1]"), COMPLETED, IDLE)
ACTION = {"type": "function_call", "name": "get_weather", "call_id": "call_1", "turn_id": "t_1"}
WAITING = (CREATED, call(), state("requires_action", required_actions=[ACTION]))
SUBAGENT = (
    turn("created", "t_9", "sub_1"),
    CREATED,
    turn("completed", "t_9", "sub_1"),
    START,
    COMPLETED,
    IDLE,
    CREATED,
)
ERROR = event("error").replace(b"agent.session.error", b"error")

ROWS = [
    Row("events", types_of, played(*TEXT, CREATED)),
    Row("messages", lambda it: types_of(it, input=[{"role": "user", "content": []}]), played(*TEXT)),
    Row(
        "headers",
        lambda it: types_of(it, extra_headers={"idempotency-KEY": "mine", "X-A": "b"}, timeout=9),
        played(*TEXT),
    ),
    Row("a turn of a subagent", types_of, played(*SUBAGENT)),
    Row("an event twice", types_of, played(CREATED, CREATED, COMPLETED, COMPLETED, IDLE)),
    Row("an unknown event and an error", types_of, played(CREATED, event("new"), ERROR, COMPLETED, IDLE)),
    Row("a failed session", types_of, played(CREATED, state("failed"), IDLE)),
    Row("a budget", types_of, played(CREATED, COMPLETED, event("budget_reached", session={"id": "as_1"}), IDLE)),
    Row(
        "a budget of another session",
        types_of,
        played(CREATED, COMPLETED, event("budget_reached", session={"id": "x"}), IDLE),
    ),
    Row("not idle", types_of, (answer(session("in_progress")),)),
    Row("a refused input", types_of, (*played(*TEXT)[:2], REFUSED)),
    Row("misuse", misused, played(*TEXT)),
    Row("a str", with_tool(lambda it: "sunny"), played(*WEATHER)),
    Row("a dict", with_tool(lambda it: {"sky": "sunny", "of": it}), played(*WEATHER)),
    Row("a list", with_tool(lambda it: iter([{"type": "input_text", "text": "a"}])), played(*WEATHER)),
    Row("nothing", with_tool(lambda it: None), played(*WEATHER)),
    Row("a handler that raises", with_tool(lambda it: 1 / 0), played(*WEATHER)),
    Row("a result that is not JSON", with_tool(lambda it: [object()]), played(*WEATHER)),
    Row("an async handler", with_tool(coroutine), played(*WEATHER)),
    Row("bad arguments", with_tool(lambda it: "never"), played(*BAD)),
    Row("a new session", lambda it: creating(it, output_type=Place), new_session(*WEATHER[:-2], *TEXT[4:])),
    Row("a new session without tools", lambda it: creating(it, tool_handlers=None), new_session(*TEXT[1:])),
    Row(
        "a new session, and a budget without a session",
        lambda it: creating(it, tool_handlers=None),
        new_session(event("budget_reached", session={"id": 3}), *TEXT[1:]),
    ),
    Row("a new session whose turn fails", creating, new_session(CREATED, turn("failed"), IDLE)),
    Row("a new session without a stream", created_without_a_stream, (answer(session("idle")),)),
    Row("a tool of a function", by_tool(lambda it: it.function_tool(look_up)), played(*WEATHER)),
    Row("a tool of a class", by_tool(lambda it: it.pydantic_function_tool(Place, handler=repr)), played(*WEATHER)),
    Row("a tool that is async", by_tool(lambda it: it.function_tool(coroutine)), played(*WEATHER)),
    Row("a tool with a wrong result", by_tool(lambda it: it.function_tool(lambda: {1: object()})), played(*BAD)),
    Row(
        "a tool with wrong arguments",
        by_tool(lambda it: it.function_tool(look_up)),
        played(CREATED, call(arguments={"days": 0}), COMPLETED, IDLE),
    ),
    Row("outputs of tools", outputs),
    Row("an early result", with_tool(lambda it: "a"), played(*WEATHER, later=(EARLY, EARLY, ACCEPTED))),
    Row("a result that stays early", with_tool(lambda it: "a"), played(*WEATHER, later=(EARLY,))),
    Row("a refused result", with_tool(lambda it: "a"), played(*WEATHER, later=(REFUSED,))),
    Row("a result", final, played(*TEXT)),
    Row(
        "a result with a class",
        lambda it: final(it, output_type=Place),
        played(CREATED, message('{"city": "a"}'), COMPLETED, IDLE),
    ),
    Row("a result that is not of the class", unparsed, played(CREATED, message("x"), COMPLETED, IDLE)),
    Row("a result without a text", unparsed, played(CREATED, COMPLETED, IDLE)),
    Row("a result too late", in_two_steps, played(*TEXT)),
    Row("events and a result", collected, played(CREATED, message('{"city": "a"}'), COMPLETED, IDLE)),
    Row("the result of a failed turn", final, played(CREATED, message("a"), turn("failed"), IDLE)),
    Row("the result of a cancelled turn", final, played(CREATED, turn("cancelled"), IDLE)),
    Row("the result of a failed session", final, played(CREATED, state("failed"))),
    Row("a result that waits", final, played(*WAITING)),
    Row("a result with a tool", lambda it: final(it, tool_handlers={"get_weather": str}), played(*WAITING, *TEXT[1:])),
    Row("files and directories", prepared, (UPLOADED,)),
    Row("wrong files", wrong_files, (UPLOADED, FAILED_UPLOAD)),
    Row("files of an environment", staged, (*(UPLOADED, answer(STAGED)) * 4, UPLOADED, FAILED_UPLOAD)),
    Row("files that are replaced", replaced, (UPLOADED,)),
    Row("artifacts", artifacts, (*(*PAGES, FILE) * 2, TWICE)),
    Row("a budget before the turn", final, played(event("budget_reached", session={"id": "as_1"}))),
]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_a_program(row: Row, server: FaultServer, monkeypatch: pytest.MonkeyPatch):
    for module in ("openai.lib.streaming.agents._dispatch", "ssescan.openai.lib.streaming.agents._tools"):
        monkeypatch.setattr(f"{module}.uuid4", lambda: "random")
    seen = compare(row, server, monkeypatch)
    assert seen.slept_s in ([], [0.1, 0.3], [0.1, 0.3, 0.6])


def test_a_truncated_stream(server: FaultServer):
    """`openai` raises RuntimeError; the result says in both that it could not be observed."""
    sessions = OpenAI(api_key="k", base_url=server.origin).beta.agents.sessions
    server.play_each(*played(CREATED, message("a")))
    with pytest.raises(StreamTruncated), sessions.stream("as_1", input="Hi") as stream:
        stream.until_done()
    server.play_each(*played(CREATED, message("a")))
    with sessions.stream("as_1", input="Hi") as stream:
        with pytest.raises(Exception, match="observation_failed") as caught:
            stream.get_final_result()
        assert isinstance(caught.value.__cause__, StreamTruncated)
        assert [it.output_text for it in caught.value.messages] == ["a"]  # type: ignore[attr-defined]
    server.play_each(*played(CREATED, COMPLETED))
    with (
        pytest.raises(RuntimeError, match="before the turn reached idle"),
        sessions.stream("as_1", input="Hi") as stream,
    ):
        stream.until_done()
    assert json.loads(server.requests[-1].body)["events"][0]["type"] == "agent.session.input.message"
