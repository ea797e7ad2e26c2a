"""When a request is retried, and after how long. A request is never retried once its response was accepted."""

from __future__ import annotations

import random
from typing import Any

from ssescan.errors import APIConnectionError, is_retryable

from .retry_after import retry_after_s
from .transport import Response

__all__ = ["checked_retries", "retry_delay_s", "should_retry", "should_retry_without_response"]

#: A request is not retried if the server asks for a longer wait than this.
MAX_RETRY_AFTER_S = 120.0
INITIAL_DELAY_S, MAX_DELAY_S = 0.5, 8.0


def checked_retries(max_retries: Any) -> int:
    """Return `max_retries` if it is valid.

    Raises:
        TypeError: It is not an int.
        ValueError: It is negative.
    """
    if max_retries is None:
        raise TypeError(
            "max_retries cannot be None. Use 0 to disable retries or a large integer for a larger retry budget."
        )
    if not isinstance(max_retries, int):
        raise TypeError("max_retries must be a non-negative integer")
    if max_retries < 0:
        raise ValueError("max_retries must be a non-negative integer")
    return max_retries


#: Timeouts that a program sets for the answer itself. The server may be working on the request when one expires.
_FINAL_CLOCKS = ("first_event", "event", "total")


def should_retry_without_response(error: APIConnectionError) -> bool:
    """Return whether a retry may help after a request that got no response."""
    return error.retryable and getattr(error, "clock", None) not in _FINAL_CLOCKS


def should_retry(response: Response) -> bool:
    """Return whether a retry may help after a response that is not a success."""
    wait_s = retry_after_s(response.headers)
    if wait_s is not None and wait_s > MAX_RETRY_AFTER_S:
        return False
    advice = response.headers.get("x-should-retry")
    if advice in ("true", "false"):
        return bool(advice == "true")
    return is_retryable(response.status_code)


def retry_delay_s(taken: int, requested_s: float | None) -> float:
    """Return the wait before the next retry: what the server asks for, else 0.5 s, doubled up to 8 s, less up to 25 %."""
    if requested_s is not None and 0 < requested_s <= MAX_RETRY_AFTER_S:
        return requested_s
    return float(min(INITIAL_DELAY_S * 2.0 ** min(taken, 1000), MAX_DELAY_S) * (1 - 0.25 * random.random()))
