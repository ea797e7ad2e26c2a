"""Tables and goals -> RESULTS.md."""

from __future__ import annotations

from dataclasses import dataclass, field

from measure import Ratio, Samples

UNITS = {"ns": 1e9, "us": 1e6, "ms": 1e3, "s": 1.0, "KiB": 1 / 1024, "MiB": 1 / 1048576}
LEVELS = {
    "frames": "events, JSON not looked at",
    "typed": "typed events, not looked at",
    "text": "the text of every event",
    "limit": "the limit",
}


@dataclass
class Row:
    name: str
    samples: Samples
    level: str = ""
    ours: bool = False
    #: A peer whose reading is native code.
    native: bool = False


@dataclass
class Table:
    """One workload from one source; `unit` is that of a row's samples."""

    key: str
    title: str
    unit: str
    rows: list[Row] = field(default_factory=list)
    note: str = ""
    what: str = "per event"
    #: Whether it shows events per second.
    rates: bool = True

    def __getitem__(self, name: str) -> Samples:
        return next(row.samples for row in self.rows if row.name == name)

    def ratio(self, above: str, below: str) -> Ratio:
        return Ratio.of(self[above], self[below])

    def levels(self) -> list[tuple[str, list[Row]]]:
        """The rows of each level, fastest first; those that failed last."""
        order = sorted(self.rows, key=lambda row: row.samples.median if row.samples.rounds else float("inf"))
        return [(level, found) for level in (*LEVELS, "") if (found := [row for row in order if row.level == level])]

    def beaten(self) -> list[str]:
        """Return where a peer is faster than our best one at the same level."""
        said = []
        for level, rows in self.levels():
            mine = [row.samples.median for row in rows if row.ours and row.samples.rounds]
            for row in rows:
                if mine and not row.ours and row.samples.rounds and row.samples.median < min(mine):
                    times = min(mine) / row.samples.median
                    where = f"{self.title}, {LEVELS[level]}" if level else self.title
                    said.append(f"{where}: **{row.name}** takes {1 / times:.2f} of our time.")
        return said


@dataclass(frozen=True)
class Goal:
    what: str
    wanted: str
    measured: str
    #: None: it could not be measured.
    met: bool | None


def figure(value: float) -> str:
    """Three digits."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(row: Row, table: Table) -> list[str]:
    name = f"**{row.name}**" if row.ours else row.name
    if not row.samples.rounds:
        return [name, "fails", row.samples.failure] + ([""] if table.rates else [])
    scale = UNITS[table.unit]
    low, high = min(row.samples.rounds) * scale, max(row.samples.rounds) * scale
    cells = [name, figure(row.samples.median * scale), f"{figure(low)} to {figure(high)}"]
    return cells + ([f"{1 / row.samples.median:,.0f}"] if table.rates else [])


def table_text(table: Table) -> str:
    heads = ["", f"{table.unit} {table.what}".strip(), "spread"] + (["events/s"] if table.rates else [])
    lines = [f"### {table.title}", ""] + ([table.note, ""] if table.note else [])
    for level, rows in table.levels():
        heads[0] = LEVELS.get(level, "")
        lines += [_line(heads), _line(["---", *["---:"] * (len(heads) - 1)])]
        lines += [_line(_row(row, table)) for row in rows] + [""]
    return "\n".join(lines)


def goals_text(goals: list[Goal]) -> str:
    said = {True: "met", False: "**missed**", None: "not measured"}
    lines = [_line(["goal", "wanted", "measured", ""]), _line(["---", "---", "---", "---"])]
    return "\n".join(lines + [_line([goal.what, goal.wanted, goal.measured, said[goal.met]]) for goal in goals])


def text(facts: list[str], goals: list[Goal], tables: list[Table]) -> str:
    beaten = [f"* {line}" for table in tables for line in table.beaten()] or ["* In none of the tables."]
    parts = [
        "# Results",
        "Made by `make bench`; nothing here is written by hand.",
        "![Processor time per event of chat chunks, for ssescan and every other client](results.svg)",
        "\n".join(f"* {fact}" for fact in facts),
        "## Goals",
        goals_text(goals),
        "## Where a peer is faster",
        "Compared with our best one at the same level of the same table.",
        "\n".join(beaten),
        "## Tables",
        "Median of the rounds, and spread (lowest to highest). Every peer was checked to see the same text first.",
        "\n".join(table_text(table) for table in tables),
    ]
    return "\n\n".join(parts).rstrip() + "\n"
