"""The pictures are what their scripts draw from the recorded data."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from runpy import run_path
from xml.etree import ElementTree

import pytest

import terminal_pictures
from terminal_pictures import RECORDINGS, SCENES, Command, Scene, Shown, draw, of_cast, record, shown, to_cast

pytestmark = pytest.mark.any_python

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"


def test_the_chart_has_the_figures_of_the_results() -> None:
    chart = run_path(str(ROOT / "benches/chart.py"))
    results = (ROOT / "benches/RESULTS.md").read_text("utf-8")
    drawn = chart["svg"](results)
    assert (ROOT / "benches/results.svg").read_text("utf-8") == drawn

    texts = [text.text for text in ElementTree.fromstring(drawn).iter(f"{SVG}text")]
    table = chart["TITLE"].search(results)
    for line in results[table.end() :].split("\n### ")[0].splitlines():
        cells = [cell.strip(" *") for cell in line.split("|")[1:-1]]
        if line.startswith("| ") and cells[0] != "---" and "fails" not in cells:
            assert texts.count(cells[0]) == 1, cells
            assert texts[texts.index(cells[0]) + 1] == cells[1] or "per event" in cells[1]


def test_bars_are_as_long_as_their_figures() -> None:
    results = "### Chat chunks of 9 bytes, loopback HTTP\n\n| level | us of processor time per event | spread |\n| --- | ---: |\n"
    results += "| **ours** | 0.50 | 0 to 1 |\n| theirs | 1,000 | 1 to 2 |\n| other | 250 | 1 to 2 |\n| broken | fails | why |\n"
    drawn = run_path(str(ROOT / "benches/chart.py"))["svg"](results)
    bars = [bar for bar in ElementTree.fromstring(drawn).iter(f"{SVG}rect") if bar.get("class") != "paper"]
    ours, theirs, other = (float(bar.get("width", "")) for bar in bars)
    assert (bars[0].get("class"), bars[1].get("class")) == ("ours", "other")
    assert ours == 1.0  # visible, however short it is
    assert abs(theirs / other - 4) < 0.01


@pytest.mark.parametrize("name", SCENES)
def test_a_recorded_run_is_drawn(name: str) -> None:
    cast = (RECORDINGS / f"{name}.cast").read_text("utf-8")
    outputs = of_cast(cast)
    assert to_cast(outputs) == cast
    drawn = (ROOT / f"docs/images/{name}.svg").read_text("utf-8")
    assert drawn == draw(outputs, SCENES[name].title)
    assert len(drawn) < 25_000

    visible = [group for group in ElementTree.fromstring(drawn).iter(f"{SVG}g") if group.get("class") != "past"]
    texts = [text.text for group in visible for text in group.iter(f"{SVG}text")]
    assert [text for text in texts if text.startswith("$ ")] == [f"$ {it.shown}" for it in SCENES[name].commands]
    printed = "".join(text for _, text in outputs)
    assert texts[-1] == printed.splitlines()[-1].removeprefix("\x1b[?25h")


def test_lines_are_shown_when_they_were_printed() -> None:
    bar = "\r\x1b[2K\x1b[38;5;197m━\x1b[0m"
    states = shown([(0.0, "$ x\r\n"), (1.0, f"{bar} 1"), (1.1, f"{bar} 2"), (3.0, f"{bar} 3\r\nend\r\n")])

    def line(number: int) -> tuple[tuple[str, str], ...]:
        return ("━", "pink"), (" ", "plain"), (f"{number}", "plain")

    assert states[1:3] == [Shown(1, line(2), 1.0, 3.0), Shown(1, line(3), 3.0, None)]
    assert [(state.row, state.from_s, state.to_s) for state in states] == [
        (0, 0.0, None),
        (1, 1.0, 3.0),
        (1, 3.0, None),
        (2, 3.0, None),
    ]

    drawn = draw([(0.0, "$ x\r\n"), (1.0, f"{bar} 1"), (3.0, f"{bar} 3")], "a < b")
    assert "a &lt; b" in drawn
    percent = [
        float(at) for at in re.findall(r"([\d.]+)%", drawn.partition("@keyframes k1")[2].partition("@keyframes")[0])
    ]
    assert percent == [0, round(100 / 7, 2), round(300 / 7, 2)]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_program_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal_pictures, "_write_prompts", lambda path: None)
    code = "print(__import__('sys').stdout.isatty())"
    command = Command("x", [sys.executable, "-S", "-c", code])
    outputs = record(Scene([command, command], "title"))
    assert "".join(text for _, text in outputs) == "$ x\r\nTrue\r\n" * 2
    times = [at_s for at_s, _ in outputs]
    assert times == sorted(times) and times[-1] > times[0]


def test_unknown_control_sequences_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Unsupported control sequence: ESC \[ 1 A"):
        shown([(0.0, "\x1b[1A")])


PICTURES = [ROOT / "benches/results.svg", *sorted((ROOT / "docs/images").glob("*.svg"))]


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_pictures_work_as_images(path: Path) -> None:
    """A page shows them as images, where scripts do not run and other files are not loaded."""
    text = path.read_text("utf-8")
    picture = ElementTree.fromstring(text)
    assert picture.find(f"{SVG}title") is not None
    assert "prefers-color-scheme:dark" in text
    assert not re.search(r"<script|<foreignObject|href=|url\((?!#)|@import", text)
    assert len(text) < 25_000
