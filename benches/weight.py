"""What it weighs: imports, clients, open streams. Each in a process of its own, which prints a figure.

python weight.py streams PEER URL    bytes for each of 200 open streams
python weight.py client              seconds for `OpenAI()` after the first one
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from measure import Samples, in_turn

#: What is imported -> the statement.
IMPORTS = {
    "bare Python": "pass",
    "ssescan": "import ssescan",
    "urllib3": "import urllib3",
    "ssescan.openai": "import ssescan.openai",
    "ssescan.openai.OpenAI": "from ssescan.openai import OpenAI",
    "openai.OpenAI": "from openai import OpenAI",
}
STREAMS = 200
_RSS = "; print(int(open('/proc/self/statm').read().split()[1]) * __import__('resource').getpagesize())"


def import_s(rounds: int) -> dict[str, Samples]:
    """Seconds from the start of an interpreter to its end."""
    return in_turn({name: (lambda code=code: _run("-c", code) and None) for name, code in IMPORTS.items()}, 1, rounds)


def import_bytes(rounds: int) -> dict[str, Samples]:
    """Resident memory after the import."""
    samples = {name: Samples() for name in IMPORTS}
    for _ in range(rounds):
        for name, code in IMPORTS.items():
            samples[name].rounds.append(float(_run("-c", code + _RSS)))
    return samples


def stream_bytes(urls: dict[str, str], rounds: int) -> dict[str, Samples]:
    """Resident memory for each open stream."""
    samples = {name: Samples() for name in urls}
    for _ in range(rounds):
        for name, url in urls.items():
            samples[name].rounds.append(float(_run(__file__, "streams", name, url)))
    return samples


def client_s(rounds: int) -> Samples:
    return Samples([float(_run(__file__, "client")) for _ in range(rounds)])


def _run(*arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=Path(__file__).parent, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.splitlines()[-1])
    return done.stdout


# In the process


def _resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _open(name: str, url: str) -> tuple[Any, Any]:
    """An open stream whose first event was read, and what must live for that."""
    import clients
    import workloads

    found = {"urllib3": clients._bare, "ssescan": clients._ours, "openai": clients._openai}[name]
    events = found(url, workloads.deltas(1))
    return next(iter(events)), events


def _measure_streams(name: str, url: str) -> float:
    kept = [_open(name, url) for _ in range(5)]  # what is loaded once is no stream's
    before = _resident()
    kept += [_open(name, url) for _ in range(STREAMS)]
    return (_resident() - before) / STREAMS


def _measure_client() -> float:
    from ssescan.openai import OpenAI

    def made() -> float:
        start = time.perf_counter()
        OpenAI(api_key="none")
        return time.perf_counter() - start

    made()
    return statistics.median(made() for _ in range(500))


if __name__ == "__main__":
    print(_measure_streams(*sys.argv[2:]) if sys.argv[1] == "streams" else _measure_client())
    sys.stdout.flush()
    os._exit(0)  # streams that are open are not to be said good-bye to
