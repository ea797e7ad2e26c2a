"""Run programs that others wrote with `openai` and with `ssescan.openai`, and compare what they did.

    python tests/programs/run.py [--folder FOLDER] [NAME...]

Each program is a file `NAME_program.py` beside this one. It states its requirements and its listed differences as
constants, and runs in an environment of its own. Both runs use the same scripted server. Compared are the results that the
program prints, the exceptions, and the requests. A listed difference that is no longer seen is a failure too. A program
that cannot start with `ssescan.openai` states a part of the message in `DOES_NOT_START`.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "tests/python")]

import ssescan.openai  # noqa: E402
from faultserver import FaultServer, Request  # noqa: E402
from scenarios import MARK, SCENARIOS  # noqa: E402
from scripted import Answers  # noqa: E402

#: The packages that ssescan requires; ssescan itself is found by PYTHONPATH.
OURS = ("urllib3", "orjson")
#: Installed after a program, also if its requirements name another version.
CONTROL = f"openai=={ssescan.openai.__version__}"
NOT_COMPARED = {
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "user-agent",
    "x-stainless-raw-response",  # ssescan does not send it: see docs/explanation/differences.md
    "x-stainless-package-version",
}
#: Parts of a scenario that are compared.
PARTS = ("result", "error", "requests")
#: Characters of a value that a report shows.
SHOWN = 1000
TIMEOUT_S = 300


def facts_of(program: Path) -> dict[str, Any]:
    """Return the constants of a program, without importing it."""
    tree = ast.parse(program.read_text("utf-8"))
    constants = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]
    facts: dict[str, Any] = {"DIFFERENCES": {}, "DOES_NOT_START": "", "REQUIREMENTS": ()}
    for node in constants:
        if node.targets[0].id in facts:  # type: ignore[attr-defined]
            facts[node.targets[0].id] = ast.literal_eval(node.value)  # type: ignore[attr-defined]
    return facts


def environment(folder: Path, requirements: tuple[str, ...]) -> Path:
    """Return the Python of an environment with some packages; it is made if it does not exist."""
    python, stated = folder / "bin/python", "\n".join([*requirements, *OURS, CONTROL])
    done = folder / "requirements"
    if done.exists() and done.read_text() == stated:
        return python
    if uv := shutil.which("uv"):
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True)
        install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    else:
        venv.create(folder, clear=True, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, *requirements, *OURS], check=True)
    subprocess.run([*install, CONTROL], check=True)
    done.write_text(stated)
    return python


def run(python: Path, program: Path, *, ours: bool) -> tuple[dict[str, Any], str]:
    """Run a program; return what each scenario did, and everything that the program printed."""
    with FaultServer(plays=[Answers()]) as server:
        command = [str(python), *["-m", "ssescan.openai"] * ours, str(program)]
        environ = {
            **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
            "PYTHONPATH": str(ROOT / "python"),
            "PROGRAMS_URL": server.origin,
            "OPENAI_API_KEY": "sk-test",
            "HOME": str(python.parents[1]),
        }
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        requests = list(server.requests)
    seen: dict[str, Any] = {}
    for line in done.stdout.splitlines():
        if line.startswith(MARK):
            name, _, sight = line.removeprefix(MARK).partition(" ")
            seen[name] = json.loads(sight)
            seen[name]["requests"] = [shown(it) for it in requests if it.path.split("/")[1] == name]
    return seen, done.stdout + done.stderr


def shown(request: Request) -> Any:
    """Return what is compared of a request."""
    headers = {name: value for name, value in request.headers.items() if name not in NOT_COMPARED}
    return {
        "method": request.method,
        "path": request.path,
        "headers": headers,
        "body": json.loads(request.body or b"null"),
    }


def compare(theirs: dict[str, Any], ours: dict[str, Any], listed: dict[str, dict[str, str]]) -> list[str]:
    """Return what is wrong: differences that are not listed, and listed ones that were not seen."""
    wrong = []
    for name in theirs:
        differing = {part for part in PARTS if theirs[name].get(part) != ours[name].get(part)}
        for part in sorted(differing ^ set(listed.get(name, {}))):
            what = "differs" if part in differing else "is the same, and listed as a difference"
            wrong.append(f"  {name}: {part} {what}")
            sides = {"openai": theirs, "ssescan": ours}
            wrong += [f"    {side}: {json.dumps(seen[name].get(part))[:SHOWN]}" for side, seen in sides.items()]
    return wrong


def check(program: Path, folder: Path) -> list[str]:
    """Return what is wrong with a program."""
    facts = facts_of(program)
    python = environment(folder, facts["REQUIREMENTS"])
    theirs, said = run(python, program, ours=False)
    if not set(theirs) >= set(SCENARIOS):
        return [f"  It fails with openai:\n{said}"]
    ours, said = run(python, program, ours=True)
    expected = facts["DOES_NOT_START"]
    if expected:
        return [] if expected in said and not ours else [f"  It was expected not to start ({expected}):\n{said}"]
    if set(ours) != set(theirs):
        return [f"  It fails with ssescan.openai:\n{said}"]
    return compare(theirs, ours, facts["DIFFERENCES"])


def main() -> int:
    """Run the programs that the command line names, or all; return 1 if one differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=ROOT / ".venv-programs", help="where the environments are")
    parser.add_argument("names", metavar="NAME", nargs="*", help="programs; all of them by default")
    options = parser.parse_args()
    programs = {path.stem.removesuffix("_program"): path for path in sorted(HERE.glob("*_program.py"))}
    failed = 0
    for name in options.names or programs:
        wrong, facts = check(programs[name], options.folder / name), facts_of(programs[name])
        listed = sum(map(len, facts["DIFFERENCES"].values()))
        known = "does not start, as listed" if facts["DOES_NOT_START"] else f"{listed} listed differences"
        print(
            f"{name}: {'FAILED' if wrong else 'passed'} ({len(SCENARIOS)} scenarios, {known})",
            *wrong,
            sep="\n",
            flush=True,
        )
        failed += bool(wrong)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
