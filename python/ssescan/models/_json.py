"""JSON in one place: orjson, and the standard library where it refuses.

orjson is strict: lone surrogates, NaN and Infinity are errors to it, and bad UTF-8 is too. Servers send
all of them, and the client that we replace takes them, so what orjson refuses is read once more by
`json`. Only what both refuse is an error. Integers over 64 bits are floats to orjson, and stay that.

orjson takes 6 ms to import (it imports dataclasses and uuid), so this module is imported where it is used.
"""

from __future__ import annotations

from typing import Any

import orjson

from ssescan.errors import EventDecodeError

__all__ = ["decode", "dumps", "loads"]


def loads(raw: bytes, name: str | None = None) -> Any:
    """Decodes `raw`; `name` is the event's, for the message of the `EventDecodeError`."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _loads_leniently(raw, name)


def _loads_leniently(raw: bytes, name: str | None) -> Any:
    import json

    text = raw.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EventDecodeError(name, raw, str(error)) from error


def decode(raw: bytes, name: str | None = None) -> dict[str, Any]:
    """The same for a payload, which must be an object."""
    value = loads(raw, name)
    if isinstance(value, dict):
        return value
    raise EventDecodeError(name, raw, f"expected an object, got {type(value).__name__}")


def dumps(value: Any, *, indent: bool = False, default: Any = None) -> bytes:
    """Encodes `value` as UTF-8; `default` gives the plain value of an object that JSON does not know."""
    option = orjson.OPT_NON_STR_KEYS | (orjson.OPT_INDENT_2 if indent else 0)
    try:
        return orjson.dumps(value, default=default, option=option)
    except orjson.JSONEncodeError:
        import json

        separators = None if indent else (",", ":")
        text = json.dumps(value, default=default, indent=2 if indent else None, separators=separators)
        return text.encode()
