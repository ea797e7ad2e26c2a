"""Streamed and parsed completions: one program runs with ssescan and with `openai`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

import pydantic
import pytest
from jiter import from_json

import ssescan.openai
from both import Noted, answer, body, both
from faultserver import FaultServer
from scripts import chat, chunk, tool
from ssescan import errors, testing
from ssescan.openai.lib._partial_json import partial_json
from ssescan.openai.lib.streaming.chat import ChatCompletionStreamState
from ssescan.openai.types.chat import ChatCompletionChunk


class Place(pydantic.BaseModel):
    """A place."""

    city: str
    degrees: Optional[float] = None


class Trip(pydantic.BaseModel):
    """A trip."""

    start: Place = pydantic.Field(description="where from")
    stops: List[Place]
    kind: Union[int, str, None] = None
    prices: Dict[str, int] = {}


PLACE = {"city": "Rome", "degrees": 21.5}


def follow(
    package: Any, client: Any, noted: Noted, tools: Any = None, response_format: Any = None, **more: Any
) -> None:
    given = {"tools": tools, "response_format": response_format, **more}
    given = {name: value for name, value in given.items() if value is not None}
    with client.chat.completions.stream(model="m", messages=[], **given) as stream:
        for event in stream:
            noted(event.type, event)
            noted("so far", stream.current_completion_snapshot)
    completion = stream.get_final_completion()
    noted("final", completion)
    noted("parsed", completion.choices[0].message.parsed)


def same(script: bytes, program: Any = follow, *, several: bool = True) -> Noted:
    ours, theirs = both(program, body(script))
    assert ours == theirs
    assert ours
    return ours


def logprob(token: str) -> dict[str, Any]:
    return {"token": token, "logprob": -0.5, "bytes": [1], "top_logprobs": []}


def calls(*fragments: Any) -> dict[str, Any]:
    return {"tool_calls": list(fragments)}


begun = chunk({"role": "assistant", "content": ""})
SCRIPTS = {
    "text": chat(begun, chunk({"content": "Hi"}), chunk({"content": "!"}), chunk(finish="stop")),
    "text at once": chat(chunk({"role": "assistant", "content": "Hi"}, "stop")),
    "usage": chat(
        begun, chunk({"content": "x"}), chunk(finish="stop"),
        ("", {"id": "c", "object": "chat.completion.chunk", "choices": [], "usage": {"total_tokens": 3}, "system_fingerprint": "fp"}),
    ),
    "a refusal": chat(chunk({"role": "assistant", "refusal": "I "}), chunk({"refusal": "can't"}), chunk(finish="stop")),
    "probabilities": chat(
        chunk({"content": "a"}, logprobs={"content": [logprob("a")], "refusal": None}),
        chunk({"content": "b"}, logprobs={"content": [logprob("b")], "refusal": None}),
        chunk({"content": "c"}, logprobs=None),
        chunk(finish="stop"),
    ),
    "probabilities of a refusal": chat(
        chunk({"refusal": "a"}),
        chunk({"refusal": "b"}, logprobs={"content": None, "refusal": [logprob("b")]}),
        chunk({"refusal": "c"}, logprobs={"content": None, "refusal": [logprob("c")]}),
        chunk(finish="stop"),
    ),
    "two choices": chat(
        ("", {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [
            {"index": 0, "delta": {"content": "a"}}, {"index": 1, "delta": {"content": "x"}}]}),
        chunk({"content": "b"}), chunk({"content": "y"}, index=1), chunk(finish="stop", index=1), chunk(finish="length"),
    ),
    "reasoning": chat(chunk({"reasoning_content": "a"}), chunk({"reasoning_content": "b"}), chunk({"content": "c"}, "stop")),
    "a filter's objects": chat(("", {"id": "", "object": "", "choices": [], "prompt_filter_results": []}), begun, chunk({"content": "a"}, "stop")),
    "audio": chat(
        chunk({"audio": {"id": "a", "transcript": "H"}}), chunk({"audio": {"transcript": "i", "data": "AAA="}}),
        chunk({"audio": {"expires_at": 5}}, "stop"),
    ),
    "an old function call": chat(
        chunk({"function_call": {"name": "f", "arguments": ""}}), chunk({"function_call": {"arguments": "{}"}}),
        chunk(finish="function_call"),
    ),
    "cut at its length": chat(begun, chunk({"content": '{"city'}), chunk(finish="length")),
    "filtered": chat(begun, chunk({"content": "{"}), chunk(finish="content_filter")),
    "nothing in it": chat(chunk(), chunk(finish="stop")),
    "extra fields": chat(chunk({"content": "a", "extra": {"n": 1}}, seen=1), chunk({"content": "b", "extra": {"n": 2}}, "stop", seen=2)),
    "citations": chat(chunk({"content": "a", "list": ["x"]}), chunk({"content": "b", "list": ["y"]}, "stop")),
    "a tool call": chat(
        chunk({"role": "assistant", "content": None, **calls(tool(0, "", "f", "call_1"))}),
        chunk(calls(tool(0, '{"city":'))), chunk(calls(tool(0, '"Rome"}'))), chunk(finish="tool_calls"),
    ),
    "text and a tool call": chat(
        begun, chunk({"content": "So: "}), chunk(calls(tool(0, "{}", "f", "call_1"))), chunk(finish="tool_calls")
    ),
    "two tool calls": chat(
        begun, chunk(calls(tool(0, "{", "f", "call_1"))), chunk(calls(tool(0, "}"))),
        chunk(calls(tool(1, "[", "g", "call_2"))), chunk(calls(tool(1, "]"))), chunk(finish="tool_calls"),
    ),
    "two tool calls by turns": chat(
        begun, chunk(calls(tool(0, "{", "f", "call_1"), tool(1, "[", "g", "call_2"))),
        chunk(calls(tool(0, "}"))), chunk(calls(tool(1, "]"))), chunk(finish="tool_calls"),
    ),
    "one call twice at once": chat(
        begun, chunk(calls(tool(0, "", "f", "call_1"), tool(0, "{"))), chunk(calls(tool(0, "}"), tool(0, " "))), chunk(finish="tool_calls")
    ),
    "a call in the first chunk": chat(chunk(calls(tool(0, "{}", "f", "call_1"))), chunk(finish="tool_calls")),
    "a call in the last chunk": chat(begun, chunk(calls(tool(0, "{}", "f", "call_1")), "tool_calls")),
    "null names": chat(
        begun, chunk(calls({"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}})),
        chunk(calls({"index": 0, "type": "function", "function": {"name": None, "arguments": "{}"}})), chunk(finish="tool_calls"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_event_in_order(name: str):
    same(SCRIPTS[name])


def lines(value: Any, size: int = 3) -> bytes:
    content = json.dumps(value)
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    return chat(begun, *(chunk({"content": piece}) for piece in pieces), chunk(finish="stop"))


class TestParsed:
    @pytest.mark.parametrize("value", [PLACE, {"city": "x" * 9}, {"degrees": 1}, "text", {"city": None}], ids=str)
    def test_into_a_class(self, value: Any):
        def program(package: Any, client: Any, noted: Noted) -> None:
            kinds = {"extra_body": {"x": 1}, "response_format": Place}
            with client.chat.completions.stream(model="m", messages=[], **kinds) as stream:
                for event in stream:
                    noted(event.type, event if event.type == "content.done" else None)
            noted("parsed", stream.get_final_completion().choices[0].message.parsed)

        ours, theirs = both(program, body(lines(value)))
        if value == "text":  # `openai` fails at the first piece, which is not yet a JSON object
            assert ours[-1][1][0] == "ValidationError" and theirs[-1][1][0] == "ValueError"
        else:
            assert [noted for noted in ours if noted[0] != "raised"] == [x for x in theirs if x[0] != "raised"]
            assert [noted[1][0] for noted in ours if noted[0] == "raised"] == [
                x[1][0] for x in theirs if x[0] == "raised"
            ]

    def test_what_is_complete_so_far(self):
        def program(package: Any, client: Any, noted: Noted) -> None:
            with client.chat.completions.stream(model="m", messages=[], response_format=Trip) as stream:
                for event in stream:
                    if event.type == "content.delta":
                        noted("delta", event.parsed, event.snapshot)
                        noted("snapshot", stream.current_completion_snapshot.choices[0].message.parsed)

        same(lines({"start": PLACE, "stops": [PLACE, PLACE], "kind": 1, "prices": {"a": 1}}), program)

    @pytest.mark.parametrize("name", ["cut at its length", "filtered", "a refusal"])
    def test_what_can_not_be_parsed(self, name: str):
        def program(package: Any, client: Any, noted: Noted) -> None:
            with client.chat.completions.stream(model="m", messages=[], response_format=Place) as stream:
                try:
                    for event in stream:
                        noted(event.type)
                except package.OpenAIError as error:
                    noted("raised", error, error.completion)
                    raise

        same(SCRIPTS[name], program)

    @pytest.mark.parametrize("strict", [True, False, None])
    def test_arguments(self, strict: Any):
        tools = [{"type": "function", "function": {"name": "f", "strict": strict, "parameters": {}}}]

        def program(package: Any, client: Any, noted: Noted) -> None:
            follow(package, client, noted, tools=tools)

        same(SCRIPTS["a tool call"], program)

    def test_arguments_into_a_class(self):
        def program(package: Any, client: Any, noted: Noted) -> None:
            tools = [package.pydantic_function_tool(Place, name="f")]
            noted("tools", tools)
            follow(package, client, noted, tools=(tool for tool in tools))

        noted = same(SCRIPTS["a tool call"], program)
        done = next(values for name, *values in noted if name == "tool_calls.function.arguments.done")
        assert done[0]["parsed_arguments"]["city"] == "Rome"

    @pytest.mark.parametrize("kind", ["a class", "strict", "not strict"])
    def test_no_arguments_at_all(self, kind: str):
        def program(package: Any, client: Any, noted: Noted) -> None:
            plain = {"type": "function", "function": {"name": "f", "strict": kind == "strict", "parameters": {}}}
            tools = [package.pydantic_function_tool(Place, name="f") if kind == "a class" else plain]
            follow(package, client, noted, tools=tools)

        called = {"index": 0, "id": "a", "type": "function", "function": {"name": "f"}}
        noted = same(chat(begun, chunk(calls(called)), chunk(finish="tool_calls")), program)
        assert (noted[-1][0] == "raised") is (kind != "not strict")

    @pytest.mark.parametrize("kind", ["a class", "strict"])
    def test_no_arguments_in_a_whole_answer(self, kind: str):
        def program(package: Any, client: Any, noted: Noted) -> None:
            plain = {"type": "function", "function": {"name": "f", "strict": True, "parameters": {}}}
            tools = [package.pydantic_function_tool(Place, name="f") if kind == "a class" else plain]
            client.chat.completions.parse(model="m", messages=[], tools=tools)

        called = {"id": "a", "type": "function", "function": {"name": "f"}}
        ours, theirs = both(program, answer(completion("tool_calls", tool_calls=[called])))
        assert ours == theirs and ours[-1][0] == "raised"

    def test_no_tool_of_that_name(self):
        def program(package: Any, client: Any, noted: Noted) -> None:
            follow(package, client, noted, tools=[package.pydantic_function_tool(Trip)])

        same(SCRIPTS["a tool call"], program)


COMPLETION = {
    "id": "c", "object": "chat.completion", "created": 1, "model": "m", "usage": {"total_tokens": 3},
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": json.dumps(PLACE)}}],
}  # fmt: skip


def completion(finish: str = "stop", **message: Any) -> bytes:
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": None, **message}}
    return json.dumps({**COMPLETION, "choices": [choice]}).encode()


class TestParse:
    @pytest.mark.parametrize(
        "sent",
        [
            completion(content=json.dumps(PLACE)),
            completion(refusal="no"),
            completion("length", content="{"),
            completion("content_filter"),
            completion(content='{"city": 1}'),
            completion("tool_calls", tool_calls=[tool(None, '{"city": "Rome"}', "Place", "call_1")]),
            completion("tool_calls", tool_calls=[{"type": "custom", "id": "x", "custom": {"name": "n", "input": "i"}}]),
        ],
        ids=["whole", "refusal", "length", "filter", "misfit", "call", "custom"],
    )
    def test_a_whole_answer(self, sent: bytes):
        def program(package: Any, client: Any, noted: Noted) -> None:
            tools = [package.pydantic_function_tool(Place)]
            parsed = client.chat.completions.parse(model="m", messages=[], response_format=Place, tools=tools)
            noted("parsed", parsed, parsed._request_id)
            noted("object", [choice.message.parsed for choice in parsed.choices])

        ours, theirs = both(program, answer(sent))
        assert ours == theirs

    @pytest.mark.parametrize("kind", ["not strict", "custom"])
    def test_tools_that_can_not_be_parsed(self, kind: str):
        loose = {"type": "function", "function": {"name": "f", "parameters": {}}}
        custom = {"type": "custom", "custom": {"name": "f"}}

        def program(package: Any, client: Any, noted: Noted) -> None:
            client.chat.completions.parse(model="m", messages=[], tools=[loose if kind == "not strict" else custom])

        ours, theirs = both(program, answer(completion()))
        assert ours == theirs and ours[0][0] == "raised"

    def test_a_class_that_is_none(self):
        def program(package: Any, client: Any, noted: Noted) -> None:
            client.chat.completions.stream(model="m", messages=[], response_format=int)

        ours, theirs = both(program, answer(b"{}"))
        assert ours == theirs and ours[0][0] == "raised"


def test_the_request_is_the_same():
    import openai

    import ssescan.openai
    from both import run
    from faultserver import FaultServer

    def program(package: Any, client: Any, noted: Noted) -> None:
        tools = [package.pydantic_function_tool(Trip, description="go")]
        with client.chat.completions.stream(model="m", messages=[], response_format=Trip, tools=tools) as stream:
            stream.until_done()

    with FaultServer() as server:
        server.play(*body(lines({"start": PLACE, "stops": []})))
        for package in (ssescan.openai, openai):
            run(package, server.origin, program)
    ours, theirs = server.requests
    assert json.loads(ours.body) == json.loads(theirs.body)
    helper = "x-stainless-helper-method"
    assert ours.headers[helper] == theirs.headers[helper] == "chat.completions.stream"


# Tool calls in the forms of different servers (T20)


def adding_up(*fragments: Any) -> list[Any]:
    """Return the calls of fragments that are sent in one chunk each."""
    state: Any = ChatCompletionStreamState()
    for fragment in [None, *fragments]:
        _, sent = chunk({} if fragment is None else calls(*(fragment if isinstance(fragment, list) else [fragment])))
        state.handle_chunk(ChatCompletionChunk.model_validate(sent))
    message = state.current_completion_snapshot.choices[0].message
    return [(call.id, call.function.name, call.function.arguments) for call in message.tool_calls]


TWO = [("a", "f", "{}"), ("b", "g", "[1]")]
MATRIX = {
    "numbers": [tool(0, "", "f", "a"), tool(0, "{}"), tool(1, "", "g", "b"), tool(1, "[1"), tool(1, "]")],
    "by turns": [tool(0, "", "f", "a"), tool(1, "", "g", "b"), tool(0, "{"), tool(1, "["), tool(0, "}"), tool(1, "1]")],
    "no numbers, whole": [tool(None, "{}", "f", "a"), tool(None, "[1]", "g", "b")],
    "no numbers, at once": [[tool(None, "{}", "f", "a"), tool(None, "[1]", "g", "b")]],
    "no numbers, pieces": [tool(None, "{", "f", "a"), tool(None, "}"), tool(None, "[", "g", "b"), tool(None, "1]")],
    "all of number 0, whole": [tool(0, "{}", "f", "a"), tool(0, "[1]", "g", "b")],
    "all of number 0, at once": [[tool(0, "{}", "f", "a"), tool(0, "[1]", "g", "b")]],
    "all of number 0, pieces": [tool(0, "{", "f", "a"), tool(0, "}"), tool(0, "[", "g", "b"), tool(0, "1]")],
    "two pieces at once": [[tool(0, "", "f", "a"), tool(0, "{")], [tool(0, "}"), tool(1, "[1]", "g", "b")]],
    "out of order": [tool(1, "[", "g", "b"), tool(0, "{", "f", "a"), tool(1, "1]"), tool(0, "}")],
    "ids again": [tool(0, "{", "f", "a"), tool(0, "}", None, "a"), tool(1, "[", "g", "b"), tool(1, "1]", None, "b")],
    "names again": [tool(0, "{", "f", "a"), tool(0, "}", "f", "a"), tool(1, "[", "g", "b"), tool(1, "1]", "g", "b")],
    "empty ids": [tool(0, "{", "f", "a"), tool(0, "}", "", ""), tool(1, "[", "g", "b"), tool(1, "1]", "", "")],
    "ids alone, by turns": [tool(None, "{", "f", "a"), tool(None, "[", "g", "b"), tool(None, "}", id="a"), tool(None, "1]", id="b")],
    "late ids": [tool(0, "{", "f"), tool(0, "}", id="a"), tool(1, "[1]", "g", "b")],
}  # fmt: skip


@pytest.mark.parametrize("name", MATRIX)
def test_calls_are_told_apart(name: str):
    assert adding_up(*MATRIX[name]) == TWO


def test_calls_without_anything_to_tell_them_by():
    fragments = [tool(None, "{}", "f"), tool(None, "[", "g"), tool(None, "1]")]
    assert [arguments for _, _, arguments in adding_up(*fragments)] == ["{}", "[1]"]


def test_one_id_for_all():
    assert [arguments for *_, arguments in adding_up(tool(0, "{}", "f", "x"), tool(1, "[1]", "g", "x"))] == [
        "{}",
        "[1]",
    ]


@pytest.mark.parametrize("name", [name for name in MATRIX if name.startswith(("numbers", "by turns", "two pieces"))])
def test_well_numbered_calls_are_the_same(name: str):
    chunks = [chunk(calls(*(part if isinstance(part, list) else [part]))) for part in MATRIX[name]]
    same(chat(begun, *chunks, chunk(finish="tool_calls")))


def test_a_custom_call_does_no_harm():
    custom = {"index": 0, "id": "c", "type": "custom", "custom": {"name": "f", "input": "x"}}
    ours, theirs = both(follow, body(chat(begun, chunk(calls(custom)), chunk(finish="tool_calls"))))
    assert ours[-2][0] == "final" and theirs[-1][0] == "raised"


# Parts


def prefixes(value: Any) -> list[str]:
    text = json.dumps(value, ensure_ascii=False)
    return [text[:end] for end in range(1, len(text) + 1)]


VALUES: list[Any] = [
    {"a": [1, 2.5, -3e9, True, None, "x\"y\\"], "b": {"c": {}}, "é": []}, [[], {}, "{[,:", 12, {"k": "v"}], {}, [],
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_json_that_is_not_complete(value: Any):
    for text in prefixes(value):
        assert partial_json(text) == from_json(text.encode(), partial_mode=True)


@pytest.mark.parametrize("text", ["", " ", "I can't", '"abc', '{"a": nope', "{1", '{"a" 1}', "]", "[}"])
def test_what_is_no_json_is_nothing(text: str):
    assert partial_json(text) in (None, {}, [])


@pytest.mark.parametrize("cls", [Place, Trip])
def test_schemas_are_the_same(cls: Any):
    from openai.lib._pydantic import to_strict_json_schema as theirs

    from ssescan.openai.lib._pydantic import to_strict_json_schema as ours

    assert ours(cls) == theirs(cls)


#: Chat streams with listed differences.
DIFFERENT = (
    "cut", "error", "malformed", "bom", "choice-appears-late", "choices-absent", "decoys", "delta-null", "done-only",
    "empty-body", "without-choices", "without-finish", "several-lines", "single-line-feeds", "chat-ids", "index-after-delta",
    "keep-alive", "named-events", "only-choice-one", "one-finished", "other-finished", "completions-", "content-other-types", "llama-server",
)  # fmt: skip
FIXTURES = [
    path
    for path in sorted((Path(__file__).parents[1] / "streams").glob("*chat*.sse"))
    if not any(word in path.stem for word in DIFFERENT)
]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_recorded(path: Path):
    same(path.read_bytes())


# Listed differences


def final(*events: Any, **given: Any) -> Any:
    """Return the final completion of a stream."""
    with FaultServer() as server:
        server.play(*body(chat(*events)))
        with server.client().chat.completions.stream(model="m", messages=[], **given) as stream:
            try:
                return stream.get_final_completion()
            except (errors.LengthFinishReasonError, errors.ContentFilterFinishReasonError) as error:  # as in `openai`
                return error.completion


def test_an_exception_of_the_helper_describes_the_stream_too():
    """`openai` has no such attributes."""
    text = ('{"city": "Ro', "me")
    for cls, finish, given in (
        (errors.LengthFinishReasonError, "length", {"response_format": Place}),
        (errors.ContentFilterFinishReasonError, "content_filter", {"response_format": Place}),
        (errors.APIError, "error", {}),
    ):
        pool = testing.FakePool(testing.chat(*text, finish_reason=finish))
        with (
            ssescan.openai.OpenAI(api_key="k", http_client=pool).chat.completions.stream(
                model="m", messages=[], **given
            ) as stream,
            pytest.raises(cls) as caught,
        ):
            stream.until_done()
        error: Any = caught.value
        assert type(error) is cls
        assert (error.outcome, error.partial_text) == ("error", "".join(text))
        assert error.events >= 3 and error.last_event.choices[0].finish_reason == finish


def raw(**fields: Any) -> Any:
    return "", {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [], **fields}


PING = ("", {"type": "ping", "cost": 1})
USAGE = {"total_tokens": 3}
STOP = chunk(finish="stop")


class TestWhatServersSend:
    @pytest.mark.parametrize(
        "first", [("", {}), PING, ("", {"choices": None}), raw(id="", model="", created=0)], ids=str
    )
    def test_names_come_from_the_first_real_chunk(self, first: Any):
        completion = final(first, chunk({"content": "Hi"}), PING, STOP, raw(id="other", model="n", created=2))
        assert (completion.id, completion.model, completion.created) == ("c", "m", 1)
        assert completion.choices[0].message.content == "Hi" and "type" not in completion.to_dict()

    def test_late_fields_are_added(self):
        late = [raw(citations=["a"]), raw(citations=["a", "b"]), raw(cost="0.1", service_tier="flex")]
        completion = final(chunk({"content": "Hi"}), STOP, *late)
        assert (completion.cost, completion.service_tier, completion.citations) == ("0.1", "flex", ["a", "b"])

    @pytest.mark.parametrize(
        "last",
        [
            raw(usage=USAGE),
            raw(x_groq={"usage": USAGE}),
            raw(choices=[{"index": 0, "delta": {}, "usage": USAGE}]),
            ("", {"usage": USAGE}),
        ],
        ids=["top", "x_groq", "choice", "no choices"],
    )
    def test_usage(self, last: Any):
        completion = final(raw(usage={"total_tokens": 0}), chunk({"content": "Hi"}), STOP, last, raw(cost=1))
        assert completion.usage.total_tokens == 3

    def test_a_whole_completion(self):
        message = {
            "role": "assistant",
            "content": "Hi",
            "tool_calls": [tool(None, "{}", "f", "a"), tool(None, "{}", "f", "b")],
        }
        whole = {
            "id": "c",
            "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        }
        completion = final(("", {**whole, "usage": USAGE}))
        assert completion.choices[0].finish_reason == "stop" and completion.usage.total_tokens == 3
        shown = completion.choices[0].message
        assert shown.content == "Hi" and [call.id for call in shown.tool_calls] == ["a", "b"]

    def test_a_whole_completion_at_the_end(self):
        message = {"role": "assistant", "content": "Hi you", "reasoning_content": "Hm"}
        last = raw(
            object="chat.completion", choices=[{"index": 0, "message": message, "finish_reason": "stop"}], usage=USAGE
        )
        completion = final(chunk({"role": "", "content": "Hi"}), chunk({"role": "assistant", "content": " you"}), last)
        shown = completion.choices[0]
        assert (shown.message.role, shown.message.content, shown.message.reasoning_content) == (
            "assistant",
            "Hi you",
            "Hm",
        )
        assert shown.finish_reason == "stop" and completion.usage.total_tokens == 3

    def test_events_of_a_whole_completion(self):
        state = ChatCompletionStreamState()
        choice = {"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}
        events = state.handle_chunk(ChatCompletionChunk.model_validate({"id": "c", "choices": [choice]}))
        assert [event.type for event in events] == ["chunk", "content.delta", "content.done"]

    def test_content_as_a_list(self):
        def part(text: str) -> dict[str, str]:
            return {"type": "text", "text": text}

        thinking = {"type": "thinking", "thinking": [part("H"), part("m")]}
        link = {"type": "reference", "reference_ids": [1]}
        contents = [[thinking], [part("a"), link, part("b")], "c", [link, "d"], part("e"), []]
        completion = final(*(chunk({"content": content}) for content in contents), STOP)
        message = completion.choices[0].message
        assert (message.content, message.reasoning_content) == ("abcde", "Hm") and message.content_parts == [link]

    def test_shapes_that_say_nothing(self):
        strange = [{"choices": {}}, {"choices": ["x", None]}, {"choices": [{"index": "0", "delta": None}]}]
        strange += [{"choices": [{"delta": {"tool_calls": value}}]} for value in (None, "x", {}, [None, "x"])]
        completion = final(chunk({"content": "Hi"}), *(("", payload) for payload in strange), STOP)
        assert completion.choices[0].message.content == "Hi" and len(completion.choices) == 1

    def test_events_of_another_api(self):
        with pytest.raises(
            errors.APIError, match="dialect 'responses' to a stream of the dialect 'chat' .*'response.created'"
        ):
            final(("", {"type": "response.created", "response": {}}))

    def test_the_text_of_the_legacy_api(self):
        choices = [{"index": 0, "text": "Hi", "finish_reason": "stop"}]
        assert final(raw(object="text_completion", choices=choices)).choices[0].message.content == "Hi"

    def test_lists_without_indexes(self):
        note, image = (
            {"type": "url_citation", "url_citation": {"url": "u"}},
            {"type": "image_url", "image_url": {"url": "i"}},
        )
        deltas = [
            {"annotations": [note]},
            {"annotations": [note], "images": [image]},
            {"images": [image, {**image, "n": 1}]},
        ]
        message = final(*map(chunk, deltas), STOP).choices[0].message
        assert [note.to_dict() for note in message.annotations] == [note]
        assert message.images == [image, {**image, "n": 1}]

    def test_reasoning_details(self):
        detail = {"type": "reasoning.text", "id": "r", "format": "v1", "index": 0}
        deltas = [{"reasoning_details": [{**detail, "text": text}]} for text in ("The ", "user")]
        message = final(*map(chunk, deltas), STOP).choices[0].message
        assert message.reasoning_details == [{**detail, "text": "The user"}]


class TestFailures:
    @pytest.mark.parametrize(
        "reason", ["error", "Abort", "CANCELLED", "timeout", "network_error", "insufficient_system_resource"]
    )
    def test_a_finish_reason(self, reason: str):
        with FaultServer() as server:
            server.play(*body(chat(chunk({"content": "Hel"}), chunk(finish=reason))))
            with server.client().chat.completions.stream(model="m", messages=[]) as stream:
                assert [event.type for event in stream] == ["chunk", "content.delta", "chunk", "content.done"]
                for end in (stream.until_done, stream.get_final_completion, stream.until_done):
                    with pytest.raises(errors.APIError, match=f"finish reason '{reason}'") as caught:
                        end()
                    assert caught.value.retryable
                assert stream.current_completion_snapshot.choices[0].message.content == "Hel"

    @pytest.mark.parametrize(
        ("error", "cls"),
        [
            ({"code": 429, "message": "Slow down"}, errors.RateLimitError),
            ({"code": "server_error", "message": "Slow down"}, errors.InternalServerError),
            ("Slow down", errors.APIError),
        ],
    )
    @pytest.mark.parametrize("reason", ["error", "stop"])
    def test_an_error_in_a_choice(self, error: Any, cls: Any, reason: str):
        with pytest.raises(cls, match="Slow down"):
            final(chunk({"content": "Hel"}), chunk(finish=reason, error=error))

    @pytest.mark.parametrize("reason", ["length", "content_filter", "stop", "tool_calls", "refusal", "new"])
    def test_normal_ends(self, reason: str):
        assert final(chunk({"content": "Hel"}), chunk(finish=reason)).choices[0].finish_reason == reason

    def test_a_state_of_ones_own(self):
        state = ChatCompletionStreamState()
        state.handle_chunk(ChatCompletionChunk.model_validate(chunk({"content": "x"}, "abort")[1]))
        with pytest.raises(errors.APIError, match="abort"):
            state.get_final_completion()


class TestTruncatedCalls:
    @pytest.mark.parametrize("reason", ["tool_calls", "stop", "length"])
    @pytest.mark.parametrize(
        ("arguments", "truncated"), [('{"city": "Ro', True), ('{"city": "Rome"}', False), ("", False)]
    )
    def test_they_are_marked(self, reason: str, arguments: str, truncated: bool):
        completion = final(chunk(calls(tool(0, "{}", "f", "a"), tool(1, arguments, "g", "b"))), chunk(finish=reason))
        assert completion.tool_calls_truncated is truncated and "tool_calls_truncated" not in completion.to_dict()
        assert completion.choices[0].message.tool_calls[1].function.arguments == arguments

    def test_a_strict_tool(self):
        strict = {"type": "function", "function": {"name": "f", "strict": True, "parameters": {}}}
        with pytest.raises(errors.ToolCallTruncated, match="'f'") as caught:
            final(chunk(calls(tool(0, '{"a', "f", "a"))), chunk(finish="tool_calls"), tools=[strict])
        assert caught.value.code == "tool_call_truncated"

    def test_a_strict_tool_without_arguments(self):
        strict = {"type": "function", "function": {"name": "f", "strict": True, "parameters": {}}}
        completion = final(chunk(calls(tool(0, "", "f", "a"))), chunk(finish="tool_calls"), tools=[strict])
        assert completion.choices[0].message.tool_calls[0].function.parsed_arguments == {}


def test_a_failure_is_raised_again():
    def program(package: Any, client: Any, noted: Noted) -> None:
        with client.chat.completions.stream(model="m", messages=[]) as stream:
            with pytest.raises(package.APIError) as first:
                list(stream)
            for way in (stream.until_done, stream.get_final_completion, lambda: next(stream), lambda: list(stream)):
                try:
                    noted("ended", type(way()).__name__)
                except Exception as again:
                    noted("same", again is first.value)
            noted("so far", stream.current_completion_snapshot.choices[0].message.content)

    failing = ("", {"error": {"message": "Out of memory"}})
    ours, theirs = both(program, body(chat(begun, chunk({"content": "Half an "}), chunk({"content": "ans"}), failing)))
    assert ours == [("same", True)] * 4 + [("so far", "Half an ans")]
    assert "ended" in [name for name, *_ in theirs]
