"""Channels: which text each event of each dialect adds, by event and by reader, as a whole and by index."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from conftest import BARE_DONE, COMPLETED, DONE, chunk, cut, frame
from ssescan import Parser, Scanner, StreamTruncated
from ssescan.dialects import NAMES, get
from ssescan.events import text_of
from ssescan.openai.types import Completion
from ssescan.openai.types.chat import ChatCompletionChunk
from ssescan.openai.types.responses import ResponseStreamEvent

CHANNELS = ("text", "reasoning", "refusal", "tool_arguments")


def message(*parts: dict) -> bytes:
    return frame({"delta": {"content": list(parts)}}, "thread.message.delta")


def step(*calls: dict) -> bytes:
    details = {"type": "tool_calls", "tool_calls": list(calls)}
    return frame({"delta": {"step_details": details}}, "thread.run.step.delta")


def response(name: str, delta: Any, index: int = 0) -> bytes:
    return frame({"type": f"response.{name}", "delta": delta, "output_index": index}, f"response.{name}")


def turn(name: str, delta: Any, index: int = 0) -> bytes:
    return frame({"type": f"agent.session.turn.{name}", "delta": delta, "output_index": index})


def completion(*choices: tuple[int, str | None], finish: str | None = None, **more: object) -> bytes:
    shown = [{"index": index, "text": text, "finish_reason": finish} for index, text in choices]
    return frame({"object": "text_completion", "choices": shown, **more})


def call(index: int, **kind: dict) -> dict:
    return {"index": index, **kind}


def block(delta: dict, index: int = 0, name: str = "content_block_delta", key: str = "delta") -> bytes:
    return frame({"type": name, "index": index, key: delta}, name)


def block_start(content: dict, index: int = 0) -> bytes:
    return block(content, index, "content_block_start", "content_block")


def begun(content: dict) -> bytes:
    """The start of a message of a server that only pretends to stream."""
    return frame({"type": "message_start", "message": {"content": [content]}}, "message_start")


def candidate(*parts: dict, **more: object) -> bytes:
    return frame({"candidates": [{"content": {"parts": list(parts)}, **more}]})


def cohere(name: str, message: dict, index: int = 0) -> bytes:
    return frame({"type": name, "index": index, "delta": {"message": message}}, name)


def cohere_call(**function: str) -> dict:
    return {"tool_calls": {"function": function}}


# Dialect, channel, event, and what it adds: as a whole, and of some indices.
ADDS: list[tuple[str, str, bytes, str | None, dict[int, str | None]]] = [
    ("assistants", "text", message({"index": 0, "type": "text", "text": {"value": "a"}}, {"index": 2, "type": "text", "text": {"value": "b"}}), "ab", {0: "a", 1: None, 2: "b"}),
    ("assistants", "refusal", message({"index": 1, "type": "refusal", "refusal": "no"}), "no", {0: None, 1: "no"}),
    ("assistants", "tool_arguments", step(call(0, function={"arguments": '{"a'}), call(1, code_interpreter={"input": "1+1"})), '{"a1+1', {0: '{"a', 1: "1+1"}),
    ("assistants", "tool_arguments", step(call(0, file_search={})), None, {0: None}),
    ("chat", "text", chunk("a"), "a", {0: "a", 1: None}),
    ("chat", "text", chunk("a", index=1), "a", {0: None, 1: "a"}),
    ("chat", "refusal", chunk(refusal="no"), "no", {0: "no"}),
    ("chat", "reasoning", chunk(reasoning_content="hm"), "hm", {0: "hm"}),
    ("chat", "reasoning", chunk(reasoning="hm"), "hm", {0: "hm"}),
    ("chat", "reasoning", chunk(reasoning_content="hm", reasoning="hm"), "hm", {0: "hm"}),
    ("chat", "reasoning", chunk(reasoning_content=None, reasoning="hm"), "hm", {0: "hm"}),
    ("chat", "reasoning", chunk(reasoning={"summary": "hm"}), None, {0: None}),
    ("chat", "tool_arguments", chunk(tool_calls=[call(0, function={"name": "f", "arguments": "{"}), call(1, custom={"input": "x"})]), "{x", {0: "{", 1: "x"}),
    ("chat", "tool_arguments", chunk(tool_calls=[call(3, function={"name": "f"})]), None, {3: None}),
    ("completions", "text", completion((0, "a"), (1, "b")), "ab", {0: "a", 1: "b"}),
    ("completions", "text", completion((0, None)), None, {0: None}),
    ("completions", "text", completion(), None, {0: None}),
    ("completions", "text", frame({"choices": [{"text": "a"}]}), "a", {0: "a"}),
    ("completions", "text", frame({"object": "completion.chunk", "choices": [{"index": 0, "text": "a"}]}), "a", {0: "a"}),
    ("responses", "text", response("output_text.delta", "a", 1), "a", {0: None, 1: "a"}),
    ("responses", "refusal", response("refusal.delta", "no"), "no", {0: "no"}),
    ("responses", "reasoning", response("reasoning_text.delta", "hm"), "hm", {0: "hm"}),
    ("responses", "reasoning", response("reasoning_summary_text.delta", "hm"), "hm", {0: "hm"}),
    ("responses", "tool_arguments", response("function_call_arguments.delta", "{", 2), "{", {0: None, 2: "{"}),
    ("responses", "tool_arguments", response("mcp_call_arguments.delta", "{"), "{", {0: "{"}),
    ("responses", "tool_arguments", response("custom_tool_call_input.delta", "x"), "x", {0: "x"}),
    ("responses", "tool_arguments", response("code_interpreter_call_code.delta", "1+1"), "1+1", {0: "1+1"}),
    ("responses", "tool_arguments", response("shell_call_command.delta", "ls"), "ls", {0: "ls"}),
    ("responses", "tool_arguments", response("function_call_arguments.delta", None), None, {0: None}),
    ("anthropic", "text", block({"type": "text_delta", "text": "a"}, 1), "a", {0: None, 1: "a"}),
    ("anthropic", "text", block_start({"type": "text", "text": "a"}), "a", {0: "a"}),
    ("anthropic", "text", block_start({"type": "text", "text": ""}), None, {0: None}),
    ("anthropic", "text", block({"type": "citations_delta", "citation": {"text": "a"}}), None, {0: None}),
    ("anthropic", "reasoning", block({"type": "thinking_delta", "thinking": "hm"}), "hm", {0: "hm"}),
    ("anthropic", "reasoning", block_start({"type": "thinking", "thinking": "hm", "signature": ""}), "hm", {0: "hm"}),
    ("anthropic", "text", begun({"type": "text", "text": "a"}), "a", {0: "a", 1: None}),
    ("anthropic", "reasoning", begun({"type": "thinking", "thinking": "hm"}), "hm", {0: "hm", 1: None}),
    ("anthropic", "reasoning", block({"type": "signature_delta", "signature": "E"}), None, {0: None}),
    ("anthropic", "tool_arguments", block({"type": "input_json_delta", "partial_json": "{"}, 2), "{", {0: None, 2: "{"}),
    ("anthropic", "tool_arguments", block_start({"type": "tool_use", "input": {"a": 1}}), '{"a":1}', {0: '{"a":1}'}),
    ("anthropic", "tool_arguments", block_start({"type": "tool_use", "input": {}}), None, {0: None}),
    ("gemini", "text", candidate({"text": "a"}, {"text": "b"}), "ab", {0: "ab", 1: None}),
    ("gemini", "text", candidate({"text": "a"}, index=1), "a", {0: None, 1: "a"}),
    ("gemini", "text", candidate({"inlineData": {"data": "a"}}), None, {0: None}),
    ("gemini", "reasoning", candidate({"text": "hm", "thought": True}), "hm", {0: "hm"}),
    ("gemini", "tool_arguments", candidate({"functionCall": {"name": "f", "args": {"a": 1}}}), '{"a":1}', {0: '{"a":1}'}),
    ("gemini", "tool_arguments", candidate({"executableCode": {"code": "1+1"}}), "1+1", {0: "1+1"}),
    ("gemini", "tool_arguments", candidate({"functionCall": {"name": "f"}}), None, {0: None}),
    ("cohere", "text", cohere("content-start", {"content": {"type": "text", "text": "a"}}), "a", {0: "a"}),
    ("cohere", "text", cohere("content-delta", {"content": {"text": "a"}}, 1), "a", {0: None, 1: "a"}),
    ("cohere", "reasoning", cohere("content-start", {"content": {"type": "thinking", "thinking": "hm"}}), "hm", {0: "hm"}),
    ("cohere", "reasoning", cohere("content-delta", {"content": {"thinking": "hm"}}), "hm", {0: "hm"}),
    ("cohere", "reasoning", cohere("tool-plan-delta", {"tool_plan": "hm"}), "hm", {0: "hm"}),
    ("cohere", "tool_arguments", cohere("tool-call-start", cohere_call(name="f", arguments="{")), "{", {0: "{"}),
    ("cohere", "tool_arguments", cohere("tool-call-delta", cohere_call(arguments="}"), 1), "}", {0: None, 1: "}"}),
    ("agents", "text", turn("output_text.delta", "a", 1), "a", {0: None, 1: "a"}),
    ("agents", "reasoning", turn("reasoning_summary_text.delta", "hm"), "hm", {0: "hm"}),
    ("transcription", "text", frame({"type": "transcript.text.delta", "delta": "a"}), "a", {}),
]  # fmt: skip
each_addition = pytest.mark.parametrize(("dialect", "channel", "event", "whole", "by_index"), ADDS)

ENDS = {
    "assistants": DONE,
    "chat": BARE_DONE,
    "completions": BARE_DONE,
    "responses": COMPLETED,
    "anthropic": frame({"type": "message_stop"}, "message_stop"),
    "gemini": candidate(finishReason="STOP") + candidate(finishReason="STOP", index=1),
    "cohere": frame({"type": "message-end"}, "message-end"),
    "agents": frame({"type": "agent.session.idle"}),
    "transcription": frame({"type": "transcript.text.done", "text": ""}),
}


def channels_of(dialect: str) -> set[str]:
    return {channel for _, row in get(dialect).all_rows() for channel in row.channels}


def read(body: bytes, dialect: str, channel: str, index: Any = None) -> str:
    return Scanner(body, dialect=dialect).reader(channel, index).read()


@each_addition
def test_an_event_adds(dialect: str, channel: str, event: bytes, whole: str | None, by_index: dict) -> None:
    [made] = Parser(dialect).feed(event)
    assert text_of(made, channel, None) == whole
    assert {index: text_of(made, channel, index) for index in by_index} == by_index


@each_addition
def test_a_reader_gives_it(dialect: str, channel: str, event: bytes, whole: str | None, by_index: dict) -> None:
    body = event + event + ENDS[dialect]
    assert read(body, dialect, channel) == (whole or "") * 2
    assert {index: read(body, dialect, channel, index) for index in by_index} == {
        index: (text or "") * 2 for index, text in by_index.items()
    }


@each_addition
def test_and_nothing_on_the_others(dialect: str, channel: str, event: bytes, whole: str | None, by_index: dict) -> None:
    [made] = Parser(dialect).feed(event)
    for other in channels_of(dialect) - {channel}:
        assert text_of(made, other, None) is None
        assert read(event + ENDS[dialect], dialect, other) == ""


def test_every_channel_of_every_row_is_tried() -> None:
    """Rows and channels of the declarations against the events above. Fixtures try whole answers, which are read once."""
    rows = [(d, name, row) for d in NAMES for name, row in get(d).all_rows() if name and not row.whole]
    declared = {(d, name, channel) for d, name, row in rows for channel in row.channels}
    tried = {
        (dialect, made.json().get("type") or made.json().get("object") or getattr(made, "event", ""), channel)
        for dialect, channel, event, *_ in ADDS
        for made in Parser(dialect).feed(event)
    }
    assert declared <= tried


@pytest.mark.parametrize("dialect", NAMES)
def test_channels_have_the_four_names(dialect: str) -> None:
    assert channels_of(dialect) <= set(CHANNELS)
    assert "text" in channels_of(dialect) or dialect in ("images", "speech")


def test_a_channel_that_the_dialect_has_not() -> None:
    with pytest.raises(ValueError, match="Unknown channel 'reasoning' \\(available: refusal, text, tool_arg"):
        Scanner([], dialect="assistants").reader("reasoning")


NAMES_OF_RESPONSES = [
    name for name, row in get("responses").all_rows() if row.error is None and row.cls != "UnknownEvent"
]


class TestClasses:
    def test_all_59_events_of_responses_have_their_row(self) -> None:
        rows = {row.cls: name for name, row in get("responses").all_rows() if row.cls != "UnknownEvent"}
        assert rows.keys() == {cls.__name__ for cls in get_args(ResponseStreamEvent)}
        assert len(rows) == 59

    @pytest.mark.parametrize("name", NAMES_OF_RESPONSES)
    def test_each_of_them_is_of_its_class(self, name: str) -> None:
        [made] = Parser("responses").feed(frame({"type": name}, name))
        [again] = Parser("responses").feed(frame({"type": name}))
        assert type(made) is type(again)
        assert type(made).__name__ in {row.cls for wire, row in get("responses").all_rows() if wire == name}
        assert isinstance(made, get_args(ResponseStreamEvent))

    def test_completions_are_told_from_chat_by_auto(self) -> None:
        for body, cls in ((completion((0, "a")), Completion), (chunk("a"), ChatCompletionChunk)):
            [made] = Parser("auto").feed(body)
            assert type(made) is cls

    def test_a_completion_is_complete_when_all_choices_are(self) -> None:
        parser = Parser("completions")
        parser.feed(completion((0, "a"), (1, "b")) + completion((0, ""), finish="stop"))
        with pytest.raises(StreamTruncated):
            parser.finish()
        assert parser.outcome == "truncated"

        scanner = Scanner(completion((0, "a"), finish="length", usage={"total_tokens": 3}), dialect="completions")
        assert [event.choices[0].text for event in scanner] == ["a"]
        assert (scanner.outcome, scanner.finish_reason, scanner.usage.total_tokens) == ("finished", "length", 3)


def call_of(index: int, arguments: str, finish: str | None = None) -> bytes:
    calls = [{"index": index, "id": f"c{index}", "type": "function", "function": {"name": "f", "arguments": arguments}}]
    return frame({"choices": [{"index": 0, "delta": {"tool_calls": calls}, "finish_reason": finish}]})


@pytest.mark.parametrize("first", [0, 1, 3])
def test_the_first_tool_call_is_read_by_default(first: int) -> None:
    """Also if its index is not 0. Later calls need their index."""
    parts = [call_of(first, ""), call_of(first, '{"a":'), call_of(first + 1, "{}"), call_of(first, "1}", "tool_calls")]
    body = b"".join(parts) + BARE_DONE
    assert read(body, "chat", "tool_arguments", ...) == '{"a":1}'
    assert "".join(Scanner(body, dialect="chat").texts("tool_arguments")) == '{"a":1}'
    assert read(body, "chat", "tool_arguments", first + 1) == "{}"
    [made] = Parser("chat").feed(call_of(first, '{"a":'))
    assert text_of(made, "tool_arguments", ...) == '{"a":'


@pytest.mark.parametrize("block_bytes", [1000, 1_000_000])
def test_complete_texts_after_much_reasoning_are_read_once(block_bytes: int) -> None:
    """The blocks of the reasoning are not kept, so that its events cannot be read again."""
    thought = frame({"type": "response.reasoning_text.delta", "output_index": 0, "delta": "hm" * 30})
    done = [
        frame({"type": "response.output_text.done", "item_id": f"m{at}", "output_index": at, "text": text})
        for at, text in ((1, "Hel"), (2, "lo"), (2, "lo"))
    ]
    output = [{"type": "message", "content": [{"type": "output_text", "text": "Hello"}]}]
    last = frame({"type": "response.completed", "response": {"status": "completed", "output": output}})
    blocks = cut(thought * 2000 + b"".join(done) + last, block_bytes)

    assert Scanner(blocks, dialect="responses").reader().read() == "Hello"
    stream, texts = Scanner(blocks, dialect="responses"), []
    while stream.scan():
        texts.append(stream.text() or "")
    assert ("".join(texts), stream.outcome) == ("Hello", "done")
