"""The complete part of a JSON text that is not finished."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

__all__ = ["partial_json"]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:"]|[^\s\[\]{},:"]+', re.DOTALL)
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity")
_CLOSES = {"{": "}", "[": "]"}


class _Prefix(NamedTuple):
    """A prefix of the text that is a JSON value if `closers` are appended."""

    end: int
    closers: str


def partial_json(text: str) -> Any:
    """Return the value that `text` starts, with its complete members only.

    A string, number or word at the end of the text is left out if it may be incomplete. The time is linear in the length of
    the text.

    Returns:
        The value, or None if no part of it is complete or the text is not JSON.
    """
    from ssescan.models._json import loads

    prefix = _complete_prefix(text)
    if prefix is None:
        return None
    try:
        return loads((text[: prefix.end] + prefix.closers).encode("utf-8", "surrogatepass"))
    except Exception:  # every kind of failure means that it is not JSON
        return None


def _complete_prefix(text: str) -> _Prefix | None:
    open_: list[str] = []
    prefix: _Prefix | None = None
    # Whether the next string is a key: in an object, after its brace or a comma.
    key = False
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "{[":
            open_.append(token)
            key = token == "{"
        elif token in "}]":
            if not open_ or _CLOSES[open_.pop()] != token:
                return prefix
        elif token == ",":
            key = bool(open_) and open_[-1] == "{"
            continue
        elif token == ":":
            key = False
            continue
        elif key or not _is_value(token):
            if key and len(token) > 1 and token[0] == '"':
                continue
            return prefix
        prefix = _Prefix(match.end(), "".join(_CLOSES[bracket] for bracket in reversed(open_)))
        if not open_:
            return prefix
    return prefix


def _is_value(token: str) -> bool:
    return len(token) > 1 if token[0] == '"' else _SCALAR.fullmatch(token) is not None
