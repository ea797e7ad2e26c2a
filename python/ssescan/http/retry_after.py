"""How long a server asks clients to wait: the headers `retry-after-ms` and `Retry-After`."""

from __future__ import annotations

import email.utils
import math
import re
import time
from collections.abc import Mapping

__all__ = ["duration_s", "retry_after_s"]

#: A longer value is ignored, so that a value never takes long to parse.
MAX_CHARS = 64

#: Numbers from the first to the second are a time since 1970 in seconds, and from there to the third in milliseconds. Some
#: servers send such times, and no server asks for a pause of 30 years.
_FROM_1970_S, _FROM_1970_MS, _NO_TIME = 1e9, 1e11, 1e14

_DIGIT = re.compile(r"\d")
_UNITS_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|m|us|µs|ns|s)")


def retry_after_s(headers: Mapping[str, str], *, durations: bool = False) -> float | None:
    """Return how many seconds a response asks to wait, or None. The result is 0 or less for zero and for a past date.

    The header `retry-after-ms` counts first, then `Retry-After` in seconds or as a date (RFC 9110, 10.2.3). A value that is
    invalid or longer than 64 characters is ignored. A number of seconds from 10^9 to 10^14 is a time since 1970, the larger
    ones in milliseconds. A number that is too large for a float is infinite. Text such as "inf" is `nan`: the server does
    not say how long.

    Args:
        headers: The headers of the response, in a mapping that ignores case.
        durations: True to accept a duration in Go's notation in `Retry-After` too.
    """
    milliseconds = _number(_value(headers, "retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = _value(headers, "retry-after")
    seconds = duration_s(value) if durations else _seconds(value)
    return _seconds_until(value) if seconds is None else seconds


def duration_s(text: str) -> float | None:
    """Return the seconds of a duration in Go's notation (`6m0s`, `76ms`, `1.5s`) or of a plain number of seconds.

    Return None for other text, and for text of more than 64 characters.
    """
    if len(text) > MAX_CHARS:
        return None
    text = text.strip()
    parts = _PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _UNITS_S[unit] for number, unit in parts)
    number = _seconds(text)
    return None if number is None or math.isnan(number) else number


def _value(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name) or ""
    return value if len(value) <= MAX_CHARS else ""


def _number(text: str) -> float | None:
    try:
        number = float(text) if len(text) <= MAX_CHARS else None
    except ValueError:
        return None
    if number is None or math.isfinite(number):
        return number
    return math.inf if _DIGIT.search(text) and number > 0 else math.nan


def _seconds(text: str) -> float | None:
    number = _number(text)
    if number is None or not _FROM_1970_S <= number < _NO_TIME:
        return number
    return (number if number < _FROM_1970_MS else number / 1000) - time.time()


def _seconds_until(date: str) -> float | None:
    try:
        parts = email.utils.parsedate_tz(date)
        return None if parts is None else email.utils.mktime_tz(parts) - time.time()
    except (TypeError, ValueError, OverflowError, OSError):
        return None
