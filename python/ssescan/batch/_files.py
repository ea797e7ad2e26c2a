"""`run_file`: a batch from file to file that can be resumed, however it ended.

The output files are the only record of what is done. Each result is appended with one write. A later run reads the files
and sends the other requests. Memory holds a few bytes per request.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from errno import ENOENT
from pathlib import Path
from typing import Any, NamedTuple

from ssescan._signatures import readable_signature

from ._changes import Changes, Mark, content_of
from ._engine import Run
from ._failures import EarlyStop
from ._id_set import IdSet
from ._jsonl import Appender, RequestFile, check_errors, clear, is_answer, read_results, repair
from ._limiter import Limiter
from ._lines import encoded, error_line
from ._options import Progress, RunOptions
from ._problems import BadInput, Problem, bad_lines
from ._requests import BatchRequest, shortened
from ._results import BatchResult, result_line
from ._source import Source
from ._tables import TableFile, is_table, write_table
from ._wrong_file import kind_instead_of_lines

__all__ = ["FileSummary", "answers_path", "errors_path", "run_file"]

_Path = str | os.PathLike[str]
#: Suffixes of formats that are not written.
_NOT_WRITTEN = (".xlsx", ".xls", ".ods", ".parquet", ".feather")
#: How many problems a `BadInput` lists.
_LISTED = 20


@readable_signature
class FileSummary(NamedTuple):
    """The number of requests of a batch file.

    Attributes:
        total: Requests in the input.
        done: Requests that have an answer.
        failed: Requests that have failed, and invalid lines that were recorded as errors.
        before: The part of `done` and `failed` that earlier runs did.
    """

    total: int
    done: int
    failed: int
    before: int


def answers_path(output: _Path) -> Path:
    """Return the path of the file that answers are appended to: `out.jsonl` for `out.csv`, else `output`."""
    return Path(output).with_suffix(".jsonl") if is_table(output) else Path(output)


def errors_path(output: _Path, errors: _Path | None = None) -> Path:
    """Return the path of the error file.

    It is `errors` if that is passed. Otherwise it is in the folder of `output`: `out.errors.jsonl` for `out.jsonl`.
    """
    path = answers_path(output)
    return Path(errors or path.parent / f"{path.stem}.errors{path.suffix}")


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
    stop_early: bool = True,
    prompt_column: str | None = None,
    system: str | None = None,
    body: Mapping[str, Any] | None = None,
    retry_failed: bool = False,
    check_changes: bool = False,
) -> FileSummary:
    """Run the requests of a batch file, and append answers to one file and failures to another.

    Files have the format of OpenAI's batch API. Results are in the order in which they complete; join them with the
    requests on `custom_id`. A request is done when its result is in one of the files. `retry_failed` sends failed requests
    again. Ctrl-C writes the results that are done, and ends the run in less than a second.

    With `prompt_column` the input is a CSV file. If the output is `out.csv`, results are appended to `out.jsonl`, and
    `out.csv` is written at the end. It has the columns of the input, and `answer`, `error`, `finish_reason`,
    `input_tokens` and `output_tokens`.

    Args:
        input: The requests, one JSON object per line: `custom_id`, `method`, `url`, `body`, or only a body. A file whose
            name ends in `.gz` is decompressed. All lines are checked before anything is sent.
        output: The file for answers.
        errors: The file for failures; None for `out.errors.jsonl` beside `out.jsonl`.
        client: An `OpenAI` client, or a function that makes one. Its timeouts apply, its retries do not.
        max_workers: The most streams at one time. Each has a thread of its own.
        executor: Runs the requests instead of threads of the run, as in `run`.
        limiter: A rate limiter, which several runs may share.
        coalesce_s: How long bytes are buffered before a thread wakes up to read them; 0 reads at once.
        on_progress: Called with a `Progress` in the caller's thread, after each result and twice a second without one.
        max_attempts: How often a request is sent in all, if its failures may be temporary. A refusal by a busy server
            (429, 503, 529) does not count.
        streams_per_task: The streams of each task of an executor; None for 32.
        model: The model for all requests, instead of that in their bodies.
        resume: True to skip requests that are done, and to remove a truncated last line. False to empty both files
            first.
        skip_bad: True to record invalid lines in `errors` and to run the others.
        stop_early: End the run as in `run` if all requests fail. Their failures are not recorded, so the next run sends them.
            False to send all requests in any case.
        prompt_column: The column of a CSV file that has the prompts. Each row is a Chat Completions request to `model`.
        system: The system message of these requests.
        body: More of the body of all requests, such as `{"temperature": 0}`. It overrides the input.
        retry_failed: Empty the error file first, so that these requests are sent again.
        check_changes: Raise `BadInput` before anything is sent, if the files have results of requests that have changed
            since: they have another `model`, `system` or `body`, or were edited in the input.

    Returns:
        The number of requests that are done and that failed.

    Raises:
        BadInput: Lines are not valid requests or repeat a `custom_id`, and `skip_bad` is False. Or the input is a file of
            another kind. Or `check_changes` found changes.
        BatchStopped: `stop_early` ended the run.
        BlockingIOError: Another run is writing to `output` or `errors`.
        OSError: A file cannot be read or written.
        PauseTooLong: The server asked for a pause of more than an hour.
        TypeError: The client is not a client of `ssescan.openai`, or cannot be sent to another process.
        ValueError: An output file has other content or is not a regular file, the input can be read only once, or a
            number is out of range.
    """
    options = RunOptions(
        client=client,
        max_workers=max_workers,
        executor=executor,
        limiter=limiter,
        coalesce_s=coalesce_s,
        on_progress=on_progress,
        max_attempts=max_attempts,
        streams_per_task=streams_per_task,
        stop_early=stop_early,
    )
    table = Path(output) if is_table(output) else None
    output, errors = answers_path(output), errors_path(output, errors)
    _check_paths(Path(input), output, errors, table)
    if retry_failed and errors.resolve() == output.resolve():
        raise ValueError("retry_failed needs a file of errors of its own: this one has the answers too")
    source = _source(input, model, prompt_column, system, body)
    overrides = {**({} if model is None else {"model": model}), **(body or {})}
    batch = _Batch(source, Mark.of_options(model, system, body or None), overrides, skip_bad=skip_bad)
    writer = _ResultWriter(output, errors, batch, stop_early=stop_early)
    try:
        if resume:
            batch.resume(output, errors, retry_failed=retry_failed, check_changes=check_changes)
        else:
            clear(output, errors)
        batch.write_problems(writer.errors)
        options = replace(options, on_progress=batch.with_total(on_progress))
        with Run(batch.requests(), options) as results:  # a full disk also cancels the run
            _write_all(results, writer)
        if table is not None:
            write_table(table, source, (errors, output))
    finally:
        writer.close()
    if table is not None:
        output.touch()  # it shows that the table is from a batch, also if all requests failed
    return batch.summary()


def _source(
    path: _Path, model: str | None, column: str | None, system: str | None, body: Mapping[str, Any] | None
) -> Source:
    if column is None:
        if system is not None:
            raise ValueError("system needs prompt_column: other requests have their own system messages")
        return RequestFile(path)
    if model is None:
        raise ValueError("prompt_column needs model: the model that answers the prompts")
    if body is not None and "messages" in body:
        raise ValueError("body must not have messages: they are the prompts of prompt_column, after system")
    return TableFile(path, column, model=model, system=system, options=body)


def _check_paths(source: Path, output: Path, errors: Path, table: Path | None) -> None:
    if output.name in ("", "-") or output.suffix.lower() in _NOT_WRITTEN:
        raise ValueError(f"Output must be JSON lines or CSV: {output}. Choose a name that ends in .jsonl or .csv.")
    written = [path for path in (output, errors, table) if path is not None]
    if source.resolve() in {path.resolve() for path in written}:
        raise ValueError(f"Input and output are the same file: {source}")
    if table is not None and table.exists() and not output.exists() and not errors.exists():
        raise ValueError(
            f"{table} is not from a batch: {output} does not exist. It was not changed; choose another output, or remove it."
        )
    for path in written:
        if not path.parent.is_dir():  # otherwise the first failure would find this out, after requests were sent
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT), os.fspath(path))
        if path.exists() and not path.is_file():  # a pipe would wait for its other end
            raise ValueError(f"Output must be a regular file (it is read when a run resumes): {path}")
        if path.suffix == ".gz":
            raise ValueError(
                f"Output cannot be compressed: {path}. Choose a name without .gz, and compress the file afterwards."
            )


def _write_all(results: Run, writer: _ResultWriter) -> None:
    """Write all results. On Ctrl-C stop the run, and write the results that are done."""
    result: BatchResult | None = None
    try:
        for result in results:
            writer.write(result)
        writer.write_held()
    except KeyboardInterrupt:
        if result is not None:  # its write may have been interrupted
            writer.write(result)
        for result in results.stop():
            writer.write(result)
        raise


class _ResultWriter:
    """Writes results to the output and the error file.

    With `stop_early`, the failures with which a run begins are held back until a result is of another kind.
    """

    def __init__(self, output: Path, errors: Path, batch: _Batch, *, stop_early: bool) -> None:
        self._batch = batch
        self._early_stop = EarlyStop() if stop_early else None
        self._held: list[BatchResult] = []
        self._last: tuple[BatchResult, bytes] | None = None
        self.output = Appender(output)
        try:
            self.errors = self.output if errors.resolve() == output.resolve() else Appender(errors)
        except BaseException:
            self.output.close()
            raise

    def write(self, result: BatchResult) -> None:
        """Write a result. Passing the same object again writes it only if Ctrl-C prevented the first write."""
        if self._early_stop is not None and self._early_stop.add(result):
            self._held.append(result)
            return
        if self._early_stop is not None and self._early_stop.is_mixed:
            self.write_held()
        self._write(result)

    def write_held(self) -> None:
        """Write the results that were held back."""
        self._early_stop = None
        for result in self._held:
            self._write(result)
        self._held.clear()

    def _write(self, result: BatchResult) -> None:
        if self._last is None or self._last[0] is not result:
            self._last = result, encoded(self._batch.marked(result.custom_id, result_line(result)))
        appender = self.output if result.ok else self.errors
        appender.write(self._last[1])
        self._batch.count(failed=not result.ok)

    def close(self) -> None:
        self.output.close()
        self.errors.close()


class _Batch:
    """The requests of a file, and which of them are done. `overrides` replace parts of the bodies in the input."""

    def __init__(self, source: Source, mark: Mark, overrides: Mapping[str, Any], *, skip_bad: bool) -> None:
        self._source, self._mark, self._overrides = source, mark, overrides
        self._ids = IdSet(source.lines)
        #: One bit per line: the lines that are not requests, and those of them that are in the error file.
        self._bad, self._recorded = bytearray(source.lines // 8 + 1), bytearray(source.lines // 8 + 1)
        self._total = self._bad_count = self._done = self._failed = self._before = 0
        problems: list[Problem] = []
        for problem in self._problems():
            self._bad_count += 1
            _set_bit(self._bad, problem.line)
            if len(problems) < _LISTED:
                problems.append(problem)
        if isinstance(source, RequestFile) and 2 * self._bad_count > self._total:
            _check_kind(source, problems, has_requests=self._bad_count < self._total)
        if problems and not skip_bad:
            raise bad_lines(source.path, self._with_first_lines(problems), self._bad_count)

    def _problems(self) -> Iterator[Problem]:
        """Check each line, and add its id to the set."""
        for line, _, item in self._source:
            self._total += 1
            if item.custom_id is not None and not self._ids.add(item.custom_id, self._content(item)):
                yield _duplicate(line, item.custom_id)
            elif isinstance(item, Problem):
                yield item

    def _content(self, item: BatchRequest | Problem) -> int:
        if isinstance(item, Problem):
            return 0
        return content_of(item, is_prompt=isinstance(self._source, TableFile))

    def _with_first_lines(self, problems: list[Problem]) -> list[Problem]:
        """Add to duplicates the line that has the id first. The set of ids does not have it, so the input is read again."""
        duplicates = {problem.custom_id for problem in problems if problem.code == "duplicate_custom_id"}
        first: dict[str, int] = {}
        for line, _, item in self._source if duplicates else ():
            if item.custom_id in duplicates and item.custom_id is not None:
                first.setdefault(item.custom_id, line)
        return [
            problem._replace(message=f"{problem.message}, first used in line {first[problem.custom_id]}")
            if problem.code == "duplicate_custom_id" and problem.custom_id is not None
            else problem
            for problem in problems
        ]

    def resume(self, output: Path, errors: Path, *, retry_failed: bool, check_changes: bool) -> None:
        """Mark the requests as done that the files have results of, and repair the ends of the files.

        Args:
            output: The file of answers.
            errors: The file of failures.
            retry_failed: Whether to empty it instead.
            check_changes: Whether to raise `BadInput` if the results are of other requests.
        """
        changes = Changes(self._mark)
        if retry_failed:
            check_errors(errors)
        for path in dict.fromkeys((output, *[errors] * (not retry_failed))):
            self._load(path, changes, failed=path == errors != output)
        if check_changes:
            done = self._before - sum(map(int.bit_count, self._recorded))
            changes.check(output, pending=self._total - self._bad_count - done, total=self._total)
        if retry_failed:
            os.truncate(errors, 0)

    def _load(self, path: Path, changes: Changes, *, failed: bool) -> None:
        for result in read_results(path):
            error = result.get("error") or {}
            line = error.get("line") if isinstance(error, dict) else None
            if isinstance(line, int) and 0 <= line < len(self._bad) * 8 and _bit(self._bad, line):
                is_new = not _bit(self._recorded, line)
                _set_bit(self._recorded, line)
            else:
                is_new = isinstance(result["custom_id"], str) and self._ids.mark_done(result["custom_id"])
                changes.add(result, self._content_of(result["custom_id"]))
            if is_new:
                self._before += 1
                self.count(failed=failed or not is_answer(result))
        repair(path)

    def write_problems(self, errors: Appender) -> None:
        """Write an error for each line that is not a request, unless the file has it."""
        if not self._bad_count:
            return
        seen = IdSet(self._total)
        for line, _, item in self._source:
            is_new = item.custom_id is None or seen.add(item.custom_id)
            if _bit(self._bad, line) and not _bit(self._recorded, line):
                is_duplicate = isinstance(item, BatchRequest) or not is_new
                problem = _duplicate(line, item.custom_id or "") if is_duplicate else item
                errors.write(encoded(_problem_line(problem)))  # type: ignore[arg-type]
                self.count(failed=True)

    def requests(self) -> Iterator[BatchRequest]:
        """Yield the requests that are not done."""
        for line, _, item in self._source:
            if isinstance(item, BatchRequest) and not _bit(self._bad, line) and not self._ids.is_done(item.custom_id):
                yield item._replace(body={**item.body, **self._overrides}) if self._overrides else item

    def marked(self, custom_id: str, line: dict[str, Any]) -> dict[str, Any]:
        """Return the line of a result, with the mark of its request."""
        return self._mark._replace(content=self._content_of(custom_id) or 0).added_to(line)

    def _content_of(self, custom_id: object) -> int | None:
        return self._ids.content(custom_id) if isinstance(custom_id, str) else None

    def count(self, *, failed: bool) -> None:
        """Count a result."""
        self._done += not failed
        self._failed += failed

    def with_total(self, on_progress: Callable[[Progress], object] | None) -> Callable[[Progress], object] | None:
        """Return a function that adds the results of earlier runs to a report, and passes it on."""
        if on_progress is None:
            return None
        total, before, failed = self._total, self._done + self._failed, self._failed
        return lambda progress: on_progress(
            progress._replace(done=progress.done + before, failed=progress.failed + failed, total=total, before=before)
        )

    def summary(self) -> FileSummary:
        return FileSummary(self._total, self._done, self._failed, self._before)


def _check_kind(source: RequestFile, problems: list[Problem], *, has_requests: bool) -> None:
    """Raise `BadInput` with one message for a file of another kind. The last element of an array may be a request."""
    if (kind := kind_instead_of_lines(source.path)) is not None:
        raise BadInput(f"Not a batch file: {source.path} {kind}")
    if len(problems) == _LISTED and all(problem.message.startswith("invalid UTF-8") for problem in problems):
        raise BadInput(f"Not a batch file: {source.path} (line {problems[0].line}: {problems[0].message}).")
    first = problems[0] if len(problems) == _LISTED and not has_requests else None
    if first and first.code == "invalid_request" and {problem.message for problem in problems} == {first.message}:
        raise BadInput(f"Not a batch file: {source.path} (in each line: {first.message}).")


def _problem_line(problem: Problem) -> dict[str, Any]:
    """Return the error line for a line of the input that is not a request.

    The line for a duplicate has no `custom_id`, so that each `custom_id` is in the files once.
    """
    custom_id = None if problem.code == "duplicate_custom_id" else problem.custom_id
    message = f"{'row' if problem.code == 'invalid_row' else 'line'} {problem.line}: {problem.message}"
    return error_line(custom_id, code=problem.code, message=message, line=problem.line)


def _duplicate(line: int, custom_id: str) -> Problem:
    return Problem(line, "duplicate_custom_id", f"duplicate custom_id {shortened(custom_id)}", custom_id)


def _bit(bits: bytearray, at: int) -> int:
    return bits[at >> 3] >> (at & 7) & 1


def _set_bit(bits: bytearray, at: int) -> None:
    bits[at >> 3] |= 1 << (at & 7)
