"""Multipart bodies (RFC 7578): fields and files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from io import IOBase
from typing import Any

from ._query import string_pairs

__all__ = ["files_of", "multipart"]

KIND = "multipart/form-data"
#: Characters of a name that HTML escapes, and CR and LF, which would end the header.
_ESCAPED = str.maketrans({'"': "%22", "\\": "\\\\", **{chr(code): f"%{code:02X}" for code in range(32) if code != 27}})


def multipart(fields: Mapping[str, Any], files: Any, headers: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return a multipart body and its media type. Files are read once.

    Args:
        fields: The arguments that are not files.
        files: The name and the file of each part, as a dict or pairs; a file is its content or a tuple.
        headers: The headers of the call. A boundary in them is used.

    Raises:
        RuntimeError: A file is not a file.
    """
    pairs = [(name, _checked(name, file)) for name, file in (files.items() if isinstance(files, Mapping) else files)]
    kind = next((str(value) for name, value in headers.items() if name.lower() == "content-type"), "")
    boundary = kind.partition("boundary=")[2].split(";")[0].strip().strip('"') or os.urandom(16).hex()
    parts = [part for name, value in fields.items() for part in _field(name, value)]
    parts += [_file(name, file) for name, file in pairs]
    line = f"--{boundary}".encode()
    body = b"".join([piece for part in parts for piece in (line, b"\r\n", *part, b"\r\n")] + [line, b"--\r\n"])
    return body, f"{KIND}; boundary={boundary}"


def files_of(values: dict[str, Any], names: Iterable[str]) -> list[tuple[str, Any]]:
    """Remove the files from the arguments of a call, and return them with their names.

    Args:
        values: The arguments.
        names: The arguments that are files, or lists of files.

    Raises:
        RuntimeError: A file is not a file.
    """
    return [pair for name in names if name in values for pair in _files(name, values.pop(name))]


def _files(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield f"{name}[]", _checked(name, item)
    elif value is not None:
        yield name, _checked(name, value)


def _checked(name: str, value: Any) -> Any:
    if not isinstance(value, (bytes, IOBase, os.PathLike, tuple)) and not hasattr(value, "read"):
        raise RuntimeError(
            f"Invalid file {name!r}: expected bytes, a binary file, a path or a tuple, got {type(value)}"
        )
    return value


def _field(name: str, value: Any) -> Iterator[tuple[bytes, ...]]:
    for key, text in string_pairs(name, value):
        if text:
            yield _head({"Content-Disposition": f'form-data; name="{key.translate(_ESCAPED)}"'}), text.encode()


def _file(name: str, file: Any) -> tuple[bytes, ...]:
    """Return head and content of the part of a file."""
    filename, source, kind, headers = _described(file)
    disposition = f'form-data; name="{name.translate(_ESCAPED)}"'
    if filename is not None:
        disposition += f'; filename="{filename.translate(_ESCAPED)}"'
        if kind is None and not any(key.lower() == "content-type" for key in headers):
            kind = _guessed(filename)
    own = {} if kind is None else {"Content-Type": kind}
    return _head({"Content-Disposition": disposition, **headers, **own}), _content(source)


def _described(file: Any) -> tuple[str | None, Any, str | None, Mapping[str, str]]:
    """Return name, content, media type and headers of a file."""
    if isinstance(file, tuple):
        filename, source, kind, headers = (*file, None, None)[:4]
        return None if filename is None else str(filename), source, kind, headers or {}
    path = file if isinstance(file, os.PathLike) else getattr(file, "name", "upload")
    return os.path.basename(str(os.fspath(path) if isinstance(path, os.PathLike) else path)), file, None, {}


def _guessed(filename: str) -> str:
    import mimetypes

    return mimetypes.guess_type(filename)[0] or "application/octet-stream"


def _content(source: Any) -> bytes:
    """Return the content of a file.

    Raises:
        TypeError: A file is open as text.
    """
    if isinstance(source, os.PathLike):
        with open(source, "rb") as file:
            return file.read()
    content = source.read() if hasattr(source, "read") else source
    if isinstance(content, str):
        if hasattr(source, "read"):
            raise TypeError("Invalid file: it is open as text. Open it in binary mode.")
        return content.encode()
    return bytes(content)


def _head(headers: Mapping[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{lines}\r\n".encode()
