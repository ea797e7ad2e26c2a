"""Recognizes an input of another kind, so that it gets one message instead of one for each line."""

from __future__ import annotations

import csv
from pathlib import Path

from ssescan.errors import SSEScanError
from ssescan.models._json import loads

from ._jsonl import opened, result_in

__all__ = ["kind_instead_of_lines", "kind_instead_of_table"]

#: How many bytes are looked at.
_HEAD = 1 << 16
#: First bytes -> the kind of a file, and what to do.
_MAGIC = (
    (b"\xff\xfe", "is UTF-16 text. Save it as UTF-8."),
    (b"\xfe\xff", "is UTF-16 text. Save it as UTF-8."),
    (b"PK\x03\x04", "is an Excel, Numbers or zip file. Save it as CSV (UTF-8)."),
    (b"\xd0\xcf\x11\xe0", "is an old Excel file. Save it as CSV (UTF-8)."),
    (b"\x1f\x8b", "is a gzip file. Let its name end in .gz."),
    (b"\x28\xb5\x2f\xfd", "is a zstd file. Decompress it first."),
    (b"BZh", "is a bzip2 file. Decompress it first."),
    (b"\xfd7zXZ", "is an xz file. Decompress it first."),
    (b"PAR1", "is a Parquet file. Write it as JSON lines or CSV first."),
    (b"SQLite format 3", "is an SQLite database. Write its rows as JSON lines or CSV first."),
    (b"%PDF", "is a PDF file."),
)
_LINES = "Write one JSON object per line"


def kind_instead_of_lines(path: Path) -> str | None:
    """Return the kind of a file that is not JSON lines, and what to do, for a message; None if it is not recognized."""
    if (kind := _binary_kind(path)) is not None:
        return kind
    text = _head(path).decode("utf-8-sig", "replace").lstrip()
    first = text.partition("\n")[0]
    if result_in(first.encode()) is not None:
        return "has the results of a batch, not requests. Pass the file that the batch was started with."
    if text.startswith("["):
        return f"is a JSON array. {_LINES}, for example with: jq -c '.[]'"
    if text.startswith("{"):
        return None if _is_json(first) else _of_object(text)
    if text.startswith("<"):
        return f"is HTML or XML. {_LINES}."
    return _of_text(path, first)


def kind_instead_of_table(path: Path) -> str | None:
    """Return the kind of a file that is not CSV, and what to do, for a message; None for other text."""
    if (kind := _binary_kind(path)) is not None:
        return kind
    text = _head(path).decode("utf-8-sig", "replace").lstrip()
    if text.startswith(("{", "[")) and (_is_json(text.partition("\n")[0]) or text[1:].lstrip()[:1] in ("{", '"')):
        return "has JSON. JSON lines with requests need no column of prompts."
    return None


def _binary_kind(path: Path) -> str | None:
    """Return the kind of a file that is not text."""
    head = _head(path)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    return "is a binary file (it has a NUL byte)." if b"\0" in head else None


def _of_object(text: str) -> str | None:
    """Return the kind of a file whose first line is the beginning of an object."""
    is_spread = text.partition("\n")[0].strip() in ("{", "{}") or text.rstrip().endswith(("}", "]"))
    lines = text.splitlines()
    if len(lines) > 1 and is_spread and not any(_is_json(line) for line in lines if line.startswith("{")):
        return f"has a JSON object on several lines. {_LINES}, for example with: jq -c ."
    return None


def _of_text(path: Path, first: str) -> str | None:
    names = Path(path.stem) if path.suffix == ".gz" else path
    delimiter = max(",;\t", key=first.count)
    if names.suffix.lower() in (".csv", ".tsv") or (delimiter in first and not _is_json(first)):
        columns = next(csv.reader([first], delimiter=delimiter), [])
        shown = ", ".join(columns[:20])
        return f"looks like CSV. Name the column of the prompts with prompt_column, or in a shell with --prompt-column (columns: {shown})."
    if names.suffix.lower() not in (".jsonl", ".ndjson", ".json") and not _is_json(first):
        return f'is plain text. {_LINES}, such as {{"messages": [{{"role": "user", "content": "Hi"}}]}}'
    return None


def _head(path: Path) -> bytes:
    with opened(path) as file:
        return file.read(_HEAD)


def _is_json(line: str) -> bool:
    try:
        loads(line.encode())
    except (ValueError, SSEScanError):
        return False
    return True
