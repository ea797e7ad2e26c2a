"""Defaults of the client."""

from ._timeout import Timeout

__all__ = ["DEFAULT_MAX_RETRIES", "DEFAULT_TIMEOUT"]

DEFAULT_TIMEOUT = Timeout(timeout=600, connect=5.0)
DEFAULT_MAX_RETRIES = 2
