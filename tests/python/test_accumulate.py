"""`accumulate`: the final object of each dialect, which has the text of the stream and is what helpers and batches return."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import frame
from each import for_each_case
from fixtures import ALL_CASES, Case, mend
from ssescan import Parser, Scanner, SSEScanError, StreamTruncated, accumulate
from ssescan.accumulation import AgentRun
from ssescan.accumulation.surrogates import join_halves
from ssescan.batch._accumulate import ACCUMULATORS, IncompleteAnswer
from ssescan.dialects import NAMES, get
from ssescan.errors import APIError
from ssescan.openai.lib.streaming.chat import ChatCompletionStreamState
from ssescan.openai.types import Completion, ImagesResponse
from ssescan.openai.types.audio import Transcription, TranscriptionDiarized
from ssescan.openai.types.chat import ChatCompletion, ChatCompletionChunk
from ssescan.openai.types.responses import Response
from ssescan.types import anthropic, cohere, gemini

#: A stream with events of another dialect.
MISROUTED = "quirks/d08_chat_in_responses"
#: Fixtures of built-in dialects.
CASES = [case for case in ALL_CASES if case.dialect in NAMES and case.end["events"] and case.name != MISROUTED]
#: The dialects of other providers than OpenAI.
PROVIDERS = ("anthropic", "gemini", "cohere")
#: Dialects whose events `accumulate` alone adds up.
OWN = (*PROVIDERS, "agents", "transcription", "images")
BODIES = {case.name: case.body for case in ALL_CASES}


def events_of(case: Case) -> list[Any]:
    """All events, also of a stream that fails later."""
    stream, events = Scanner(case.body, dialect=case.dialect), []
    while stream.scan():
        events.append(stream.event)
    return events


def answer_of(name: str) -> Any:
    stream, events = Scanner(BODIES[name], dialect=name.partition("/")[0]), []
    while stream.scan():
        events.append(stream.event)
    return accumulate(events)


def text_of_answer(answer: Any) -> str:
    """The text of an answer: of choice 0, or of all blocks."""
    match answer:
        case ChatCompletion():
            return next((choice.message.content or "" for choice in answer.choices if choice.index == 0), "")
        case Completion():
            return next((choice.text for choice in answer.choices if choice.index == 0), "")
        case Response():
            return answer.output_text
        case anthropic.Message():
            return "".join(block.text for block in answer.content if block.type == "text")
        case gemini.GenerateContentResponse():
            return answer.text or ""
        case cohere.V2ChatResponse():
            return "".join(item.text for item in answer.message.content or () if item.type == "text")
        case AgentRun():
            return answer.output_text
        case Transcription() | TranscriptionDiarized():
            return answer.text
        case ImagesResponse():
            return ""
    raise AssertionError(answer)


@for_each_case(CASES)
def test_fixtures(case: Case) -> None:
    """No fixture raises. Events stay as they were, and accumulating them again makes the same object."""
    events = events_of(case)
    before = [event.to_dict() for event in events]
    answer = accumulate(events)
    assert [event.to_dict() for event in events] == before
    assert accumulate(pickle.loads(pickle.dumps(events))) == answer


@pytest.mark.parametrize("dialect", sorted({"chat", "completions", "responses", *OWN}))
def test_the_text_is_that_of_the_stream(dialect: str) -> None:
    for case in CASES:
        if case.dialect == dialect:
            assert mend(text_of_answer(accumulate(events_of(case)))) == case.end["text"], case.name


#: Dialect -> the finish reason of its final object: of choice 0, or of the message.
REASONS: dict[str, Callable[[Any], list[Any]]] = {
    "chat": lambda answer: [choice.finish_reason for choice in answer.choices if choice.index == 0],
    "completions": lambda answer: [choice.finish_reason for choice in answer.choices if choice.index == 0],
    "gemini": lambda answer: [one.finish_reason for one in answer.candidates or () if not one.index],
    "anthropic": lambda answer: [answer.stop_reason],
    "cohere": lambda answer: [answer.finish_reason],
}


@pytest.mark.parametrize("dialect", REASONS)
def test_the_finish_reason_is_that_of_the_stream(dialect: str) -> None:
    for case in CASES:
        if case.dialect == dialect:
            stream, events = Scanner(case.body, dialect=dialect), []
            while stream.scan():
                events.append(stream.event)
            reasons = REASONS[dialect](accumulate(events))
            assert (reasons or [None])[0] == stream.finish_reason, case.name


@for_each_case([case for case in CASES if case.dialect == "chat"])
def test_a_completion_is_that_of_the_helper(case: Case) -> None:
    state: Any = ChatCompletionStreamState()
    for event in events_of(case):
        state.handle_chunk(event)
    helpers, ours = join_halves(state.current_completion_snapshot.to_dict()), accumulate(events_of(case)).to_dict()
    for choice in (*helpers["choices"], *ours["choices"]):
        choice["message"] = {
            key: value
            for key, value in choice["message"].items()
            if key not in ("parsed", "role") and value is not None
        }
        for call in choice["message"].get("tool_calls", ()):
            call.pop("index", None)
            call.get("function", {}).pop("parsed_arguments", None)
    assert ours == helpers


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.dialect in ACCUMULATORS and case.end["outcome"] in ("done", "finished")],
    ids=lambda case: case.name,
)
def test_a_batch_has_the_same_answer(case: Case) -> None:
    batch = ACCUMULATORS[case.dialect]({})
    batch.add_all(Scanner(case.body, dialect=case.dialect), None)
    ours = accumulate(Scanner(case.body, dialect=case.dialect)).to_dict()
    for call in [
        c for choice in ours.get("choices", ()) for c in (choice.get("message") or {}).get("tool_calls") or ()
    ]:
        call.get("function", {}).pop("parsed_arguments", None)
    for item in ours.get("output", ()):
        item.pop("parsed_arguments", None)
    try:
        assert batch.body(has_end_marker=True) == ours
    except IncompleteAnswer:
        assert not ours.get("choices")


class TestAnswers:
    def test_chat(self) -> None:
        function = {"name": "f", "arguments": '{"a":'}
        chunks = [
            {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "c", "function": function}]}}]},
            {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": " 1}"}}]}}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}], "usage": {"total_tokens": 7}},
        ]
        answer = accumulate(Scanner(b"".join(map(frame, chunks)), dialect="chat"))
        [call] = answer.choices[0].message.tool_calls
        assert isinstance(answer, ChatCompletion)
        assert (call.function.arguments, call.function.parsed_arguments) == ('{"a": 1}', {"a": 1})
        assert (answer.choices[0].finish_reason, answer.usage.total_tokens) == ("tool_calls", 7)
        cut = accumulate(Parser("chat").feed(frame(chunks[0])))
        assert cut.tool_calls_truncated
        assert cut.choices[0].message.tool_calls[0].function.parsed_arguments is None

    def test_anthropic(self) -> None:
        answer = answer_of("anthropic/tools")
        assert type(answer) is anthropic.Message
        assert [type(block).__name__ for block in answer.content] == ["TextBlock", "ToolUseBlock", "ToolUseBlock"]
        assert [block.input for block in answer.content[1:]] == [{"city": "Paris"}, {}]
        assert (answer.stop_reason, answer.usage.input_tokens, answer.usage.output_tokens) == ("tool_use", 25, 87)
        assert not answer.tool_calls_truncated

    def test_anthropic_interleaved_blocks(self) -> None:
        text, call = answer_of("anthropic/interleaved").content
        assert (text.text, call.input) == ("ab", {"x": 1})

    def test_anthropic_reasoning_and_citations_are_kept(self) -> None:
        thinking, _ = answer_of("anthropic/thinking").content
        assert (thinking.thinking, thinking.signature[:4]) == ("17 * 3 = 51", "EqQB")
        assert answer_of("anthropic/redacted_thinking").content[0].data.startswith("Emw")
        search, result, _, cited = answer_of("anthropic/web_search").content
        assert (search.input, result.content[0]["title"]) == ({"query": "rain"}, "Paris")
        assert cited.citations[0].url == "https://weather.example/paris"
        assert answer_of("anthropic/unknown_events").content[0].content == "short"

    def test_anthropic_a_truncated_call_is_visible(self) -> None:
        answer = answer_of("anthropic/cut_in_tool")
        assert answer.tool_calls_truncated
        assert (answer.content[-1].input, answer.content[-1].partial_json) == ({}, '{"zone')
        assert answer.stop_reason is None

    def test_anthropic_blocks_of_tools_that_the_server_runs(self) -> None:
        answer = answer_of("anthropic/server_tools")
        assert [type(block).__name__ for block in answer.content] == [
            "ServerToolUseBlock",
            "BashCodeExecutionToolResultBlock",
            "WebFetchToolResultBlock",
            "ToolSearchToolResultBlock",
            "BetaMCPToolUseBlock",
            "BetaMCPToolResultBlock",
            "ContainerUploadBlock",
            "TextBlock",
        ]
        assert (answer.content[0].input, answer.content[4].server_name) == ({"command": "ls"}, "files")
        assert answer.content[1].content.stdout == "a.txt\n"
        assert (answer.container.id, answer.stop_details) == ("container_01", None)
        assert (answer.usage.input_tokens, answer.usage.output_tokens_details.thinking_tokens) == (90, 12)

    def test_anthropic_compaction_and_refusal(self) -> None:
        compacted = answer_of("anthropic/compaction")
        assert type(compacted.content[0]) is anthropic.BetaCompactionBlock
        summary = {"content": "The user asked for rain.", "encrypted_content": "EuY"}
        assert compacted.content[0].to_dict() == {"type": "compaction", **summary}
        assert answer_of("anthropic/refusal_details").stop_details.category == "cyber"

    def test_gemini(self) -> None:
        answer = answer_of("gemini/function_calls")
        text, weather, time, now = answer.candidates[0].content.parts
        assert type(answer) is gemini.GenerateContentResponse
        assert (text.text, weather.function_call.args) == ("I look it up.", {"city": "Paris", "days": [1, 2]})
        assert (weather.thought_signature, time.function_call.name, now.function_call.args) == ("CtMB", "time", None)
        assert (answer.candidates[0].finish_reason, answer.usage_metadata.prompt_token_count) == ("STOP", 8)

    def test_gemini_arguments_in_pieces(self) -> None:
        text, weather, time = answer_of("gemini/function_calls_partial").candidates[0].content.parts
        days = [{"number": 3, "night": True}, {"number": None}]
        assert weather.to_dict() == {
            "functionCall": {"name": "weather", "args": {"city": "New York", "days": days}},
            "thoughtSignature": "CiQ",
        }
        assert (text.text, time.function_call.args) == ("I look it up.", {"zone": "UTC"})

    @pytest.mark.parametrize(
        ("pieces", "args"),
        [
            ([("$.a", "a"), ("$.a", "a"), ("$.a", "a")], {"a": "aaa"}),
            ([('$["b c"]', "x"), ("$.l[0][0]", "y"), ("$.l[0][1]", "z")], {"b c": "x", "l": [["y", "z"]]}),
            (
                [("$.a", "x"), ("$.a.b", "y"), ("$.l[7]", "y"), ("$", "y"), (None, "y"), ("$.a[0]", "y")],
                {"a": "x", "l": []},
            ),
        ],
    )
    def test_gemini_places_of_pieces(self, pieces: list[tuple[str | None, str]], args: dict[str, Any]) -> None:
        calls: list[dict[str, Any]] = [{"name": "f", "willContinue": True}]
        calls += [
            {"partialArgs": [{"jsonPath": path, "stringValue": text}], "willContinue": True} for path, text in pieces
        ]
        chunks = [{"candidates": [{"content": {"parts": [{"functionCall": call}]}}]} for call in calls]
        events = Parser("gemini").feed(b"".join(frame(chunk) for chunk in chunks))
        (part,) = accumulate(events).candidates[0].content.parts

        # The call has not ended, and says so.
        assert part.to_dict()["functionCall"] == {"name": "f", "args": args, "willContinue": True}

    def test_gemini_tools_that_the_server_runs(self) -> None:
        call, response, _ = answer_of("gemini/server_tools").candidates[0].content.parts
        assert (call.tool_call.tool_type, call.tool_call.args) == ("GOOGLE_SEARCH_WEB", {"queries": ["rain"]})
        assert response.tool_response.response == {"text": "wet"}

    def test_gemini_thoughts_and_candidates(self) -> None:
        thought, text = answer_of("gemini/thoughts").candidates[0].content.parts
        assert (thought.text, thought.thought) == ("**Adding**\n17 * 3 is 51", True)
        assert (text.text, text.thought_signature) == ("It is 51.", "CiQBcsjafK")
        candidates = answer_of("gemini/two_candidates").candidates
        assert [candidate.content.parts[0].text for candidate in candidates] == ["ac", "bA"]

    def test_cohere(self) -> None:
        answer = answer_of("cohere/tools")
        weather, time = answer.message.tool_calls
        assert type(answer) is cohere.V2ChatResponse
        assert (weather.function.name, weather.function.parsed_arguments) == ("weather", {"city": "Paris"})
        assert (time.id, answer.message.tool_plan, answer.finish_reason) == (
            "time_1",
            "I will look it up.",
            "TOOL_CALL",
        )
        assert (answer.id, answer.usage.tokens.output_tokens) == ("c1", 6)
        assert answer_of("cohere/thinking").message.content[0].thinking == "17 * 3 = 51"
        assert answer_of("cohere/citations").message.citations[0].text == "Hello"
        assert answer_of("cohere/failed").error == "The model is overloaded."

    def test_assistants(self) -> None:
        answer = accumulate(Scanner(BODIES["assistants-run-parallel-function-calls"], dialect="assistants"))
        calls = answer.run.required_action.submit_tool_outputs.tool_calls
        assert all(isinstance(call.function.parsed_arguments, dict) for call in calls)
        assert [step.status for step in answer.steps]
        text = accumulate(Scanner(BODIES["assistants-run-two-messages"], dialect="assistants"))
        assert (len(text.messages), text.run.status) == (2, "completed")

    def test_agents(self) -> None:
        named = {"turn_id": "t", "item_id": "m", "output_index": 0}
        message = {"id": "m", "type": "message", "role": "assistant", "turn_id": "t"}
        call = {
            "id": "f",
            "type": "function_call",
            "call_id": "c",
            "name": "add",
            "arguments": '{"a": 1}',
            "turn_id": "t",
        }
        turn = "agent.session.turn"
        events = Parser("agents").feed(
            b"".join(
                frame(event)
                for event in [
                    {"type": f"{turn}.created", "turn": {"id": "t", "status": "queued"}},
                    {
                        "type": f"{turn}.item.added",
                        "item": {**message, "status": "in_progress", "content": []},
                        **named,
                    },
                    {"type": f"{turn}.output_text.delta", "content_index": 0, "delta": "Gr", **named},
                    {"type": f"{turn}.output_text.delta", "content_index": 0, "delta": "ü", **named},
                    {"type": f"{turn}.output_text.delta", "content_index": 1, "delta": "!", **named},
                    {"type": f"{turn}.reasoning_summary_text.delta", "summary_index": 0, "delta": "Hm", "item_id": "r"},
                    {"type": f"{turn}.item.done", "item": {**message, "status": "completed", "content": []}, **named},
                    {"type": f"{turn}.item.added", "item": call, "turn_id": "t"},
                    {
                        "type": f"{turn}.completed",
                        "turn": {"id": "t", "status": "completed"},
                        "usage": {"total_tokens": 7},
                    },
                    {"type": "agent.session.idle", "session": {"id": "s", "status": "idle"}},
                ]
            )
        )
        run = accumulate(events)
        said, thought, called = run.items
        assert [part.text for part in said.content] == ["Grü", "!"]
        assert (run.output_text, said.status, thought.summary[0].text) == ("Grü!", "completed", "Hm")
        assert (called.arguments, called.parsed_arguments) == ('{"a": 1}', {"a": 1})
        assert [(each.status, each.usage.total_tokens) for each in run.turns] == [("completed", 7)]
        assert run.session.status == "idle"
        cut = accumulate(events[:3])
        assert (cut.output_text, cut.items[0].status, cut.session) == ("Gr", "in_progress", None)

    def test_transcription(self) -> None:
        assert answer_of("transcription/whole").usage.total_tokens == 45
        assert [segment.speaker for segment in answer_of("transcription/speakers").segments] == ["A", "B"]
        delta = {"type": "transcript.text.delta", "delta": "a", "logprobs": [{"token": "a", "logprob": -1.5}]}
        cut = accumulate(Parser("transcription").feed(frame(delta) * 2))
        assert (cut.text, [entry.logprob for entry in cut.logprobs], cut.usage) == ("aa", [-1.5, -1.5], None)

    def test_images(self) -> None:
        answer = answer_of("images/two_images_and_done")
        assert [image.b64_json for image in answer.data] == ["iVBORw0KGgoAAA=="] * 2
        assert (answer.created, answer.size, answer.usage.total_tokens) == (1, "1024x1024", 100)
        assert answer_of("images/image_edit_truncated").data == []

    def test_speech(self) -> None:
        answer = answer_of("speech/whole")
        assert (answer.audio, answer.usage.total_tokens) == (b"ID3\4\0\0\0\0\0" * 3, 115)

    @pytest.mark.parametrize(
        ("pieces", "audio"),
        [(["QUJ", "DRA=="], b"ABCD"), (["QQ==", "Qg=="], b"AB"), (["QUJDR"], b"ABC"), (["QUI"], b"AB")],
    )
    def test_speech_in_pieces(self, pieces: list[str], audio: bytes) -> None:
        body = b"".join(frame({"type": "speech.audio.delta", "audio": piece}) for piece in pieces)
        assert accumulate(Parser("speech").feed(body)) == (audio, None)

    def test_speech_that_is_not_base64(self) -> None:
        with pytest.raises(ValueError, match="Invalid audio"):
            accumulate(Parser("speech").feed(frame({"type": "speech.audio.delta", "audio": "Q_Q="})))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("transcription/whole", "audio.Transcription"),
        ("transcription/truncated", "audio.Transcription"),
        ("images/two_images_and_done", "ImagesResponse"),
        ("images/image_edit", "ImagesResponse"),
    ],
)
def test_answers_are_valid_in_openai(name: str, path: str) -> None:
    """openai's class accepts the answer, declares all its fields, and has the same values."""
    types = pytest.importorskip("openai.types")
    pytest.importorskip("openai.types.audio")
    upstream: Any = types
    for part in path.split("."):
        upstream = getattr(upstream, part)
    answer = answer_of(name).to_dict()
    theirs = upstream.model_validate(answer)
    assert theirs.to_dict() == answer
    assert not theirs.model_extra


class TestUse:
    def test_a_stream_that_fails_raises(self) -> None:
        with pytest.raises(StreamTruncated):
            accumulate(Scanner(BODIES["anthropic/cut_after_delta"], dialect="anthropic"))

    def test_nothing_to_accumulate(self) -> None:
        with pytest.raises(ValueError, match="no event"):
            accumulate([])

    def test_events_without_a_dialect(self) -> None:
        with pytest.raises(TypeError, match="got ServerSentEvent"):
            accumulate(Scanner(b"data: {}\n\n"))

    def test_a_dialect_without_a_final_object(self) -> None:
        from shapes import RUNS

        with pytest.raises(ValueError, match="Dialect 'runs' has no final object"):
            accumulate(Scanner(frame({"type": "FINISHED"}), dialect=RUNS))

    def test_events_of_another_dialect(self) -> None:
        with pytest.raises(APIError, match="Event of another API"):
            accumulate(Parser("responses").feed(BODIES[MISROUTED]))

    def test_events_that_were_made_by_hand(self) -> None:
        chunk = ChatCompletionChunk.model_validate({"choices": [{"index": 0, "delta": {"content": "a"}}]})
        assert accumulate([chunk, chunk]).choices[0].message.content == "aa"


KEYS = st.sampled_from(
    [
        *(
            "type",
            "index",
            "message",
            "content",
            "content_block",
            "delta",
            "text",
            "thinking",
            "partial_json",
            "citation",
        ),
        *(
            "usage",
            "stop_reason",
            "signature",
            "candidates",
            "parts",
            "thought",
            "functionCall",
            "args",
            "usageMetadata",
        ),
        *(
            "item",
            "part",
            "item_id",
            "turn_id",
            "turn",
            "session",
            "choices",
            "content_index",
            "b64_json",
            "created_at",
        ),
        *("citationMetadata", "thoughtSignature", "tool_calls", "function", "arguments", "tool_plan", "id", "logprobs"),
    ]
)
LEAVES = st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(["", "a", "{}", '{"a": 1}', "text_delta"])
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))
EVENT_NAMES = {name: [wire for wire, row in get(name).all_rows() if wire and row.cls] for name in OWN}


@settings(max_examples=40)
@given(st.data())
@pytest.mark.parametrize("dialect", OWN)
def test_payloads_of_any_shape(dialect: str, data: st.DataObject) -> None:
    """Payloads of wrong shapes never raise. The result can be shown."""
    parser, events = Parser(dialect), []
    for payload in data.draw(st.lists(st.dictionaries(KEYS, VALUES, max_size=5), min_size=1, max_size=6)):
        name = data.draw(st.sampled_from(EVENT_NAMES[dialect] or [""]))
        try:
            events += parser.feed(frame(payload | ({"type": name} if name else {}), name))
        except SSEScanError:
            break
    if events:
        answer = accumulate(events)
        assert isinstance(answer.output_text if dialect == "agents" else answer.to_dict(), (str, dict))
        assert repr(answer)


@pytest.mark.parametrize(
    ("dialect", "name", "payload"),
    [
        ("responses", "response.output_text.delta", {"delta": "Hi", "output_index": 0, "content_index": 0}),
        ("responses", "response.function_call_arguments.delta", {"delta": "Hi", "output_index": 0}),
        ("responses", "response.completed", {"response": {"output": [{"type": "message", "content": 1.5}]}}),
        ("assistants", "thread.message.created", {"id": ["m"], "object": "thread.message"}),
        ("assistants", "thread.message.delta", {"id": {}, "delta": {}}),
        ("assistants", "thread.run.step.created", {"id": "s", "step_details": 1}),
        ("assistants", "thread.run.requires_action", {"id": "r", "required_action": "x"}),
        ("assistants", "thread.run.requires_action", {"id": "r", "required_action": {"submit_tool_outputs": [1]}}),
    ],
)
def test_payloads_of_openai_without_a_type_or_with_values_of_other_types(dialect: str, name: str, payload: Any) -> None:
    events = [*Parser(dialect).feed(frame({"response": {"id": "r", "output": []}}, "response.created"))]
    events = events * (dialect == "responses") + Parser(dialect).feed(frame(payload, name))
    assert "Hi" in repr(accumulate(events)) or payload.get("delta") != "Hi"


def calls_of(body: bytes, dialect: str) -> int:
    """The number of function calls that accumulating a stream takes."""
    events, count = list(Scanner(body, dialect=dialect)), 0

    def note(*_: Any) -> None:
        nonlocal count
        count += 1

    sys.setprofile(note)
    try:
        accumulate(events)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("dialect", OWN)
def test_the_cost_is_linear(dialect: str) -> None:
    pieces, end = {
        "anthropic": (
            frame({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "ab"}}),
            frame({"type": "message_stop"}),
        ),
        "gemini": (
            frame({"candidates": [{"content": {"parts": [{"text": "ab"}]}}]}),
            frame({"candidates": [{"finishReason": "STOP"}]}),
        ),
        "cohere": (
            frame({"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "ab"}}}}),
            frame({"type": "message-end"}),
        ),
        "agents": (
            frame({"type": "agent.session.turn.output_text.delta", "item_id": "m", "content_index": 0, "delta": "ab"}),
            frame({"type": "agent.session.idle", "session": {}}),
        ),
        "transcription": (
            frame({"type": "transcript.text.delta", "delta": "ab"}),
            frame({"type": "transcript.text.done"}),
        ),
        "images": (frame({"type": "image_edit.completed", "b64_json": "QQ=="}), b""),
    }[dialect]
    calls_of(pieces + end, dialect)  # loads modules
    once, twice = calls_of(pieces * 500 + end, dialect), calls_of(pieces * 1000 + end, dialect)
    assert twice < 2.1 * once
