"""Defaults of the client."""

from ._timeout import Timeout

__all__ = ["DEFAULT_MAX_RETRIES", "DEFAULT_TIMEOUT", "RAW_RESPONSE_HEADER"]

DEFAULT_TIMEOUT = Timeout(timeout=600, connect=5.0)
DEFAULT_MAX_RETRIES = 2
#: The header of a call whose caller reads the response itself.
RAW_RESPONSE_HEADER = "X-Stainless-Raw-Response"
