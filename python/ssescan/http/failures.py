"""Classifies exceptions of a transport: a timeout, a lost connection or an invalid request. Finds the cause inside them."""

from __future__ import annotations

from enum import Enum, auto

__all__ = ["Failure", "classify", "keep_root_cause", "root_cause"]

#: Modules whose exceptions mean that the transport failed. They are compared by name, so that none is imported for it.
_TRANSPORT_MODULES = (
    "urllib3.exceptions.",
    "http.client.",
    "requests.exceptions.",
    "httpx.",
    "httpx2.",
    "httpcore.",
    "httpcore2.",
    "ssl.",
)

#: Classes of timeouts. urllib3 derives a refused connection from its timeout, so that base classes do not help.
_TIMEOUT_CLASSES = (
    "ConnectTimeout",
    "ConnectTimeoutError",
    "PoolTimeout",
    "ReadTimeout",
    "ReadTimeoutError",
    "TimeoutException",
)


class Failure(Enum):
    """The kinds of failures of a transport.

    Attributes:
        TIMEOUT: One of our deadlines expired.
        CONNECTION: The connection could not be made, or failed.
        REQUEST: The request cannot be sent, for example because a header contains a line break.
    """

    TIMEOUT = auto()
    CONNECTION = auto()
    REQUEST = auto()


def classify(error: BaseException) -> Failure | None:
    """Return the kind of an exception of urllib3, requests, httpx, http.client or a socket; None for other exceptions."""
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return Failure.REQUEST
    if not isinstance(error, (ConnectionError, TimeoutError)) and not _is_of_a_transport(type(error)):
        return None
    return Failure.TIMEOUT if _is_timeout(error) else Failure.CONNECTION


def _is_of_a_transport(cls: type) -> bool:
    modules = (f"{base.__module__}." for base in cls.__mro__)
    return any(module.startswith(_TRANSPORT_MODULES) for module in modules) and "json" not in cls.__name__.lower()


def _is_timeout(error: BaseException | None) -> bool:
    """Return whether an exception, or one inside it, means that one of our deadlines expired.

    A timeout with an errno is the kernel's: the other side is gone. requests wraps a read timeout in a ConnectionError,
    and urllib3 wraps one of sending in a ProtocolError.
    """
    while error is not None:
        if (isinstance(error, TimeoutError) and not error.errno) or type(error).__name__ in _TIMEOUT_CLASSES:
            return True
        error = error.__cause__ or next((arg for arg in error.args if isinstance(arg, BaseException)), None)
    return False


#: The attribute that `keep_root_cause` sets.
_ROOT = "_root_cause"


def keep_root_cause(error: BaseException) -> None:
    """Store the root cause on an exception that will be pickled: pickling loses the causes."""
    vars(error)[_ROOT] = root_cause(error)


def root_cause(error: BaseException) -> str:
    """Return the message of the innermost cause, such as "Connection refused"."""
    if kept := vars(error).get(_ROOT):
        return str(kept)
    message = str(error)
    while cause := error.__cause__:
        error = cause
        message = getattr(error, "strerror", None) or str(error) or message
    return message
