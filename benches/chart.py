"""A table as a bar chart in SVG: one bar a reader, the length is the logarithm of its time."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape

from report import LEVELS, UNITS, Row, Table, figure

WIDTH, NAMES, BAR, STEP, RIGHT = 900, 330, 14, 20, 70
OURS, OTHERS, INK, FAINT = "#c2410c", "#94a3b8", "#1f2937", "#e5e7eb"


def svg(tables: list[Table]) -> str:
    """The tables below each other, each on a scale of its own."""
    parts: list[str] = []
    at = 10
    for table in tables:
        drawn, at = _chart(table, at)
        parts += drawn
    size = f'width="{WIDTH}" height="{at}" viewBox="0 0 {WIDTH} {at}"'
    style = f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}"'
    paper = f'<rect width="{WIDTH}" height="{at}" fill="#ffffff"/>'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>', paper, *parts, "</svg>", ""])


def _chart(table: Table, at: int) -> tuple[list[str], int]:
    scale = UNITS[table.unit]
    levels = [(level, [row for row in rows if row.samples.rounds]) for level, rows in table.levels()]
    values = [row.samples.median * scale for _, rows in levels for row in rows]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    per_decade = (WIDTH - NAMES - RIGHT) / max(1, high - low)
    parts = [_text(10, at + 16, f"{table.title}: {table.unit} {table.what}, logarithmic", "bold")]
    at += 40
    grid_from = at - 8
    for level, rows in levels:
        parts.append(_text(10, at + 10, LEVELS.get(level, ""), "600"))
        at += STEP
        for row in rows:
            parts += _bar(row, at, (math.log10(row.samples.median * scale) - low) * per_decade, scale)
            at += STEP
        at += 6
    grid = [_decade(NAMES + step * per_decade, grid_from, at, 10.0 ** (low + step)) for step in range(high - low + 1)]
    return grid + parts, at + 24


def _bar(row: Row, at: int, length: float, scale: float) -> list[str]:
    colour = OURS if row.ours else OTHERS
    return [
        f'<text x="{NAMES - 8}" y="{at + 11}" text-anchor="end">{escape(row.name)}</text>',
        f'<rect x="{NAMES}" y="{at}" width="{max(2.0, length):.1f}" height="{BAR}" fill="{colour}"/>',
        _text(NAMES + max(2.0, length) + 5, at + 11, figure(row.samples.median * scale)),
    ]


def _decade(x: float, top: int, bottom: int, value: float) -> str:
    label = f"{value:,.0f}" if value >= 1 else f"{value:g}"
    line = f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}" stroke="{FAINT}"/>'
    return line + f'<text x="{x:.1f}" y="{bottom + 12}" text-anchor="middle" font-size="10">{label}</text>'


def _text(x: float, y: float, said: str, weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y}" font-weight="{weight}">{escape(said)}</text>'
