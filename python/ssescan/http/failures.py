"""Which exceptions mean that the transport failed or timed out, and the cause inside them."""

from __future__ import annotations

__all__ = ["is_timeout", "is_transport", "keep_root_cause", "root_cause"]

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


def is_transport(error: BaseException) -> bool:
    """Return whether an exception means that the connection failed or timed out."""
    if isinstance(error, (ConnectionError, TimeoutError)):
        return True
    modules = (f"{cls.__module__}." for cls in type(error).__mro__)
    return (
        any(module.startswith(_TRANSPORT_MODULES) for module in modules) and "json" not in type(error).__name__.lower()
    )


def is_timeout(error: BaseException | None) -> bool:
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
