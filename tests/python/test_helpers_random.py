"""Random events: helpers follow events of every shape, and raise nothing but the exceptions of ssescan."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts import frames
from ssescan import Parser, SSEScanError
from ssescan.accumulation.responses import _ADD
from ssescan.models.dump import to_plain
from ssescan.openai import AssistantEventHandler, omit
from ssescan.openai.lib.streaming._run_state import TRANSITIONS
from ssescan.openai.lib.streaming.chat import ChatCompletionStreamState
from ssescan.openai.lib.streaming.responses._responses import _EXTEND, ResponseStreamState

#: Keys that the helpers read, in every API.
KEYS = (
    "choices delta message content tool_calls function custom arguments input name id index type text logprobs refusal "
    "finish_reason usage x_groq annotations reasoning_details thinking error response output item part output_index "
    "content_index item_id call_id status code_interpreter step_details value data parsed"
).split()
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 2), st.sampled_from(["", "0", "a", "text", "message", "{", "{}"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)),
    max_leaves=15,
)
OBJECTS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5)
CHOICES = st.fixed_dictionaries(
    {"index": SCALARS}, optional={"delta": OBJECTS, "message": OBJECTS, "finish_reason": SCALARS}
)
CHUNKS = st.one_of(OBJECTS, st.fixed_dictionaries({"choices": st.lists(CHOICES, max_size=2)}))
TYPES = st.sampled_from([*_ADD, *_EXTEND, "response.new", "new"])
RESPONSES = st.builds(lambda name, fields: {**fields, "type": name}, TYPES, OBJECTS)
#: Objects of this size take long to generate.
FEW = settings(max_examples=25)
DELTAS = st.fixed_dictionaries({"id": SCALARS, "delta": OBJECTS}, optional={"content": VALUES, "step_details": VALUES})


def events(dialect: str, *frames_: tuple[str, Any]) -> list[Any]:
    """Return the events of a stream, up to its end or its first error."""
    parser, found = Parser(dialect), []
    for name, payload in frames_:
        try:
            found += parser.feed(frames((name, json.dumps(payload))))
        except SSEScanError:
            break
    return found


@FEW
@given(st.lists(CHUNKS, max_size=5))
def test_chunks(payloads: list[Any]):
    state = ChatCompletionStreamState[Any]()
    try:
        for chunk in events("chat", *(("", payload) for payload in payloads)):
            to_plain([event.to_dict() for event in state.handle_chunk(chunk)])
            assert state.current_completion_snapshot.to_dict()
        if state._completion.tree is not None:
            assert state.get_final_completion().tool_calls_truncated in (True, False)
    except SSEScanError:
        pass


@FEW
@given(st.lists(RESPONSES, max_size=6))
def test_responses(payloads: list[Any]):
    state = ResponseStreamState[Any](input_tools=omit, text_format=omit)
    try:
        for event in events("responses", *((payload["type"], payload) for payload in payloads)):
            to_plain([made.to_dict() for made in state.handle_event(event)])
        if state._completed_response is not None:
            assert isinstance(state._completed_response.output_text, str)
            assert state._completed_response.tool_calls_truncated in (True, False)
    except SSEScanError:
        pass


@FEW
@given(st.lists(st.tuples(st.sampled_from([*TRANSITIONS, "new"]), DELTAS), max_size=6))
def test_runs(named: list[Any]):
    handler = AssistantEventHandler()
    try:
        for event in events("assistants", *named):
            handler._emit_sse_event(event)
    except SSEScanError:
        pass


@pytest.mark.parametrize("names", [_ADD, _EXTEND, TRANSITIONS])
def test_the_names_are_those_of_the_apis(names: Any):
    assert all(name.startswith(("response.", "thread.")) for name in names)
