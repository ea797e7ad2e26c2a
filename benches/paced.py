"""Many streams at a model's pace, each in its own thread: the processor time of one event that comes alone."""

from __future__ import annotations

import itertools
import threading
from typing import Any

from clients import Client
from measure import cpu_s
from workloads import Workload

_runs = itertools.count()


def cost(client: Client, url: str, workload: Workload, streams: int) -> float:
    """Seconds of processor time for one event, after every stream has given its first one."""
    events = workload.events
    address = f"{url}/paced/{streams}/{events}/{next(_runs)}"
    start: list[float] = []
    ready = threading.Barrier(streams, action=lambda: start.append(cpu_s()))
    counts: list[int] = []
    threads = [threading.Thread(target=_read, args=(client, address, workload, ready, counts)) for _ in range(streams)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = cpu_s() - start[0]
    wanted = streams * (len("".join(workload.texts[1:])) if client.level == "text" else events - 1)
    if sum(counts) < wanted:
        raise RuntimeError(f"{client.name}: only {sum(counts)} of {wanted} came")
    return taken / (streams * (events - 1))


def _read(client: Client, address: str, workload: Workload, ready: Any, counts: list[int]) -> None:
    events = iter(client.open(address, workload))
    text = client.text if client.level == "text" else None
    try:
        next(events)
        ready.wait(30)
        count = 0  # of characters, if text is read: a reader joins what comes together
        for event in events:
            count += 1 if text is None else len(text(workload, event) or "")
        counts.append(count)
    except BaseException:
        ready.abort()
        raise
