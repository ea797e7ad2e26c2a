"""`ssescan.openai` in place of `openai`: by `install`, and by `python -m ssescan.openai`."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import openai
import pytest

import ssescan.openai

#: A program that prints how it was started, and whether `import openai` is ours.
SHOW = """
import importlib.util, sys
from pathlib import Path

origin = importlib.util.find_spec("openai").origin
print(sys.argv[1:], sys.path[0], __name__, __file__, __spec__ and __spec__.name, __package__ or None)
print(sys.modules["__main__"].__dict__ is globals(), Path(origin).parts[-3] == "ssescan", file=sys.stderr)
sys.exit(3)
"""
OURS = """
import importlib.metadata, importlib.util, pickle, sys
from pathlib import Path

before = list(sys.meta_path)
import ssescan.openai

assert sys.meta_path == before

ssescan.openai.install()
ssescan.openai.install()  # a second call changes nothing
import openai, openai.types.chat, openai._exceptions
import openai.lib.streaming.chat as streaming
from openai.resources.chat.completions import Completions
from openai.types.responses.response_text_delta_event import ResponseTextDeltaEvent

own = {name: module for name, module in sys.modules.items() if name.startswith("ssescan.openai")}
assert openai is own["ssescan.openai"] and openai.types.chat is own["ssescan.openai.types.chat"]
assert streaming is own["ssescan.openai.lib.streaming.chat"]

assert openai.OpenAI is ssescan.openai.OpenAI and openai._exceptions.APIError is ssescan.openai.APIError
assert isinstance(openai.OpenAI(api_key="k").chat.completions, Completions)

assert all(module.__spec__.name == name for name, module in own.items() if name != "ssescan.openai.__main__")
assert {name for name in sys.modules if name.startswith("openai.types.r")} >= {"openai.types.responses"}

event = ResponseTextDeltaEvent.model_validate({"delta": "a"})
assert pickle.loads(pickle.dumps(event)) == event

distributions = [it for it in importlib.metadata.distributions() if it.metadata["Name"] == "openai"]
assert importlib.metadata.version("openai") == openai.__version__ == distributions[0].version
assert importlib.metadata.version("urllib3")
for name in ("openai.nothing", "openai.types.fine_tuning"):
    try:
        __import__(name)
    except ModuleNotFoundError as error:
        assert error.name == name and f"has no 'ssescan.{name}'. Use the openai package" in str(error), error
    else:
        raise AssertionError(name)

ssescan.openai.uninstall()
ssescan.openai.uninstall()
assert not [name for name in sys.modules if name.partition(".")[0] == "openai"]
assert Path(importlib.util.find_spec("openai").origin).parts[-3] != "ssescan"
"""


def python(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environ = {"PYTHONPATH": str(Path(ssescan.openai.__file__).parents[2])}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=60
    )


def test_modules_are_identical(tmp_path: Path):
    ran = python("-c", OURS, folder=tmp_path)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_after_the_package_was_imported(monkeypatch: pytest.MonkeyPatch):
    before = list(sys.meta_path)
    with pytest.raises(RuntimeError, match=r"'openai' was imported before \(from .*\)\. Call ssescan\.openai\.install"):
        ssescan.openai.install()
    monkeypatch.delitem(sys.modules, "openai")
    with pytest.raises(RuntimeError, match=r"'openai\.\w+' was imported before"):
        ssescan.openai.install()
    assert sys.meta_path == before
    ssescan.openai.uninstall()
    assert sys.modules["openai.types"] is openai.types


@pytest.mark.parametrize("how", ["file", "link", "module", "package", "zip"])
def test_a_program_is_started_as_python_does(tmp_path: Path, how: str):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner/show.py").write_text(SHOW)
    (tmp_path / "inner/__main__.py").write_text(SHOW)
    (tmp_path / "link.py").symlink_to(tmp_path / "inner/show.py")
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as file:
        file.writestr("__main__.py", SHOW)
    given = {
        "file": ["inner/show.py"],
        "link": ["link.py"],
        "module": ["-m", "inner.show"],
        "package": ["-m", "inner"],
        "zip": [str(tmp_path / "packed.zip")],
    }[how]
    plain = python(*given, "-m", "--x", folder=tmp_path)
    ours = python("-m", "ssescan.openai", *given, "-m", "--x", folder=tmp_path)
    assert (plain.returncode, plain.stderr) == (3, "True False\n")
    assert (ours.returncode, ours.stderr) == (3, "True True\n")
    assert ours.stdout == plain.stdout


def test_wrong_usage(tmp_path: Path):
    ran = python("-m", "ssescan.openai", "missing.py", folder=tmp_path)
    assert (ran.returncode, ran.stderr.splitlines()[-1]) == (
        2,
        "python -m ssescan.openai: error: no such file: 'missing.py'",
    )
