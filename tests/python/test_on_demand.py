"""Fields that are read from the bytes of a payload show what the decoded payload shows.

Each random program runs twice: on a node that has only bytes, and on one whose object was decoded before.
"""

from __future__ import annotations

import copy
import gc
import json
import math
import pickle
import random
from collections.abc import Callable
from typing import Any, Dict, List, Literal, Optional, Union

import pytest

from conftest import delta
from ssescan import Channel, Dialect, EventDecodeError, Parser, Row, _core
from ssescan.events import Event
from ssescan.models import Model, Object, _json
from ssescan.models.dump import to_plain


class Leaf(Model):
    type: Literal["leaf"]
    value: Optional[str] = None
    number: Optional[float] = None


class Twig(Model):
    type: Literal["twig"]
    leaves: Optional[List[Leaf]] = None
    value: Optional[Any] = None


class Branch(Model):
    __aliases__ = {"from_": "from"}

    text: Optional[str] = None
    number: Optional[float] = None
    flag: Optional[bool] = None
    anything: Optional[object] = None
    leaf: Optional[Leaf] = None
    branch: Optional[Branch] = None
    either: Optional[Union[Leaf, Twig]] = None
    many: Optional[List[Union[Leaf, Twig]]] = None
    branches: Optional[List[Branch]] = None
    words: Optional[List[str]] = None
    table: Optional[List[List[Leaf]]] = None
    extra: Optional[Dict[str, object]] = None
    by_name: Optional[Dict[str, Leaf]] = None
    from_: Optional[str] = None


class Listed(Event):
    event: str
    data: List[Union[Leaf, Twig]]


FIELDS = [*Branch.__fields__, *Leaf.__fields__, *Twig.__fields__, "unknown", "other"]
KEYS = ["from" if name == "from_" else name for name in FIELDS]
SCALARS = (
    '""|"text"|"é😀"|"a\\nb"|"\\ud83d"|"\\ud83d\\ude00"|"leaf"|"twig"|"l\\u0065af"|null|true|false|0|-0|-0.0|17|1.5|1e3|1E-7'
    "|0.1|123456789012345678|1234567890123456789|18446744073709551616|-9223372036854775809|1e400|NaN|-Infinity"
).split("|")


class Documents:
    """Random JSON documents for `Branch`."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        # Most documents have nothing that orjson refuses, nor integers over 64 bits.
        self.scalars = SCALARS if seed % 3 == 0 else [text for text in SCALARS if "Inf" not in text and len(text) < 19]
        self.spaced = seed % 4 == 0

    def space(self) -> str:
        return self.random.choice(["", "", " ", "\n\t"]) if self.spaced else ""

    def key(self) -> str:
        key = self.random.choice(KEYS)
        return key if self.random.random() < 0.99 else f"\\u{ord(key[0]):04x}{key[1:]}"

    def object(self, depth: int, count: int = 6) -> str:
        members = [self.member(depth) for _ in range(self.random.randrange(count))]
        if self.random.random() < 0.7:
            members.append(f'"type":"{self.random.choice(["leaf", "twig", "stone"])}"')
        return f"{{{self.space()}{','.join(members)}{self.space()}}}"

    def member(self, depth: int) -> str:
        return f'{self.space()}"{self.key()}"{self.space()}:{self.space()}{self.value(depth)}{self.space()}'

    def value(self, depth: int) -> str:
        chance = self.random.random()
        if depth == 0 or chance < 0.4:
            return self.random.choice(self.scalars)
        if chance < 0.7:
            return self.object(depth - 1)
        items = [self.object(depth - 1, 3) for _ in range(self.random.randrange(4))]
        if chance > 0.9:
            items.append(self.value(depth - 1))
        return f"[{self.space()}{','.join(items)}{self.space()}]"


def pair(raw: bytes) -> tuple[Any, Any]:
    """A node that is read from bytes, and one that was decoded."""
    return _core.node_new(Branch, raw, None, None), _core.node_new(Branch, None, _json.decode(raw), None)


def shown(value: Any) -> Any:
    """A value that can be compared: classes and types are part of it, and NaN equals NaN."""
    if isinstance(value, Model):
        return type(value).__name__, shown(to_plain(value))
    if isinstance(value, dict):
        return type(value).__name__, [(key, shown(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    return type(value).__name__, repr(value)


def kind_of(value: Any) -> Any:
    """Describe a value without a look into it."""
    return (
        (type(value), len(value)) if isinstance(value, list) else (type(value), None) if nested(value) else shown(value)
    )


def nested(value: Any) -> bool:
    return isinstance(value, (Model, dict, list))


def tried(step: Callable[[], Any]) -> Any:
    try:
        return step()
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        return error


def wander(rng: random.Random, value: Any, twin: Any, steps: int) -> None:
    """Do the same with both, mostly further in."""
    for _ in range(steps):
        if isinstance(value, list):
            if not value:
                return
            at = rng.randrange(len(value))
            value, twin = value[at], twin[at]
        elif nested(value):
            name = rng.choice(FIELDS)
            if rng.random() < 0.05 and type(value) is not dict:
                change(rng, value, twin, name)
            found, expected = tried(lambda: getattr(value, name)), tried(lambda: getattr(twin, name))
            assert kind_of(found) == kind_of(expected), name
            if not nested(found):
                continue
            assert getattr(value, name) is found, f"{name} is another object at the second look"
            value, twin = found, expected
        assert kind_of(value) == kind_of(twin)
        if not nested(value):
            return


def change(rng: random.Random, value: Any, twin: Any, name: str) -> None:
    what = rng.randrange(5)
    if what == 0:
        setattr(value, name, "set")
        setattr(twin, name, "set")
    elif what == 1 and isinstance(value, Model):
        assert type(tried(lambda: delattr(value, name))) is type(tried(lambda: delattr(twin, name)))
    elif what == 2:
        assert shown(copy.copy(value)) == shown(copy.copy(twin))
    elif what == 3:
        assert shown(pickle.loads(pickle.dumps(value))) == shown(twin)
    elif isinstance(value, Model):
        assert kind_of(value.model_dump()) == kind_of(twin.model_dump())


@pytest.mark.parametrize("first", range(0, 2000, 100))
def test_random_programs(first: int) -> None:
    for seed in range(first, first + 100):
        raw = Documents(seed).object(seed % 9).encode()
        value, twin = pair(raw)
        rng = random.Random(seed)
        for _ in range(6):
            wander(rng, value, twin, 8)
        assert shown(value) == shown(twin), (seed, raw)
        fresh, _ = pair(raw)
        assert shown(fresh.model_dump()) == shown(pair(raw)[1].model_dump()), (seed, raw)


def walked(value: Any) -> Any:
    """Read all fields at all depths, from the outside in."""
    if isinstance(value, Model):
        return [(name, walked(getattr(value, name))) for name in type(value).__fields__]
    if isinstance(value, dict):
        return [(key, walked(item)) for key, item in value.items()]
    return [walked(item) for item in value] if isinstance(value, list) else shown(value)


@pytest.mark.parametrize("seed", range(20))
def test_damage_at_every_byte(seed: int) -> None:
    whole = Documents(seed).object(3).encode()
    rng = random.Random(seed)
    for at in range(len(whole)):
        byte = bytes([rng.choice(b'"\\{}[]:,0e- \x00\xff')])
        for raw in (whole[:at], whole[:at] + byte + whole[at + 1 :], whole[:at] + byte + whole[at:]):
            try:
                expected = walked(pair(raw)[1])
            except EventDecodeError as error:
                with pytest.raises(EventDecodeError) as caught:
                    value = _core.node_new(Branch, raw, None, None)
                    walked(value)
                    value.model_dump()
                assert caught.value.raw == raw and str(caught.value) == str(error)
            else:
                assert walked(_core.node_new(Branch, raw, None, None)) == expected


class TestNumbers:
    """Integers over 64 bits are floats, unless something makes orjson refuse the document."""

    @pytest.mark.parametrize("more", ["", ', "other": NaN', ', "text": "\\ud800"'])
    @pytest.mark.parametrize(
        "where", ["number", "leaf.number", "by_name.x.number", "branch.branch.branch.branch.leaf.number"]
    )
    def test_long_integers(self, where: str, more: str) -> None:
        *outer, name = where.split(".")
        content = f'"{name}": 123456789012345678901234567890'
        for key in reversed(outer):
            content = f'"{key}": {{{content}}}'
        value, twin = pair(f"{{{content}{more}}}".encode())
        for key in outer:
            value, twin = (node[key] if isinstance(node, dict) else getattr(node, key) for node in (value, twin))
        assert type(value.number) is type(twin.number) is (int if more else float)
        assert value.number == twin.number


class TestKeys:
    def test_the_last_of_duplicate_keys_counts(self) -> None:
        value, _ = pair(b'{"leaf": {"value": "a"}, "text": "x", "leaf": {"value": "b", "value": "c"}, "text": null}')
        assert value.leaf.value == "c" and value.text is None

    def test_escaped_keys(self) -> None:
        value, _ = pair(b'{"te\\u0078t": "x", "leaf": {"v\\u0061lue": "y"}}')
        assert value.text == "x" and value.leaf.value == "y"

    def test_the_last_of_duplicate_tags_counts(self) -> None:
        value, _ = pair(b'{"either": {"type": "twig", "type": "leaf"}, "many": [{"type": "leaf", "type": "twig"}]}')
        assert type(value.either) is Leaf and type(value.many[0]) is Twig

    def test_a_tag_with_an_escape(self) -> None:
        value, _ = pair(b'{"many": [{"type": "le\\u0061f"}, {"type": "stone"}, {}]}')
        assert [type(item) for item in value.many] == [Leaf, Object, Object]


class TestWrites:
    """A value that was read before a write stays part of the whole."""

    def test_a_nested_object_that_was_read_before(self) -> None:
        value, _ = pair(b'{"leaf": {"value": "a"}, "branch": {"leaf": {"value": "b"}}}')
        leaf, deeper = value.leaf, value.branch.leaf
        value.text = "new"
        assert value.leaf is leaf and value.branch.leaf is deeper
        leaf.value, deeper.value = "c", "d"
        assert value.to_dict() == {"leaf": {"value": "c"}, "branch": {"leaf": {"value": "d"}}, "text": "new"}

    def test_a_list_that_was_read_before(self) -> None:
        value, _ = pair(b'{"branches": [{"text": "a"}, {"text": "b"}]}')
        items = value.branches
        items.append(items[0])
        items[0].text = "c"
        assert value.branches is items
        assert value.to_dict() == {"branches": [{"text": "c"}, {"text": "b"}, {"text": "c"}]}

    def test_a_nested_object_that_was_deleted(self) -> None:
        value, _ = pair(b'{"leaf": {"value": "a"}}')
        assert value.leaf.value == "a"
        del value.leaf
        assert value.leaf is None and value.to_dict() == {}

    def test_a_cycle_is_collected(self) -> None:
        class Noticed(Branch):
            def __del__(self) -> None:
                gone.append(True)

        gone: list[bool] = []
        value = _core.node_new(Noticed, b'{"branch": {"branch": {}}}', None, None)
        value.branch.branch.anything = value
        del value
        gc.collect()
        assert gone == [True]


class TestEvents:
    def test_nested_objects_keep_their_identity(self) -> None:
        [event] = Parser("assistants").feed(delta("a"))
        content = event.data.delta.content
        assert event.data is event.data and event.data.delta is event.data.delta and event.data.delta.content is content
        assert event.data.delta.content[0] is content[0] and content[0].text is content[0].text
        event.data.delta.content[0].text.value = "b"
        assert event.to_dict()["data"]["delta"]["content"][0]["text"]["value"] == "b"
        assert content[0].text.value == "b" and json.loads(event.raw)["delta"]["content"][0]["text"]["value"] == "a"

    def test_events_that_are_read_again_are_decoded(self) -> None:
        events = Parser("chat").feed(b'data: {"id": "x", "choices": []}\n\n' * 2)
        for _ in range(5):
            assert [event.id for event in events] == ["x", "x"]
        first, last = (_core.node_tree(event, decode=False) for event in events)
        assert first == {"id": "x", "choices": []} and last is None  # the index of the last one is still there

    def test_reading_scalars_decodes_nothing(self) -> None:
        [event] = Parser("chat").feed(b'data: {"id": "x", "choices": [{"delta": {"content": "a"}}]}\n\n')
        assert [event.id for _ in range(9)] == ["x"] * 9 and _core.node_tree(event, decode=False) is None

    def test_a_part_has_neither_payload_nor_row(self) -> None:
        [event] = Parser("assistants").feed(delta("a"))
        part = event.data.delta
        assert _core.node_raw(part) is None and _core.node_row(part) is None
        assert pickle.loads(pickle.dumps(part)) == part == copy.deepcopy(part)

    def test_damage_where_nothing_was_read(self) -> None:
        body = (
            delta("a")
            .replace(b'"annotations": []', b'"annotations": [nul]')
            .replace(b'"annotations":[]', b'"annotations":[nul]')
        )
        assert b"nul" in body
        [event] = Parser("assistants").feed(body)
        assert event.data.delta.content[0].text.value == "a"
        for look in (lambda: event.data.delta.content[0].text.annotations, event.json, event.to_dict):
            with pytest.raises(EventDecodeError) as caught:
                look()
            assert caught.value.raw == event.raw and "thread.message.delta" in str(caught.value)
        assert "nul" in repr(event)

    @pytest.mark.parametrize(
        "data", [b'[{"type":"leaf","value":"a"},{"type":"twig"}]', b'[1,{"type":"leaf","value":"a"}]']
    )
    def test_payloads_that_are_arrays(self, data: bytes) -> None:
        row = Row("Listed", {"text": Channel("[0].value")})
        dialect = Dialect("listed", {}, row, types=__name__, name_key="event", data_key="data")
        [event, twin] = Parser(dialect).feed(b"event: x\ndata: %b\n\n" % data * 2)
        at = data.startswith(b"[1")
        assert event.data is event.data and type(event.data[at]) is Leaf and event.data[at].value == "a"
        assert event.event == "x" and event == twin
        event.data[at].value = "b"
        assert event.to_dict() == {"event": "x", "data": json.loads(data.replace(b'"a"', b'"b"'))}
        assert event != twin and twin.to_dict() == {"event": "x", "data": json.loads(data)}

    def test_a_finalizer_that_reads_other_events(self) -> None:
        """The collector may run while an object is being made, and finalizers may read any event."""

        class Reader(Branch):
            def __del__(self) -> None:
                [other] = Parser("assistants").feed(delta("other"))
                seen.append(other.data.delta.content[0].text.value)

        seen: list[str] = []
        old = gc.get_threshold()
        gc.set_threshold(1)
        try:
            for n in range(50):
                value = _core.node_new(Reader, b'{"branch": {}}', None, None)
                value.branch.anything = value
                del value
                [event] = Parser("assistants").feed(delta(f"text {n}"))
                content = event.data.delta.content
                assert [part.text.value for part in content] == [f"text {n}"] and event.data.delta.content is content
        finally:
            gc.set_threshold(*old)
        assert set(seen) == {"other"}
