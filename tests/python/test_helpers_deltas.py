"""Accumulation of generated objects, compared with `openai`; and tool calls in every form, compared with the original."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.lib.streaming._deltas import accumulate_delta as theirs

from ssescan.models import Object
from ssescan.models.dump import to_plain
from ssescan.openai.lib.streaming._deltas import accumulate_delta as ours
from ssescan.openai.lib.streaming._deltas import insert
from ssescan.openai.lib.streaming._tool_calls import ToolCalls
from ssescan.openai.types.beta.threads import Message
from ssescan.openai.types.beta.threads.runs import RunStep

KEYS = st.sampled_from(["index", "type", "id", "a", "b"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(-2, 2), st.text("xy", max_size=2))
ENTRIES = st.fixed_dictionaries({"index": st.integers(0, 2)}, optional={"a": st.text("xy", max_size=2), "n": SCALARS})


def objects(inner: Any) -> Any:
    lists = st.lists(st.one_of(SCALARS, ENTRIES, inner), max_size=3)
    return st.dictionaries(KEYS, st.one_of(SCALARS, lists, st.lists(ENTRIES, max_size=3), inner), max_size=4)


OBJECTS = st.recursive(st.dictionaries(KEYS, SCALARS, max_size=3), objects, max_leaves=8)


def outcome(accumulate: Any, acc: Any, deltas: list[Any]) -> Any:
    acc = copy.deepcopy(acc)
    try:
        for delta in deltas:
            acc = accumulate(acc, copy.deepcopy(delta))
    except Exception as error:
        return type(error).__name__
    return acc


@given(OBJECTS, st.lists(OBJECTS, max_size=3))
def test_it_adds_up_to_the_same(acc: Any, deltas: list[Any]):
    assert outcome(ours, acc, deltas) == outcome(theirs, acc, deltas)


@given(OBJECTS, OBJECTS)
def test_nothing_of_a_delta_becomes_part(acc: Any, delta: Any):
    before = copy.deepcopy(delta)
    try:
        ours(acc, delta)
        ours(acc, delta)
    except Exception:
        pass
    assert delta == before


RULES = [
    ({}, {"a": "x"}, {"a": "x"}),
    ({"a": None}, {"a": 1}, {"a": 1}),
    ({"a": "x"}, {"a": "y"}, {"a": "xy"}),
    ({"a": "x"}, {"a": None}, {"a": "x"}),
    ({"a": 1}, {"a": 2.5}, {"a": 3.5}),
    ({"a": True}, {"a": True}, {"a": 2}),
    ({"index": 1, "type": "x"}, {"index": 2, "type": "y"}, {"index": 2, "type": "y"}),
    ({"a": {"b": "x"}}, {"a": {"b": "y", "c": 1}}, {"a": {"b": "xy", "c": 1}}),
    ({"a": ["x"]}, {"a": ["y"]}, {"a": ["x", "y"]}),
    ({"a": []}, {"a": [{"b": 1}]}, {"a": [{"b": 1}]}),
    ({}, {"a": [{"index": 0, "b": "x"}, {"index": 0, "b": "y"}]}, {"a": [{"index": 0, "b": "xy"}]}),
    ({"a": [{"index": 0, "b": "x"}]}, {"a": [{"index": 0, "b": "y"}]}, {"a": [{"index": 0, "b": "xy"}]}),
    ({"a": [{"index": 0}]}, {"a": [{"index": 7}]}, {"a": [{"index": 0}, {"index": 7}]}),
    ({"a": "x"}, {"a": 1}, {"a": "x"}),
]


@pytest.mark.parametrize(("acc", "delta", "want"), RULES)
def test_the_rules(acc: Any, delta: Any, want: Any):
    assert ours(copy.deepcopy(acc), delta) == want == theirs(copy.deepcopy(acc), copy.deepcopy(delta))


FAULTS = [
    ({"a": [{"index": 0}]}, {"a": ["x"]}, TypeError, "is not a dictionary"),
    ({"a": [{"index": 0}]}, {"a": [{"b": 1}]}, RuntimeError, "to have an `index` key"),
    ({"a": [{"index": 0}]}, {"a": [{"index": "0"}]}, TypeError, "is not an integer"),
    ({"a": [None]}, {"a": [{"index": 0}]}, TypeError, "not handled yet"),
]


@pytest.mark.parametrize(("acc", "delta", "cls", "text"), FAULTS)
def test_what_can_not_be_added(acc: Any, delta: Any, cls: Any, text: str):
    for accumulate in (ours, theirs):
        with pytest.raises(cls, match=text):
            accumulate(copy.deepcopy(acc), copy.deepcopy(delta))


# Objects that have been read


def message() -> Message:
    part = {"index": 0, "type": "text", "text": {"value": "a", "annotations": []}}
    return Message.model_validate({"id": "m", "content": [part], "extra": {"b": "x"}})


def test_models_grow_as_dicts_do():
    looked, plain = message(), message()
    first: Any = looked.content[0]
    assert first.text.value == "a" and looked.extra.b == "x"  # type: ignore[attr-defined]
    more = {"content": [{"index": 0, "text": {"value": "b"}}, {"index": 1, "type": "refusal", "refusal": "no"}]}
    for model in (looked, plain):
        ours(model, {**more, "extra": {"b": "y"}})  # type: ignore[arg-type]

    assert looked == plain and first.text.value == "ab"
    assert [type(part).__name__ for part in looked.content] == ["TextContentBlock", "RefusalContentBlock"]
    assert isinstance(looked.extra, Object) and looked.extra.b == "xy"  # type: ignore[attr-defined]


def test_a_part_put_before_others_becomes_a_model():
    looked = message()
    assert looked.content[0].type == "text"
    insert(looked.content, 0, {"type": "refusal", "refusal": "no"})
    assert [type(part).__name__ for part in looked.content] == ["RefusalContentBlock", "TextContentBlock"]


def test_copies_share_nothing():
    model = message()
    copied = to_plain(model)
    copied["content"][0]["text"]["value"] = "z"
    assert model.content[0].text.value == "a"  # type: ignore[union-attr]


# Tool calls


@st.composite
def shapes(draw: Any) -> tuple[list[str], list[Any]]:
    """Return arguments of calls, and their fragments in the order, and with the indexes and ids, of some server."""
    wanted = draw(st.lists(st.text('{}[]1,"ab', max_size=6), min_size=1, max_size=4))
    numbered = draw(st.sampled_from(["well", "none", "zero"]))
    ids_again, names_again = draw(st.booleans()), draw(st.booleans())
    by_turns = draw(st.booleans()) and (numbered == "well" or ids_again)
    queues = []
    for at, arguments in enumerate(wanted):
        cuts = sorted(draw(st.lists(st.integers(0, len(arguments)), max_size=3)))
        ends = [0, *cuts, len(arguments)]
        pieces = [arguments[start:end] for start, end in zip(ends, ends[1:])]
        queue = []
        for piece_at, piece in enumerate(pieces):
            fragment: dict[str, Any] = {"type": "function", "function": {"arguments": piece}}
            if numbered != "none":
                fragment["index"] = at if numbered == "well" else 0
            if piece_at == 0 or ids_again:
                fragment["id"] = f"call_{at}"
            if piece_at == 0 or (names_again and ids_again):
                fragment["function"]["name"] = f"f{at}"
            queue.append(fragment)
        queues.append(queue)
    fragments = []
    while any(queues):
        choices = [at for at, queue in enumerate(queues) if queue]
        fragments.append(queues[draw(st.sampled_from(choices)) if by_turns else choices[0]].pop(0))
    return wanted, fragments


@given(shapes())
def test_every_call_gets_its_own_fragments(shape: tuple[list[str], list[Any]]):
    wanted, fragments = shape
    entries: list[Any] = []
    calls = ToolCalls(entries)
    for fragment in fragments:
        calls.add(fragment)
    found = {entry["id"]: (entry["function"]["name"], entry["function"]["arguments"]) for entry in entries}
    assert found == {f"call_{at}": (f"f{at}", arguments) for at, arguments in enumerate(wanted)}
    assert [call.index for call in calls] == sorted({call.index for call in calls})
    assert [entry["index"] for entry in entries] == [call.index for call in calls]


def test_calls_that_were_there_before_go_on():
    known = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{"}}
    step = RunStep.model_validate({"id": "s", "step_details": {"type": "tool_calls", "tool_calls": [known]}})
    entries: Any = step.step_details.tool_calls  # type: ignore[union-attr]
    ToolCalls(entries).add({"id": "a", "function": {"arguments": "}"}})
    assert entries[0].function.arguments == "{}"
