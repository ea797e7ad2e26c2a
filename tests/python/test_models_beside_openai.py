"""Every model beside openai's own, on payloads that are made up from its fields.

The same JSON through both: the same classes all the way down, dumps, repr and attributes.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import json
import pickle
import random
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import pytest

from each import for_each
from ssescan.models import Model, ValidationError
from ssescan.models.json_schema import schema_of
from ssescan.openai.types.chat import ChatCompletion
from test_types import MODULES

pytest.importorskip("openai", reason="compares with the openai package, which is not installed")

from openai import BaseModel
from openai._models import construct_type
from typing_extensions import Annotated

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

#: Payloads made up for each model: at least and at most. More fields have more combinations.
COUNTS = (3, 5)
#: Messages among its items may leave their type away, or be of any role, and the openai package tries then which class
#: fits. Here they are an `Object`, or of the narrowest class.
AMBIGUOUS = "instructions"
#: Deeper than this only what must be there is made up.
DEPTH = 5


def pairs() -> Iterator[tuple[str, Any, Any]]:
    """Each model of ours, and the one of theirs that has its name."""
    for name in MODULES:
        ours, theirs = importlib.import_module(name), importlib.import_module(name.removeprefix("ssescan."))
        for each, cls in vars(ours).items():
            if inspect.isclass(cls) and issubclass(cls, Model) and cls.__module__ == name:
                yield f"{name.removeprefix('ssescan.openai.types.')}.{each}", cls, getattr(theirs, each)


PAIRS = {path: (ours, theirs) for path, ours, theirs in pairs()}


class MadeUp:
    """JSON values of a type."""

    def __init__(self, seed: object) -> None:
        self.draw = random.Random(str(seed))

    def of(self, tp: Any, depth: int = 0) -> Any:
        origin, args = get_origin(tp), get_args(tp)
        if inspect.isclass(origin or tp) and issubclass(origin or tp, BaseModel):
            return self.model(origin or tp, depth)
        if origin is Annotated:
            return self.of(args[0], depth)
        if origin is Union:
            return self.of(self.draw.choice(self.small(args) if depth > DEPTH else args), depth)
        if origin is Literal:
            return self.draw.choice(args)
        if origin is list:
            return [self.of(args[0], depth + 1) for _ in range(0 if depth > DEPTH else self.draw.randrange(3))]
        if origin is dict:
            return {
                key: self.of(args[1], depth + 1) for key in self.draw.sample(["k", "type", "ü"], self.draw.randrange(3))
            }
        return self.scalar(tp)

    def small(self, types: Any) -> list[Any]:
        """Those of which values end; or all, if there are none."""
        return [tp for tp in types if not inspect.isclass(get_origin(tp) or tp) or tp in SCALARS] or list(types)

    def model(self, cls: Any, depth: int) -> dict[str, Any]:
        made = {
            field.alias or name: self.of(field.annotation, depth + 1)
            for name, field in cls.model_fields.items()
            if field.is_required() or (name != AMBIGUOUS and depth <= DEPTH and self.draw.random() < 0.6)
        }
        if self.draw.random() < 0.2:
            made["further"] = self.draw.choice([None, 1, {"a": None, "type": "x"}, [{"b": 1}, None]])
        keys = list(made)
        self.draw.shuffle(keys)  # a server's order is not that of the class
        return {key: made[key] for key in keys}

    def scalar(self, tp: Any) -> Any:
        if tp is object or isinstance(tp, TypeVar):
            return self.draw.choice(["x", 1, True])
        return SCALARS[tp](self.draw)


SCALARS: dict[Any, Callable[[random.Random], Any]] = {
    str: lambda draw: draw.choice(["", "a", "ü\n", "\U0001f642", '"']),
    int: lambda draw: draw.choice([0, 1, -5, 2**40]),
    float: lambda draw: draw.choice([0.5, -1.25, 1e-7]),
    bool: lambda draw: draw.random() < 0.5,
    type(None): lambda draw: None,
}


@cache
def payloads(path: str) -> list[dict[str, Any]]:
    theirs = PAIRS[path][1]
    least, most = COUNTS
    count = min(most, least + len(theirs.model_fields) // 2)
    return [MadeUp((path, at)).model(theirs, 0) for at in range(count)]


each_model = for_each(PAIRS, parts=2)
HOWS = [
    {},
    {"exclude_unset": True},
    {"exclude_none": True},
    {"exclude_defaults": True, "by_alias": True},
    {"mode": "json", "exclude_unset": True, "exclude_none": True},
]


@each_model
def test_dumps_and_repr(path: str) -> None:
    ours, theirs = PAIRS[path]
    for payload in payloads(path):
        mine, other = ours.model_validate(copy.deepcopy(payload)), construct_type(type_=theirs, value=payload)
        for how in HOWS[:2] if has_doubles(payload) else HOWS:
            if "exclude_defaults" in how and any(field.default_factory for field in theirs.model_fields.values()):
                continue  # the default of every field of ours is None
            assert mine.model_dump(**how) == without_doubles(other.model_dump(warnings=False, **how))
        if not has_doubles(payload):
            assert mine.to_json() == other.to_json(warnings=False)
            assert mine.model_dump_json() == other.model_dump_json(warnings=False)
            assert repr(mine) == repr(other)
        # Looked at or not, a dump is the same.
        assert mine.to_dict() == ours.model_validate(payload).to_dict() == payload
        assert mine == ours.model_validate(payload)


@each_model
def test_attributes(path: str) -> None:
    ours, theirs = PAIRS[path]
    fields = theirs.model_fields
    assert {name: (field.alias, field.is_required()) for name, field in ours.model_fields.items()} == {
        name: (field.alias, field.is_required()) for name, field in fields.items()
    }
    schema = schema_of(ours)
    assert list(schema["properties"]) == [field.alias or name for name, field in fields.items()]
    assert schema.get("required", []) == [field.alias or name for name, field in fields.items() if field.is_required()]
    for payload in payloads(path):
        mine, other = ours.model_validate(payload), construct_type(type_=theirs, value=payload)
        aliases = {field.alias for field in fields.values()}
        assert mine.model_extra == {key: value for key, value in other.model_extra.items() if key not in aliases}
        assert mine.model_fields_set - {"further"} == other.model_fields_set - {"further"}
        assert [name for name, _ in mine] == [name for name, _ in other if name not in aliases]
        for name in fields:
            assert same(getattr(mine, name), getattr(other, name)), name


@each_model
def test_made_by_keywords(path: str) -> None:
    """And by the ways round: copies, JSON."""
    ours, theirs = PAIRS[path]
    payload = payloads(path)[0]
    mine = ours(**payload)
    assert mine.to_dict() == payload
    assert (
        mine
        == ours.model_validate(payload)
        == ours.model_validate_json(json.dumps(payload))
        == ours.construct(**payload)
    )
    assert mine == copy.copy(mine) == copy.deepcopy(mine) == mine.model_copy() == pickle.loads(pickle.dumps(mine))
    update = dict.fromkeys([*list(theirs.model_fields)[:1], "another"], "new")
    other = construct_type(type_=theirs, value=payload)
    copied = other.model_copy(update=update).model_dump(warnings=False)
    assert mine.model_copy(update=update).model_dump() == without_doubles(copied)
    if any(field.is_required() for field in theirs.model_fields.values()):
        with pytest.raises(ValidationError, match="is missing required fields"):
            ours()


def has_doubles(payload: Any) -> bool:
    """Theirs has what came as `async` twice, as `async_` and as what was sent beyond the fields."""
    return re.search(r'"(async|schema|self-harm|[\w-]+/[\w-]+)":', json.dumps(payload)) is not None


def without_doubles(dump: Any) -> Any:
    if isinstance(dump, dict):
        return {key: without_doubles(value) for key, value in dump.items() if not is_double(key, dump)}
    return [without_doubles(item) for item in dump] if isinstance(dump, list) else dump


def is_double(key: str, dump: dict[str, Any]) -> bool:
    plain = re.sub("[/-]", "_", key)
    return f"{key}_" in dump or (plain != key and plain in dump)


def same(mine: Any, other: Any) -> bool:
    """The same value, in a class of the same name."""
    if isinstance(mine, Model) or isinstance(other, BaseModel):
        return type(mine).__name__ == type(other).__name__ and mine.to_dict() == other.to_dict(warnings=False)
    if isinstance(mine, list) and isinstance(other, list):
        return len(mine) == len(other) and all(map(same, mine, other))
    if isinstance(mine, dict) and isinstance(other, dict):
        return mine.keys() == other.keys() and all(same(mine[key], other[key]) for key in mine)
    return bool(mine == other)


PARTS: list[Any] = [
    {"id"},
    {"choices"},
    {"id": True, "choices": ...},
    {"id": False},
    {"choices": {0: {"index"}}},
    {"choices": {-1: {"message"}}},
    {"choices": {"__all__": {"message": {"content", "further"}}}},
    {"choices": {"__all__": {"message"}, 0: {"index"}}},
    {"choices": {1: ..., "__all__": {"index"}}},
    {"choices": {0}},
    {"choices": {"0": True}},
    {"usage": {"completion_tokens_details": {"reasoning_tokens"}}},
    {"further": {"a"}},
    {"further"},
    {"nothing"},
    set(),
    None,
]


@pytest.mark.parametrize("part", PARTS, ids=[str(at) for at in range(len(PARTS))])  # sets have no fixed order
def test_include_and_exclude(part: Any) -> None:
    from openai.types.chat import ChatCompletion as Theirs

    message = {"role": "assistant", "content": None, "further": {"a": None}}
    choices = [{"index": at, "finish_reason": "stop", "message": message} for at in range(2)]
    usage = {"completion_tokens": 1, "completion_tokens_details": {"reasoning_tokens": 2, "audio_tokens": 3}}
    payload = {"id": "c", "choices": choices, "usage": usage, "further": {"a": 1, "b": [None]}}
    mine, other = ChatCompletion.model_validate(payload), construct_type(type_=Theirs, value=payload)
    for how in HOWS:
        for parts in ({"include": part}, {"exclude": part}, {"include": {"choices", "usage"}, "exclude": part}):
            assert mine.model_dump(**parts, **how) == other.model_dump(warnings=False, **parts, **how)


class TestOldNames:
    PAYLOAD = {"id": "x", "created_at": 1, "object": "thread", "metadata": {}}

    @pytest.mark.parametrize("old", ["dict", "json", "copy"])
    def test_methods(self, old: str) -> None:
        from openai.types.beta import Thread as Theirs

        from ssescan.openai.types.beta import Thread

        with pytest.warns(DeprecationWarning, match=f"The `{old}` method is deprecated; use `model_"):
            mine = getattr(Thread.model_validate(self.PAYLOAD), old)()
        with pytest.warns(DeprecationWarning):
            other = getattr(Theirs.model_validate(self.PAYLOAD), old)()
        assert repr(mine) == repr(other)

    def test_parse_obj(self) -> None:
        from ssescan.openai.types.beta import Thread

        with pytest.warns(DeprecationWarning, match="model_validate"):
            assert Thread.parse_obj(self.PAYLOAD).id == "x"  # type: ignore[attr-defined]


def test_models_of_pydantic_may_have_fields_of_ours() -> None:
    import pydantic

    class Log(pydantic.BaseModel):
        answers: list[ChatCompletion]

    log = Log.model_validate({"answers": [{"id": "c", "choices": [{"index": 0}]}]})
    assert type(log.answers[0]) is ChatCompletion
    assert log.answers[0].choices[0].index == 0
    assert Log.model_validate_json(log.model_dump_json()) == log
    with pytest.raises(pydantic.ValidationError, match="expected a mapping for ChatCompletion, got int"):
        Log.model_validate({"answers": [5]})


def test_json_schemas() -> None:
    import pydantic

    import ssescan.openai

    def described(base: Any) -> Any:
        class Inner(base):  # type: ignore[misc]
            a: int

        class Ask(base):  # type: ignore[misc]
            prompt: str
            count: int = 1
            ratio: Union[float, None] = None
            is_new: bool = True
            tags: list[str] = ["a"]  # noqa: RUF012
            anything: Any = None
            kind: Literal["a", "b"] = "a"
            more: dict[str, str] = {}  # noqa: RUF012

        class Log(pydantic.BaseModel):
            ask: Ask
            inner: Inner

        return pydantic.TypeAdapter(Ask).json_schema(), Log.model_json_schema()

    (ours, ours_in_log), (theirs, theirs_in_log) = described(ssescan.openai.BaseModel), described(BaseModel)
    assert {**ours, "properties": list(ours["properties"])} == {**theirs, "properties": list(theirs["properties"])}
    for name in ("prompt", "count", "is_new", "tags"):
        field = theirs["properties"][name]
        assert ours["properties"][name] == {key: value for key, value in field.items() if key != "title"}
    assert ours_in_log["properties"]["ask"] == ours
    assert list(ours_in_log["properties"]) == list(theirs_in_log["properties"])


Nested = Union[int, list["Nested"]]


def test_json_schema_of_a_type_that_contains_itself_and_of_defaults_that_are_not_json() -> None:
    import ssescan.openai

    class Tree(ssescan.openai.BaseModel):
        nested: Nested
        rows: list[list[int]] = [[1]]  # noqa: RUF012
        anything: Any = object()
        objects: list[Any] = [object()]  # noqa: RUF012

    assert schema_of(Tree)["properties"] == {
        "nested": {"anyOf": [{"type": "integer"}, {"type": "array", "items": {}}]},
        "rows": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}, "default": [[1]]},
        "anything": {},
        "objects": {"type": "array", "items": {}},
    }


def test_what_is_parsed_is_not_sent_back() -> None:
    """Items of a response may be the input of the next one; what was added to them here stays here."""
    from openai._utils import maybe_transform
    from openai.types.responses import ParsedResponse as Theirs
    from openai.types.responses import ResponseInputParam

    from ssescan.openai._encoding import encoded
    from ssescan.openai.types.responses import ParsedResponse

    text = {"type": "output_text", "text": "{}", "annotations": [], "parsed": {"a": 1}}
    call = {"type": "function_call", "name": "f", "call_id": "c", "arguments": "{}", "parsed_arguments": {}}
    payload = {"output": [{"type": "message", "role": "assistant", "content": [text]}, call]}
    theirs = maybe_transform(Theirs.construct(**payload).output, ResponseInputParam)
    sent = json.loads(encoded(ParsedResponse.construct(**payload).output) or b"")
    assert sent == theirs
    assert "parsed" not in sent[0]["content"][0]
    assert "parsed_arguments" not in sent[1]


def test_what_was_parsed_is_dumped_with_the_rest() -> None:
    import datetime

    import pydantic
    from openai.types.chat import ParsedChatCompletion as Theirs

    from ssescan.openai.types.chat import ParsedChatCompletion

    class Answer(pydantic.BaseModel):
        at: datetime.date = pydantic.Field(alias="day")
        more: Any = None

    parsed = Answer.model_validate({"day": "2026-01-02"})
    message = {"role": "assistant", "content": "{}", "parsed": parsed}
    payload = {"id": "c", "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}
    mine, other = ParsedChatCompletion[Answer].construct(**payload), Theirs[Answer].construct(**payload)
    assert mine.choices[0].message.parsed is parsed
    assert mine.to_dict() == other.to_dict(warnings=False)
    assert mine.to_json() == other.to_json(warnings=False)
    for how in HOWS[:4]:
        assert mine.model_dump(**how) == other.model_dump(warnings=False, **how)
        assert mine.model_dump_json(**how) == other.model_dump_json(warnings=False, **how)
    assert mine == copy.copy(mine)
