"""The examples in the README, the docs and the docstrings run."""

from __future__ import annotations

import doctest
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ssescan
from ssescan.replay import Recording, ReplayServer, Request

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"(<!-- not executed[^\n]*-->\n)?```python\n(.*?)```", re.DOTALL)


def _examples() -> list[tuple[str, str]]:
    """Python blocks that import something, which makes them programs; the others show a form."""
    found = []
    for page in PAGES:
        for skipped, code in _BLOCK.findall(page.read_text(encoding="utf-8")):
            if not skipped and "import" in code:
                found.append((f"{page.name}:{code.splitlines()[0][:40]}", code))
    return found


#: Part of a path -> the recording that answers it.
RECORDINGS = {"/chat": "llama-server_chat", "/responses": "llama-server_responses", "/threads": "langchain-bridge_run"}


def _recording_of(request: Request) -> Recording:
    name = next(name for part, name in RECORDINGS.items() if part in request.path)
    return Recording.load(ROOT / f"tests/streams/recorded-{name}.sse")


@pytest.fixture(scope="module")
def server() -> Iterator[ReplayServer]:
    """The server that programs reach through OPENAI_BASE_URL."""
    with ReplayServer(_recording_of) as server:
        yield server


@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in _examples()])
def test_example_runs(code: str, server: ReplayServer) -> None:
    """Each block is a program of its own, run at the root of the checkout."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore::ResourceWarning", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        env={
            **os.environ,
            "PYTHONIOENCODING": "utf-8",
            "OPENAI_API_KEY": "k",
            "OPENAI_BASE_URL": f"{server.url}/v1",
            "NO_PROXY": "*",
        },
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", sorted((ROOT / "docs/dialects").glob("*.py")), ids=lambda path: path.stem)
def test_dialects_are_shown_as_they_are(path: Path) -> None:
    assert f"```python\n{path.read_text('utf-8')}```" in (ROOT / "docs/providers.md").read_text("utf-8")


def test_readme_has_programs() -> None:
    assert sum(name.startswith("README") for name, _ in _examples()) >= 3


def _modules() -> list[str]:
    walked = pkgutil.walk_packages(ssescan.__path__, "ssescan.")
    return [info.name for info in walked if ".types" not in info.name and not info.name.endswith("__main__")]


@pytest.mark.parametrize("name", _modules())
def test_docstrings(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    assert doctest.testmod(module).failed == 0


def test_all_names_exist() -> None:
    for name in ssescan.__all__:
        assert getattr(ssescan, name) is not None


def test_make_targets_that_pages_name_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    text = "".join(page.read_text(encoding="utf-8") for page in [*PAGES, ROOT / "CONTRIBUTING.md"])
    for target in set(re.findall(r"`make ([a-z-]+)`", text)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
