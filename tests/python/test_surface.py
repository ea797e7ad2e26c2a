"""The whole client beside that of the `openai` package: what is missing is in one table, and nothing else is.

A method that a new version of the package adds, removes or changes shows here.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import openai
import pytest
from openai._resource import SyncAPIResource

import openai_async
import openai_resources
import openai_with_response
import ssescan.openai
from each import for_each
from ssescan.openai import OpenAI, OpenAIError
from ssescan.openai._async_names import NAMES
from ssescan.openai._endpoints import Endpoint
from ssescan.openai._left_out import LEFT_OUT

OURS, THEIRS = OpenAI(api_key="k"), openai.OpenAI(api_key="k")
#: Endpoints whose arguments have several forms, or are not all sent. `openai` orders them by form.
OF_SEVERAL_FORMS = {"audio.voices.create", "beta.agents.automations.create", "beta.agents.environments.files.create"}
OF_SEVERAL_FORMS |= {"beta.agents.sessions.create"}
#: Arguments of our methods that those of `openai` do not have.
ADDED = {"beta.threads.runs.create_and_stream": {"include"}, "responses.stream": {"resume"}}
#: Attributes of every group of `openai` that are not endpoints.
NOT_ENDPOINTS = {"with_raw_response", "with_streaming_response"}


def is_left_out(path: str) -> bool:
    return any(path == left_out or path.startswith(f"{left_out}.") for left_out in LEFT_OUT)


def walk(group: Any, path: str = "") -> Iterator[tuple[str, bool]]:
    """Yield the path of each group and method below a client of `openai`, and whether it is a method."""
    for name in dir(type(group)):
        if name.startswith("_") or name in NOT_ENDPOINTS:
            continue
        value = inspect.getattr_static(type(group), name)
        here = f"{path}.{name}".lstrip(".")
        if hasattr(value, "func") or isinstance(value, property):
            inner = getattr(group, name, None)
            if isinstance(inner, SyncAPIResource):
                yield here, False
                if not is_left_out(here):
                    yield from walk(inner, here)
        elif path and inspect.isfunction(value):
            yield here, True


FOUND = dict(walk(THEIRS))
METHODS = [path for path, is_method in FOUND.items() if is_method and not is_left_out(path)]


def at(client: Any, path: str) -> Any:
    for part in path.split("."):
        client = getattr(client, part)
    return client


def endpoint_at(path: str) -> Endpoint | None:
    found = inspect.getattr_static(type(at(OURS, path.rpartition(".")[0])), path.rpartition(".")[2])
    return found if isinstance(found, Endpoint) else None


def test_version():
    assert ssescan.openai.__version__ == openai.__version__


def test_there_are_many():
    assert len(METHODS) > 120


@for_each(METHODS)
def test_a_method_takes_the_same_arguments(path: str):
    ours, theirs = (dict(inspect.signature(at(client, path)).parameters) for client in (OURS, THEIRS))
    if endpoint_at(path) is not None and path not in OF_SEVERAL_FORMS:  # that of helpers was chosen by hand
        assert list(ours) == list(theirs)
    assert set(ours) == set(theirs) | ADDED.get(path, set())


HELPERS = (
    "parse",
    "run_tools",
    "stream",
    "create_and_run_stream",
    "create_and_run_tools",
    "submit_tool_outputs_stream",
)
DOCUMENTED = [path for path in METHODS if path.rpartition(".")[2] in HELPERS and "agents" not in path]
DOCUMENTED += ["chat.completions.create", "responses.create", "beta.threads.runs.create", "beta.threads.create_and_run"]
DOCUMENTED += ["chat.completions.run_tools", "responses.run_tools", "beta.threads.runs.run_tools"]


@for_each(DOCUMENTED)
def test_a_docstring_has_every_argument(path: str):
    method = at(OURS, path)
    text = inspect.getdoc(method) or ""
    described = re.findall(r"^    ([a-z]\w*): \S", text[text.index("Args:\n") :], re.MULTILINE)
    assert sorted(described) == sorted(inspect.signature(method).parameters)
    assert "Required" not in str(inspect.signature(method))


def test_a_class_of_methods_has_a_docstring_of_its_own():
    assert (Endpoint.__doc__ or "").startswith("A method that is one call.")


@for_each(sorted(LEFT_OUT))
def test_what_is_left_out_says_what_to_call_instead(path: str):
    assert path in FOUND, "remove it from LEFT_OUT"
    group, _, name = path.rpartition(".")
    with pytest.raises(AttributeError, match=rf"ssescan has no `client\.{path}` \(.*client\.post.*openai") as caught:
        getattr(at(OURS, group) if group else OURS, name)
    assert caught.value.name == name
    assert not hasattr(at(OURS, group) if group else OURS, name)


def test_an_unknown_attribute():
    with pytest.raises(AttributeError, match="'OpenAI' object has no attribute 'audios'"):
        OURS.audios  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="'Files' object has no attribute 'lists'"):
        OURS.files.lists  # type: ignore[attr-defined]


@pytest.mark.lint
def test_the_files_are_what_the_tools_write(tmp_path: Path):
    """`make types` changes nothing: no file was edited by hand, is missing or is left over."""
    written = openai_resources.generate(tmp_path / "resources")
    assert written == openai_resources.generated(openai_resources.OURS)
    for tool in (openai_async, openai_with_response):
        assert tool.generate(tmp_path).read_bytes() == tool.FILE.read_bytes(), "run `make types`"
    changed = [
        file
        for file in sorted(written)
        if (tmp_path / "resources" / file).read_bytes() != (openai_resources.OURS / file).read_bytes()
    ]
    assert not changed, "run `make types`"


class TestDir:
    def test_of_the_package_has_the_public_names(self):
        modules = {"batch", "dialects", "errors", "events", "models", "openai", "replay", "testing", "types"}
        shown = {name for name in dir(ssescan) if not name.startswith("__")}
        assert shown == {name for name in ssescan.__all__ if not name.startswith("__")} | modules
        assert all(getattr(ssescan, name) is not None for name in dir(ssescan))

    @pytest.mark.parametrize("package", ["batch", "openai", "openai.types", "openai.types.chat"])
    def test_of_packages_has_no_helpers(self, package: str):
        module = importlib.import_module(f"ssescan.{package}")
        assert set(module.__all__) <= set(dir(module))
        assert not {"attach", "TYPE_CHECKING", "Any"} & set(dir(module))
        assert not [name for name in dir(module) if re.match("_[^_]", name) and name not in module.__all__]


class TestNames:
    def test_all_of_the_package_import(self):
        missing = [name for name in openai.__all__ if not hasattr(ssescan.openai, name)]
        assert (missing, set(openai.__all__) - set(ssescan.openai.__all__)) == ([], set())

    def test_each_package_exports_its_groups(self):
        resources = ssescan.openai.resources
        walked = pkgutil.walk_packages(resources.__path__, f"{resources.__name__}.")
        found = [module.name.removeprefix("ssescan.") for module in walked if module.ispkg]
        missing = []
        for name in found:
            theirs, ours = importlib.import_module(name), importlib.import_module(f"ssescan.{name}")
            groups = [
                cls for cls in vars(theirs).values() if isinstance(cls, type) and issubclass(cls, SyncAPIResource)
            ]
            here = [cls for cls in groups if find_spec(f"ssescan.{cls.__module__.rpartition('.')[0]}")]
            missing += [f"{name}.{cls.__name__}" for cls in here if not hasattr(ours, cls.__name__)]
        assert (missing, len(found) > 10) == ([], True)

    @pytest.mark.parametrize("name", ["fine_tuning", "evals", "videos"])
    def test_a_group_of_the_package_that_is_left_out(self, name: str):
        with pytest.raises(AttributeError, match=f"ssescan has no `openai.{name}`"):
            getattr(ssescan.openai, name)

    def test_a_name_of_version_0(self):
        with pytest.raises(AttributeError, match=r"Use `client\.chat\.completions\.create`"):
            ssescan.openai.ChatCompletion  # type: ignore[attr-defined]

    @pytest.mark.parametrize("name", ["_exceptions", "_models", "_constants"])
    def test_private_modules_are_attributes(self, name: str):
        assert getattr(ssescan.openai, name) is importlib.import_module(f"ssescan.openai.{name}")

    @pytest.mark.parametrize("name", ["BedrockOpenAI", "ComputerToolset"])
    def test_what_cannot_work_says_what_to_do(self, name: str):
        cls = getattr(ssescan.openai, name)
        with pytest.raises(OpenAIError, match=rf"ssescan has no {name}\. (Use|Pass|Answer) "):
            cls(api_key="k")

    def test_names_that_programs_import_from_private_modules(self):
        for module in (ssescan.openai, openai):
            assert module._constants.RAW_RESPONSE_HEADER == "X-Stainless-Raw-Response"

    def test_a_file_from_a_path(self, tmp_path: Any):
        file = tmp_path / "a.txt"
        file.write_bytes(b"x")
        assert ssescan.openai.file_from_path(str(file)) == openai.file_from_path(str(file)) == ("a.txt", b"x")

    @pytest.mark.parametrize("module", ["types", "resources", "pagination", "_streaming", "_response", "lib.azure"])
    def test_names_of_modules(self, module: str):
        ours, theirs = (importlib.import_module(f"{package}.{module}") for package in ("ssescan.openai", "openai"))
        left_out = {"Admin", "Containers", "ContentProvenanceChecks", "Decisions", "Evals", "FineTuning", "Safety"}
        left_out |= {"Skills", "Videos", "Webhooks", "Live", "Realtime"}
        names = getattr(theirs, "__all__", ())
        wanted = [name for name in names if re.sub("^Async|With(Raw|Streaming)Response$", "", name) not in left_out]
        assert [name for name in wanted if not hasattr(ours, name)] == []

    @for_each(sorted(path for path, is_method in FOUND.items() if not is_method and not is_left_out(path)))
    def test_classes_of_groups_with_responses(self, path: str):
        for kind in ("with_raw_response", "with_streaming_response"):
            theirs, ours = (type(getattr(at(client, path), kind)) for client in (THEIRS, OURS))
            module = importlib.import_module(f"ssescan.{theirs.__module__}")
            assert (ours.__name__, ours) == (theirs.__name__, getattr(module, theirs.__name__))
            assert getattr(module, f"Async{ours.__name__}").__name__ == f"Async{ours.__name__}"
            assert isinstance(at(getattr(OURS, kind), path), ours)
            assert getattr(type("Sub", (type(at(OURS, path)),), {})(OURS), kind).__class__.__mro__[1] is ours

    def test_a_tracer_wraps_the_class_of_responses(self, monkeypatch: pytest.MonkeyPatch):
        seen = []
        for resources in (ssescan.openai.resources, openai.resources):
            cls = resources.chat.CompletionsWithRawResponse
            init = cls.__init__

            def note(self: Any, group: Any, init: Any = init) -> None:
                init(self, group)
                seen.append(type(group).__name__)
                self.create = str

            monkeypatch.setattr(cls, "__init__", note)
        for client in (ssescan.openai.OpenAI(api_key="k"), openai.OpenAI(api_key="k")):
            assert client.chat.completions.with_raw_response.create is str
        assert seen == ["Completions", "Completions"]


def load(module: str, name: str) -> Any:
    return getattr(importlib.import_module(".".join(filter(None, ["ssescan.openai", module]))), name)


class TestAsync:
    @for_each(f"{module}.{name}" for module, names in NAMES.items() for name in names.split())
    def test_it_imports_and_can_be_a_base(self, path: str):
        module, _, name = path.rpartition(".")
        found = load(module, name)
        assert found is load(module, name)
        if name != "AsyncAzureADTokenProvider":
            assert type("Sub", (found,), {}).__mro__[1] is found

    def test_one_class_for_all_places(self):
        assert load("resources.chat", "AsyncCompletions") is load("resources.chat.completions", "AsyncCompletions")
        assert load("", "AsyncStream") is load("_streaming", "AsyncStream")
        assert load("", "AsyncClient") is load("", "AsyncOpenAI")

    def test_a_client_has_settings_and_groups_and_closes(self):
        client = ssescan.openai.AsyncOpenAI(api_key="k", timeout=3, http_client=object())
        assert (client.api_key, client.timeout, client.base_url) == ("k", 3, "https://api.openai.com/v1/")
        assert isinstance(client.chat.completions, load("resources.chat.completions", "AsyncCompletions"))
        assert client.with_options(timeout=4).timeout == 4
        assert not isinstance(client, OpenAI)
        run(client.__aexit__(None, None, None))
        assert client.is_closed()

    @pytest.mark.parametrize(
        "call",
        [
            lambda client: client.chat.completions.create(model="m", messages=[]),
            lambda client: client.chat.completions.with_raw_response.create(model="m", messages=[]),
            lambda client: client.responses.with_streaming_response.create(model="m"),
            lambda client: client.beta.threads.runs.stream(thread_id="t", assistant_id="a"),
            lambda client: client.files.list(),
            lambda client: client.post("/x", cast_to=object),
        ],
    )
    def test_a_call_says_what_to_do(self, call: Any):
        client = ssescan.openai.AsyncOpenAI(api_key="k")
        with pytest.raises(OpenAIError, match=r"ssescan has no async calls: .*asyncio\.to_thread.*`openai` package"):
            call(client)

    def test_credentials_are_checked_as_in_the_sync_client(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        with pytest.raises(OpenAIError, match="Missing credentials"):
            ssescan.openai.AsyncOpenAI()

    def test_methods_can_be_replaced_on_the_class(self, monkeypatch: pytest.MonkeyPatch):
        cls = load("resources.chat.completions", "AsyncCompletions")
        monkeypatch.setattr(cls, "create", lambda self: "replaced")
        assert ssescan.openai.AsyncOpenAI(api_key="k").chat.completions.create() == "replaced"

    @pytest.mark.parametrize("name", ["AsyncOpenAI", "AsyncAzureOpenAI"])
    def test_methods_and_groups_are_attributes_of_the_client_class(self, name: str, monkeypatch: pytest.MonkeyPatch):
        cls, sync = getattr(ssescan.openai, name), getattr(ssescan.openai, name.removeprefix("Async"))
        assert [it for it in dir(sync) if not it.startswith("_") and not hasattr(cls, it)] == []
        monkeypatch.setattr(cls, "post", lambda self, *_, **__: "replaced")
        client = cls(api_key="k", base_url="http://a", api_version="v") if "Azure" in name else cls(api_key="k")
        assert client.post("/x", cast_to=object) == "replaced"
        client.base_url = "http://b/"
        assert client.base_url == "http://b/"

    def test_iterating_raises(self):
        with pytest.raises(OpenAIError, match="async for"):
            ssescan.openai.AsyncStream(cast_to=None, response=None, client=None).__aiter__()

    def test_left_out_groups_are_left_out(self):
        with pytest.raises(AttributeError, match="ssescan has no `client.evals`"):
            ssescan.openai.AsyncOpenAI(api_key="k").evals


def run(coroutine: Any) -> None:
    """Run a coroutine that never waits."""
    with pytest.raises(StopIteration):
        coroutine.send(None)


@pytest.mark.parametrize(
    "package", ["ssescan", *(f"ssescan.{name}" for name in ("batch", "dialects", "replay", "testing"))]
)
def test_signatures_of_named_tuples_are_readable(package: str):
    module = importlib.import_module(package)
    found = [value for value in (getattr(module, name) for name in module.__all__) if hasattr(value, "_fields")]
    assert found
    signatures = {cls.__name__: str(inspect.signature(cls)) for cls in found}
    assert not [name for name, signature in signatures.items() if "ForwardRef" in signature]
