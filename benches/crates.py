"""The core beside other Rust crates that parse event streams: runs benches/rust, which takes turns by itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

from measure import Samples

MANIFEST = Path(__file__).parent / "rust" / "Cargo.toml"
OURS, LIMIT = "ssescan-core", "memchr"


def measure() -> dict[str, dict[str, Samples]]:
    """Return the samples by body and parser.

    Raises:
        RuntimeError: Cargo is missing, or the crates could not be built.
    """
    command = ["cargo", "run", "--quiet", "--release", "--locked", "--manifest-path", str(MANIFEST)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise RuntimeError(f"cargo cannot be run: {error}") from error
    if ran.returncode:
        raise RuntimeError(f"benches/rust failed: {ran.stderr.splitlines()[-1]}")
    found: dict[str, dict[str, Samples]] = {}
    for line in ran.stdout.splitlines():
        body, parser, rounds = line.split("\t")
        found.setdefault(body, {})[parser] = Samples([float(ns) * 1e-9 for ns in rounds.split(",")])
    return found
