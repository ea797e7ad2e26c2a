"""Runs the programs of a page of the docs, one after the other in one process: `python run_programs.py FILE...`.

A `.py` file is run as a main program. A `.sh` file has lines of the command `ssescan`, which are passed to its `main`.
"""

from __future__ import annotations

import runpy
import shlex
import sys
from pathlib import Path

from ssescan import cli


def run(path: Path) -> None:
    """Run one file; raise what a program raises."""
    if path.suffix == ".py":
        runpy.run_path(str(path), run_name="__main__")
        return
    for line in filter(str.strip, path.read_text("utf-8").splitlines()):
        command, *arguments = shlex.split(line, comments=True)
        assert command == "ssescan", f"not executed here, so say why: {line}"
        assert (status := cli.main(arguments)) == 0, f"{line}: exit status {status}"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        run(Path(name))
