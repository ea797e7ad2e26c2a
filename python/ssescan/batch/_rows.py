"""Rows of OpenAI's batch files: requests in, answers and errors out."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Union
from uuid import uuid4
from weakref import WeakSet

from ssescan import errors
from ssescan.http.failures import root_cause
from ssescan.models._json import dumps, loads

from ._requests import BadRequest, BatchRequest, request_of, shortened
from ._results import BatchResult

__all__ = ["Appender", "Input", "Problem", "answer_row", "bad_row", "begin_anew", "read_rows", "repair"]

_Path = Union[str, "os.PathLike[str]"]
#: What a row of ours begins with.
_BEGIN = b'{"id":"batch_req_'


class Problem(NamedTuple):
    """What is wrong with a line of the input, counted from 1."""

    line: int
    code: str
    message: str
    custom_id: str | None = None


class Input:
    """A file of requests; one whose name ends in `.gz` is decompressed. Read several times, never held.

    What is appended to it after its lines were counted is for the next run. ValueError for what can be read only once.
    """

    def __init__(self, path: _Path) -> None:
        self.path = Path(path)
        with open(self.path, "rb") as file:
            if not file.seekable():
                raise ValueError(
                    f"{self.path}: expected a file, got a pipe or a terminal; it is read more than once, so write it to a "
                    "file first"
                )
        self.lines = self._count()

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        try:
            file: Any = gzip.open(self.path) if self.path.suffix == ".gz" else open(self.path, "rb")  # noqa: SIM115
            with file:
                yield file
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise gzip.BadGzipFile(
                f"{self.path}: expected a whole gzip file, as its name says: {error}; make it again, or rename it if it is "
                "plain text"
            ) from None

    def _count(self) -> int:
        count, last = 0, b"\n"
        with self._opened() as file:
            while block := file.read(1 << 18):
                count, last = count + block.count(b"\n"), block
        return count + (not last.endswith(b"\n"))

    def __iter__(self) -> Iterator[tuple[int, BatchRequest | Problem]]:
        """Each line's number, and what it asks, or what is wrong with it. Empty lines are nothing."""
        with self._opened() as file:
            for number, line in enumerate(islice(file, self.lines), 1):
                if number == 1:
                    line = line.removeprefix(BOM_UTF8)
                if line.strip():
                    yield number, _request(number, line)


def _request(number: int, line: bytes) -> BatchRequest | Problem:
    try:
        line.decode()
        given = loads(line)
    except UnicodeDecodeError as error:
        wrong = f"expected UTF-8, got byte 0x{line[error.start]:02x} at {error.start}; convert the file"
        return Problem(number, "invalid_json_line", wrong)
    except (ValueError, errors.SSEScanError):
        return Problem(number, "invalid_json_line", "expected a line of JSON")
    try:
        if not isinstance(given, dict) or "custom_id" not in given:
            raise BadRequest("expected an object with custom_id, url and body")
        return request_of(given, number)
    except BadRequest as error:
        return Problem(number, "invalid_request", str(error), error.custom_id)


# What becomes of them


def answer_row(result: BatchResult) -> dict[str, Any]:
    """The row of an answer, or of a failure.

    What the server refused is a `response`, also inside a stream; what else went wrong is an `error`, also if the
    response's status was a good one.
    """
    error = result.error
    if error is None:
        return _row(result.custom_id, _response(result, 200, result.body), None)
    status = getattr(error, "status_code", None) or 0
    if status >= 400 and isinstance(error, errors.APIError) and not isinstance(error, errors.APIConnectionError):
        return _row(result.custom_id, _response(result, status, _said(error)), None)
    code = getattr(error, "code", None) or _code(error)
    return _row(result.custom_id, None, {"code": code, "message": _message(error)})


def _said(error: errors.APIError) -> Any:
    """The body that the server refused with, as it came; of an error inside a stream, the error."""
    if error.outcome is not None or error.raw is None:
        return {"error": error.body if isinstance(error.body, dict) else {"message": error.message, "code": error.code}}
    try:
        return loads(error.raw)
    except errors.SSEScanError:
        return error.raw.decode("utf-8", "replace")


def _message(error: Exception) -> str:
    """With what the system said, if the error does not say it."""
    message = str(error)
    if type(error) is not errors.APIConnectionError or (cause := root_cause(error)) in message:
        return message
    return f"{message.rstrip('.')}: {cause}"


def bad_row(problem: Problem) -> dict[str, Any]:
    """The error row of a line that is no request. A second row of an id is nobody's: ids are in the files once."""
    custom_id = None if problem.code == "duplicate_custom_id" else problem.custom_id
    error = {"code": problem.code, "message": f"line {problem.line}: {problem.message}", "line": problem.line}
    return _row(custom_id, None, error)


def _row(custom_id: str | None, response: Any, error: Any) -> dict[str, Any]:
    return {"id": f"batch_req_{uuid4().hex}", "custom_id": custom_id, "response": response, "error": error}


def _response(result: BatchResult, status: int, body: Any) -> dict[str, Any]:
    return {"status_code": status, "request_id": result.request_id or "", "body": body}


def _code(error: Exception) -> str:
    """`StreamTimeout` is `stream_timeout`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", type(error).__name__).lower()


class Appender:
    """Appends rows to a file, each by one write: a row is there or it is not, whatever ends the process."""

    def __init__(self, path: _Path, *, lock: bool = False) -> None:
        self._path = path
        self._fd: int | None = None  # a file without rows is not made, but to lock it
        self._begun: tuple[object, int] = None, 0
        _appenders.add(self)
        if lock and not _lock(self._open()):
            self.close()
            raise BlockingIOError(f"another run is writing to {os.fspath(path)}")

    def write(self, row: dict[str, Any]) -> None:
        """A row that Ctrl-C came into may be given again: it is written once."""
        fd = self._open()
        given, begin = self._begun
        if row is given and os.lseek(fd, 0, os.SEEK_CUR) != begin:
            return
        self._begun = row, os.lseek(fd, 0, os.SEEK_CUR)
        line = dumps(row) + b"\n"
        while line:
            line = line[os.write(fd, line) :]

    def _open(self) -> int:
        if self._fd is None:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
            self._fd = os.open(self._path, flags, 0o666)
        return self._fd

    def close(self) -> None:
        if self._fd is not None:
            _unlock(self._fd)
            self.forget()

    def forget(self) -> None:
        """Closes the file, and leaves the lock to whom has it open as well."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


#: All there are in this process.
_appenders: WeakSet[Appender] = WeakSet()


def _leave_to_parent() -> None:
    """In a process that was forked, as workers of an executor are: it would keep the lock after its parent has ended."""
    for appender in list(_appenders):
        appender.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)


def _lock(fd: int) -> bool:
    """Nobody else may write until `_unlock`, or the end of this process. True where there are no such locks."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _unlock(fd: int) -> None:
    try:
        import fcntl
    except ImportError:
        return
    with suppress(OSError):  # the file of errors was never locked, and may be where nothing can be
        fcntl.flock(fd, fcntl.LOCK_UN)


def repair(path: _Path) -> None:
    """Makes a file of rows, which `read_rows` has read to its end, end with a whole one: what a process that was killed
    left of a row is cut off."""
    with open(path, "r+b") as file:
        tail = _tail(file)
        if _row_in(tail) is not None:
            file.seek(0, os.SEEK_END)
            file.write(b"\n")
        elif tail and _is_torn(tail):
            file.truncate(file.seek(0, os.SEEK_END) - len(tail))


def begin_anew(path: _Path) -> None:
    """Empties a file of rows. ValueError for one that begins with something else."""
    next(read_rows(path), None)
    os.truncate(path, 0)


def _tail(file: BinaryIO) -> bytes:
    """What stands behind the last line end."""
    end, tail = file.seek(0, os.SEEK_END), b""
    while end:
        begin = max(0, end - 65536)
        file.seek(begin)
        before, found, behind = file.read(end - begin).rpartition(b"\n")
        tail, end = behind + tail, begin
        if found:
            break
    return tail


def read_rows(path: _Path) -> Iterator[dict[str, Any]]:
    """The rows of a file of answers or errors, but for the beginning of one at its end. ValueError for a line that is
    none."""
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            if (row := _row_in(line)) is not None:
                yield row
            elif not _is_torn(line):
                shown = shortened(line.decode(errors="replace").rstrip())
                raise ValueError(
                    f"{os.fspath(path)}:{number}: expected a row of a batch, got {shown}; the file is left as it is: name "
                    "another one"
                )


def _row_in(line: bytes) -> dict[str, Any] | None:
    try:
        row = loads(line)
    except (ValueError, errors.SSEScanError):
        return None
    return row if isinstance(row, dict) and "custom_id" in row and ("response" in row or "error" in row) else None


def _is_torn(line: bytes) -> bool:
    """It is the beginning of a row of ours, and has no end."""
    return not line.endswith(b"\n") and (line.startswith(_BEGIN) or _BEGIN.startswith(line))
