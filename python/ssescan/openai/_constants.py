"""Defaults of the client."""

from __future__ import annotations

from typing import NamedTuple

from ._timeout import Timeout

__all__ = [
    "DEFAULT_CONNECTION_LIMITS",
    "DEFAULT_MAX_RETRIES",
    "DEFAULT_TIMEOUT",
    "RAW_RESPONSE_HEADER",
    "Limits",
]


class Limits(NamedTuple):
    """Limits of connections, under the names of httpx."""

    max_connections: int | None = None
    max_keepalive_connections: int | None = None
    keepalive_expiry: float | None = 5.0


DEFAULT_TIMEOUT = Timeout(timeout=600, connect=5.0)
DEFAULT_MAX_RETRIES = 2
DEFAULT_CONNECTION_LIMITS = Limits(max_connections=1000, max_keepalive_connections=100)
#: The header of a call whose caller reads the response itself.
RAW_RESPONSE_HEADER = "X-Stainless-Raw-Response"
