"""The dialects of other providers: classes, channels, usage and errors of the fixtures, beyond the text that they share."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from conftest import frame
from fixtures import ALL_CASES
from shapes import EXAMPLES
from ssescan import Parser, Scanner, errors
from ssescan.dialects import NAMES, get
from ssescan.events import UnknownEvent
from ssescan.types import anthropic, cohere, gemini

BODIES = {case.name: case.body for case in ALL_CASES}


def scanner_of(name: str, **options: Any) -> Scanner:
    """A stream of the fixture of this name, with the dialect of its folder."""
    return Scanner(BODIES[name], dialect=name.partition("/")[0], **options)


def error_of(name: str) -> errors.APIError:
    with pytest.raises(errors.APIError) as caught:
        scanner_of(name).reader().read()
    return caught.value


@pytest.mark.parametrize(
    ("name", "channel", "text"),
    [
        ("anthropic/thinking", "reasoning", "17 * 3 = 51"),
        ("anthropic/tools", "tool_arguments", '{"city": "Paris"}{}'),
        ("anthropic/tool_input_in_start", "tool_arguments", '{"city":"Paris"}'),
        ("anthropic/web_search", "tool_arguments", '{"query": "rain"}'),
        ("anthropic/server_tools", "tool_arguments", '{"command": "ls"}{"text": "hi"}'),
        ("gemini/thoughts", "reasoning", "**Adding**\n17 * 3 is 51"),
        ("gemini/function_calls", "tool_arguments", '{"city":"Paris","days":[1,2]}{}'),
        ("gemini/code_execution", "tool_arguments", "print(17 * 3)"),
        ("cohere/thinking", "reasoning", "17 * 3 = 51"),
        ("cohere/tools", "reasoning", "I will look it up."),
        ("cohere/tools", "tool_arguments", '{"city": "Paris"}{}'),
    ],
)
def test_the_other_channels(name: str, channel: str, text: str) -> None:
    assert scanner_of(name).reader(channel).read() == text


@pytest.mark.parametrize(
    ("name", "finish_reason", "usage"),
    [
        ("anthropic/text", "end_turn", {"output_tokens": 15}),
        ("anthropic/tools", "tool_use", {"output_tokens": 87}),
        ("anthropic/cut_after_stop_reason_of_blocks", "tool_use", {"output_tokens": 15}),
        (
            "anthropic/web_search",
            "end_turn",
            {"input_tokens": 2682, "output_tokens": 510, "server_tool_use": {"web_search_requests": 1}},
        ),
        ("gemini/max_tokens", "MAX_TOKENS", None),
        (
            "gemini/usage_last",
            "STOP",
            {"promptTokenCount": 8, "candidatesTokenCount": 1, "thoughtsTokenCount": 4, "totalTokenCount": 13},
        ),
        ("cohere/tools", "TOOL_CALL", None),
        ("cohere/failed", "ERROR", None),
    ],
)
@pytest.mark.parametrize("by_reader", [False, True])
def test_finish_reason_and_usage(name: str, finish_reason: str, usage: dict | None, by_reader: bool) -> None:
    stream = scanner_of(name)
    if by_reader and name != "cohere/failed":
        stream.reader().read()
    else:
        list(stream)
    assert stream.finish_reason == finish_reason
    assert usage is None or stream.usage == usage


@pytest.mark.parametrize(
    ("name", "cls", "status", "retryable", "message"),
    [
        ("anthropic/error", errors.InternalServerError, 529, True, "Overloaded"),
        ("anthropic/failed", errors.APIError, None, True, "The answer failed (finish reason 'Error')"),
        ("gemini/error", errors.InternalServerError, 503, True, "The model is overloaded."),
        ("gemini/error_named", errors.InternalServerError, 500, True, "Internal error encountered."),
        ("gemini/blocked", errors.APIError, None, False, "The prompt was blocked (PROHIBITED_CONTENT)."),
        (
            "gemini/blocked_with_message",
            errors.APIError,
            None,
            False,
            "The prompt was blocked because it is unsafe.",
        ),
        ("cohere/failed", errors.APIError, None, True, "The model is overloaded."),
        ("cohere/failed_without_error", errors.APIError, None, True, "The answer failed (finish reason 'ERROR')"),
        ("cohere/timeout", errors.APIError, None, True, "The answer failed (finish reason 'TIMEOUT')"),
        ("cohere/error_key", errors.RateLimitError, 429, True, "too many requests"),
    ],
)
def test_errors(name: str, cls: type, status: int | None, retryable: bool, message: str) -> None:
    error = error_of(name)
    assert (type(error), error.status_code, error.retryable, str(error)) == (cls, status, retryable, message)
    assert error.outcome == "error"


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("listed", [False, True])
def test_a_bare_error_at_the_end_of_the_body(indent: int | None, listed: bool) -> None:
    """Printed on one line or on several, alone in a list or not, and with or without events before it."""
    import json

    report: Any = {"error": {"code": 429, "message": "Quota exceeded.", "status": "RESOURCE_EXHAUSTED"}}
    bare = json.dumps([report] if listed else report, indent=indent).encode() + b"\n"
    chunk = frame({"candidates": [{"content": {"parts": [{"text": "Hal"}]}}]})
    stream = Scanner([chunk, bare], dialect="gemini")
    with pytest.raises(errors.RateLimitError, match="Quota exceeded") as caught:
        list(stream)
    assert (stream.outcome, caught.value.partial_text) == ("error", "Hal")


@pytest.mark.parametrize(("name", "module"), [("anthropic", anthropic), ("cohere", cohere)])
def test_every_event_is_of_its_class(name: str, module: Any) -> None:
    """By the event line, and by the payload alone."""
    for wire, row in get(name).all_rows():
        if wire is None or row.cls is None:
            continue
        data = {"type": wire, "delta": {"stop_reason": "end_turn"}}
        for event in (*Parser(name).feed(frame(data, wire)), *Parser(name).feed(frame(data))):
            assert (type(event), event.type) == (getattr(module, row.cls), wire)
            assert pickle.loads(pickle.dumps(event)) == event
    [event] = Parser(name).feed(frame({"type": "vendor"}, "vendor"))
    assert type(event) is UnknownEvent


@pytest.mark.parametrize(
    ("name", "channel", "text"),
    [
        ("vercel_ui_text", "reasoning", "hm"),
        ("vercel_ui_tool", "tool_arguments", '{"a":1}'),
        ("ag_ui_tool_and_reasoning", "reasoning", "hm"),
        ("ag_ui_tool_and_reasoning", "tool_arguments", '{"a":1}'),
        ("mcp_result", "progress", "Searching"),
        ("a2a_completed", "status", "Searching"),
    ],
)
def test_channels_of_the_examples(name: str, channel: str, text: str) -> None:
    dialect = next(example for example in EXAMPLES if name.startswith(example.name))
    assert dialect.name not in NAMES
    assert Scanner(BODIES[f"examples/{name}"], dialect=dialect).reader(channel).read() == text


@pytest.mark.parametrize(
    ("name", "cls", "message"),
    [
        ("vercel_ui_abort", errors.APIError, "user"),
        ("ag_ui_error", errors.RateLimitError, "Rate limited"),
        ("mcp_tool_failed", errors.APIError, "No such city"),
        ("a2a_failed", errors.APIError, "No network"),
    ],
)
def test_failures_of_the_examples(name: str, cls: type, message: str) -> None:
    dialect = next(example for example in EXAMPLES if name.startswith(example.name))
    with pytest.raises(cls, match=f"^{message}$"):
        Scanner(BODIES[f"examples/{name}"], dialect=dialect).reader().read()


class TestAnthropic:
    def test_blocks_and_deltas_are_typed(self) -> None:
        events = list(scanner_of("anthropic/web_search"))
        blocks = [type(event.content_block) for event in events if event.type == "content_block_start"]
        deltas = [event.delta for event in events if event.type == "content_block_delta"]
        assert blocks == [
            anthropic.ServerToolUseBlock,
            anthropic.WebSearchToolResultBlock,
            anthropic.TextBlock,
            anthropic.TextBlock,
        ]
        assert [type(delta).__name__ for delta in deltas] == [
            *("InputJSONDelta", "InputJSONDelta", "TextDelta", "CitationsDelta", "TextDelta"),
        ]
        assert type(deltas[3].citation) is anthropic.CitationsWebSearchResultLocation
        assert events[0].message.usage.input_tokens == 25

    def test_signatures(self) -> None:
        deltas = [event.delta for event in scanner_of("anthropic/thinking") if event.type == "content_block_delta"]
        assert [type(delta).__name__ for delta in deltas[:3]] == ["ThinkingDelta", "ThinkingDelta", "SignatureDelta"]
        assert deltas[2].signature.startswith("EqQB")

    def test_an_unknown_delta_keeps_its_fields(self) -> None:
        deltas = [
            event.delta for event in scanner_of("anthropic/unknown_events") if event.type == "content_block_delta"
        ]
        assert (deltas[0].type, deltas[0].content) == ("compaction_delta", "short")


class TestGemini:
    def test_attributes_are_in_snake_case_and_wire_names_in_camel_case(self) -> None:
        *_, last = scanner_of("gemini/function_calls")
        candidate = last.candidates[0]
        assert type(last) is gemini.GenerateContentResponse
        assert (candidate.finish_reason, candidate.content.parts[0].function_call.name) == ("STOP", "now")
        assert last.usage_metadata.prompt_tokens_details[0].token_count == 8
        assert last.to_dict() == last.json()
        assert last.model_dump(exclude_unset=True)["usage_metadata"]["prompt_token_count"] == 8
        assert gemini.Part(text="a", thought_signature="b") == gemini.Part(text="a", thoughtSignature="b")

    def test_every_alias_belongs_to_a_field(self) -> None:
        models = [getattr(gemini, name) for name in gemini.__all__]
        fields = {name: field.alias for model in models for name, field in model.model_fields.items()}
        assert {name: alias for name, alias in fields.items() if alias} == gemini._ALIASES
        assert not [name for name, alias in fields.items() if "_" in name and alias is None]

    def test_text_leaves_out_thoughts(self) -> None:
        assert [event.text for event in scanner_of("gemini/thoughts")] == [None, "It is ", "51."]

    def test_another_candidate_is_another_index(self) -> None:
        assert scanner_of("gemini/two_candidates").reader(index=1).read() == "bA"
        assert scanner_of("gemini/two_candidates").reader(index=None).read() == "abAc"
