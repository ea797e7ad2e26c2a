"""How long a server asks to wait, in all the ways in which servers say it."""

from __future__ import annotations

import email.utils
import math
import re
import time
from collections.abc import Mapping

__all__ = ["asked_wait_s", "duration_s"]

_UNITS_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|m|us|µs|ns|s)")

#: What OpenAI's kind of server limits, each with its own clock.
_LIMITED = ("requests", "tokens")


def asked_wait_s(headers: Mapping[str, str] | None, *, again: bool = False) -> float | None:
    """Seconds to wait by the headers of a 429 or 503; None if they don't say. `headers` must find names in any case.

    `retry-after-ms`, else `Retry-After` in seconds or as a date, else `x-ratelimit-reset-requests` or `-tokens`: that
    of the limit that is used up (`x-ratelimit-remaining-*` is 0), the later one if both are; if neither says so, the
    earlier one, or the later one if the request was refused `again`. No time at all, or a date that has passed, says
    nothing.
    """
    if headers is None:
        return None
    for name, seconds_of in (("retry-after-ms", _milliseconds), ("retry-after", _seconds_or_date)):
        if (wait_s := seconds_of(headers.get(name) or "")) is not None:
            return wait_s if wait_s > 0 else None
    return _reset_s(headers, again)


def duration_s(text: str) -> float | None:
    """Seconds of a duration as Go writes it: `6m0s`, `76ms`, `1.5s`, `1h2m3s`; also a plain number of seconds."""
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
    resets = {name: duration_s(headers.get(f"x-ratelimit-reset-{name}") or "") for name in _LIMITED}
    told = {name: wait_s for name, wait_s in resets.items() if wait_s is not None}
    used_up = [told[name] for name in told if (headers.get(f"x-ratelimit-remaining-{name}") or "").strip() == "0"]
    if used_up or again:
        return max(used_up or told.values(), default=None)
    return min(told.values(), default=None)
