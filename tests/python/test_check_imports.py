"""tools/check_imports.py and the contracts of import-linter: each finds what is planted in a small package."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from check_imports import find_circles, main, read_package, with_type_checking

pytestmark = pytest.mark.any_python

ROOT = Path(__file__).parents[2]


def plant(folder: Path, files: dict[str, str]) -> Path:
    """Write a package of these modules below `folder`; every package gets an `__init__.py`."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for file in list(folder.rglob("*.py")):
        for parent in file.relative_to(folder).parents[:-1]:
            (folder / parent / "__init__.py").touch()
    return folder


def circles(folder: Path, **files: str) -> list[list[str]]:
    package = plant(folder, {f"pkg/{name}.py": text for name, text in files.items()}) / "pkg"
    return find_circles(read_package(package))


@pytest.mark.parametrize(
    "back",
    [
        "from . import a",
        "from .a import name",
        "from pkg.a import name",
        "import pkg.a",
        "import pkg.a as other",
        "def use():\n    from .a import name",
        "class C:\n    async def use(self):\n        import pkg.a",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .a import name",
        "import typing\nif typing.TYPE_CHECKING:\n    from . import a",
        "try:\n    from .a import name\nexcept ImportError:\n    pass",
    ],
)
def test_finds_a_circle_of_any_kind_of_import(tmp_path: Path, back: str) -> None:
    assert circles(tmp_path, a="from .b import other", b=back) == [["pkg.a", "pkg.b"]]


def test_finds_long_and_separate_circles(tmp_path: Path) -> None:
    found = circles(
        tmp_path,
        a="from . import b",
        b="from . import c",
        c="from . import a",
        d="from . import a, e",
        e="from . import d",
    )
    assert found == [["pkg.a", "pkg.b", "pkg.c"], ["pkg.d", "pkg.e"]]


def test_an_import_through_a_package_is_a_circle_if_the_name_comes_from_it(tmp_path: Path) -> None:
    files = {"pkg/__init__.py": "from .a import name", "pkg/a.py": "import pkg.b", "pkg/b.py": ""}
    assert find_circles(read_package(plant(tmp_path, files) / "pkg")) == []
    (tmp_path / "pkg/a.py").write_text("from . import version")
    assert find_circles(read_package(tmp_path / "pkg")) == [["pkg", "pkg.a"]]


def test_relative_imports_of_packages_are_resolved(tmp_path: Path) -> None:
    files = {
        "pkg/low/one.py": "from ...pkg.high import two",
        "pkg/high/__init__.py": "from .two import name",
        "pkg/high/two.py": "from ..low.one import name",
    }
    assert find_circles(read_package(plant(tmp_path, files) / "pkg")) == [["pkg.high.two", "pkg.low.one"]]


def test_lazy_names_and_compiled_modules_are_not_imports(tmp_path: Path) -> None:
    files = {
        "pkg/__init__.py": "from ._lazy import attach\n__getattr__, __dir__, __all__ = attach(__name__, {'name': 'a'})",
        "pkg/_lazy.py": "def attach(package, modules): ...",
        "pkg/_core.pyi": "from .a import name",
        "pkg/a.py": "from . import _core",
    }
    assert find_circles(read_package(plant(tmp_path, files) / "pkg")) == []


def test_counts_type_checking_blocks_outside_types_and_resources(tmp_path: Path) -> None:
    block = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ssl"
    names = ["a", "types/b", "openai/types/c", "openai/resources/d", "openai/resources_of", "b"]
    files = {f"pkg/{name}.py": block for name in names} | {"pkg/b.py": "from typing import TYPE_CHECKING"}
    assert with_type_checking(read_package(plant(tmp_path, files) / "pkg")) == ["pkg.a", "pkg.openai.resources_of"]


def test_the_command_prints_the_circle_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = plant(tmp_path, {"pkg/a.py": "\nfrom . import b", "pkg/b.py": ""}) / "pkg"
    assert main([str(package)]) == 0
    assert "0 import circles" in capsys.readouterr().out
    (package / "b.py").write_text("def use():\n    from . import a")
    assert main([str(package)]) == 1
    out = capsys.readouterr().out
    assert f"{package}/a.py:2: pkg.a imports pkg.b" in out
    assert f"{package}/b.py:2: pkg.b imports pkg.a" in out
    assert "1 import circles" in out and "1 imports of own modules in functions" in out


def test_the_command_fails_above_the_limit_of_type_checking_blocks(tmp_path: Path) -> None:
    block = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ssl"
    package = plant(tmp_path, {"pkg/a.py": block, "pkg/b.py": block}) / "pkg"
    assert main([str(package), "--limit", "2"]) == 0
    assert main([str(package), "--limit", "1"]) == 1


# ---- The contracts ---------------------------------------------------------------------------------------------------


def lint(folder: Path, **changed: str) -> str:
    """Run import-linter with the project's contracts on a package with all its rooms; return what is broken."""
    configuration = (ROOT / "pyproject.toml").read_text("utf-8")
    layers = tomllib.loads(configuration)["tool"]["importlinter"]["contracts"][0]["layers"]
    rooms = [room.strip(" ()") for layer in layers for room in layer.replace(":", "|").split("|")]
    inside = ["openai/types/chat", "openai/_base_client", "openai/lib/a", "openai/resources/a", "reading/_typing"]
    packages = {"http", "openai", "reading", "testing"}
    files = {f"ssescan/{name}.py": "" for name in [*inside, *rooms] if name not in packages}
    files |= {f"ssescan/{name}.py": "import urllib3" for name in ["http/transport", "testing/_pool"]}
    changes = {f"ssescan/{name.replace('__', '/')}.py": text for name, text in changed.items()}
    plant(folder, {**files, **changes, "pyproject.toml": configuration})
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as main; main()",
            "--no-cache",
            "--no-logo",
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts: " in done.stdout, done.stdout + done.stderr
    assert (done.returncode == 0) == (" 0 broken" in done.stdout)
    return done.stdout.partition("Broken contracts")[2]


@pytest.mark.lint
def test_the_contracts_allow_downward_imports(tmp_path: Path) -> None:
    broken = lint(
        tmp_path,
        cli="from .batch import run",
        batch="from . import errors\nfrom .openai import OpenAI",
        opening="from .http.transport import Transport",
        reading___typing="from ssescan.openai.types.chat import ChatCompletionChunk",
        openai__types__chat="from ssescan.events import Event",
    )
    assert broken == ""


@pytest.mark.lint
@pytest.mark.parametrize(
    ("module", "text", "message"),
    [
        (
            "http__body",
            "from ..opening import open_stream",
            "ssescan.http is not allowed to import ssescan.opening",
        ),
        ("http__body", "def f():\n    from .. import cli", "ssescan.http is not allowed to import ssescan.cli"),
        (
            "models",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .events import Event",
            "ssescan.models is not allowed to import ssescan.events",
        ),
        (
            "reading___typing",
            "from ssescan.openai.lib import a",
            "ssescan.reading is not allowed to import ssescan.openai",
        ),
        ("testing___chat", "from .. import replay", "ssescan.testing is not allowed to import ssescan.replay"),
        ("openai__types__chat", "import ssescan.http", "ssescan.openai.types is not allowed to import ssescan.http"),
        ("cli", "def f():\n    import urllib3", "ssescan is not allowed to import urllib3"),
        ("opening", "from urllib3 import PoolManager", "ssescan is not allowed to import urllib3"),
        ("newcomer", "", "newcomer"),
    ],
)
def test_the_contracts_find_a_planted_import(tmp_path: Path, module: str, text: str, message: str) -> None:
    assert message in lint(tmp_path, **{module: text}).replace("\n", " ")
