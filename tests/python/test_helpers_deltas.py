"""Accumulation of generated objects, compared with `openai`; and tool calls in every form, compared with the original."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from openai.lib.streaming._deltas import accumulate_delta as theirs

from scripts import tool
from ssescan.accumulation.deltas import accumulate_delta as ours
from ssescan.accumulation.deltas import insert
from ssescan.accumulation.tool_arguments import truncated_tool_calls
from ssescan.accumulation.tool_calls import ToolCalls, fragments_of
from ssescan.models import Object
from ssescan.models.dump import to_plain
from ssescan.openai.types.beta.threads import Message
from ssescan.openai.types.beta.threads.runs import RunStep

KEYS = st.sampled_from(["a", "b"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(-2, 2), st.text("xy", max_size=2))
TEXTS = st.text("xy", max_size=2)
PIECES = st.fixed_dictionaries({}, optional={"text": TEXTS, "inner": st.fixed_dictionaries({"value": TEXTS})})
#: Lists of objects as `openai` supports them: the snapshot has every index in order, and a delta any of them.
ENTRIES = st.lists(PIECES, min_size=3, max_size=3).map(lambda all: [{"index": i, **at} for i, at in enumerate(all)])
LISTS = st.one_of(ENTRIES, st.lists(st.integers(0, 3), max_size=3))


def objects(inner: Any) -> Any:
    return st.dictionaries(KEYS, st.one_of(SCALARS, LISTS, inner), max_size=4)


OBJECTS = st.recursive(st.dictionaries(KEYS, SCALARS, max_size=3), objects, max_leaves=8)
#: Objects of every shape, with keys that have rules of their own.
ANY = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["index", "type", "id", "name", "text", "a"]), inner, max_size=4),
    ),
    max_leaves=12,
)


def outcome(accumulate: Any, acc: Any, deltas: list[Any]) -> Any:
    acc = copy.deepcopy(acc)
    try:
        for delta in deltas:
            acc = accumulate(acc, copy.deepcopy(delta))
    except (RuntimeError, TypeError) as error:
        return error
    return acc


@given(OBJECTS, st.lists(OBJECTS, max_size=3))
def test_it_adds_up_to_the_same(acc: Any, deltas: list[Any]):
    want = outcome(theirs, acc, deltas)
    assume(not isinstance(want, Exception))
    assert outcome(ours, acc, deltas) == want


@given(st.dictionaries(st.sampled_from("ab"), ANY), st.lists(st.dictionaries(st.sampled_from("ab"), ANY), max_size=4))
def test_nothing_raises(acc: Any, deltas: list[Any]):
    assert isinstance(outcome(ours, acc, deltas), dict)


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
    (
        {"a": [{"index": 0, "signature": "s"}]},
        {"a": [{"index": 0, "signature": ""}]},
        {"a": [{"index": 0, "signature": "s"}]},
    ),
    *(
        ({"a": [{"index": 0, key: "x"}]}, {"a": [{"index": 0, key: "x"}]}, {"a": [{"index": 0, key: "xx"}]})
        for key in ("text", "arguments", "data", "summary")
    ),
]


@pytest.mark.parametrize(("acc", "delta", "want"), RULES)
def test_the_rules(acc: Any, delta: Any, want: Any):
    assert ours(copy.deepcopy(acc), delta) == want == theirs(copy.deepcopy(acc), copy.deepcopy(delta))


def entry(index: Any = None, **more: Any) -> dict[str, Any]:
    return more if index is None else {"index": index, **more}


#: Snapshot, delta, snapshot after it. `openai` raises, or returns something else.
DIFFERENCES = {
    "objects without an index": ([entry(n=1)], [entry(n=2)], [entry(n=1), entry(n=2)]),
    "one of them again": ([entry(n=1)], [entry(n=1)], [entry(n=1)]),
    "all of them again, and another": ([entry(n=1), entry(n=2)], [entry(n=1), entry(n=2), entry(n=3)],
        [entry(n=1), entry(n=2), entry(n=3)]),
    "an index as a text": ([entry(0, text="a")], [entry("0", text="b")], [entry("0", text="ab")]),
    "no object": ([entry(0)], ["x"], [entry(0), "x"]),
    "an object after null": ([None], [entry(0)], [entry(0), None]),
    "an index that is not a position": ([entry(2, text="a")], [entry(2, text="b")], [entry(2, text="ab")]),
    "a lower index later": ([entry(1, text="a")], [entry(0, text="b")], [entry(0, text="b"), entry(1, text="a")]),
    "what identifies": (
        [entry(0, id="r", type="t", format="f", name="n", role="x", text="a")],
        [entry(0, id="r", type="t", format="f", name="n", role="x", text="b")],
        [entry(0, id="r", type="t", format="f", name="n", role="x", text="ab")],
    ),
    "a signature": ([entry(0, text="a", signature="s")], [entry(0, signature="t")], [entry(0, text="a", signature="t")]),
    "a constant": ([entry(0, provider="x", text="a")], [entry(0, provider="x", text="a")], [entry(0, provider="x", text="aa")]),
    "a number": ([entry(0, start=3)], [entry(0, start=3)], [entry(0, start=3)]),
    "an inner signature": (
        [entry(0, extra={"thought_signature": "s"})], [entry(0, extra={"thought_signature": "s"})],
        [entry(0, extra={"thought_signature": "s"})],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERENCES)
def test_what_real_servers_send(name: str):
    acc, delta, want = DIFFERENCES[name]
    assert ours({"a": copy.deepcopy(acc)}, {"a": delta}) == {"a": want}
    assert outcome(theirs, {"a": acc}, [{"a": delta}]) != {"a": want}, "not a difference any more"


def test_a_role_is_not_doubled():
    assert ours({"role": "assistant"}, {"role": "assistant", "id": ""}) == {"role": "assistant", "id": ""}


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


def added(*fragments: Any) -> list[Any]:
    """Return name and arguments of each call."""
    entries: list[Any] = []
    calls = ToolCalls(entries)
    for fragment in fragments:
        calls.add(fragment)
    return [(entry["function"].get("name"), entry["function"].get("arguments")) for entry in entries]


REPORTED = {
    "two calls with index 0 and empty ids": (
        [tool(0, '{"x":1}', "get_a", ""), tool(0, '{"y":2}', "get_b", "")], [("get_a", '{"x":1}'), ("get_b", '{"y":2}')]
    ),
    "two calls of one function with index 0 and empty ids": (
        [tool(0, '{"x":1}', "get", ""), tool(0, '{"x":2}', "get", "")], [("get", '{"x":1}'), ("get", '{"x":2}')]
    ),
    "two calls with one id": (
        [tool(0, "{}", "get_a", "a"), tool(0, "{}", "get_b", "a")], [("get_a", "{}"), ("get_b", "{}")]
    ),
    "two calls of one function with two ids": (
        [tool(0, "{}", "get", "a"), tool(0, "{}", "get", "b")], [("get", "{}"), ("get", "{}")]
    ),
    "another id in every fragment": (
        [tool(0, "", "get", "a1"), tool(0, '{"x":', None, "b2"), tool(0, "1}", None, "c3")], [("get", '{"x":1}')]
    ),
    "another id and the name in every fragment": (
        [tool(0, "", "get", "a1"), tool(0, '{"x":', "get", "b2"), tool(0, "1}", "get", "c3")], [("get", '{"x":1}')]
    ),
    "another id in every fragment, no index": (
        [tool(None, "", "get", "a1"), tool(None, '{"x":', None, "b2"), tool(None, "1}", None, "c3")], [("get", '{"x":1}')]
    ),
    "the whole arguments again": (
        [tool(0, '{"x"', "get", "a"), tool(0, ":1}"), tool(0, '{"x":1}')], [("get", '{"x":1}')]
    ),
    "the whole call again": (
        [tool(0, '{"x"', "get", "a"), tool(0, ":1}"), tool(0, '{"x":1}', "get", "a")], [("get", '{"x":1}')]
    ),
    "the whole call again, without an id": (
        [tool(0, '{"x"', "get"), tool(0, ":1}"), tool(0, '{ "x": 1 }', "get")], [("get", '{ "x": 1 }')]
    ),
    "an empty object first": ([tool(0, "{}", "get", "a"), tool(0, '{"x":1}')], [("get", '{"x":1}')]),
    "an empty object first, then pieces": (
        [tool(0, "{}", "get", "a"), tool(0, '{"x":', "get", "a"), tool(0, "1}", "get", "a")], [("get", '{"x":1}')]
    ),
    "arguments as an object": ([tool(0, {"x": [1]}, "get", "a")], [("get", '{"x":[1]}')]),  # type: ignore[arg-type]
    "arguments as an object, later": ([tool(0, "", "get", "a"), tool(0, {"x": 1})], [("get", '{"x":1}')]),  # type: ignore[arg-type]
    "a name in pieces": ([tool(0, None, "get_"), tool(0, None, "a"), tool(0, "{}")], [("get_a", "{}")]),
    "a name that grows": ([tool(0, None, "get_"), tool(0, None, "get_a"), tool(0, "{}")], [("get_a", "{}")]),
    "the first call is truncated": (
        [tool(0, '{"x', "get_a", ""), tool(0, "{}", "get_b", "")], [("get_a", '{"x'), ("get_b", "{}")]
    ),
    "indexes as texts": (
        [tool("0", "{", "f", "a"), tool("1", "[", "g", "b"), tool("0", "}"), tool("1", "]")], [("f", "{}"), ("g", "[]")]  # type: ignore[arg-type]
    ),
    "the index counts fragments": ([tool(0, "{", "f", "a"), tool(1, '"x":'), tool(2, "1}")], [("f", '{"x":1}')]),
    "the index counts fragments, with ids": ([tool(0, "{", "f", "a"), tool(1, "}", None, "a")], [("f", "{}")]),
    "a brace in a text": ([tool(0, '{"x":"}', "f", "a"), tool(0, "{"), tool(0, '"}')], [("f", '{"x":"}{"}')]),
    "an escape in two fragments": ([tool(0, '{"x":"\\', "f"), tool(0, '"}'), tool(0, '{"}')], [("f", '{"x":"\\"}{"}')]),
}  # fmt: skip


@pytest.mark.parametrize("name", REPORTED)
def test_calls_that_real_servers_send(name: str):
    fragments, want = REPORTED[name]
    assert added(*fragments) == want


def test_the_parts_beside_a_function():
    entries: list[Any] = []
    calls = ToolCalls(entries)
    for signature in ("s", "s"):
        calls.add({"index": 0, "id": "a", "function": {"name": "f"}, "extra_content": {"thought_signature": signature}})
    assert entries[0]["extra_content"] == {"thought_signature": "s"}


def test_a_custom_tool():
    entries: list[Any] = []
    calls = ToolCalls(entries)
    for piece in ("{}", "{x"):
        calls.add({"index": 0, "type": "custom", "custom": {"name": "f", "input": piece}})
    assert entries == [{"index": 0, "type": "custom", "custom": {"name": "f", "input": "{}{x"}}]


@st.composite
def servers(draw: Any) -> tuple[list[Any], list[Any]]:
    """Return calls with whole arguments, and their fragments as some real server sends them."""
    values = st.dictionaries(st.sampled_from(["x", "y"]), st.text('{}[]",\\a', max_size=5), min_size=1, max_size=2)
    wanted = [(f"f{at}", json.dumps(draw(values))) for at in range(draw(st.integers(1, 4)))]
    index = draw(st.sampled_from(["own", "zero", "missing", "text"]))
    id = draw(st.sampled_from(["first", "every", "new", "empty", "missing"]))
    names_again, again, empty_first, by_turns = (draw(st.booleans()) for _ in range(4))
    ambiguous = id == "new" and names_again  # a piece after the whole arguments looks like a second call
    again, empty_first = again and not ambiguous, empty_first and not ambiguous
    queues = []
    for at, (name, arguments) in enumerate(wanted):
        cuts = sorted(draw(st.lists(st.integers(0, len(arguments)), max_size=4)))
        pieces = [arguments[start:end] for start, end in zip([0, *cuts], [*cuts, len(arguments)])]
        pieces = ["{}"] * empty_first + pieces + [arguments] * again
        if empty_first or ambiguous:  # what comes after it must be recognized: it begins with a brace
            pieces = [piece for piece in pieces if piece]
        queue = []
        for piece_at, piece in enumerate(pieces):
            first = piece_at == 0
            fragment = tool(None, piece, name if first or names_again else None)
            if index != "missing":
                fragment["index"] = {"own": at, "zero": 0, "text": str(at)}[index]
            ids = {"first": f"c{at}" if first else None, "every": f"c{at}", "new": f"c{at}.{piece_at}", "empty": ""}
            if ids.get(id) is not None:
                fragment["id"] = ids[id]
            queue.append(fragment)
        queues.append(queue)
    mixed = by_turns and (index in ("own", "text") or id == "every")
    fragments = []
    while any(queues):
        choices = [at for at, queue in enumerate(queues) if queue]
        fragments.append(queues[draw(st.sampled_from(choices)) if mixed else choices[0]].pop(0))
    return wanted, fragments


@given(servers())
def test_every_call_is_found_once(server: tuple[list[Any], list[Any]]):
    wanted, fragments = server
    assert sorted(added(*fragments)) == wanted


@given(
    st.lists(st.dictionaries(st.sampled_from(["index", "id", "type", "function", "custom", "extra"]), ANY), max_size=5)
)
def test_no_fragment_raises(fragments: list[Any]):
    entries: list[Any] = []
    calls = ToolCalls(entries)
    for fragment in fragments:
        assert calls.add(fragment) in list(calls)
    truncated_tool_calls(entries)
    assert fragments_of(fragments) == fragments


TRUNCATED = [
    ('{"x":1}', False), ("", False), (None, False), (" ", False), ({"x": 1}, False), ("null", False), ('"{}"', False),
    ('{"x":NaN}', False), ('{"x', True), ("{", True), ("{}{}", True), ('{"x":1', True), ("\ud800", True), ("[" * 99999, True),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "is_truncated"), TRUNCATED)
def test_truncated_calls(arguments: Any, is_truncated: bool):
    call = {"id": "a", "function": {"name": "f", "arguments": arguments}}
    item = {"type": "function_call", "name": "f", "arguments": arguments}
    custom = {"type": "custom", "custom": {"name": "f", "input": "{"}}
    assert truncated_tool_calls([custom, call, item, None]) == ([call, item] if is_truncated else [])


@st.composite
def shapes(draw: Any) -> tuple[list[str], list[Any]]:
    """Return arguments of calls, and their fragments in the order, and with the indexes and ids, of some server."""
    # No opening brace: after complete arguments it means that they are sent again.
    wanted = draw(st.lists(st.text('}[]1,"ab', max_size=6), min_size=1, max_size=4))
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
