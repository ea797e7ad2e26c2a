"""Kill `ssescan batch` at random moments and run it again, against a server with faults. Check the files at the end.

    python batch_kills.py [--requests 3000] [--kills 20] [--faults 0.05] [--seed 1]

After every kill it checks that no request that is done was sent again. At the end it checks that every request is in the
output or the errors once, that each answer is right, and that no line is truncated. No request may arrive in a pause that
the server asked for.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from batch_server import text_of

HERE = Path(__file__).parent
EVENTS = 40
#: For requests that were sent before the server was busy, and for differences between clocks.
GRACE_S = 0.2


def ask(server: Any) -> dict[str, Any]:
    """Return what the server has received."""
    server.stdin.write("\n")
    server.stdin.flush()
    seen: dict[str, Any] = json.loads(server.stdout.readline())
    return seen


def complete_in(path: Path) -> set[str]:
    """Return the ids of the complete lines."""
    whole = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
    return {json.loads(line)["custom_id"] for line in whole.splitlines()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, kind, default in (
        ("--requests", int, 3000),
        ("--kills", int, 20),
        ("--faults", float, 0.05),
        ("--seed", int, 1),
    ):
        parser.add_argument(option, type=kind, default=default)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    command: list[str | Path] = [
        sys.executable,
        HERE / "batch_server.py",
        "100",
        f"{EVENTS}",
        f"{options.faults}",
        f"{options.seed}",
    ]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        with tempfile.TemporaryDirectory() as name:
            _run(Path(name), f"http://127.0.0.1:{server.stdout.readline().strip()}/v1", server, options, draw)
    finally:
        server.kill()
        server.wait()


def _run(folder: Path, url: str, server: Any, options: argparse.Namespace, draw: random.Random) -> None:
    source, output, errors = folder / "in.jsonl", folder / "out.jsonl", folder / "out.errors.jsonl"
    with open(source, "w") as file:
        for number in range(options.requests):
            body = {"model": "m", "messages": [{"role": "user", "content": f"row {number}"}]}
            file.write(json.dumps({"custom_id": f"row {number}", "url": "/v1/chat/completions", "body": body}) + "\n")
    program: list[str | Path] = [
        sys.executable,
        "-m",
        "ssescan",
        "batch",
        source,
        "-o",
        output,
        "--base-url",
        url,
        "--timeout",
        "2",
    ]
    program += ["--workers", "64", "--coalesce", "0.1", "--progress", "none"]
    kills, lives = 0, list[float]()
    while True:
        complete, before = complete_in(output) | complete_in(errors), len(ask(server)["asked"])
        lives.append(time.monotonic())
        process = subprocess.Popen(program, stderr=subprocess.DEVNULL)
        try:
            process.wait(draw.uniform(0.5, 2.0) if kills < options.kills else None)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
            time.sleep(0.2)  # its requests are still arriving
        again = complete & {prompt for prompt, _ in ask(server)["asked"][before:]}
        if again:
            raise RuntimeError(f"{len(again)} requests that were done were sent again, such as {min(again)}")
        if process.returncode in (0, 1):
            break
    _check(output, errors, options.requests)
    seen = ask(server)
    late = sum(
        begin + GRACE_S < at < end - 0.02
        for born_s, died_s in zip(lives, [*lives[1:], math.inf])
        for begin, end in seen["bursts"]
        for _, at in seen["asked"]
        if born_s < begin < at < died_s  # only a process that was refused knows of the pause
    )
    failed = errors.read_bytes().count(b"\n") if errors.exists() else 0
    print(
        f"{options.requests} requests, {kills} kills, faults {seen['drawn']}: every result once, {failed} in the errors, "
        f"{len(seen['asked'])} sent, {late} of them in {len(seen['bursts'])} pauses"
    )
    if late:
        raise RuntimeError("requests in a pause")


def _check(output: Path, errors: Path, requests: int) -> None:
    found: Counter[str] = Counter()
    for path in (output, errors):
        content = path.read_bytes() if path.exists() else b""
        if content and not content.endswith(b"\n"):
            raise RuntimeError(f"{path} ends with a truncated line")
        for line in content.splitlines():
            result = json.loads(line)
            found[result["custom_id"]] += 1
            if result["error"] is None and result["response"]["status_code"] == 200:
                text = result["response"]["body"]["choices"][0]["message"]["content"]
                if text != text_of(result["custom_id"], EVENTS):
                    raise RuntimeError(f"{result['custom_id']}: got {text!r}")
            elif path == output:
                raise RuntimeError(f"{result['custom_id']} has no answer, but is in the output")
    if found != Counter(f"row {number}" for number in range(requests)):
        raise RuntimeError("not every request has one result")


if __name__ == "__main__":
    main()
