"""The progress display of `ssescan batch`: a bar on a terminal, lines of text elsewhere."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from ssescan._terminal import escaped

from ._options import Progress

__all__ = ["progress_display"]

#: The seconds between two lines, and the seconds that rates are averaged over.
_LINE_S, _RATE_S = 5.0, 10.0
#: The name of all reasons for failures but the commonest.
_OTHERS = "other reasons"
#: The seconds between two updates of a bar.
_BAR_S = 0.1


@contextmanager
def progress_display(kind: str) -> Iterator[Callable[[Progress], None] | None]:
    """Return a function that shows a `Progress`; None to show nothing.

    Args:
        kind: "auto" (a bar if stderr is a terminal, else lines), "plain" (lines) or "none".
    """
    if kind == "none":
        yield None
    elif kind == "auto" and (bar := _bar()) is not None:
        with bar:
            yield bar
    else:
        lines = _Lines()
        yield lines
        lines.end()


class _Rates:
    """Events and tokens per second, averaged over the last seconds."""

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


def _time_left(progress: Progress) -> str:
    """Return the remaining time, if the remaining requests take as long as those of this run."""
    done = progress.done - progress.before
    if not progress.total or not done:
        return "-:--:--"
    seconds = round(progress.elapsed_s / done * (progress.total - progress.done))
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _failure_lines(progress: Progress) -> list[str]:
    """Return a line for each of the commonest failures: their number, and why. And the number of others."""
    others = [(_OTHERS, progress.other_failures)] if progress.other_failures else []
    return [f"{count} x {escaped(reason)}" for reason, count in (*progress.failures, *others)]


class _Lines:
    """Prints a line every few seconds with the commonest failures below it if they change, and a line at the end."""

    def __init__(self) -> None:
        self._rates = _Rates()
        self._printed_s = time.monotonic() - _LINE_S + 1  # the first line after a second
        self._last: Progress | None = None
        self._kinds: set[str] = set()

    def __call__(self, progress: Progress) -> None:
        self._last = progress
        if time.monotonic() - self._printed_s >= _LINE_S:
            self._printed_s = time.monotonic()
            kinds = {reason for reason, _ in progress.failures}
            self._print(progress, failures=_failure_lines(progress) if kinds != self._kinds else ())
            self._kinds = kinds

    def end(self) -> None:
        if self._last is not None:
            self._print(self._last)

    def _print(self, progress: Progress, failures: Sequence[str] = ()) -> None:
        events, tokens = self._rates.of(progress)
        total = "" if progress.total is None else f"/{progress.total}"
        line = (
            f"{progress.done}{total} done, {progress.failed} failed, {progress.running} running, "
            f"{events:.0f} events/s, {tokens:.0f} tokens/s, {_time_left(progress)} left"
        )
        with suppress(OSError):  # stderr is closed, and the batch continues
            print(line, *(f"  {failure}" for failure in failures), sep="\n", file=sys.stderr, flush=True)


def _bar() -> _Bar | None:
    """Return a bar of rich; None without rich or without a terminal."""
    if not sys.stderr.isatty():
        return None
    try:
        from rich import progress
        from rich.console import Console
        from rich.live import Live
    except ImportError:
        return None
    console = Console(stderr=True)
    if console.is_dumb_terminal:
        return None
    bar = progress.Progress(
        progress.BarColumn(bar_width=None),
        progress.MofNCompleteColumn(),
        progress.TextColumn("[red]{task.fields[failed]}[/red]"),
        progress.TextColumn("{task.fields[status]}"),
        console=console,
        expand=True,
        auto_refresh=False,
    )
    return _Bar(bar, Live(bar, console=console, auto_refresh=False))


class _Bar:
    """Updates a bar of rich, and the commonest failures below it."""

    def __init__(self, bar: Any, live: Any) -> None:
        self._bar, self._live, self._rates = bar, live, _Rates()
        self._task = bar.add_task("", total=None, failed="", status="")
        self._shown_s = 0.0
        self._last: Progress | None = None

    def __enter__(self) -> _Bar:
        self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._last is not None:
            self._update(self._last)
        self._live.update(self._bar, refresh=True)  # the command reports the failures at the end
        self._live.stop()

    def __call__(self, progress: Progress) -> None:
        self._last = progress
        now = time.monotonic()
        if now - self._shown_s < _BAR_S and progress.done != progress.total:
            return
        self._shown_s = now
        self._update(progress)
        self._live.update(self._with_failures(progress), refresh=True)

    def _update(self, progress: Progress) -> None:
        events, tokens = self._rates.of(progress)
        status = (
            f"{progress.running} running  {events:.0f} events/s  {tokens:.0f} tokens/s  {_time_left(progress)} left"
        )
        failed = f"{progress.failed} failed" if progress.failed else ""
        self._bar.update(self._task, completed=progress.done, total=progress.total, failed=failed, status=status)

    def _with_failures(self, progress: Progress) -> Any:
        from rich.console import Group
        from rich.text import Text

        lines = [Text(line, style="red", no_wrap=True, overflow="ellipsis") for line in _failure_lines(progress)]
        return Group(self._bar, *lines)
