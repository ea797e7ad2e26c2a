"""Streamed, parsed and resumed responses: one program runs with ssescan and with `openai`."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any, Optional
from urllib.parse import parse_qs, urlsplit

import pydantic
import pytest

from both import Noted, Reader, answer, body, both
from faultserver import CHUNKED, CLOSE, CUT, RESET, FaultServer, Gate, Request, Script, head, length, piece, settled
from scripts import frames, responses
from ssescan import Parser, errors
from ssescan.errors import APIError, RateLimitError, ToolCallTruncated
from ssescan.http import retries
from ssescan.openai import omit
from ssescan.openai.lib import _resume
from ssescan.openai.lib.streaming.responses._responses import ResponseStreamState


class Place(pydantic.BaseModel):
    city: str
    degrees: Optional[float] = None


def follow(package: Any, client: Any, noted: Noted, **given: Any) -> None:
    with client.responses.stream(model="m", input="x", **given) as stream:
        for event in stream:
            noted(event.type, event)
    response = stream.get_final_response()
    noted("final", response, response.output_text, response.output_parsed)


def same(script: bytes, program: Any = follow) -> Noted:
    ours, theirs = both(program, body(script))
    assert ours == theirs
    assert ours
    return ours


def same_or_better(script: bytes) -> Noted:
    """Compare as `same` does. `openai` may raise RuntimeError, or end with an output that is empty."""
    ours, theirs = both(follow, body(script))
    kind, final = theirs[-1][:2]
    if kind == "raised" and final[0] == "RuntimeError":
        compared = len(theirs) - 1
        assert ours == theirs or len(ours) > len(theirs)
    else:
        has_more = kind == "final" and final["output"] == [] != ours[-1][1]["output"]
        compared = len(theirs) - 2 if has_more else len(theirs)
        assert len(ours) == len(theirs)
    assert ours[:compared] == theirs[:compared]
    return ours


Event = tuple[str, dict[str, Any]]


def item(kind: str, at: int = 0, state: str = "added", **more: Any) -> Event:
    return f"output_item.{state}", {"output_index": at, "item": {"id": f"item_{at}", "type": kind, **more}}


def message(at: int = 0, state: str = "added", content: Any = (), **more: Any) -> Event:
    return item("message", at, state, role="assistant", status="in_progress", content=list(content), **more)


def part(at: int = 0, index: int = 0, state: str = "added", kind: str = "output_text", **more: Any) -> Event:
    shown = {"type": kind, **({"text": "", "annotations": []} if kind == "output_text" else {}), **more}
    return f"content_part.{state}", {"item_id": f"item_{at}", "output_index": at, "content_index": index, "part": shown}


def text(delta: str, at: int = 0, index: int = 0) -> Event:
    where = {"item_id": f"item_{at}", "output_index": at, "content_index": index}
    return "output_text.delta", {**where, "delta": delta, "logprobs": []}


def text_done(whole: str, at: int = 0, index: int = 0) -> Event:
    where = {"item_id": f"item_{at}", "output_index": at, "content_index": index}
    return "output_text.done", {**where, "text": whole, "logprobs": []}


def call(at: int = 0, state: str = "added", arguments: str = "", name: str = "f") -> Event:
    return item("function_call", at, state, call_id=f"call_{at}", name=name, arguments=arguments)


def arguments(delta: str, at: int = 0) -> Event:
    return "function_call_arguments.delta", {"item_id": f"item_{at}", "output_index": at, "delta": delta}


def done_text(whole: str, at: int = 0) -> dict[str, Any]:
    parts = [{"type": "output_text", "text": whole, "annotations": []}]
    return {"id": f"item_{at}", "type": "message", "role": "assistant", "status": "completed", "content": parts}


def done_call(arguments: str, at: int = 0) -> dict[str, Any]:
    return {"id": f"item_{at}", "type": "function_call", "call_id": f"call_{at}", "name": "f", "arguments": arguments}


def written(*pieces: str, at: int = 0) -> list[Event]:
    whole = "".join(pieces)
    return [
        message(at),
        part(at),
        *(text(piece, at) for piece in pieces),
        text_done(whole, at),
        part(at, state="done", text=whole),
        ("output_item.done", {"output_index": at, "item": done_text(whole, at)}),
    ]


def called(*pieces: str, at: int = 0) -> list[Event]:
    whole = "".join(pieces)
    return [
        call(at),
        *(arguments(piece, at) for piece in pieces),
        (
            "function_call_arguments.done",
            {"item_id": f"item_{at}", "output_index": at, "arguments": whole, "name": "f"},
        ),
        ("output_item.done", {"output_index": at, "item": done_call(whole, at)}),
    ]


SCRIPTS = {
    "nothing": responses(),
    "text": responses(*written("Hi", " there"), output=[done_text("Hi there")]),
    "two messages": responses(*written("a", "b"), *written("c", at=1), output=[done_text("ab"), done_text("c", 1)]),
    "a call": responses(*called("{", '"city": "Rome"}'), output=[done_call('{"city": "Rome"}')]),
    "text and two calls": responses(
        *written("So: "), *called("{}", at=1), *called("[", "]", at=2),
        output=[done_text("So: "), done_call("{}", 1), done_call("[]", 2)],
    ),
    "calls by turns": responses(
        call(0), call(1), arguments("{", 0), arguments("[", 1), arguments("}", 0), arguments("]", 1),
        output=[done_call("{}"), done_call("[]", 1)],
    ),
    "several parts": responses(
        message(), part(), text("a"), part(index=1), text("b", index=1), text("c"), output=[done_text("ac")]
    ),
    "a refusal": responses(
        message(), part(kind="refusal", refusal=""),
        ("refusal.delta", {"item_id": "item_0", "output_index": 0, "content_index": 0, "delta": "no"}),
        ("refusal.done", {"item_id": "item_0", "output_index": 0, "content_index": 0, "refusal": "no"}),
        output=[{**done_text(""), "content": [{"type": "refusal", "refusal": "no"}]}],
    ),
    "reasoning": responses(
        item("reasoning", summary=[]),
        ("reasoning_summary_text.delta", {"item_id": "item_0", "output_index": 0, "summary_index": 0, "delta": "x"}),
        *written("a", at=1), output=[{"id": "item_0", "type": "reasoning", "summary": []}, done_text("a", 1)],
    ),
    "a search": responses(
        item("web_search_call", status="in_progress"),
        ("web_search_call.searching", {"item_id": "item_0", "output_index": 0}),
        output=[{"id": "item_0", "type": "web_search_call", "status": "completed"}],
    ),
    "queued": responses(
        ("queued", {"response": {"id": "resp_1", "status": "queued", "output": None}}),
        ("in_progress", {"response": {"id": "resp_1", "status": "in_progress", "output": []}}),
        *written("a"), output=[done_text("a")],
    ),
    "incomplete": responses(*written("a"), last="incomplete", output=[done_text("a")]),
    "text before its item": responses(text("a")),
    "an item twice": responses(message(), message()),
    "an item that is null": responses(("output_item.added", {"output_index": 0, "item": None}), *written("a", at=0), output=[done_text("a")]),
    "another response": responses(("in_progress", {"response": {"id": "other", "output": []}})),
    "not from the beginning": responses(*written("a"), output=[done_text("a")])[2:],
    "audio": responses(("audio.delta", {"delta": "AAA="}), ("audio.transcript.delta", {"delta": "Hi"})),
    "commentary": responses(
        message(phase="commentary"), part(), text("a"), text_done("a"), output=[{**done_text("a"), "phase": "commentary"}]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_event_in_order(name: str):
    same_or_better(b"".join(SCRIPTS[name]))


def final(*frames: Any, **given: Any) -> Any:
    """Return the final response of a stream."""
    with FaultServer() as server:
        server.play(*body(b"".join(frames)))
        with server.client().responses.stream(model="m", input="x", **given) as stream:
            return stream.get_final_response()


def renamed(script: list[bytes], at: int, old: bytes, new: bytes) -> list[bytes]:
    return [frame.replace(old, new) if i == at else frame for i, frame in enumerate(script)]


UNKNOWN = frames(("codex.rate_limits", {"type": "codex.rate_limits", "plan": "plus"}))
WRITTEN = written("Hel", "lo")


class TestWhatServersSend:
    """`openai` raises RuntimeError for most of these."""

    @pytest.mark.parametrize("at", range(10))
    def test_unknown_events_pass(self, at: int):
        script = responses(*WRITTEN, output=[done_text("Hello")])
        script.insert(at % (len(script) - 1), UNKNOWN)
        with FaultServer() as server:
            server.play(*body(b"".join(script)))
            with server.client().responses.stream(model="m", input="x") as stream:
                seen = [type(event).__name__ for event in stream]
        assert seen.count("UnknownEvent") == 1 and len(seen) == len(script)

    @pytest.mark.parametrize(
        ("name", "payload", "dialect"),
        [
            ("", {"id": "c", "object": "chat.completion.chunk", "choices": []}, "chat"),
            ("thread.run.created", {"id": "run_1"}, "assistants"),
        ],
    )
    def test_events_of_another_api(self, name: str, payload: Any, dialect: str):
        with pytest.raises(APIError, match=f"dialect '{dialect}' to a stream of the dialect 'responses'"):
            final(frames((name, payload)))

    @pytest.mark.parametrize("without", ["output_item.added", "content_part.added", "output_item.done", "created"])
    def test_events_that_are_missing(self, without: str):
        script = [frame for frame in responses(*WRITTEN) if f'"response.{without}"'.encode() not in frame]
        assert final(*script).output_text == "Hello"

    def test_only_deltas(self):
        script = [
            frame
            for frame in responses(*WRITTEN, *called("{", "}", at=1))
            if b"_part." not in frame and b"_item." not in frame
        ]
        script = [frame for frame in script if b"done" not in frame]
        message, call = final(*script).output
        assert (message.content[0].text, message.status, call.arguments) == ("Hello", "completed", "{}")

    @pytest.mark.parametrize(
        "output", [[], None, [{**done_text(""), "content": []}], [{**done_text(""), "content": None}], [done_text("")]]
    )
    def test_texts_that_only_deltas_have(self, output: Any):
        events = [*WRITTEN[:-1], ("output_item.done", {"output_index": 0, "item": {**done_text(""), "content": []}})]
        script = responses(*events)
        script[-1] = frames(
            (
                "response.completed",
                {"type": "response.completed", "response": {"id": "resp_1", "status": "completed", "output": output}},
            )
        )
        assert final(*script).output_text == "Hello"

    def test_another_id(self):
        script = responses(
            ("in_progress", {"response": {"id": "b", "output": []}}), *WRITTEN, output=[done_text("Hello")]
        )
        response = final(*renamed(script, len(script) - 1, b"resp_1", b"c"))
        assert (response.id, response.output_text) == ("resp_1", "Hello")

    def test_an_item_twice(self):
        assert final(*responses(WRITTEN[0], *WRITTEN)).output_text == "Hello"

    def test_two_items_with_one_index(self):
        second = [(name, {**fields, "output_index": 0}) for name, fields in written("you", at=1)[:4]]
        assert [item.content[0].text for item in final(*responses(*WRITTEN[:4], *second)).output] == ["Hello", "you"]

    def test_a_later_snapshot(self):
        later = ("in_progress", {"response": {"id": "resp_1", "output": [done_text("Hello!")]}})
        assert final(*responses(*WRITTEN, later)).output_text == "Hello!"

    @pytest.mark.parametrize("field", ["content_index", "output_index"])
    @pytest.mark.parametrize("value", ["0", 10**9, -1, None, [], {}])
    def test_strange_indexes(self, field: str, value: Any):
        events = [
            (name, {**fields, field: value}) if "delta" in name else (name, fields) for name, fields in WRITTEN[:-1]
        ]
        assert final(*responses(*events)).output_text == "Hello"

    @pytest.mark.parametrize(
        "name", ["output_item.added", "output_item.done", "content_part.added", "output_text.delta"]
    )
    @pytest.mark.parametrize("value", [None, "x", 3, []])
    def test_strange_values(self, name: str, value: Any):
        fields = {"item": value, "part": value, "delta": value, "output_index": 0, "content_index": 0}
        final(*responses(*WRITTEN[:-1], (name, fields), output=[done_text("Hello")]))

    def test_null_texts(self):
        output = [
            done_text("Hel"),
            {**done_text(""), "content": None},
            {**done_text("", 1), "content": [{"type": "output_text", "text": None}]},
        ]
        response = final(*responses(output=[*output, done_text("lo", 2)]))
        assert response.output_text == "Hello" and response.output[1].content == []

    def test_another_last_event(self):
        script = responses(*WRITTEN)
        state = ResponseStreamState(input_tools=omit, text_format=omit)
        for frame in script[:-1]:
            for event in Parser("responses").feed(frame):
                state.handle_event(event)
        for event in Parser("responses").feed(script[-1].replace(b"response.completed", b"response.done")):
            state.handle_event(event)
        assert state._completed_response and state._completed_response.output_text == "Hello"

    @pytest.mark.parametrize(
        ("error", "cls"), [({"code": "rate_limit_exceeded", "message": "Slow down"}, RateLimitError), (None, APIError)]
    )
    def test_a_completed_response_that_failed(self, error: Any, cls: Any):
        script = responses(*WRITTEN, output=[done_text("Hello")])
        fields = b'"status": "failed", "error": %s, "output": [{' % json.dumps(error).encode()
        script[-1] = script[-1].replace(b'"status": "completed", "output": [{', fields, 1)
        with pytest.raises(cls, match="Slow down" if error else "failed"):
            final(*script)


class TestTruncatedCalls:
    @pytest.mark.parametrize(("arguments", "truncated"), [('{"city": "Ro', True), ("{}", False), ("", False)])
    def test_they_are_marked(self, arguments: str, truncated: bool):
        response = final(*responses(*called(arguments), output=[done_call(arguments)]))
        assert response.tool_calls_truncated is truncated and "tool_calls_truncated" not in response.to_dict()

    def test_a_strict_tool(self):
        tools = [{"type": "function", "name": "f", "strict": True, "parameters": {}}]
        with pytest.raises(ToolCallTruncated, match="'f'"):
            final(*responses(*called('{"a'), output=[done_call('{"a')]), tools=tools)
        response = final(*responses(*called(""), output=[done_call("")]), tools=tools)
        assert response.output[0].parsed_arguments == {}


PLACE = '{"city": "Rome", "degrees": 21.5}'


class TestParsed:
    @pytest.mark.parametrize("whole", [PLACE, '{"city": 3}', "text"])
    def test_into_a_class(self, whole: str):
        def program(package: Any, client: Any, noted: Noted) -> None:
            follow(package, client, noted, text_format=Place, text={"verbosity": "low"})

        same(b"".join(responses(*written(*whole), output=[done_text(whole)])), program)

    def test_commentary_is_no_answer(self):
        def program(package: Any, client: Any, noted: Noted) -> None:
            follow(package, client, noted, text_format=Place)

        same(b"".join(SCRIPTS["commentary"]), program)

    @pytest.mark.parametrize("strict", [True, False])
    def test_arguments(self, strict: bool):
        def program(package: Any, client: Any, noted: Noted) -> None:
            follow(
                package, client, noted, tools=[{"type": "function", "name": "f", "strict": strict, "parameters": {}}]
            )

        same(b"".join(SCRIPTS["a call"]), program)

    def test_arguments_into_a_class(self):
        from openai.lib._tools import pydantic_responses_function_tool

        import ssescan.openai

        def program(package: Any, client: Any, noted: Noted) -> None:
            ours = package is ssescan.openai
            make = ssescan.openai.pydantic_responses_function_tool if ours else pydantic_responses_function_tool
            noted("tool", make(Place, name="f", defer_loading=True))
            follow(package, client, noted, tools=[make(Place, name="f")])

        same(b"".join(SCRIPTS["a call"]), program)

    @pytest.mark.parametrize(
        "output",
        [done_text(PLACE), done_call(PLACE), done_text("{"), {"type": "function_call", "call_id": "c", "name": "f"}],
        ids=["text", "call", "bad", "no arguments"],
    )
    def test_a_whole_answer(self, output: Any):
        def program(package: Any, client: Any, noted: Noted) -> None:
            tools = [{"type": "function", "name": "f", "strict": True, "parameters": {}}]
            response = client.responses.parse(model="m", input="x", text_format=Place, tools=tools)
            noted("response", response, response.output_parsed, response._request_id)

        sent = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "output": [output], "tools": []}
        ours, theirs = both(program, answer(json.dumps(sent).encode()))
        assert ours == theirs


@pytest.mark.parametrize("given", [{"parse_as": Place}, {"parse_as": None, "text_format": Place}, {}])
def test_parsed_as_another_class(given: dict[str, Any]):
    def program(package: Any, client: Any, noted: Noted) -> None:
        noted("parsed", client.responses.parse(model="m", input="x", **given).output_parsed)

    ours, theirs = both(program, answer(json.dumps({"id": "r", "output": [done_text(PLACE)]}).encode()))
    assert ours == theirs


WRONG: list[dict[str, Any]] = [
    {"input": "x"},
    {"model": "m"},
    {},
    {"starting_after": 3},
    {"response_id": "r", "input": "x"},
    {"model": "m", "input": "x", "text_format": Place, "text": {"format": {}}},
    {"model": "m", "input": "x", "text_format": int},
]


@pytest.mark.parametrize("given", WRONG, ids=lambda given: "-".join(given))
def test_what_can_not_be_asked_for(given: dict[str, Any]):
    def program(package: Any, client: Any, noted: Noted) -> None:
        client.responses.stream(**given)

    ours, theirs = both(program, answer(b"{}"))
    assert ours == theirs and ours[0][0] == "raised"


@pytest.mark.parametrize("after", [None, 0, 4, 99])
def test_a_response_that_exists(after: Any):
    def program(package: Any, client: Any, noted: Noted) -> None:
        given = {} if after is None else {"starting_after": after}
        with client.responses.stream(response_id="resp_1", **given) as stream:
            for event in stream:
                noted(event.type, event)
        noted("final", stream.get_final_response())

    same(b"".join(SCRIPTS["text"]), program)


#: Responses streams with listed differences.
DIFFERENT = (
    "cut",
    "error",
    "malformed",
    "empty-body",
    "failed",
    "single-line-feeds",
    "without-numbers",
    "llama",
    "500",
)
FIXTURES = [
    path
    for path in sorted((Path(__file__).parents[1] / "streams").glob("*responses*.sse"))
    if not any(word in path.stem for word in DIFFERENT)
]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_recorded(path: Path):
    same_or_better(path.read_bytes())


def test_a_server_that_numbers_nothing():
    recorded = Path(__file__).parents[1] / "streams" / "recorded-llama-server_responses.sse"
    ours, theirs = both(follow, body(recorded.read_bytes()))
    deltas = [event["delta"] for name, event in ours[:-1] if name == "response.output_text.delta"]
    last = [event["snapshot"] for name, event in ours[:-1] if name == "response.output_text.delta"][-1]
    assert last == "".join(deltas) == ours[-1][2]
    assert theirs[-1][0] == "raised"


# Resuming (T23)


def events_of(stream: Any) -> list[Any]:
    return [event.to_dict() for event in stream]


class Kept:
    """A server that stores a response, and truncates every stream of it after `k` events."""

    def __init__(self, frames: list[bytes], k: int, ending: Any = CUT, replays: int = 0) -> None:
        self.frames, self.k, self.ending, self.replays = frames, k, ending, replays
        self.starts: list[int] = []

    def __call__(self, request: Request) -> Script:
        query = parse_qs(urlsplit(request.path).query)
        start = 0
        if request.method == "GET":
            assert urlsplit(request.path).path.endswith("/responses/resp_1") and query["stream"] == ["true"]
            start = max(0, int(query.get("starting_after", ["-1"])[0]) + 1 - self.replays)
        self.starts.append(start)
        sent = self.frames[start : start + self.k]
        return (head(CHUNKED), *map(piece, sent), self.ending)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_resume.time, "sleep", lambda delay_s: None)


def resumed(server: FaultServer, play: Any, **given: Any) -> Any:
    server.play_each(play)
    return server.client().responses.stream(model="m", input="x", background=True, **{"resume": True, **given})


def resuming(server: FaultServer, play: Any) -> Any:
    """Return a resuming stream of a client that does not retry requests."""
    server.play_each(play)
    client = server.client(max_retries=0)
    return client.responses.stream(model="m", input="x", background=True, resume=True)


LONG = responses(
    *written(*"How are you?"), *called('{"city', '": 1}', at=1), output=[done_text("How are you?"), done_call("{}", 1)]
)


def test_a_failure_is_raised_again():
    def program(package: Any, client: Any, noted: Noted) -> None:
        with client.responses.stream(model="m", input="x") as stream:
            with pytest.raises(package.APIError) as first:
                list(stream)
            for way in (stream.until_done, stream.get_final_response, lambda: next(stream)):
                try:
                    noted("ended", type(way()).__name__)
                except Exception as again:
                    noted("same", again is first.value)

    failing = b'event: error\ndata: {"error": {"message": "Out of memory"}}\n\n'
    ours, theirs = both(program, body(b"".join(responses(*written("a"))[:-1]) + failing))
    assert ours == [("same", True)] * 3
    assert ("same", True) not in theirs


class TestResume:
    def whole(self) -> list[Any]:
        with FaultServer() as server:
            server.play(*body(b"".join(LONG)))
            with server.client().responses.stream(model="m", input="x") as stream:
                return events_of(stream)

    @pytest.mark.parametrize("ending", [CUT, RESET], ids=["cut", "reset"])
    @pytest.mark.parametrize("k", range(1, len(LONG) + 1))
    def test_cut_after_every_k_events(self, k: int, ending: Any):
        kept = Kept(LONG, k, ending if k < len(LONG) else CUT)
        with FaultServer() as server, resumed(server, kept) as stream:
            assert events_of(stream) == self.whole()
            assert stream.get_final_response().output_text == "How are you?"
            assert [request.method for request in server.requests].count("POST") == 1
        assert kept.starts == sorted(set(kept.starts))

    def test_what_was_added_to_the_first_request_goes_with_all(self):
        given = {"extra_headers": {"x-mine": "1"}, "extra_query": {"q": "2"}}
        with FaultServer() as server, resumed(server, Kept(LONG, 9), **given) as stream:
            stream.until_done()
            assert {request.headers["x-mine"] for request in server.requests} == {"1"}
            assert all("q=2" in request.path for request in server.requests)

    def test_what_comes_twice_is_left_out(self):
        with FaultServer() as server, resumed(server, Kept(LONG, 5, replays=3)) as stream:
            assert events_of(stream) == self.whole()

    def test_a_server_that_gives_nothing_more(self):
        kept = Kept(LONG, 3)

        def play(request: Request) -> Script:
            return kept(request) if request.method == "POST" else (head(CHUNKED), CUT)

        with FaultServer() as server, resumed(server, play) as stream:
            with pytest.raises(errors.APIConnectionError):
                events_of(stream)
            assert len(server.requests) == 1 + _resume.MAX_FRUITLESS + 1

    def test_a_break_before_anything_is_known(self):
        with FaultServer() as server, resumed(server, Kept(LONG, 0)) as stream:
            with pytest.raises(errors.APIConnectionError):
                events_of(stream)
            assert len(server.requests) == 1

    def test_an_error_of_the_server_is_no_break(self):
        failed = b'event: error\ndata: {"type":"error","message":"Out of memory","sequence_number":3}\n\n'
        with FaultServer() as server, resumed(server, Kept([*LONG[:3], failed], 9)) as stream:
            with pytest.raises(errors.APIError, match="Out of memory"):
                events_of(stream)
            assert len(server.requests) == 1

    def test_a_response_that_is_gone(self):
        kept = Kept(LONG, 3)

        def play(request: Request) -> Script:
            return kept(request) if request.method == "POST" else answer(b"{}", "404 Not Found")

        with FaultServer() as server, resumed(server, play) as stream, pytest.raises(errors.NotFoundError):
            events_of(stream)

    @pytest.mark.parametrize("refusal", [(CLOSE,), answer(b"{}", "502 Bad Gateway")], ids=["closed", "502"])
    def test_requests_that_fail_are_tries(self, refusal: Script):
        kept, numbers = Kept(LONG, 4), count()

        def play(request: Request) -> Script:  # the first request and every third one succeed
            return refusal if next(numbers) % 3 else kept(request)

        with FaultServer() as server, resuming(server, play) as stream:
            assert events_of(stream) == self.whole()

    @pytest.mark.parametrize("refusal", [(CLOSE,), answer(b"{}", "502 Bad Gateway")], ids=["closed", "502"])
    def test_requests_that_fail_for_good(self, refusal: Script):
        kept = Kept(LONG, 5)

        def play(request: Request) -> Script:
            return kept(request) if request.method == "POST" else refusal

        with FaultServer() as server, resuming(server, play) as stream:
            with pytest.raises(errors.StreamBroken) as caught:
                events_of(stream)
            assert len(server.requests) == 1 + _resume.MAX_FRUITLESS + 1
        assert (caught.value.outcome, caught.value.events, caught.value.partial_text) == ("broken", 5, "Ho")

    def test_waits_between_requests_that_fail(self, monkeypatch: pytest.MonkeyPatch):
        slept: list[float] = []
        monkeypatch.setattr(_resume.time, "sleep", slept.append)
        monkeypatch.setattr(retries.random, "random", lambda: 0.0)
        begun: Script = (head(CHUNKED), *map(piece, LONG[:5]), RESET)
        plays = iter([begun, (head("Retry-After: 7", length(0), status="503 Busy"),)])
        with FaultServer() as server, resuming(server, lambda request: next(plays, (CLOSE,))) as stream:
            with pytest.raises(errors.StreamBroken):
                events_of(stream)
        assert slept == [7.0, 1.0, 2.0, 4.0, 8.0]

    def test_what_is_shown_stays_the_same(self):
        given = {"include": ["message.output_text.logprobs"], "stream_options": {"include_obfuscation": False}}
        with FaultServer() as server, resumed(server, Kept(LONG, 9), **given) as stream:
            stream.until_done()
            asked = [parse_qs(urlsplit(request.path).query) for request in server.requests[1:]]
        assert asked and {tuple(query["include[]"]) for query in asked} == {("message.output_text.logprobs",)}
        assert {tuple(query["include_obfuscation"]) for query in asked} == {("false",)}

    @pytest.mark.parametrize("then", [(), (CLOSE,)], ids=["answered", "failing"])
    def test_closed_while_it_is_asked_for(self, then: Script):
        gate, kept = Gate(), Kept(LONG, 4)

        def play(request: Request) -> Script:
            return kept(request) if request.method == "POST" else (gate, *then, *kept(request))

        with FaultServer() as server, resuming(server, play) as stream:
            reader = Reader(stream)
            assert settled(lambda: len(server.requests) == 2)
            stream.close()
            gate.opened.set()
            assert len(reader.seen()) == 4

    def test_not_unless_asked(self):
        with FaultServer() as server, resumed(server, Kept(LONG, 3), resume=False) as stream:
            with pytest.raises(errors.StreamBroken):
                events_of(stream)
            assert len(server.requests) == 1

    def test_needs_the_background(self):
        with FaultServer() as server, pytest.raises(ValueError, match="background=True"):
            server.client().responses.stream(model="m", input="x", resume=True)

    def test_one_that_exists(self):
        with FaultServer() as server:
            server.play_each(Kept(LONG, 4))
            with server.client().responses.stream(response_id="resp_1", starting_after=5, resume=True) as stream:
                assert events_of(stream) == self.whole()[6:]

    def test_closed_in_the_middle(self):
        with FaultServer() as server:
            with resumed(server, Kept(LONG, 4)) as stream:
                next(stream)
            assert list(stream) == []
            assert len(server.requests) == 1
