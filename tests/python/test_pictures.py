"""The pictures are what their scripts draw from the recorded data."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path
from xml.etree import ElementTree

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
