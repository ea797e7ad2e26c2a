"""How long a server asks clients to wait: Retry-After and the headers of rate limits."""

from __future__ import annotations

import email.utils
import math
import re
import time
from collections.abc import Mapping

__all__ = ["duration_s", "retry_after_s"]

_UNITS_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|m|us|µs|ns|s)")

#: The limits of servers like OpenAI's. Each limit is reset at a time of its own.
_LIMITS = ("requests", "tokens")


def retry_after_s(headers: Mapping[str, str] | None, *, again: bool = False) -> float | None:
    """Return how many seconds a 429 or 503 asks to wait; None if it does not say.

    The first of these headers that is valid counts:

    1. `retry-after-ms`.
    2. `Retry-After`, in seconds or as a date. With zero or a past date the server does not say.
    3. `x-ratelimit-reset-requests` and `x-ratelimit-reset-tokens`. A limit that is used up (its
       `x-ratelimit-remaining-*` is 0) decides, the later one if both are. Otherwise the earlier reset counts.

    Args:
        headers: The headers of the response, in a mapping that ignores case.
        again: True if the request was refused before. Then the later reset counts if neither limit is used up.
    """
    if headers is None:
        return None
    for name, seconds_of in (("retry-after-ms", _milliseconds), ("retry-after", _seconds_or_date)):
        if (wait_s := seconds_of(headers.get(name) or "")) is not None:
            return wait_s if wait_s > 0 else None
    return _reset_s(headers, again)


def duration_s(text: str) -> float | None:
    """Return the seconds of a duration in Go's notation (`6m0s`, `76ms`, `1.5s`) or of a plain number of seconds."""
    text = text.strip()
    parts = _PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _UNITS_S[unit] for number, unit in parts)
    return _number(text)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _milliseconds(text: str) -> float | None:
    number = _number(text)
    return None if number is None else number / 1000


def _seconds_or_date(text: str) -> float | None:
    if (wait_s := duration_s(text)) is not None:
        return wait_s
    try:
        return email.utils.parsedate_to_datetime(text).timestamp() - time.time()
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _reset_s(headers: Mapping[str, str], again: bool) -> float | None:
    durations = {name: duration_s(headers.get(f"x-ratelimit-reset-{name}") or "") for name in _LIMITS}
    resets = {name: wait_s for name, wait_s in durations.items() if wait_s is not None}
    used_up = [resets[name] for name in resets if (headers.get(f"x-ratelimit-remaining-{name}") or "").strip() == "0"]
    if used_up or again:
        return max(used_up or resets.values(), default=None)
    return min(resets.values(), default=None)
