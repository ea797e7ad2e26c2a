"""When a request is sent again, and after how long. Nothing is sent again once a response was accepted."""

from __future__ import annotations

import email.utils
import math
import random
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ssescan.http.transport import Response

__all__ = ["retry_after_s", "retry_delay_s", "should_retry"]

#: A server that asks for a longer wait than this is not asked again.
MAX_RETRY_AFTER_S = 120.0
INITIAL_DELAY_S, MAX_DELAY_S = 0.5, 8.0


def should_retry(response: Response) -> bool:
    """Whether a response that is no success may be followed by a better one."""
    asked = retry_after_s(response.headers)
    if asked is not None and MAX_RETRY_AFTER_S < asked < math.inf:
        return False
    said = response.headers.get("x-should-retry")
    if said in ("true", "false"):
        return bool(said == "true")
    return response.status_code in (408, 409, 429) or response.status_code >= 500


def retry_after_s(headers: Any) -> float | None:
    """How long the server asks to wait: `retry-after-ms`, else `retry-after` in seconds or as a date.

    A number that is too large for a float is a long wait; what is written as infinite or no number is none.
    """
    for name, per_s in (("retry-after-ms", 1000), ("retry-after", 1)):
        said = headers.get(name) or ""
        try:
            number = float(said)
        except ValueError:
            continue
        if math.isinf(number) and number > 0 and "inf" not in said.lower():
            return MAX_RETRY_AFTER_S + 1
        return number / per_s
    try:
        date = email.utils.parsedate_tz(headers.get("retry-after"))
        return None if date is None else email.utils.mktime_tz(date) - time.time()
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def retry_delay_s(taken: int, asked_s: float | None) -> float:
    """The wait before a further try: what the server asked for, else doubling from 0.5 to 8 s, less up to 25 %."""
    if asked_s is not None and 0 < asked_s <= MAX_RETRY_AFTER_S:
        return asked_s
    return float(min(INITIAL_DELAY_S * 2.0 ** min(taken, 1000), MAX_DELAY_S) * (1 - 0.25 * random.random()))
