"""Run the core's usual work, for the profile that wheels are built with: see tools/profile.sh."""

from __future__ import annotations

from pathlib import Path

import looks
import workloads
from workloads import Workload

from ssescan import Scanner, SSEScanError

EVENTS = 5_000
STREAMS = Path(__file__).parent.parent / "tests/streams"
#: Not work of the core.
OTHERS = (looks.PASS, looks.LOADS)


def train(workload: Workload) -> None:
    """Read the body in all ways, in large blocks, and once with one event per block."""
    for name, way in looks.WAYS.items():
        if name not in OTHERS:
            for _ in range(3):
                way(workload)
    for event in Scanner(iter(workload.frames), dialect=workload.dialect):
        _ = event.text


def train_on_recordings() -> None:
    """Read each recorded stream, damaged ones too, so that no path that real servers take counts as unused."""
    for path in sorted(STREAMS.rglob("*.sse")):
        try:
            stream = Scanner(path.read_bytes(), dialect="auto")
            for _ in stream:
                stream.text()
        except SSEScanError:
            pass  # a stream that ends with an error


def main() -> None:
    padded = workloads.block_deltas(EVENTS, padded=True)
    small, large = workloads.small_chunks(EVENTS), workloads.large_deltas(EVENTS // 10)
    for workload in (*looks.answers(EVENTS), padded, small, large):
        train(workload)
    train_on_recordings()


if __name__ == "__main__":
    main()
