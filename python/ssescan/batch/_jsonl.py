"""OpenAI's batch files: one JSON object per line. Reads requests, and reads and appends results."""

from __future__ import annotations

import gzip
import os
import re
import stat
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from json import JSONDecodeError
from pathlib import Path
from typing import Any, BinaryIO
from weakref import WeakSet

from ssescan import errors
from ssescan.models._json import loads

from ._lines import LINE_START
from ._problems import Problem
from ._requests import BadRequest, BatchRequest, request_in_file, shortened
from ._source import Record

__all__ = [
    "Appender",
    "RequestFile",
    "check_errors",
    "check_regular",
    "clear",
    "is_answer",
    "opened",
    "read_results",
    "repair",
    "result_in",
    "written",
]

_Path = str | os.PathLike[str]


def check_regular(path: Path) -> None:
    """Raise ValueError if a file can be read only once."""
    if str(path) == "-" and not path.exists():
        raise ValueError(
            "Input must be a regular file (it is read more than once). Standard input and pipes are not read."
        )
    if not stat.S_ISREG(os.stat(path).st_mode):  # opening a pipe would wait for its other end
        raise ValueError(f"Input must be a regular file (it is read more than once): {path}")


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file, and decompress it if its name ends in `.gz`."""
    try:
        file: Any = gzip.open(path) if path.suffix == ".gz" else open(path, "rb")  # noqa: SIM115
        with file:
            yield file
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise gzip.BadGzipFile(
            f"Invalid gzip file: {path} ({error}). Compress it again, or remove .gz from the name of plain text."
        ) from None


# ---- Requests --------------------------------------------------------------------------------------------------------


class RequestFile:
    """A file of requests, which is read several times and never held in memory.

    A file whose name ends in `.gz` is decompressed. Lines that are appended after the file was opened are ignored.

    Attributes:
        path: The path of the file.
        lines: The number of its lines.

    Raises:
        ValueError: The file can be read only once.
    """

    #: How a table of its records looks.
    header: Sequence[str] = ("custom_id",)
    delimiter = ","
    has_bom = False

    def __init__(self, path: _Path) -> None:
        self.path = Path(path)
        check_regular(self.path)
        self.lines = self._count()

    def _count(self) -> int:
        count, last = 0, b"\n"
        with opened(self.path) as file:
            while block := file.read(1 << 18):
                count, last = count + block.count(b"\n"), block
        return count + (not last.endswith(b"\n"))

    def __iter__(self) -> Iterator[Record]:
        with opened(self.path) as file:
            for number, line in enumerate(islice(file, self.lines), 1):
                if number == 1:
                    line = line.removeprefix(BOM_UTF8)
                if line.strip():
                    item = _request_in(number, line)
                    yield Record(number, [item.custom_id or ""], item)


def _request_in(number: int, line: bytes) -> BatchRequest | Problem:
    try:
        line.decode()
        item = loads(line)
    except UnicodeDecodeError as error:
        why = f"invalid UTF-8 (byte 0x{line[error.start]:02x} at position {error.start}); convert the file to UTF-8"
        return Problem(number, "invalid_json_line", why)
    except (ValueError, errors.SSEScanError) as error:
        return Problem(number, "invalid_json_line", f"invalid JSON{_place(error.__cause__)}")
    try:
        return request_in_file(item, number, line)
    except BadRequest as error:
        return Problem(number, "invalid_request", str(error), error.custom_id)


def _place(cause: BaseException | None) -> str:
    """Return what is wrong with a line of JSON, and where; an empty string for another exception."""
    if not isinstance(cause, JSONDecodeError):
        return ""
    before = cause.doc[: cause.pos].rstrip("\r\n")  # the document has the line end
    return f": {cause.msg} (column {len(before) + 1})"


# ---- Writing ---------------------------------------------------------------------------------------------------------


class Appender:
    """Appends lines to a file, each with one write, so that a killed process leaves at most one truncated line.

    The file is locked against other runs until `close` or until this process ends.

    Args:
        path: The file. It is created if it is missing, and removed by `close` if nothing was written then.

    Raises:
        BlockingIOError: Another run has locked the file.
        OSError: The file cannot be opened.
    """

    def __init__(self, path: _Path) -> None:
        self._path = path
        self._is_new = not os.path.exists(path)
        #: The line that was passed last, and the position before it.
        self._last: tuple[object, int] = None, 0
        self._fd: int | None = self._open_locked()
        _appenders.add(self)

    def write(self, line: bytes) -> None:
        """Append a line. Passing the same object again writes it only if Ctrl-C prevented the first write."""
        fd = self._fd
        assert fd is not None
        last, position = self._last
        if line is last and os.lseek(fd, 0, os.SEEK_CUR) != position:
            return
        self._last = line, os.lseek(fd, 0, os.SEEK_CUR)
        try:
            while line:
                line = line[os.write(fd, line) :]
        except OSError as error:  # the disk is full
            error.filename = os.fspath(self._path)
            raise

    def _open_locked(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        while True:
            fd = os.open(self._path, flags, 0o666)
            if not _lock(fd):
                os.close(fd)
                raise BlockingIOError(f"Output is locked: another run is writing to {os.fspath(self._path)}.")
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(fd), os.stat(self._path)):
                    return fd
            os.close(fd)  # another run has removed the empty file before it was locked here

    def close(self) -> None:
        """Close and unlock the file."""
        if self._fd is None:
            return
        if self._is_new and os.name == "posix" and not os.fstat(self._fd).st_size:
            with suppress(FileNotFoundError):
                os.unlink(self._path)
        _unlock(self._fd)
        self.close_copy()

    def close_copy(self) -> None:
        """Close the file in a forked process. It stays locked by the parent."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


#: All appenders of this process.
_appenders: WeakSet[Appender] = WeakSet()


def _close_copies() -> None:
    """Close the files in a process that was forked: a worker would keep the lock after its parent has ended."""
    for appender in list(_appenders):
        appender.close_copy()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_copies)


def _lock(fd: int) -> bool:
    """Lock a file. Return False if it is locked by another run, and True on systems and file systems without locks."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def _unlock(fd: int) -> None:
    try:
        import fcntl
    except ImportError:
        return
    with suppress(OSError):  # its file system may have no locks
        fcntl.flock(fd, fcntl.LOCK_UN)


# ---- Reading results -------------------------------------------------------------------------------------------------


def written(paths: Iterable[_Path]) -> list[_Path]:
    """Return the paths without files that a run did not write because they would be empty.

    Such a file has no failures and is missing beside the answers, or it has no answers and is missing beside the failures.
    """
    paths = list(paths)
    existing = [_without_errors(path) for path in paths if os.path.exists(path)]
    return [path for path in paths if os.path.exists(path) or _without_errors(path) not in existing]


def _without_errors(path: _Path) -> str:
    """Return the path of the answers, `out.jsonl`, for that of the failures, `out.errors.jsonl`."""
    return re.sub(r"\.errors(?=(\.\w+)?(\.gz)?$)", "", os.fspath(path))


def read_results(
    path: _Path, *, advice: str = "The file was not changed; choose another output."
) -> Iterator[dict[str, Any]]:
    """Yield the lines of an output or error file, without empty ones and a truncated last line.

    Args:
        path: The file.
        advice: What to do if the file has other content, for the exception.

    Raises:
        ValueError: A line is not a batch result.
    """
    with opened(Path(path)) as file:
        for number, line in enumerate(file, 1):
            if (result := result_in(line)) is not None:
                yield result
            elif line.strip() and not _is_truncated(line):
                shown = shortened(line.decode(errors="replace").rstrip())
                raise ValueError(f"{os.fspath(path)}:{number}: not a batch result: {shown}. {advice}")


def repair(path: _Path) -> None:
    """Let a file end with a complete line: remove a truncated result, or add a missing line end.

    `read_results` must have read the file before, since it finds files of other content.
    """
    with open(path, "r+b") as file:
        line = _last_line(file)
        if result_in(line) is not None:
            file.seek(0, os.SEEK_END)
            file.write(b"\n")
        elif line and _is_truncated(line):
            file.truncate(file.seek(0, os.SEEK_END) - len(line))


def clear(output: _Path, errors: _Path) -> None:
    """Remove the results from both files. First check that they have nothing else.

    Raises:
        ValueError: A line is not a batch result, or the error file has an answer.
    """
    for _ in read_results(output):
        pass
    if errors != output:
        check_errors(errors)
    os.truncate(output, 0)
    os.truncate(errors, 0)


def check_errors(errors: _Path) -> None:
    """Check that an error file has failures and nothing else.

    Raises:
        ValueError: A line is not a batch result, or it is an answer.
    """
    for number, result in enumerate(read_results(errors), 1):
        if is_answer(result):
            raise ValueError(
                f"{os.fspath(errors)}:{number}: the error file has an answer. It was not changed; choose another error file."
            )


def is_answer(result: dict[str, Any]) -> bool:
    """Return whether a line of an output or error file has an answer, and not a failure."""
    response = result.get("response")
    return result.get("error") is None and isinstance(response, dict) and response.get("status_code") == 200


def _last_line(file: BinaryIO) -> bytes:
    """Return the bytes after the last line end."""
    end, line = file.seek(0, os.SEEK_END), b""
    while end:
        start = max(0, end - 65536)
        file.seek(start)
        _, line_end, rest = file.read(end - start).rpartition(b"\n")
        line, end = rest + line, start
        if line_end:
            break
    return line


def result_in(line: bytes) -> dict[str, Any] | None:
    """Return the batch result in a line; None if it has another content."""
    try:
        result = loads(line)
    except (ValueError, errors.SSEScanError):
        return None
    is_result = isinstance(result, dict) and "custom_id" in result and ("response" in result or "error" in result)
    return result if is_result else None


def _is_truncated(line: bytes) -> bool:
    """Return whether a line is the beginning of one that `Appender` writes."""
    return not line.endswith(b"\n") and (line.startswith(LINE_START) or LINE_START.startswith(line))
