"""Write the table of figures in README.md from benches/RESULTS.md, so that each figure is stated once.

python3 tools/readme_figures.py           write the table
python3 tools/readme_figures.py --check   fail if README.md has another one
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README, RESULTS = ROOT / "README.md", ROOT / "benches/RESULTS.md"
#: The table in README.md is between these lines. docs/explanation/performance.md includes it.
_PLACE = re.compile(
    r"(?<=\[start:figures\] tools/readme_figures.py -->\n).*?(?=<!-- --8<-- \[end:figures\] -->)", re.DOTALL
)

EVENTS = "Assistants deltas of 176 bytes, from memory in blocks of 64 KiB"
START = "Start of an interpreter that imports"
MEMORY = "Resident memory after the import"


def cells(results: str, title: str, row: str) -> list[str]:
    """Return the cells of a row after its name.

    Args:
        results: The text of RESULTS.md.
        title: The title of the table.
        row: The first cell, without asterisks.

    Raises:
        KeyError: There is no such row.
    """
    section = re.search(rf"^### {re.escape(title)}\n(.*?)(?=^#|\Z)", results, re.DOTALL | re.MULTILINE)
    for line in section[1].splitlines() if section else []:
        name, *rest = (cell.strip().strip("*") for cell in line.strip("|").split("|"))
        if name == row:
            return rest
    raise KeyError(f"no row {row!r} in the table {title!r} of benches/RESULTS.md")


def table(results: str) -> str:
    """Return the table of README.md."""

    def number(title: str, row: str) -> float:
        return float(cells(results, title, row)[0].replace(",", ""))

    ours, theirs = (number(EVENTS, f"{name}, typed events and their text") / 1000 for name in ("ssescan", "openai"))
    start = [number(START, f"{name}.OpenAI") for name in ("ssescan.openai", "openai")]
    memory = [number(MEMORY, f"{name}.OpenAI") for name in ("ssescan.openai", "openai")]
    return "\n".join(
        [
            "| | ssescan | `openai` |",
            "| --- | ---: | ---: |",
            f"| processor time per typed event and its text | {ours:.1f} µs | {theirs:.0f} µs: {theirs / ours:.0f} times as much |",
            f"| start with the client imported | {start[0]:.0f} ms | {start[1]:.0f} ms |",
            f"| memory after it | {memory[0]:.0f} MiB | {memory[1]:.0f} MiB |",
            "| installed, with dependencies | 3 MB, 3 packages | 20 MB, 14 packages |",
            "",
        ]
    )


def main() -> int:
    """Write or check the table; return the exit status."""
    text = README.read_text("utf-8")
    new = _PLACE.sub(lambda _: table(RESULTS.read_text("utf-8")), text)
    if "--check" in sys.argv[1:]:
        if new != text:
            print("README.md: the figures are not those of benches/RESULTS.md: run tools/readme_figures.py")
        return int(new != text)
    README.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
