"""Count the instructions of the Rust core's workloads with callgrind, and compare them with the record.

python instructions.py                 compare with instructions.json
python instructions.py --record        write instructions.json
python instructions.py --against DIR   compare with another checkout, which is built in its own folder

Unlike a time, a count is the same on a busy machine. Exits with 1 if a workload takes more than the tolerance above the
record, or if the record has other workloads. Exits with 0 if the record was made with another compiler: such counts
cannot be compared, and the output says so.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
RECORD = Path(__file__).with_suffix(".json")
#: Percent above the record at which a workload has become slower.
TOLERANCE_PERCENT = 3.0
#: The whole environment of a counted process, since its size moves the stack. The threshold is glibc's own: once it is
#: set it no longer rises when a large block is freed, so buffers grow in one way whatever was built before.
ENVIRONMENT = {"GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=131072"}
#: A run under valgrind takes a second.
RUN_S = 120
#: Installing loads package lists and 15 MB of packages.
INSTALL_S = 240


class Unavailable(Exception):
    """The instructions can't be counted. The message is for the user."""


class Count(NamedTuple):
    """The instructions of a workload, which reads a body of `body_bytes` with `events` events once."""

    instructions: int
    events: int
    body_bytes: int


def compare(counts: Mapping[str, Count], before: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """Return the lines of the table, and the problems found. `before`: workload -> instructions."""
    width = max(map(len, [*counts, *before, "workload"]))
    lines = [f"{'workload':{width}}  {'per event':>11}  {'per byte':>8}  {'before':>11}  change"]
    problems = []
    for name, count in counts.items():
        line = f"{name:{width}}  {count.instructions / count.events:11,.1f}"
        line += f"  {count.instructions / count.body_bytes:8.3f}"
        if name not in before:
            lines.append(f"{line}  {'-':>11}  new")
            problems.append(f"{name}: not in the record")
            continue
        change = (count.instructions - before[name]) * 100 / before[name]
        lines.append(f"{line}  {before[name] / count.events:11,.1f}  {change:+5.1f} %")
        if change > TOLERANCE_PERCENT:
            problems.append(f"{name}: {change:.1f} % more instructions (tolerance {TOLERANCE_PERCENT:g} %)")
    problems += [f"{name}: in the record, but not measured" for name in before if name not in counts]
    return lines, problems


def differences(here: Mapping[str, object], recorded: Mapping[str, object]) -> list[str]:
    """Return what the counts depend on and is not as it was for the record."""
    names = {**recorded, **here}
    return [
        f"{name} is {here.get(name)} here, {recorded.get(name)} in the record"
        for name in names
        if here.get(name) != recorded.get(name)
    ]


def report(counts: Mapping[str, Count], here: Mapping[str, object], record: Mapping[str, dict]) -> int:
    """Print the comparison with a record, and return the exit code."""
    lines, problems = compare(counts, record["instructions"])
    print("\n".join(lines), end="\n\n")
    different = differences(here, record["made_with"])
    if different:
        print(f"NOT COMPARED: {'; '.join(different)}. The changes above say nothing about the code.")
        print("Make a new record with `benches/instructions.py --record`, from a commit whose speed is accepted.")
        return 0
    if problems:
        print("FAILED:", *problems, sep="\n  ")
        print("If this is intended, make a new record with `benches/instructions.py --record`.")
        return 1
    print(f"All {len(counts)} workloads are within {TOLERANCE_PERCENT:g} % of the record.")
    return 0


def made_with(valgrind: str) -> dict[str, object]:
    """Return what the counts depend on, other than the code.

    valgrind shows the same processor to the program on every machine, with or without AVX2. The core and the C library
    choose their code by that, so the real processor does not matter otherwise.
    """
    rustc = _output(["rustc", "-vV"])
    flags = Path("/proc/cpuinfo")
    return {
        "rustc": rustc.splitlines()[0],
        "target": re.search(r"^host: (.*)$", rustc, re.MULTILINE)[1],
        "libc": os.confstr("CS_GNU_LIBC_VERSION"),
        "valgrind": _output([valgrind, "--version"]).strip(),
        "avx2": flags.exists() and " avx2 " in flags.read_text("utf-8"),
    }


def count(valgrind: str, root: Path = ROOT) -> dict[str, Count]:
    """Build the bench of a checkout and count the instructions of each workload, in the order of the bench."""
    program = _build(root)
    rows = [line.split("\t") for line in _output([program, "--list"], cwd=root).splitlines()]
    runs = [(name, times) for name, _, _ in rows for times in (1, 2)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        totals = dict(zip(runs, pool.map(lambda run: _collected(valgrind, program, *run), runs)))
    # The second pass alone: the first one, and what is built before it, are in both totals.
    return {
        name: Count(totals[name, 2] - totals[name, 1], int(events), int(body_bytes))
        for name, events, body_bytes in rows
    }


def _build(root: Path) -> str:
    """Build the bench with the profile that criterion uses, and return its path."""
    command = ["cargo", "bench", "--locked", "-p", "ssescan-core", "--bench", "instructions", "--no-run"]
    for line in _output([*command, "--message-format=json-render-diagnostics"], cwd=root).splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "instructions":
            return message["executable"]
    raise Unavailable(f"`{' '.join(command)}` built no program")


def _collected(valgrind: str, program: str, workload: str, times: int) -> int:
    """Return the instructions of a whole process. Its path is relative, since a longer path moves the stack too."""
    folder, name = os.path.split(program)
    command = [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", f"./{name}", workload, str(times)]
    ran = subprocess.run(command, cwd=folder, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True, timeout=RUN_S)
    found = re.search(r"Collected : (\d+)", ran.stderr)
    if ran.returncode or not found:
        raise Unavailable(f"callgrind failed for {workload!r} (exit code {ran.returncode}):\n{ran.stderr}")
    return int(found[1])


def _valgrind() -> str:
    """Return the path of valgrind. In CI it is installed if it is missing."""
    if not shutil.which("valgrind") and os.environ.get("CI"):
        root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", "valgrind"]):
            command = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", *arguments]
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=True, timeout=INSTALL_S)
    found = shutil.which("valgrind")
    if not found:
        raise Unavailable("valgrind is missing. Install it: `apt-get install valgrind` on Debian and Ubuntu.")
    return found


def _output(command: list[str], cwd: Path = ROOT) -> str:
    return subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, text=True, check=True).stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--record", action="store_true", help="write the record anew")
    choice.add_argument("--against", metavar="DIR", type=Path, help="compare with this checkout, not with the record")
    arguments = parser.parse_args()
    try:
        valgrind = _valgrind()
        here, counts = made_with(valgrind), count(valgrind)
        if arguments.record:
            instructions = {name: count.instructions for name, count in counts.items()}
            text = json.dumps({"made_with": here, "instructions": instructions}, indent=2)
            RECORD.write_text(f"{text}\n", "utf-8")
            print(f"{len(counts)} workloads written to {RECORD}")
            return 0
        if arguments.against:
            other = count(valgrind, arguments.against.resolve())
            record = {"made_with": here, "instructions": {name: count.instructions for name, count in other.items()}}
        else:
            record = json.loads(RECORD.read_text("utf-8"))
    except (Unavailable, subprocess.SubprocessError, OSError) as error:
        print(f"Cannot count instructions: {error}", file=sys.stderr)
        return 2
    return report(counts, here, record)


if __name__ == "__main__":
    sys.exit(main())
