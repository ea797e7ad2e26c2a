"""The types against the installed `openai` package, and the tool that writes them.

The package is what a program expects to find after the import has changed: the same modules, names, fields and
alternatives.
"""

import ast
import functools
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import pytest
from typing_extensions import Required, is_typeddict

import openai_types
import ssescan.openai.types
from each import for_each
from ssescan.events import Event
from ssescan.openai.types.beta import AgentSessionMessage
from ssescan.openai.types.responses import (
    Response,
    ResponseOutputMessage,
    ResponseOutputRefusal,
    ResponseOutputText,
    ResponseReasoningItem,
)

ROOT = "ssescan.openai.types"
FOUND = list(pkgutil.walk_packages(ssescan.openai.types.__path__, ROOT + "."))
MODULES = [found.name for found in FOUND if not found.ispkg and "._" not in found.name]
PACKAGES = [ROOT, *(found.name for found in FOUND if found.ispkg)]
# What a type may be: names of scalars and models, ("enum", value), ("array", shape) and ("map", shape).
Shape = frozenset[Any]
SCALARS = {str: "string", int: "int", float: "number", bool: "bool", object: "any", type(None): "null", bytes: "bytes"}
CONTAINERS = {"list": "array", "dict": "map", "Iterable": "iterable", "Sequence": "sequence"}


def shape_of_annotation(annotation: Any) -> Shape:
    origin, args = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, TypeVar):
        return frozenset({annotation.__name__})
    if origin in (Annotated, Required):
        return shape_of_annotation(args[0])
    if origin is Union:
        return frozenset().union(*map(shape_of_annotation, args))
    if origin is Literal:
        return frozenset(("enum", value) for value in args)
    if name := CONTAINERS.get(getattr(origin, "__name__", "")):
        return frozenset({(name, shape_of_annotation(args[-1]))})
    return frozenset({SCALARS.get(annotation) or path_of(origin or annotation)})


def path_of(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}".removeprefix("ssescan.").removeprefix("openai.types.")


def model(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(f"{ROOT}.{module}"), name)


@functools.cache
def source(module: str) -> list[ast.stmt]:
    path = importlib.import_module(module).__file__
    assert path is not None
    return ast.parse(Path(path).read_text("utf-8")).body


def class_bodies(module: str) -> dict[str, list[ast.stmt]]:
    return {node.name: node.body for node in source(module) if isinstance(node, ast.ClassDef)}


def declared(cls: type) -> dict[str, tuple[str, bool, Shape]]:
    """Return wire name -> name in Python, required, shape; read from the source, not from what the metaclass made."""
    found: dict[str, tuple[str, bool, Shape]] = {}
    for base in reversed([base for base in cls.__mro__ if base.__module__.startswith(ROOT + ".")]):
        names = vars(sys.modules[base.__module__])
        aliases = vars(base).get("__aliases__", {})
        for line in class_bodies(base.__module__)[base.__name__]:
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                name, annotation = line.target.id, eval(ast.unparse(line.annotation), names)
                if not name.startswith("__"):
                    found[aliases.get(name, name)] = (name, line.value is None, shape_of_annotation(annotation))
    return found


@pytest.mark.lint
def test_the_files_are_what_the_tool_writes(tmp_path: Path) -> None:
    """`make types` changes nothing: no file was edited by hand, is missing or is left over."""
    written = openai_types.generate(tmp_path)
    assert written == openai_types.generated(openai_types.OURS)
    changed = [
        file for file in sorted(written) if (tmp_path / file).read_bytes() != (openai_types.OURS / file).read_bytes()
    ]
    assert not changed, "run `make types`"


def test_what_is_written_by_hand_is_in_the_tables_of_the_tool() -> None:
    by_hand = {file.relative_to(openai_types.OURS) for file in openai_types.OURS.rglob("*.py")}
    by_hand -= openai_types.generated(openai_types.OURS)
    tables = {Path(path.replace(".", "/") + ".py") for path in openai_types.BY_HAND}
    tables |= {
        Path(path.replace(".", "/")).parent / f"{file}.py" for (path, _), (file, _) in openai_types.MIXINS.items()
    }
    assert by_hand == tables | {Path("_params.py")}


def test_only_events_of_a_stream_are_events() -> None:
    members = {f"{path}.{name}" for path, name in openai_types.events()}
    classes = [cls for name in MODULES for cls in vars(importlib.import_module(name)).values() if isinstance(cls, type)]
    events = {path_of(cls) for cls in classes if issubclass(cls, Event) and cls.__module__.startswith(ROOT)}
    assert events == members


@for_each(MODULES, parts=4)
def test_the_module_says_what_it_is(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    assert set(module.__all__) <= set(vars(module))


@for_each(PACKAGES, parts=2)
def test_package_exports(name: str) -> None:
    """What checkers are told is what is found at run time, and importing one name finds it."""
    package = importlib.import_module(name)
    told = {
        alias.name: line.module
        for branch in source(name)
        if isinstance(branch, ast.If)
        for line in branch.body
        if isinstance(line, ast.ImportFrom)
        for alias in line.names
    }
    assert sorted(told) == package.__all__
    for exported, module in told.items():
        assert getattr(package, exported) is getattr(importlib.import_module(f"{name}.{module}"), exported)
    assert set(told) <= set(dir(package))


def test_packages_import_lazily() -> None:
    code = f"import sys; import {', '.join(PACKAGES)}; print(*(name for name in sys.modules if name in {MODULES}))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == []


def test_submodules_are_attributes() -> None:
    code = f"import {ROOT} as types; print(types.beta.threads.run_status.RunStatus is types.beta.threads.RunStatus)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "True\n"


def test_a_misspelt_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"module 'ssescan\.openai\.types' has no attribute 'Metadat'"):
        print(ssescan.openai.types.Metadat)  # type: ignore[attr-defined]


def upstream(name: str) -> ModuleType:
    return importlib.import_module(name.removeprefix("ssescan."))


def theirs_of(cls: Any) -> dict[str, tuple[str, bool, Shape]]:
    """Return what `declared` returns, for a class of openai's."""
    if is_typeddict(cls):
        return params_of(cls)
    fields = cls.model_fields.items()
    return {
        field.alias or name: (name, field.is_required(), shape_of_annotation(field.annotation))
        for name, field in fields
    }


def params_of(cls: Any) -> dict[str, tuple[str, bool, Shape]]:
    """Return the same for a TypedDict: key -> key, whether it is marked as required, shape."""
    hints = get_type_hints(cls, include_extras=True).items()
    return {key: (key, get_origin(hint) is Required, shape_of_annotation(hint)) for key, hint in hints}


def names_of(module: ModuleType) -> set[str]:
    """Public names of the classes and aliases that a module of types defines itself."""
    lines = ast.parse(Path(str(module.__file__)).read_text("utf-8")).body
    classes = {line.name for line in lines if isinstance(line, ast.ClassDef)}
    targets = [line.target for line in lines if isinstance(line, ast.AnnAssign)]
    targets += [line.targets[0] for line in lines if isinstance(line, ast.Assign)]
    aliases = {target.id for target in targets if isinstance(target, ast.Name)}
    return {name for name in classes | aliases if not name.startswith("_")}


@for_each(MODULES, parts=4)
def test_a_module_is_as_in_openai(name: str) -> None:
    """The same names, and behind each the same fields, keys or alternatives."""
    ours, theirs = importlib.import_module(name), upstream(name)
    assert ours.__all__ == getattr(theirs, "__all__", [])
    assert names_of(ours) == names_of(theirs)
    for each in sorted(names_of(theirs)):
        mine, other = getattr(ours, each), getattr(theirs, each)
        if not isinstance(other, type) or other in SCALARS:
            assert shape_of_annotation(mine) == shape_of_annotation(other), each
        elif is_typeddict(other):
            assert (mine.__total__, params_of(mine)) == (other.__total__, params_of(other)), each
        else:
            assert declared(mine) == theirs_of(other), each


@for_each(PACKAGES, parts=2)
def test_a_package_exports_what_openai_exports(name: str) -> None:
    """All of it, but for what is left out."""
    package = upstream(name)
    above = name.removeprefix(ROOT).lstrip(".")
    lines = [line for line in ast.parse(Path(str(package.__file__)).read_text("utf-8")).body]
    theirs = {
        alias.asname or alias.name: ".".join(filter(None, [above, line.module]))
        for line in lines
        if isinstance(line, ast.ImportFrom) and line.level
        for alias in line.names
    }
    wanted = {exported for exported, module in theirs.items() if not openai_types.is_left_out(module)}
    assert wanted == set(importlib.import_module(name).__all__)


def test_what_is_left_out_is_left_out() -> None:
    """Each pattern matches a module of openai, and none of ours."""
    ours = [name.removeprefix(ROOT + ".") for name in MODULES]
    theirs = list(openai_types.all_paths())
    for pattern in openai_types.LEFT_OUT:
        assert not [path for path in ours if re.match(pattern, path)], pattern
        assert [path for path in theirs if re.match(pattern, path)], pattern


def test_output_text_joins_the_text_of_messages() -> None:
    def message(*parts: Any) -> ResponseOutputMessage:
        return ResponseOutputMessage(
            id="msg_1", content=list(parts), role="assistant", status="completed", type="message"
        )

    def text(value: str) -> ResponseOutputText:
        return ResponseOutputText(annotations=[], text=value, type="output_text")

    response = Response(
        id="resp_1",
        created_at=0.0,
        model="m",
        object="response",
        output=[
            ResponseReasoningItem(id="rs_1", summary=[], type="reasoning"),
            message(text("Hel"), ResponseOutputRefusal(refusal="no", type="refusal"), text("lo")),
            message(text("!")),
        ],
        parallel_tool_calls=True,
        tool_choice="auto",
        tools=[],
    )
    assert response.output_text == "Hello!"
    response.output = []
    assert response.output_text == ""
    for odd in (None, 1.5, "x", {"type": "output_text"}, ["x", None, {"type": "output_text", "text": 5}]):
        item = {"type": "message", "role": "assistant", "content": odd}
        assert Response.model_validate({"output": [item, "x", 5]}).output_text == ""
        assert Response.model_validate({"output": odd}).output_text == ""
        assert AgentSessionMessage.model_validate(item).output_text == ""


def test_output_text_of_a_message_of_an_agent() -> None:
    parts = [{"type": "output_text", "text": "Hel"}, {"type": "input_text", "text": "no"}, {"type": "new"}]
    for content in (parts, [*parts, {"type": "output_text", "text": "lo"}], None):
        payload = {"type": "message", "role": "assistant", "content": content}
        message = AgentSessionMessage.model_validate(payload)
        assert message.output_text == "".join(part["text"] for part in content or () if part["type"] == "output_text")
        assert message.to_dict() == payload


class TestUnions:
    """Unions of classes, as programs use them at run time."""

    @pytest.mark.parametrize("union", ["beta.AssistantStreamEvent", "responses.ResponseStreamEvent", "responses.Tool"])
    def test_isinstance_takes_their_members(self, union: str) -> None:
        alias = model(union)
        assert all(isinstance(member, type) for member in get_args(alias))
        for member in get_args(alias):
            made = member.model_construct()
            assert isinstance(made, alias)
            assert isinstance(made, get_args(alias))

    def test_match_tells_items_apart(self) -> None:
        def told(item: object) -> object:
            match item:
                case ResponseOutputMessage(content=[ResponseOutputText(text=text), *_]):
                    return text
                case ResponseReasoningItem(id=name):
                    return name
            return None

        text = {"type": "output_text", "text": "Hi"}
        output = [{"type": "reasoning", "id": "rs"}, {"type": "message", "content": [text]}, {"type": "new"}]
        assert [told(item) for item in Response.model_validate({"output": output}).output] == ["rs", "Hi", None]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("CompletionUsage", 2),
        ("chat.ChatCompletion", 15),
        ("chat.ChatCompletionMessageParam", 22),
        ("beta.threads.Run", 24),
        ("responses.ResponseTextDeltaEvent", 4),
    ],
)
def test_a_name_loads_what_it_refers_to_and_no_more(name: str, count: int) -> None:
    """Of 730 modules. The counts are those of today, and a little room."""
    package, _, cls = f"{ROOT}.{name}".rpartition(".")
    code = f"import sys; from {package} import {cls}; print(sum('{ROOT}' in name for name in sys.modules))"
    assert int(subprocess.check_output([sys.executable, "-c", code], text=True)) <= count
