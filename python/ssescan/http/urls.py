"""URLs: their origin, the target of a redirect, and how they are shown without secrets."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

__all__ = ["Origin", "is_upgrade", "joined_url", "origin_of", "redacted"]

#: Scheme, host and port.
Origin = tuple[str, Any, Any]


def origin_of(url: str) -> Origin:
    """Return scheme, host and port of a URL. ValueError if it is invalid."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def joined_url(url: str, location: str) -> str | None:
    """Return the URL that a redirect leads to; None if it is invalid. A ValueError would show its secrets."""
    try:
        joined = urljoin(url, location)
        origin_of(joined)
    except ValueError:
        return None
    return joined


def is_upgrade(url: str, to: str) -> bool:
    """Return whether a redirect leads from http to https of the same host, both at their default ports."""
    (scheme, host, port), (other, to_host, to_port) = origin_of(url), origin_of(to)
    return (scheme, port, other, to_port) == ("http", 80, "https", 443) and host == to_host


def redacted(url: str) -> str:
    """Return `url` without its user, password, query and fragment, which may be secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an invalid URL"
    if not parts.netloc:  # without a scheme, "user:password@host" may be parsed as a scheme
        host, slash, path = url.partition("?")[0].partition("#")[0].partition("/")
        return host.rpartition("@")[2] + slash + path
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
