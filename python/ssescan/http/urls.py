"""URLs: origins, redirect targets, and URLs without their secrets."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

__all__ = ["Origin", "is_upgrade", "joined_url", "origin_of", "redacted"]

#: Scheme, host and port.
Origin = tuple[str, Any, Any]


def origin_of(url: str) -> Origin:
    """Scheme, host and port. ValueError for what is no URL."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def joined_url(url: str, location: str) -> str | None:
    """Where a redirect leads; None if that is no URL: the ValueError would show what is secret in it."""
    try:
        joined = urljoin(url, location)
        origin_of(joined)
    except ValueError:
        return None
    return joined


def is_upgrade(url: str, to: str) -> bool:
    """From http to https of the same host, both at their default ports: what is secret stays with who knows it."""
    (scheme, host, port), (other, to_host, to_port) = origin_of(url), origin_of(to)
    return (scheme, port, other, to_port) == ("http", 80, "https", 443) and host == to_host


def redacted(url: str) -> str:
    """`url` without what may be secret in it: its user and password, and its query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "a URL that is none"
    if not parts.netloc:  # a scheme that is missing may be a user that is taken for one
        host, slash, path = url.partition("?")[0].partition("#")[0].partition("/")
        return host.rpartition("@")[2] + slash + path
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
