"""How long a busy server asks clients to wait: Retry-After, or the headers of its rate limits."""

from __future__ import annotations

from collections.abc import Mapping

from ssescan.http.retry_after import duration_s, retry_after_s

__all__ = ["requested_wait_s"]

#: The limits of servers like OpenAI's. Each limit is reset at a time of its own.
_LIMITS = ("requests", "tokens")


def requested_wait_s(headers: Mapping[str, str] | None, *, again: bool = False) -> float | None:
    """Return how many seconds a 429, 503 or 529 asks to wait; None if it does not say.

    1. `retry-after-ms` and `Retry-After` count first. With zero or a past date the server does not say.
    2. `x-ratelimit-reset-requests` and `x-ratelimit-reset-tokens`. A limit that is used up (its
       `x-ratelimit-remaining-*` is 0) decides, the later one if both are. Otherwise the earlier reset counts.

    Args:
        headers: The headers of the response, in a mapping that ignores case.
        again: True if the request was refused before. Then the later reset counts if neither limit is used up.
    """
    if headers is None:
        return None
    if (wait_s := retry_after_s(headers, durations=True)) is not None:
        return wait_s if wait_s > 0 else None
    return _reset_s(headers, again)


def _reset_s(headers: Mapping[str, str], again: bool) -> float | None:
    durations = {name: duration_s(headers.get(f"x-ratelimit-reset-{name}") or "") for name in _LIMITS}
    resets = {name: wait_s for name, wait_s in durations.items() if wait_s is not None and wait_s >= 0}
    used_up = [resets[name] for name in resets if (headers.get(f"x-ratelimit-remaining-{name}") or "").strip() == "0"]
    if used_up or again:
        return max(used_up or resets.values(), default=None)
    return min(resets.values(), default=None)
