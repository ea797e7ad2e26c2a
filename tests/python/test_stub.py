"""The stub of the native module: true, complete and documented; and what checkers make of a program that uses the package."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ssescan

ROOT = Path(__file__).parents[2]
STUB = ROOT / "python" / "ssescan" / "_core.pyi"

# Nothing to say of them that their name does not.
SILENT = {"__eq__", "__hash__", "__reduce__", "__set__", "__new__"}

PROGRAM = """
import shutil
import sys
from typing import Optional

from typing_extensions import assert_type

import ssescan
from ssescan import Dialect, Outcome, Parser, Row, Scanner, ServerSentEvent, SSEScanError, Stats, TextReader
from ssescan.errors import RateLimitError
from ssescan.openai.types.beta.assistant_stream_event import ThreadMessageDelta


def loop(path: str) -> None:
    with open(path, "rb") as file, Scanner(file, dialect="assistants", tee=sys.stdout.buffer) as events:
        for event in events:
            match event:
                case ThreadMessageDelta(data=message):
                    assert_type(message.id, str)
        assert_type(events.outcome, Outcome)
        assert_type(events.stats, Stats)
        assert_type(events.last_event_id, str)
        assert_type(events.retry_ms, Optional[int])
        assert_type(events.finish_reason, Optional[str])


def scan(blocks: list[bytes]) -> str:
    events = Scanner(blocks, dialect="chat", max_event_bytes=1 << 20, timeout=5)
    while events.scan():
        assert_type(events.text(), Optional[str])
    if events.err:
        raise events.err
    return "yes" if events.outcome == "done" else events.outcome.value


def read(blocks: list[bytes]) -> None:
    reader = Scanner(blocks, dialect="auto").reader("reasoning", index=None, on_event=print)
    assert_type(reader, TextReader)
    shutil.copyfileobj(reader, sys.stdout)
    for line in Scanner(blocks, dialect="chat").reader():
        assert_type(line, str)
    data: bytes = Scanner(blocks, dialect="chat").byte_reader().read(5)
    sys.stdout.buffer.write(data)


def feed(block: memoryview) -> list[bytes]:
    parser = Parser(Dialect("mine", rows={}, default=Row("UnknownEvent"), types=__name__))
    try:
        return [event.raw for event in parser.feed(block)]
    except RateLimitError as error:
        assert_type(error.status_code, int)
        raise
    except SSEScanError as error:
        print(error.partial_text, error.events, error.retryable)
        raise


def plain(event: ServerSentEvent) -> tuple[str, str, Optional[int], bytes]:
    match event:
        case ServerSentEvent("ping"):
            return ssescan.__version__, "", None, b""
        case ServerSentEvent(name, data, id=id):
            assert_type(name, str)
    return event.event + id, data, event.retry, event.raw


Scanner(["text"], nonsense=1)  # type: ignore[call-overload]
"""


def run(*command: str, cwd: Path = ROOT) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={key: value for key, value in os.environ.items() if key != "MYPYPATH"},
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("mypy"))


def definitions(body: list[ast.stmt], within: str = "") -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef]]:
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            yield f"{within}{node.name}", node
        if isinstance(node, ast.ClassDef):
            yield from definitions(node.body, f"{node.name}.")


@pytest.mark.lint
def test_it_is_true(cache):
    run("mypy.stubtest", "ssescan._core", "--mypy-config-file", "pyproject.toml")


def test_everything_in_it_is_documented():
    tree = ast.parse(STUB.read_text("utf-8"))
    bare = [name for name, node in definitions(tree.body) if not ast.get_docstring(node)]

    assert ast.get_docstring(tree)
    assert [name for name in bare if name.rpartition(".")[2] not in SILENT] == [
        "_Writable.write",
        "_Buffer.__buffer__",
        "Stream.tee",
    ]


def test_it_names_what_the_module_has():
    tree = ast.parse(STUB.read_text("utf-8"))
    names = next(ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign))

    assert names == sorted(ssescan._core.__all__)


@pytest.mark.lint
def test_the_package_checks_itself(cache):
    run("mypy", "--strict", "--cache-dir", cache, "python/ssescan")


@pytest.mark.lint
def test_a_program_of_a_user(cache, tmp_path):
    """From elsewhere, so that the types are found where the package is installed: by `py.typed`."""
    (tmp_path / "program.py").write_text(PROGRAM)

    run("mypy", "--strict", "--cache-dir", cache, "program.py", cwd=tmp_path)


def test_the_marker_is_installed_with_it():
    assert (Path(ssescan.__file__).parent / "py.typed").exists()
    assert (Path(ssescan.__file__).parent / "_core.pyi").exists()


@pytest.mark.parametrize("name", ["ServerSentEvent", "Stream"])
def test_public_names_of_the_module_have_the_docstrings_of_the_stub(name: str):
    """`help` and notebooks show them."""
    tree = ast.parse(STUB.read_text("utf-8"))
    cls = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    public = {node.name: ast.get_docstring(node) for node in cls.body if isinstance(node, ast.FunctionDef)}
    shown = getattr(ssescan._core, name)
    assert len(public) > 5
    for member, docstring in public.items():
        if not member.startswith("_") and docstring:
            assert inspect.getdoc(getattr(shown, member)) == docstring, member
    if name == "ServerSentEvent":
        assert inspect.getdoc(shown) == ast.get_docstring(cls)
