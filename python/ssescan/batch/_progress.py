"""How far a batch is, for a person: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ._engine import Progress

__all__ = ["shown"]

#: Seconds between lines, and that rates are taken over.
_LINE_S, _RATE_S = 5.0, 10.0
#: How often a bar changes.
_BAR_S = 0.1

Tell = Callable[[Progress], None]


@contextmanager
def shown(kind: str) -> Iterator[Tell | None]:
    """Gives what to call with each `Progress`. `kind`: auto (a bar if standard error is a terminal), plain or none."""
    if kind == "none":
        yield None
    elif kind == "auto" and (bar := _bar()) is not None:
        with bar:
            yield _Bar(bar)
    else:
        lines = _Lines()
        yield lines
        lines.end()


class _Rates:
    """Events and tokens a second, of late."""

    def __init__(self) -> None:
        self._past: deque[Progress] = deque()

    def of(self, progress: Progress) -> tuple[float, float]:
        past = self._past
        past.append(progress)
        while past[-1].elapsed_s - past[0].elapsed_s > _RATE_S and len(past) > 2:
            past.popleft()
        took_s = progress.elapsed_s - past[0].elapsed_s
        if took_s <= 0:
            return 0.0, 0.0
        return (progress.events - past[0].events) / took_s, (progress.tokens - past[0].tokens) / took_s


def _left(progress: Progress) -> str:
    """The time that is left, if what is to come takes as long as what has been."""
    done = progress.done - progress.before
    if not progress.total or not done:
        return "-:--:--"
    seconds = round(progress.elapsed_s / done * (progress.total - progress.done))
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


class _Lines:
    """A line every few seconds, and one at the end."""

    def __init__(self) -> None:
        self._rates = _Rates()
        self._said_s = time.monotonic() - _LINE_S + 1  # the first line soon
        self._last: Progress | None = None

    def __call__(self, progress: Progress) -> None:
        self._last = progress
        if time.monotonic() - self._said_s >= _LINE_S:
            self._said_s = time.monotonic()
            self._say(progress)

    def end(self) -> None:
        if self._last is not None:
            self._say(self._last)

    def _say(self, progress: Progress) -> None:
        events, tokens = self._rates.of(progress)
        total = "" if progress.total is None else f"/{progress.total}"
        line = (
            f"{progress.done}{total} done, {progress.failed} failed, {progress.running} running, "
            f"{events:.0f} events/s, {tokens:.0f} tokens/s, {_left(progress)} left"
        )
        with suppress(OSError):  # nobody is left to hear it, and the batch goes on
            print(line, file=sys.stderr, flush=True)


def _bar() -> Any:
    """A bar of rich; None if that is not installed, or standard error is no terminal."""
    if not sys.stderr.isatty():
        return None
    try:
        from rich import progress
        from rich.console import Console
    except ImportError:
        return None
    console = Console(stderr=True)
    if console.is_dumb_terminal:
        return None
    return progress.Progress(
        progress.BarColumn(bar_width=None),
        progress.MofNCompleteColumn(),
        progress.TextColumn("[red]{task.fields[failed]}[/red]"),
        progress.TextColumn("{task.fields[told]}"),
        console=console,
        expand=True,
        auto_refresh=False,
    )


class _Bar:
    """Keeps a bar up to date."""

    def __init__(self, bar: Any) -> None:
        self._bar, self._rates = bar, _Rates()
        self._task = bar.add_task("", total=None, failed="", told="")
        self._shown_s = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._shown_s < _BAR_S and progress.done != progress.total:
            return
        self._shown_s = now
        events, tokens = self._rates.of(progress)
        told = f"{progress.running} running  {events:.0f} events/s  {tokens:.0f} tokens/s  {_left(progress)} left"
        failed = f"{progress.failed} failed" if progress.failed else ""
        self._bar.update(self._task, completed=progress.done, total=progress.total, failed=failed, told=told)
        self._bar.refresh()
