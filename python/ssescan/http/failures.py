"""Classifies exceptions of a transport: a timeout, a lost connection or an invalid request. Finds the cause inside them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import Any

from ssescan.errors import is_retryable

__all__ = [
    "Failure",
    "chain",
    "classify",
    "has_oversized_head",
    "invalid_request",
    "is_of_proxy",
    "is_refused_tunnel",
    "is_unconnected",
    "is_untrusted",
    "is_without_tls",
    "keep_proxy",
    "keep_root_cause",
    "root_cause",
]

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

#: Class and message of the exceptions of http.client for a head over its limits.
_OVERSIZED_HEADS = ("http.client.LineTooLong: ", "http.client.HTTPException: got more than ")

#: Classes of timeouts. urllib3 derives a refused connection from its timeout, so that base classes do not help.
_TIMEOUT_CLASSES = (
    "ConnectTimeout",
    "ConnectTimeoutError",
    "PoolTimeout",
    "ReadTimeout",
    "ReadTimeoutError",
    "TimeoutException",
)


#: Classes of exceptions that urllib3 raises before there is a connection.
_UNCONNECTED_CLASSES = ("ConnectTimeoutError", "NewConnectionError")

#: Classes of exceptions for a certificate that is not trusted, expired or for another host, of `ssl` and of urllib3.
_UNTRUSTED_CLASSES = ("SSLCertVerificationError", "CertificateError")


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


def _cause(error: BaseException) -> BaseException | None:
    return error.__cause__


def chain(
    error: BaseException | None, following: Callable[[BaseException], BaseException | None] = _cause
) -> Iterator[BaseException]:
    """Yield an exception and the ones that caused it, each once: their chain may be a cycle.

    Args:
        error: The exception, or None.
        following: Returns the exception that caused one; None ends the chain.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = following(error)


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


def _is_timeout(error: BaseException) -> bool:
    """Return whether an exception, or one inside it, means that one of our deadlines expired.

    A timeout with an errno is the kernel's: the other side is gone. requests wraps a read timeout in a ConnectionError,
    and urllib3 wraps one of sending in a ProtocolError.
    """
    return any(
        (isinstance(inner, TimeoutError) and not inner.errno) or type(inner).__name__ in _TIMEOUT_CLASSES
        for inner in chain(error, _cause_or_argument)
    )


def _cause_or_argument(error: BaseException) -> BaseException | None:
    found = error.__cause__ or next((arg for arg in error.args if isinstance(arg, BaseException)), None)
    return found or _cause_in_pysocks(error)


def _cause_in_pysocks(error: BaseException) -> BaseException | None:
    """Return the exception that caused one of PySocks, or one that urllib3 raises for it without a cause; else None."""
    if type(error).__name__ == "NewConnectionError":
        error = error.__context__ or error
    found = getattr(error, "socket_err", None)
    return found if isinstance(found, BaseException) else None


#: The attribute that `keep_root_cause` sets.
_ROOT = "_root_cause"


def keep_root_cause(error: BaseException) -> None:
    """Store the root cause on an exception that will be pickled: pickling loses the causes."""
    vars(error)[_ROOT] = root_cause(error)


#: The attribute that `keep_proxy` sets.
_PROXY = "_proxy_address"


def keep_proxy(error: BaseException, pool: Any) -> None:
    """Store host and port of the proxy of a pool on its exception: a failed TLS handshake does not have them."""
    vars(error)[_PROXY] = getattr(getattr(pool, "proxy", None), "netloc", None)


def root_cause(error: BaseException) -> str:
    """Return the message of the innermost cause, such as "Connection refused", and the proxy if that could not be reached."""
    if kept := vars(error).get(_ROOT):
        return str(kept)
    message = str(error)
    for cause in chain(_cause_or_argument(error), _cause_or_argument):
        if type(cause).__name__ == "BadStatusLine":
            return f"the answer is not HTTP: it begins with {str(cause).strip()[:60]!r}{_proxy_of(error)}"
        message = getattr(cause, "strerror", None) or str(cause) or message
    return message + _proxy_of(error)


def _proxy_of(error: BaseException) -> str:
    """Return " (proxy HOST:PORT)" if a proxy could not be reached, or did not connect; an empty string otherwise."""
    links = list(chain(error, _cause_or_argument))
    connection = next(filter(None, (getattr(link, "conn", None) for link in links)), None)
    if connection is not None:
        from ._urllib3 import socks_address  # its connection, so urllib3 is loaded

        if address := socks_address(connection):
            return f" (proxy {address})"
    if not is_of_proxy(error):
        return ""
    if kept := next(filter(None, (vars(link).get(_PROXY) for link in links)), None):
        return f" (proxy {kept})"
    host = getattr(connection, "host", None)
    return f" (proxy {host}:{getattr(connection, 'port', None)})" if host else " (proxy)"


#: How the messages about an invalid URL or header of a request, or an invalid proxy, begin.
_INVALID = ("Invalid URL ", "Invalid proxy URL ", "Invalid header name ", "Invalid value for header ")


def invalid_request(error: BaseException | None) -> str | None:
    """Return the root cause if a request was not sent because its URL, a header or its proxy is invalid; None otherwise."""
    cause = "" if error is None else root_cause(error)
    return cause if cause.startswith(_INVALID) else None


def is_of_proxy(error: BaseException) -> bool:
    """Return whether the connection to a proxy failed, and not the one to the server."""
    return any(type(link).__name__ == "ProxyError" for link in chain(error, _cause_or_argument))


_REFUSED_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")


def is_refused_tunnel(error: BaseException) -> bool:
    """Return whether a proxy refused to connect, with a status that it would repeat."""
    found = filter(None, (_REFUSED_TUNNEL.match(str(link)) for link in chain(error, _cause_or_argument)))
    return any(not is_retryable(int(match[1])) for match in found)


def has_oversized_head(error: BaseException) -> bool:
    """Return whether http.client refused the head of a response: over 100 headers, or a line over 64 KiB."""
    names = (f"{type(link).__module__}.{type(link).__name__}: {link}" for link in chain(error, _cause_or_argument))
    return any(name.startswith(_OVERSIZED_HEADS) for name in names)


def is_untrusted(error: BaseException) -> bool:
    """Return whether the certificate of the server was refused."""
    names = (type(link).__name__ for link in chain(error, _cause_or_argument))
    return any(name in _UNTRUSTED_CLASSES for name in names)


def is_unconnected(error: BaseException) -> bool:
    """Return whether a request failed before there was a connection, so that the server cannot have received it."""
    classes = (base.__name__ for link in chain(error, _cause_or_argument) for base in type(link).__mro__)
    return any(name in _UNCONNECTED_CLASSES for name in classes) or is_without_tls(error)


#: Reasons that OpenSSL reports if the other side answers a handshake with something else, such as plain HTTP.
_WITHOUT_TLS = ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG")


def is_without_tls(error: BaseException) -> bool:
    """Return whether the server, or the proxy, answered a TLS handshake with something else."""
    messages = (str(link) for link in chain(error, _cause_or_argument))
    return any(f"[SSL: {reason}]" in message for message in messages for reason in _WITHOUT_TLS)
