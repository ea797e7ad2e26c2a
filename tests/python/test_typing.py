"""The typed models as mypy and pyright see them, at their strictest: typing_examples/ and the models themselves. mypy checks examples/ too."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "python"
CHECKED = [
    Path(__file__).parent / "typing_examples",
    *(SOURCE / f"ssescan/{path}" for path in ("_lazy.py", "openai/types", "types")),
]
PATHS = (SOURCE, ROOT / "examples", ROOT / "examples/web")
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))  # pyright would need types of all that they import
OLDEST_PYTHON = "3.11"


def run(*command: str, **environ: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.lint
def test_mypy(tmp_path: Path) -> None:
    options = ("--strict", "--python-version", OLDEST_PYTHON, "--explicit-package-bases", "--follow-imports", "silent")
    run(
        "mypy",
        *options,
        "--cache-dir",
        str(tmp_path),
        *map(str, [*CHECKED, *EXAMPLES]),
        MYPYPATH=os.pathsep.join(map(str, PATHS)),
    )


@pytest.mark.lint
def test_pyright(tmp_path: Path) -> None:
    config = {
        "include": [os.path.relpath(path, tmp_path) for path in CHECKED],
        "extraPaths": [str(SOURCE)],
        "pythonVersion": OLDEST_PYTHON,
        "typeCheckingMode": "strict",
        "enableTypeIgnoreComments": False,
        "reportUnnecessaryTypeIgnoreComment": True,
        "reportDeprecated": False,
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(config), "utf-8")
    run("pyright", "--pythonpath", sys.executable, "--project", str(tmp_path))
