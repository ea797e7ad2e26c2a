"""The deadlines of a stream."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

__all__ = ["Timeouts"]


@dataclass(frozen=True)
class Timeouts:
    """How long to wait, in seconds; None waits for ever.

    `connect_s`: for a connection. `idle_s`: for a byte, comments included. `event_s`: for an event of the
    dialect; comments, pings and empty data do not count. `total_s`: for the whole stream.
    Each raises `StreamTimeout`, whose `clock` says which one it was.
    """

    connect_s: float | None = 5.0
    idle_s: float | None = 600.0
    event_s: float | None = 600.0
    total_s: float | None = None

    @classmethod
    def of(cls, timeout: Any) -> Timeouts:
        """What a `timeout=` argument means.

        A number sets `connect_s` and `idle_s`; None clears all; an object with `connect`, `read`, `write`
        or `pool` attributes (httpx, urllib3) gives `connect_s` and `idle_s`. TypeError for anything else.
        """
        if isinstance(timeout, Timeouts):
            return timeout
        if timeout is None:
            return cls(None, None, None, None)
        if isinstance(timeout, (int, float)) and not isinstance(timeout, bool):
            return replace(cls(), connect_s=float(timeout), idle_s=float(timeout))
        if any(hasattr(timeout, name) for name in ("connect", "read", "write", "pool")):
            return replace(cls(), connect_s=_seconds(timeout, "connect"), idle_s=_seconds(timeout, "read"))
        raise TypeError(f"timeout must be a number, Timeouts, None or an httpx-style timeout, not {timeout!r}")


def _seconds(timeout: Any, name: str) -> float | None:
    """An attribute of somebody else's timeout; urllib3 has a marker object for "the default"."""
    value = getattr(timeout, name, None)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
