"""Run the core's usual work, for the profile of a profile-guided build: see tools/profile_guided.sh."""

from __future__ import annotations

import looks
import workloads
from workloads import Workload

from ssescan import Scanner

EVENTS = 5_000
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


def main() -> None:
    padded = workloads.block_deltas(EVENTS, padded=True)
    small, large = workloads.small_chunks(EVENTS), workloads.large_deltas(EVENTS // 10)
    for workload in (*looks.answers(EVENTS), padded, small, large):
        train(workload)


if __name__ == "__main__":
    main()
