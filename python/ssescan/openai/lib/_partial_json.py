"""JSON that is still being written: what is complete of it so far."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

__all__ = ["partial_json"]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:"]|[^\s\[\]{},:"]+', re.DOTALL)
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity")
_CLOSES = {"{": "}", "[": "]"}


class _Whole(NamedTuple):
    """A prefix that becomes a JSON value with `closers` behind it."""

    end: int
    closers: str


def partial_json(text: str) -> Any:
    """The value that `text` begins: its complete members, without the string, number or word that is cut.

    None if nothing is complete, or if it is no JSON. Linear in the text.
    """
    from ssescan.models._json import loads

    whole = _whole_part(text)
    if whole is None:
        return None
    try:
        return loads((text[: whole.end] + whole.closers).encode("utf-8", "surrogatepass"))
    except Exception:  # whatever is wrong with it, it is not JSON
        return None


def _whole_part(text: str) -> _Whole | None:
    open_: list[str] = []
    whole: _Whole | None = None
    # Whether a string would be a key: in an object, behind its brace or a comma.
    key = False
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "{[":
            open_.append(token)
            key = token == "{"
        elif token in "}]":
            if not open_ or _CLOSES[open_.pop()] != token:
                return whole
        elif token == ",":
            key = bool(open_) and open_[-1] == "{"
            continue
        elif token == ":":
            key = False
            continue
        elif key or not _is_value(token):
            if key and len(token) > 1 and token[0] == '"':
                continue
            return whole
        whole = _Whole(match.end(), "".join(_CLOSES[bracket] for bracket in reversed(open_)))
        if not open_:
            return whole
    return whole


def _is_value(token: str) -> bool:
    return len(token) > 1 if token[0] == '"' else _SCALAR.fullmatch(token) is not None
