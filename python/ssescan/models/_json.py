"""JSON in one place: orjson, and the standard library where orjson refuses.

orjson refuses lone surrogates, NaN, Infinity and invalid UTF-8. Servers send all of them, and the `openai` package accepts
them, so `json` decodes what orjson refuses. Only what both refuse is an error. orjson turns integers over 64 bits into
floats, and they stay floats.

Importing orjson takes 6 ms (it imports dataclasses and uuid), so other modules import this one inside functions.
"""

from __future__ import annotations

from typing import Any

import orjson

from ssescan.errors import EventDecodeError

__all__ = ["decode", "decode_part", "dumps", "loads"]


def loads(raw: bytes, name: str | None = None) -> Any:
    """Decode JSON.

    Args:
        raw: The JSON in UTF-8.
        name: The name of the event, for the message of the exception.

    Raises:
        EventDecodeError: `raw` is not JSON.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _loads_leniently(raw, name)


def _loads_leniently(raw: bytes, name: str | None) -> Any:
    import json

    text = raw.decode("utf-8-sig", "replace")  # some servers begin a body with a BOM
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EventDecodeError(name, raw, str(error)) from error


def decode(raw: bytes, name: str | None = None) -> dict[str, Any]:
    """Decode the payload of an event.

    Raises:
        EventDecodeError: `raw` is not a JSON object.
    """
    value = loads(raw, name)
    if isinstance(value, dict):
        return value
    raise EventDecodeError(name, raw, f"expected an object, got {type(value).__name__}")


def decode_part(raw: bytes, start: int, end: int, name: str | None = None) -> Any:
    """Decode the value in a range of a payload, as it is decoded with the whole payload.

    Args:
        raw: The payload.
        start: The first byte of the value.
        end: The end of the value.
        name: The name of the event, for the message of the exception.

    Raises:
        EventDecodeError: The payload is not JSON.
    """
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        _loads_leniently(raw, name)
        return _loads_leniently(raw[start:end], name)
    return orjson.loads(raw[start:end])


def dumps(value: Any, *, indent: bool = False, default: Any = None) -> bytes:
    """Encode `value` as JSON in UTF-8.

    Args:
        value: The value.
        indent: True to indent by two spaces.
        default: Called with an object that JSON does not support; returns a value that it does.
    """
    option = orjson.OPT_NON_STR_KEYS | (orjson.OPT_INDENT_2 if indent else 0)
    try:
        return orjson.dumps(value, default=default, option=option)
    except orjson.JSONEncodeError:
        import json

        separators = None if indent else (",", ":")
        try:
            text = json.dumps(value, default=default, indent=2 if indent else None, separators=separators)
        except RecursionError:
            raise ValueError("Cannot encode as JSON: the value is nested too deeply.") from None
        return text.encode()
