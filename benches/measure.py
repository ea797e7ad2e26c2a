"""Taking turns: every case runs once in each round, so that what disturbs the machine disturbs all of them."""

from __future__ import annotations

import resource
import statistics
import time
from dataclasses import dataclass, field
from typing import Callable

#: A case is repeated within a round until it takes this long.
ENOUGH_S = 0.02
#: A case that has taken this long has had its turns, if there were at least MIN_ROUNDS.
BUDGET_S = 2.5
MIN_ROUNDS = 3
#: One that takes this long has one turn.
HOPELESS_S = 5.0


@dataclass
class Samples:
    """What one case took for each event, in seconds, round by round."""

    rounds: list[float] = field(default_factory=list)
    failure: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)


@dataclass(frozen=True)
class Ratio:
    """Median and spread of a quotient within each round, since what is noisy is noisy for both."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, above: Samples, below: Samples) -> Ratio:
        paired = [one / other for one, other in zip(above.rounds, below.rounds)]
        return cls(statistics.median(paired), min(paired), max(paired))


#: Runs a case once; gives the seconds it took, if it has a clock of its own.
Run = Callable[[], "float | None"]
Clock = Callable[[], float]


def cpu_s() -> float:
    """The processor time that this process has used, in all threads, in the kernel too."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def once(run: Run, clock: Clock = time.perf_counter, repeats: int = 1) -> float:
    """Seconds for one run."""
    start, own = clock(), 0.0
    for _ in range(repeats):
        own += run() or 0.0
    return (own or clock() - start) / repeats


def in_turn(cases: dict[str, Run], events: int, rounds: int, clock: Clock = time.perf_counter) -> dict[str, Samples]:
    """The samples of every case. One that raises is left out, and says why."""
    samples = {name: Samples() for name in cases}
    repeats: dict[str, int] = {}
    for name, run in cases.items():
        try:
            first = once(run, clock)  # the warm-up, unless one run is all that there is time for
            if first > HOPELESS_S:
                samples[name].rounds.append(first / events)
            else:
                repeats[name] = max(1, int(ENOUGH_S / max(first, 1e-6)))
        except Exception as error:
            samples[name].failure = f"{type(error).__name__}: {error}".splitlines()[0][:100]
    for taken in range(rounds):
        for name, times in repeats.items():
            so_far = sum(samples[name].rounds) * events * times
            if taken < MIN_ROUNDS or so_far < BUDGET_S:
                samples[name].rounds.append(once(cases[name], clock, times) / events)
    return samples
