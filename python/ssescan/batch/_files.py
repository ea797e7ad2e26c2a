"""`run_file`: a batch from file to file, which can be gone on with after whatever ended it.

The files themselves say what is done: a row is appended whole as soon as there is one, and a rerun reads them and asks
for the others. What is held in memory is a few bytes for each row.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor
from contextlib import closing, suppress
from errno import ENOENT
from pathlib import Path
from typing import Any, NamedTuple, Union

from ._engine import Progress, run
from ._ids import Ids
from ._limiter import Limiter
from ._requests import BatchRequest, shortened
from ._results import BatchResult
from ._rows import Appender, Input, Problem, answer_row, bad_row, begin_anew, read_rows, repair

__all__ = ["BadInput", "FileSummary", "errors_path", "run_file"]

_Path = Union[str, "os.PathLike[str]"]
#: How many problems are told of one by one.
_TOLD = 20


class FileSummary(NamedTuple):
    """Rows of the input: `total`; `done`, that have an answer; `failed`, that are in the errors; `before`, how many of both
    were there before this run."""

    total: int
    done: int
    failed: int
    before: int


class BadInput(ValueError):
    """Lines of the input are no requests; nothing was sent. `problems` are the first of them, `count` is how many."""

    def __init__(self, path: _Path, problems: list[Problem], count: int) -> None:
        lines = [f"{os.fspath(path)}:{problem.line}: {problem.message}" for problem in problems]
        if count > len(problems):
            lines.append(f"and {count - len(problems)} more")
        super().__init__("\n".join(lines))
        self.problems, self.count = problems, count


def errors_path(output: _Path, errors: _Path | None = None) -> Path:
    """Where the errors go: `errors`, else `out.errors.jsonl` beside `out.jsonl`."""
    path = Path(output)
    return Path(errors or path.with_name(f"{path.stem}.errors{path.suffix}"))


def run_file(
    input: _Path,
    output: _Path,
    errors: _Path | None = None,
    *,
    client: Any,
    max_workers: int = 64,
    executor: Executor | None = None,
    limiter: Limiter | None = None,
    coalesce_s: float = 0.25,
    on_progress: Callable[[Progress], object] | None = None,
    max_attempts: int = 3,
    streams_per_task: int | None = None,
    model: str | None = None,
    resume: bool = True,
    skip_bad: bool = False,
) -> FileSummary:
    """Runs the requests of a batch file and appends the answers to `output`, the failures to `errors`.

    `input`: OpenAI's lines (`custom_id`, `method`, `url`, `body`), gzip if the name ends in `.gz`. `output`, `errors`:
    OpenAI's rows, as if nothing had been streamed, in the order in which they finish: join on `custom_id`. Without
    `errors` these go to `out.errors.jsonl` beside `out.jsonl`. `model` is asked instead of what the rows say.

    A row is complete when it is in one of the two files; with `resume` complete rows are skipped, and a torn last line is
    cut off; without, both files are begun anew. To ask for failed rows again, remove the errors.
    Every line is looked at before anything is sent: `BadInput` for lines that are no requests, and for a `custom_id` that
    comes twice; with `skip_bad` these go to `errors`. The other arguments are those of `run`.

    Ctrl-C writes what is done, and ends in under a second. OSError for files that can't be read or written, also if
    another run is writing to `output` (BlockingIOError). ValueError if a file of rows holds something else, and for an
    input that can't be read twice.
    """
    output, errors = Path(output), errors_path(output, errors)
    if Path(input).resolve() in (output.resolve(), errors.resolve()):
        raise ValueError(f"{os.fspath(input)} is the input: it can't be written to as well")
    for path in (output, errors):
        if not path.parent.is_dir():  # errors are written when the first row fails, which is too late to find out
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT), os.fspath(path))
        if path.suffix == ".gz":
            raise ValueError(
                f"{path}: rows are written as plain text; give a name without .gz, and compress it afterwards"
            )
    batch = _Batch(Input(input), skip_bad=skip_bad, model=model)
    appenders = Appender(output, lock=True), Appender(errors)
    try:
        for path in (output, errors):
            if path.exists():
                batch.take_up(path, failed=path == errors != output) if resume else begin_anew(path)
        batch.report(appenders[1])
        results = run(
            batch.requests(),
            client=client,
            max_workers=max_workers,
            executor=executor,
            limiter=limiter,
            coalesce_s=coalesce_s,
            on_progress=batch.with_total(on_progress),
            max_attempts=max_attempts,
            streams_per_task=streams_per_task,
        )
        with closing(results):  # a disk that is full ends the streams
            _write_all(results, appenders, batch)
    finally:
        for appender in appenders:
            appender.close()
    return batch.summary()


def _write_all(
    results: Generator[BatchResult, None, None], appenders: tuple[Appender, Appender], batch: _Batch
) -> None:
    """Writes the row of every result. Ctrl-C between two of them cancels what runs, and what is done is still written."""
    in_hand: BatchResult | None = None
    row: dict[str, Any] | None = None
    try:
        for in_hand in results:
            row = answer_row(in_hand)
            appenders[not in_hand.ok].write(row)
            batch.count(failed=not in_hand.ok)
            in_hand = row = None
    except KeyboardInterrupt as interrupt:
        if in_hand is not None:
            appenders[not in_hand.ok].write(row or answer_row(in_hand))
        with suppress(StopIteration):
            result = results.throw(interrupt)  # it raises this again behind what is done
            appenders[not result.ok].write(answer_row(result))
            _write_all(results, appenders, batch)
        raise


class _Batch:
    """What is known of the rows."""

    def __init__(self, lines: Input, *, skip_bad: bool, model: str | None) -> None:
        self._lines, self._model = lines, model
        count = lines.lines
        self._ids = Ids(count)
        #: Bits, by line: those that are no requests, and those of them that the errors have already.
        self._bad, self._reported = bytearray(count // 8 + 1), bytearray(count // 8 + 1)
        self._total = self._bads = self._done = self._failed = self._before = 0
        problems: list[Problem] = []
        for problem in self._problems():
            self._bads += 1
            self._bad[problem.line >> 3] |= 1 << (problem.line & 7)
            if len(problems) < _TOLD:
                problems.append(problem)
        if problems and not skip_bad:
            raise BadInput(lines.path, self._with_first(problems), self._bads)

    def _problems(self) -> Iterator[Problem]:
        """Looks at every line, and takes the ids in."""
        for line, given in self._lines:
            self._total += 1
            if given.custom_id is not None and not self._ids.add(given.custom_id):
                yield _duplicate(line, given.custom_id)
            elif isinstance(given, Problem):
                yield given

    def _with_first(self, problems: list[Problem]) -> list[Problem]:
        """With the lines that duplicates are of, which were not kept."""
        wanted = {problem.custom_id for problem in problems if problem.code == "duplicate_custom_id"}
        first: dict[str, int] = {}
        for line, given in self._lines if wanted else ():
            if given.custom_id in wanted and given.custom_id is not None:
                first.setdefault(given.custom_id, line)
        return [
            problem._replace(message=f"{problem.message}, first in line {first[problem.custom_id]}")
            if problem.code == "duplicate_custom_id" and problem.custom_id is not None
            else problem
            for problem in problems
        ]

    def take_up(self, path: Path, *, failed: bool) -> None:
        """Notes the rows that a file has. All of them are `failed` in a file that has only such."""
        for row in read_rows(path):
            error = row.get("error") or {}
            line = error.get("line") if isinstance(error, dict) else None
            if isinstance(line, int) and 0 <= line < len(self._bad) * 8 and _bit(self._bad, line):
                new = not _bit(self._reported, line)
                self._reported[line >> 3] |= 1 << (line & 7)
            else:
                new = isinstance(row["custom_id"], str) and self._ids.finish(row["custom_id"])
            if new:
                self._before += 1
                self.count(failed=failed or _is_failure(row))
        repair(path)

    def report(self, errors: Appender) -> None:
        """Writes the lines that are no requests to the errors, unless they are there."""
        if not self._bads:
            return
        seen = Ids(self._total)
        for line, given in self._lines:
            new = given.custom_id is None or seen.add(given.custom_id)
            if _bit(self._bad, line) and not _bit(self._reported, line):
                again = isinstance(given, BatchRequest) or not new
                errors.write(bad_row(_duplicate(line, given.custom_id or "") if again else given))  # type: ignore[arg-type]
                self.count(failed=True)

    def requests(self) -> Iterator[BatchRequest]:
        """The requests that are left."""
        for line, given in self._lines:
            if isinstance(given, BatchRequest) and not _bit(self._bad, line) and not self._ids.is_done(given.custom_id):
                yield given if self._model is None else given._replace(body={**given.body, "model": self._model})

    def count(self, *, failed: bool) -> None:
        self._done += not failed
        self._failed += failed

    def with_total(self, on_progress: Callable[[Progress], object] | None) -> Callable[[Progress], object] | None:
        if on_progress is None:
            return None
        total, before, failed = self._total, self._done + self._failed, self._failed
        return lambda progress: on_progress(
            progress._replace(done=progress.done + before, failed=progress.failed + failed, total=total, before=before)
        )

    def summary(self) -> FileSummary:
        return FileSummary(self._total, self._done, self._failed, self._before)


def _duplicate(line: int, custom_id: str) -> Problem:
    return Problem(line, "duplicate_custom_id", f"custom_id {shortened(custom_id)} comes twice", custom_id)


def _bit(bits: bytearray, at: int) -> int:
    return bits[at >> 3] >> (at & 7) & 1


def _is_failure(row: dict[str, Any]) -> bool:
    response = row.get("response")
    return row.get("error") is not None or not isinstance(response, dict) or response.get("status_code") != 200
