"""The settings of a run, and the reports of its progress."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, NamedTuple

from ssescan._signatures import readable_signature

from ._limiter import Limiter

__all__ = ["Progress", "RunOptions"]


@readable_signature
class Progress(NamedTuple):
    """How much of a run is done.

    Attributes:
        done: Requests that have a result, failed ones included.
        failed: Requests that failed.
        running: Streams that are open. With an executor that uses other processes: requests that were submitted to it.
        events: Events so far. With such an executor, events count when their result arrives.
        tokens: Tokens of the answers so far: the servers' counts, or else one for each event.
        elapsed_s: Seconds since the run started.
        total: The number of all requests; None if it is unknown.
        before: Those of the done requests that an earlier run did (`run_file`).
        failures: Why requests of this run failed, the commonest reasons first: messages and how often each occurred. At
            most three, and failures that differ only in numbers or ids count as one reason.
        at_token_limit: Answers of this run that reached a limit of tokens.
        other_failures: Requests of this run that failed for reasons that are not in `failures`.
    """

    done: int
    failed: int
    running: int
    events: int
    tokens: int
    elapsed_s: float
    total: int | None = None
    before: int = 0
    failures: tuple[tuple[str, int], ...] = ()
    at_token_limit: int = 0
    other_failures: int = 0


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """The settings of a run. `run` documents them.

    Raises:
        ValueError: A number is out of range.
    """

    client: Any
    max_workers: int = 64
    executor: Executor | None = None
    limiter: Limiter | None = None
    coalesce_s: float = 0.25
    on_progress: Callable[[Progress], object] | None = None
    max_attempts: int = 3
    arrivals: bool = False
    streams_per_task: int | None = None
    stop_early: bool = False

    def __post_init__(self) -> None:
        for name in ("max_workers", "max_attempts"):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise ValueError(f"{name} must be a whole number above 0, got {number!r}")
        wait_s = self.coalesce_s
        if isinstance(wait_s, bool) or not isinstance(wait_s, (int, float)) or not 0 <= wait_s < float("inf"):
            raise ValueError(f"coalesce_s must be a number of seconds, 0 or more, got {wait_s!r}")
