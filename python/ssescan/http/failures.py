"""Exceptions that mean that the transport failed, and the cause inside them."""

from __future__ import annotations

__all__ = ["is_timeout", "is_transport", "keep_root_cause", "root_cause"]

# Modules whose exceptions mean that the transport failed. They are not imported for that: an exception
# of a module that nobody imported can't have been raised.
_TRANSPORTS = (
    "urllib3.exceptions.",
    "http.client.",
    "requests.exceptions.",
    "httpx.",
    "httpx2.",
    "httpcore.",
    "httpcore2.",
    "ssl.",
)


_TIMEOUTS = (
    "ConnectTimeout",
    "ConnectTimeoutError",
    "PoolTimeout",
    "ReadTimeout",
    "ReadTimeoutError",
    "TimeoutException",
)


def is_transport(error: BaseException) -> bool:
    if isinstance(error, (ConnectionError, TimeoutError)):
        return True
    modules = (f"{cls.__module__}." for cls in type(error).__mro__)
    return any(module.startswith(_TRANSPORTS) for module in modules) and "json" not in type(error).__name__.lower()


def is_timeout(error: BaseException | None) -> bool:
    """Whether a transport's exception is for a deadline of ours. One with an errno is the network's: the other side is gone.

    Also inside others: requests shows a read timeout as a ConnectionError, urllib3 one of sending as a ProtocolError.
    By names, since urllib3 counts a refused connection among its timeouts.
    """
    while error is not None:
        if (isinstance(error, TimeoutError) and not error.errno) or type(error).__name__ in _TIMEOUTS:
            return True
        error = error.__cause__ or next((arg for arg in error.args if isinstance(arg, BaseException)), None)
    return False


#: Where `keep_root_cause` keeps it.
_ROOT = "_root_cause"


def keep_root_cause(error: BaseException) -> None:
    """For an error that will be pickled, which loses its causes."""
    vars(error)[_ROOT] = root_cause(error)


def root_cause(error: BaseException) -> str:
    """What the system said, such as "Connection refused": the errors around it are for programs."""
    if kept := vars(error).get(_ROOT):
        return str(kept)
    said = str(error)
    while cause := error.__cause__:
        error = cause
        said = getattr(error, "strerror", None) or str(error) or said
    return said
