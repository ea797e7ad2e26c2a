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
CHUNKS = "Chat chunks of 4 KB, with logprobs, from memory in blocks of 64 KiB"
PACED = "Assistants deltas of 176 bytes, many paced streams"
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

    def compared(label: str, ours: float, theirs: float) -> str:
        return f"| {label} | {ours:.{1 if ours < 20 else 0}f} µs | {theirs:.0f} µs: {theirs / ours:.0f} times as much |"

    def in_memory(label: str, title: str) -> str:
        return compared(
            label, *(number(title, f"{name}, typed events and their text") / 1000 for name in ("ssescan", "openai"))
        )

    paced = [number(PACED, f"{name}, typed events") for name in ("ssescan.openai", "openai")]
    bare = number(PACED, "urllib3 stream(), split, orjson, index") / number(
        PACED, "ssescan.openai, typed events and their text"
    )
    start = [number(START, f"{name}.OpenAI") for name in ("ssescan.openai", "openai")]
    memory = [number(MEMORY, f"{name}.OpenAI") for name in ("ssescan.openai", "openai")]
    return "\n".join(
        [
            "| | ssescan | `openai` |",
            "| --- | ---: | ---: |",
            in_memory("processor time per event with its text: small events, from memory", EVENTS),
            in_memory("the same, chat chunks of 4 KB", CHUNKS),
            compared("processor time per event in 200 live streams, most of it the kernel's", *paced),
            f"| start of Python with the client imported | {start[0]:.0f} ms | {start[1]:.0f} ms |",
            f"| memory with the client imported | {memory[0]:.0f} MiB | {memory[1]:.0f} MiB |",
            "| installed, with dependencies | 3 MB, 3 packages | 20 MB, 14 packages |",
            "",
            f"In live streams, your own loop with urllib3 and orjson takes {bare:.2f} times the processor time of ssescan.",
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
