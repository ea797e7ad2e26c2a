"""The chart of RESULTS.md: results.svg, one bar per client, on a linear scale.

python benches/chart.py   draws it again from the tables in RESULTS.md; `make bench` does so too
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
#: The table that is drawn: the first one of chat chunks over HTTP.
TITLE = re.compile(r"^### (Chat chunks of .*, loopback HTTP)$", re.MULTILINE)

WIDTH, NAMES, BAR, STEP, RIGHT = 720, 322, 14, 21, 56
#: Selector -> property, its value on a light page, its value on a dark one.
COLOURS = {
    "text": ("fill", "#1f2328", "#f0f6fc"),
    ".faint": ("fill", "#59636e", "#9198a1"),
    ".grid": ("stroke", "#d1d9e0", "#3d444d"),
    ".ours": ("fill", "#c2410c", "#f97316"),
    ".other": ("fill", "#8c96a3", "#6e7681"),
    # A background of its own, since a page may have another scheme than the browser.
    ".paper": ("fill", "#ffffff", "#0d1117"),
}


class Bar(NamedTuple):
    """One client: its name without Markdown, the figure as the table has it, and whether it is ssescan."""

    name: str
    figure: str
    ours: bool

    @property
    def value(self) -> float:
        return float(self.figure.replace(",", ""))


def svg(results: str) -> str:
    """Return the chart of a RESULTS.md.

    Raises:
        ValueError: The table that is drawn is missing.
    """
    if not (found := TITLE.search(results)):
        raise ValueError(f"RESULTS.md has no table {TITLE.pattern}")
    levels = _levels(results[found.end() :].split("\n### ")[0])
    most = max(bar.value for _, bars in levels for bar in bars)
    scale = (WIDTH - NAMES - RIGHT) / most
    parts, at = _heading(found[1]), 68
    for level, bars in levels:
        parts.append(_text(16, at + 11, level, "faint"))
        at += STEP
        for bar in bars:
            parts += _bar(bar, at, bar.value * scale)
            at += STEP
        at += 6
    grid = [_mark(NAMES + value * scale, 62, at, value) for value in range(0, int(most) + 1, _round_step(most))]
    return _document(found[1], [*grid, *parts], at + 26)


def _levels(table: str) -> list[tuple[str, list[Bar]]]:
    """Return the levels of a table with their clients. Clients that failed have no figure."""
    levels: list[tuple[str, list[Bar]]] = []
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ---"):
            continue
        if line.startswith("|") and "processor time" in cells[1]:
            levels.append((cells[0], []))
        elif line.startswith("|") and cells[1][:1].isdigit():
            levels[-1][1].append(Bar(cells[0].strip("*"), cells[1], cells[0].startswith("**")))
    return levels


def _round_step(most: float) -> int:
    """Return the distance of the lines: the smallest of 1, 2 and 5 times a power of ten that makes at most six."""
    steps = (factor * 10**power for power in range(9) for factor in (1, 2, 5))
    return next(step for step in steps if most / step <= 6)


def _heading(title: str) -> list[str]:
    return [
        f'<text x="16" y="26" font-size="15" font-weight="600">{escape(title)}</text>',
        _text(16, 46, "Microseconds of processor time per event, linear. Shorter is better.", "faint"),
    ]


def _bar(bar: Bar, at: int, length: float) -> list[str]:
    kind, text = ("ours", ' class="ours"') if bar.ours else ("other", "")
    return [
        f'<text x="{NAMES - 8}" y="{at + 11}" text-anchor="end"{text}>{escape(bar.name)}</text>',
        f'<rect class="{kind}" x="{NAMES}" y="{at}" width="{max(1.0, length):.1f}" height="{BAR}"/>',
        f'<text x="{NAMES + length + 6:.1f}" y="{at + 11}"{text}>{bar.figure}</text>',
    ]


def _mark(x: float, top: int, bottom: int, value: int) -> str:
    line = f'<path class="grid" d="M{x:.1f} {top}V{bottom}"/>'
    return (
        line + f'<text class="faint" x="{x:.1f}" y="{bottom + 15}" text-anchor="middle" font-size="11">{value:,}</text>'
    )


def _text(x: int, y: int, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(text)}</text>'


def _document(title: str, parts: list[str], height: int) -> str:
    font = 'font-family="system-ui, -apple-system, Segoe UI, Roboto, sans-serif" font-size="12"'
    light, dark = (
        "".join(f"{of}{{{colour[0]}:{colour[scheme]}}}" for of, colour in COLOURS.items()) for scheme in (1, 2)
    )
    style = f"<style>{light}@media(prefers-color-scheme:dark){{{dark}}}</style>"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" {font}>'
    paper = f'<rect class="paper" width="{WIDTH}" height="{height}"/>'
    return "\n".join([head, f"<title>{escape(title)}</title>", style, paper, *parts, "</svg>", ""])


def main() -> None:
    results = (HERE / "RESULTS.md").read_text("utf-8")
    (HERE / "results.svg").write_text(svg(results), "utf-8")


if __name__ == "__main__":
    main()
