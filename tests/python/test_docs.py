"""The examples in the README, the docs and the docstrings run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import forked
import readme_figures
import ssescan
from ssescan import dialects, errors
from ssescan.replay import Recording, ReplayServer, Request

ROOT = Path(__file__).resolve().parents[2]
SITE = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [ROOT / f"{name}.md" for name in ("README", "CHANGELOG", "CONTRIBUTING", "RELEASING", "SECURITY")] + SITE
REPOSITORY = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]["Homepage"]


class Block(NamedTuple):
    """A code block of a page. A comment `<!-- not executed: REASON -->` is on the line before one that is not run."""

    line: int
    language: str
    code: str
    reason: str | None


_BLOCK = re.compile(r"^(?:<!-- not executed: ([^\n]+) -->\n)?```(\w*)[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
#: Languages of blocks that are data, output or pictures. Others are executed, or say why not. test_helpers_docs.py runs the
#: programs of diffs.
DATA = {"diff", "js", "json", "mermaid", "text"}


def blocks(page: Path) -> list[Block]:
    """Return the code blocks of a page in their order."""
    text = page.read_text("utf-8")
    return [
        Block(text.count("\n", 0, found.start(3)) + 1, found[2], found[3], found[1]) for found in _BLOCK.finditer(text)
    ]


def programs(page: Path) -> list[Block]:
    """Return the blocks of a page that are executed here."""
    return [block for block in blocks(page) if block.language not in DATA and block.reason is None]


def _name(page: Path) -> str:
    return page.relative_to(ROOT).with_suffix("").as_posix()


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


@pytest.mark.parametrize("page", [page for page in PAGES if programs(page)], ids=_name)
def test_programs_run(page: Path, server: ReplayServer, tmp_path: Path) -> None:
    """Each block is a main program, run at the root of the checkout. The blocks of a page share a process."""
    files = []
    for block in programs(page):
        assert block.language in ("python", "sh"), f"line {block.line}: {block.language} is not executed; say why"
        file = tmp_path / f"{page.stem}_{block.line}.{'py' if block.language == 'python' else 'sh'}"
        file.write_text("\n" * (block.line - 1) + block.code, "utf-8")  # a traceback has the lines of the page
        files.append(str(file))
    done = forked.run(
        Path(__file__).with_name("run_programs.py"),
        *files,
        cwd=ROOT,
        PYTHONIOENCODING="utf-8",
        OPENAI_API_KEY="k",
        OPENAI_BASE_URL=f"{server.url}/v1",
        NO_PROXY="*",
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_to_the_repository_exist(page: Path) -> None:
    """PyPI and the site show pages without the repository around them, so these links are absolute."""
    text = page.read_text("utf-8")
    site = re.escape(REPOSITORY.removeprefix("https://github.com/"))
    links = rf"https://(?:github\.com/{site}/(?:blob|tree|edit)|raw\.githubusercontent\.com/{site})/main/([^)#\s]+)(#[^)\s]+)?"
    for path, anchor in re.findall(links, text):
        assert (ROOT / path).exists(), path
        if anchor:
            assert anchor[1:] in _anchors((ROOT / path).read_text("utf-8")), path + anchor
    if page not in SITE:
        assert not re.findall(r"\]\((?!https?:|#)[^)]*\)", text)


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", sorted((ROOT / "docs/guide/dialects").glob("*.py")), ids=lambda path: path.stem)
def test_dialects_are_shown_as_they_are(path: Path) -> None:
    assert f"```python\n{path.read_text('utf-8')}```" in (ROOT / "docs/guide/providers.md").read_text("utf-8")


def test_readme_has_programs() -> None:
    assert len(programs(ROOT / "README.md")) >= 3


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_block_is_found(page: Path) -> None:
    """A block in a list, or with another fence, would not be executed and not be missed."""
    assert len(re.findall(r"^ *[`~]{3}", page.read_text("utf-8"), re.MULTILINE)) == 2 * len(blocks(page))


def test_guarantees_name_tests_that_exist() -> None:
    links = re.findall(
        rf"\[`(\w+)`\]\({REPOSITORY}/blob/main/(tests/\w+/\w+\.(?:py|rs))\)", PAGES[0].read_text("utf-8")
    )
    assert len(links) >= 12
    for name, path in links:
        assert re.search(rf"\b(?:def|fn) {name}\b", (ROOT / path).read_text("utf-8")), f"{path}: {name}"


def test_figures_of_the_readme_are_those_of_the_benchmark() -> None:
    assert readme_figures.table((ROOT / "benches/RESULTS.md").read_text("utf-8")) in PAGES[0].read_text("utf-8")


def test_the_page_of_errors_has_every_exception() -> None:
    """The column "retry" is the attribute `retryable` of the class, or depends on the exception."""
    text = (ROOT / "docs/guide/errors.md").read_text("utf-8")
    rows = {name: retry for name, retry in re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]*) \|", text, re.MULTILINE)}
    assert rows.keys() == {*errors.__all__} - {"SSEScanError"}
    for name, retry in rows.items():
        if retry in ("yes", "no") and not issubclass(getattr(errors, name), errors.APIStatusError):
            assert getattr(errors, name).retryable == (retry == "yes"), name


@pytest.mark.parametrize("module", ["ssescan", "ssescan.batch", "ssescan.errors", "ssescan.testing", "ssescan.replay"])
def test_the_reference_has_every_public_name(module: str) -> None:
    """`::: MODULE` has all names of a module, and `::: MODULE.NAME` one of them."""
    shown = {found for page in SITE for found in re.findall(r"^::: ([\w.]+)$", page.read_text("utf-8"), re.MULTILINE)}
    missing = {f"{module}.{name}" for name in importlib.import_module(module).__all__ if name != "__version__"} - shown
    elsewhere = {f"ssescan.{name}" for name in [*errors.__all__, *dialects.__all__]}
    assert module in shown or not missing - elsewhere


def test_the_page_of_variables_has_every_one() -> None:
    text = (ROOT / "docs/reference/environment.md").read_text("utf-8")
    package = Path(ssescan.__file__).parent
    read = {
        name
        for path in package.rglob("*.py")
        for name in re.findall(r"""(?:environ\S*|_of)\(?\[?[^"\n]*"([A-Z_]{6,})\"""", path.read_text("utf-8"))
    }
    assert len(read) >= 12
    assert not {name for name in read if not re.search(rf"\b{name}\b", text)}


def test_the_reference_has_the_help_of_every_command() -> None:
    text = (ROOT / "docs/reference/command-line.md").read_text("utf-8")
    assert set(re.findall(r'--8<-- "tests/python/cli_help/(\w+)\.txt"', text)) == {
        path.stem for path in (ROOT / "tests/python/cli_help").glob("*.txt")
    }


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
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for target in set(re.findall(r"`make ([a-z-]+)`", text)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
