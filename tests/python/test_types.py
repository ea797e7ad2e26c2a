"""The typed models against the facts in openai_models.json: which classes there are, their fields and their types.

The facts are those of `openai.types`, for everything that a streamed event can hold.
"""

import ast
import functools
import importlib
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Union, get_args, get_origin

import pytest

import ssescan.openai.types
from ssescan.models import Event, Model
from ssescan.openai.types.responses import (
    Response,
    ResponseOutputMessage,
    ResponseOutputRefusal,
    ResponseOutputText,
    ResponseReasoningItem,
)

FACTS = json.loads((Path(__file__).parent / "openai_models.json").read_text("utf-8"))
ROOT = "ssescan.openai.types"
FOUND = list(pkgutil.walk_packages(ssescan.openai.types.__path__, ROOT + "."))
MODULES = [found.name for found in FOUND if not found.ispkg]
PACKAGES = [ROOT, *(found.name for found in FOUND if found.ispkg)]
STREAMS = {
    "AssistantStreamEvent": "beta.assistant_stream_event",
    "ChatCompletionChunk": "chat.chat_completion_chunk",
    "ResponseStreamEvent": "responses.response_stream_event",
}

# What a type may be: names of scalars and models, ("enum", value), ("array", shape) and ("map", shape).
Shape = frozenset[Any]
SCALARS = {str: "string", int: "int", float: "number", bool: "bool", object: "any", type(None): "null"}
CONTAINERS = {list: "array", dict: "map"}


def shape_of_fact(type_: str) -> Shape:
    """The alternatives of a type such as `string | array<a.b.Model> | enum("x", "y") | null`."""
    return _alternatives(iter(re.findall(r'"[^"]*"|array<|map<|>|\b(?!enum\b)[\w.]+', type_)))


def _alternatives(words: Any) -> Shape:
    found: set[Any] = set()
    for word in words:
        if word == ">":
            break
        if word.endswith("<"):
            found.add((word[:-1], _alternatives(words)))
        else:
            found.add(("enum", json.loads(word)) if word[0] == '"' else word)
    return frozenset(found)


def shape_of_annotation(annotation: Any) -> Shape:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Union:
        return frozenset().union(*map(shape_of_annotation, args))
    if origin is Literal:
        return frozenset(("enum", value) for value in args)
    if origin in CONTAINERS:
        return frozenset({(CONTAINERS[origin], shape_of_annotation(args[-1]))})
    return frozenset({SCALARS.get(annotation) or path_of(annotation)})


def path_of(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}".removeprefix(ROOT + ".")


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
    """Wire name -> Python name, required, shape; read from the source, whatever the metaclass makes of it."""
    found: dict[str, tuple[str, bool, Shape]] = {}
    for base in reversed([base for base in cls.__mro__ if base.__module__.startswith(ROOT + ".")]):
        names = vars(sys.modules[base.__module__])
        aliases = vars(base).get("__aliases__", {})
        for line in class_bodies(base.__module__)[base.__name__]:
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                name, annotation = line.target.id, eval(ast.unparse(line.annotation), names)
                if name != "__aliases__":
                    found[aliases.get(name, name)] = (name, line.value is None, shape_of_annotation(annotation))
    return found


def test_the_classes_are_those_of_the_facts() -> None:
    defined = {f"{module}.{name}".removeprefix(ROOT + ".") for module in MODULES for name in class_bodies(module)}
    assert defined == set(FACTS["models"])


@pytest.mark.parametrize("path", FACTS["models"])
def test_fields(path: str) -> None:
    fields = FACTS["models"][path]
    assert issubclass(model(path), Model)
    assert declared(model(path)) == {
        field["name"]: (field["python_name"], field["required"], shape_of_fact(field["type"])) for field in fields
    }


@pytest.mark.parametrize("union", FACTS["unions"])
def test_unions_of_events(union: str) -> None:
    alias = model(f"{STREAMS[union]}.{union}")
    members = get_args(alias) or (alias,)
    assert [path_of(member) for member in members] == [member["model"] for member in FACTS["unions"][union]]
    for cls, member in zip(members, FACTS["unions"][union], strict=True):
        for name, value in member["discriminator"].items():
            assert declared(cls)[name][2] == {("enum", value)}


def test_events_are_the_members_of_the_unions() -> None:
    events = {member["model"] for members in FACTS["unions"].values() for member in members}
    assert {path for path in FACTS["models"] if issubclass(model(path), Event)} == events


@pytest.mark.parametrize("name", MODULES)
def test_all_names_the_module_and_exists(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    assert set(class_bodies(name)) <= set(module.__all__) <= set(vars(module))


@pytest.mark.parametrize("name", PACKAGES)
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


def exports(package: ModuleType, modules: list[ModuleType]) -> set[str]:
    """The names that `package` has from `modules`."""
    missing = object()
    return {
        name
        for module in modules
        for name in module.__all__
        if getattr(package, name, missing) is getattr(module, name, None)
    }


def test_packages_export_what_openai_exports() -> None:
    openai = pytest.importorskip("openai", reason="compares with the openai package, which is not installed")
    if openai.__version__ != FACTS["openai"]:
        pytest.skip(f"the facts are those of openai {FACTS['openai']}, installed is {openai.__version__}")
    theirs = [upstream(name) for name in MODULES]
    for name in PACKAGES:
        wanted = exports(upstream(name), theirs)
        assert wanted == set(importlib.import_module(name).__all__)
    for name, module in zip(MODULES, theirs, strict=True):
        assert importlib.import_module(name).__all__ == module.__all__


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
