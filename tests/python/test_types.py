"""The types against the facts in openai_models.json, and against the `openai` package where it is installed.

The facts are the models of everything that a stream can hold. The package has the request parameters and the
results of other calls besides.
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
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import pytest
from typing_extensions import Required, is_typeddict

import ssescan.openai.types
from ssescan.events import Event
from ssescan.models import Model
from ssescan.openai.types.responses import (
    Response,
    ResponseOutputMessage,
    ResponseOutputRefusal,
    ResponseOutputText,
    ResponseReasoningItem,
)

#: What is not there, by its module, and why.
LEFT_OUT = {
    r"audio": "no call for it: audio",
    r"batch|upload|file|\w+_file_|static_file": "no call for it: files and batches",
    r"beta\.(beta_|response_)": "no call for it: the beta of Responses",
    r"beta\.(agent|environment|hosted|inline_|input_c|mcp_|multi_|output_|persisted|session|setup|subagent|summary)"
    r"|beta\.(text_format|token_usage|web_search)": "no call for it: hosted agents",
    r"beta\.chatkit": "no call for it: ChatKit",
    r"container|skill|deleted_skill": "no call for it: containers and skills",
    r"content_provenance|decision|eval|moderation": "no call for it: judging content",
    r"(create_)?embedding": "no call for it: embeddings",
    r"image|video": "no call for it: pictures",
    r"vector_store": "no call for it: vector stores",
    r"websocket": "streams come by HTTP",
}


def is_left_out(path: str) -> bool:
    return any(re.match(beginning, path) for beginning in LEFT_OUT)


FACTS = json.loads((Path(__file__).parent / "openai_models.json").read_text("utf-8"))
ROOT = "ssescan.openai.types"
FOUND = list(pkgutil.walk_packages(ssescan.openai.types.__path__, ROOT + "."))
MODULES = [found.name for found in FOUND if not found.ispkg and not found.name.endswith("._params")]
PACKAGES = [ROOT, *(found.name for found in FOUND if found.ispkg)]
MODELS = {path: fields for path, fields in FACTS["models"].items() if not is_left_out(path)}
STREAMS = {
    "ChatCompletion": "chat.chat_completion",
    "Completion": "completion",
    "AssistantStreamEvent": "beta.assistant_stream_event",
    "ChatCompletionChunk": "chat.chat_completion_chunk",
    "ResponseStreamEvent": "responses.response_stream_event",
}

# What a type may be: names of scalars and models, ("enum", value), ("array", shape) and ("map", shape).
Shape = frozenset[Any]
SCALARS = {str: "string", int: "int", float: "number", bool: "bool", object: "any", type(None): "null", bytes: "bytes"}
CONTAINERS = {"list": "array", "dict": "map", "Iterable": "iterable", "Sequence": "sequence"}


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
    """Wire name -> Python name, required, shape; read from the source, whatever the metaclass makes of it."""
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


@pytest.mark.parametrize("path", MODELS)
def test_fields(path: str) -> None:
    fields = MODELS[path]
    assert issubclass(model(path), Model)
    assert declared(model(path)) == {
        field["name"]: (field["python_name"], field["required"], shape_of_fact(field["type"])) for field in fields
    }


@pytest.mark.parametrize("union", STREAMS)
def test_unions_of_events(union: str) -> None:
    alias = model(f"{STREAMS[union]}.{union}")
    members = get_args(alias) or (alias,)
    assert [path_of(member) for member in members] == [member["model"] for member in FACTS["unions"][union]]
    for cls, member in zip(members, FACTS["unions"][union], strict=True):
        for name, value in member["discriminator"].items():
            assert declared(cls)[name][2] == {("enum", value)}


def test_events_are_the_members_of_the_unions() -> None:
    handed_out = STREAMS.keys() - {"ChatCompletion"}  # that one is an answer, not an event
    events = {member["model"] for union in handed_out for member in FACTS["unions"][union]}
    assert {path for path in MODELS if issubclass(model(path), Event)} == events


@pytest.mark.parametrize("name", MODULES)
def test_the_module_says_what_it_is(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    assert set(module.__all__) <= set(vars(module))


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


@pytest.fixture(scope="module")
def openai() -> ModuleType:
    package = pytest.importorskip("openai", reason="compares with the openai package, which is not installed")
    if package.__version__ != FACTS["openai"]:
        pytest.skip(f"the facts are those of openai {FACTS['openai']}, installed is {package.__version__}")
    return package


def upstream(name: str) -> ModuleType:
    return importlib.import_module(name.removeprefix("ssescan."))


def theirs_of(cls: Any) -> dict[str, tuple[str, bool, Shape]]:
    """As `declared`, of a class of openai's."""
    if is_typeddict(cls):
        return params_of(cls)
    fields = cls.model_fields.items()
    return {
        field.alias or name: (name, field.is_required(), shape_of_annotation(field.annotation))
        for name, field in fields
    }


def params_of(cls: Any) -> dict[str, tuple[str, bool, Shape]]:
    """Of a TypedDict: key -> key, whether it says that it is required, shape."""
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


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_as_in_openai(openai: ModuleType, name: str) -> None:
    """The same names, and behind each the same fields, keys or alternatives."""
    ours, theirs = importlib.import_module(name), upstream(name)
    assert ours.__all__ == theirs.__all__
    assert names_of(ours) == names_of(theirs)
    for each in sorted(names_of(theirs)):
        mine, other = getattr(ours, each), getattr(theirs, each)
        if not isinstance(other, type):
            assert shape_of_annotation(mine) == shape_of_annotation(other), each
        elif is_typeddict(other):
            assert (mine.__total__, params_of(mine)) == (other.__total__, params_of(other)), each
        else:
            assert declared(mine) == theirs_of(other), each


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_exports_what_openai_exports(openai: ModuleType, name: str) -> None:
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
    wanted = {exported for exported, module in theirs.items() if not is_left_out(module)}
    assert wanted == set(importlib.import_module(name).__all__)


def test_what_is_left_out_is_left_out(openai: ModuleType) -> None:
    """A line of `LEFT_OUT` that matches nothing, or something that is there, says nothing."""
    ours = [name.removeprefix(ROOT + ".") for name in MODULES]
    theirs = [found.name for found in pkgutil.iter_modules(openai.types.__path__)]
    theirs += [f"beta.{found.name}" for found in pkgutil.iter_modules(openai.types.beta.__path__)]
    for beginning in LEFT_OUT:
        assert not [path for path in ours if re.match(beginning, path)], beginning
        assert [path for path in theirs if re.match(beginning, path)], beginning


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


class TestUnions:
    """Unions of classes, as programs use them at run time."""

    @pytest.mark.parametrize("union", ["beta.AssistantStreamEvent", "responses.ResponseStreamEvent", "responses.Tool"])
    def test_isinstance_takes_their_members(self, union: str) -> None:
        alias = model(union)
        assert all(isinstance(member, type) for member in get_args(alias))
        for member in get_args(alias):
            made = member.model_construct()
            assert isinstance(made, alias)  # since Python 3.10
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
    """Of 450 modules. The counts are those of today, and a little room."""
    package, _, cls = f"{ROOT}.{name}".rpartition(".")
    code = f"import sys; from {package} import {cls}; print(sum('{ROOT}' in name for name in sys.modules))"
    assert int(subprocess.check_output([sys.executable, "-c", code], text=True)) <= count
