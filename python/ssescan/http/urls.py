"""URLs: their origin, the target of a redirect, and how they are shown without secrets.

urllib3 connects, so urllib3's parser judges. `urllib.parse` reads some URLs differently: for `http://a\\@b/` it returns host
b, and urllib3 connects to a.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["Origin", "is_upgrade", "joined_url", "origin_of", "parsed_url", "redacted", "sent_url"]

#: Scheme, host and port.
Origin = tuple[str, str, int]

_PORTS = {"http": 80, "https": 443}
#: The authority up to where any parser ends it. urllib3 ends it at a backslash too.
_AUTHORITY = re.compile(r"[^:/?#]*://([^/?#]*)")
_NOT_IN_AUTHORITY = re.compile(r"[\x00-\x20\x7f\\]")


def parsed_url(url: str) -> Any:
    """Return the parts of a URL as urllib3 reads them, a `urllib3.util.Url`.

    Raises:
        ValueError: The URL is invalid. The message does not show it.
    """
    from urllib3.util import parse_url

    authority = _AUTHORITY.match(url)
    if authority is None:
        raise ValueError("no scheme; begin it with https:// or http://")
    if _NOT_IN_AUTHORITY.search(authority[1]):
        raise ValueError("a backslash, space or control character in the host")
    parts = None
    try:
        parts = parse_url(url)
    except ValueError:  # its message and its context show the URL
        pass
    if parts is None or not parts.host or not _has_good_labels(parts.host):
        raise ValueError("bad host or port")
    return parts


def _has_good_labels(host: str) -> bool:
    """Return whether the parts of a name have a length that names can have. urllib3 checks it when it connects."""
    *labels, last = host.split(".")
    return host.startswith("[") or all(0 < len(label) < 64 for label in labels) and len(last) < 64


def origin_of(url: str) -> Origin:
    """Return scheme, host and port of a URL, as a request to it connects.

    Raises:
        ValueError: The URL is invalid, or its scheme is not http or https. The message does not show it.
    """
    return _origin(parsed_url(url))


def _origin(parts: Any) -> Origin:
    if parts.scheme not in _PORTS:
        raise ValueError("the scheme is not http or https")
    return parts.scheme, parts.host, _PORTS[parts.scheme] if parts.port is None else parts.port


def sent_url(url: str) -> str:
    """Return the URL in urllib3's spelling. Every parser reads the result as `origin_of` judges `url`.

    Raises:
        ValueError: The URL is invalid, or its scheme is not http or https. The message does not show it.
    """
    parts = parsed_url(url)
    _origin(parts)
    return str(parts.url)


def joined_url(url: str, location: str) -> str:
    """Return the URL that a redirect leads to, in urllib3's spelling.

    Raises:
        ValueError: The URL is invalid, or its scheme is not http or https. The message does not show it.
    """
    from urllib.parse import urljoin

    joined = None
    try:
        joined = urljoin(url, location)
    except ValueError:  # its message shows the URL
        pass
    if joined is None:
        raise ValueError("bad host or port")
    return sent_url(joined)


def is_upgrade(url: str, to: str) -> bool:
    """Return whether a redirect leads from http to https of the same host, both at their default ports."""
    (scheme, host, port), (other, to_host, to_port) = origin_of(url), origin_of(to)
    return (scheme, port, other, to_port) == ("http", 80, "https", 443) and host == to_host


def redacted(url: str) -> str:
    """Return `url` without its user, password, query and fragment, which may be secret."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
    except ValueError:
        return _redacted_unparsed(url)
    if not parts.netloc:  # without a scheme, "user:password@host" may be parsed as a scheme
        host, slash, path = url.partition("?")[0].partition("#")[0].partition("/")
        return host.rpartition("@")[2] + slash + path
    if not _has_port(parts) and "@" in url:  # a "/", "?" or "#" in the password may have ended the host
        return _redacted_unparsed(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _redacted_unparsed(url: str) -> str:
    """Return a URL that cannot be parsed, or has no valid port, without its user, password, query and fragment."""
    shown = re.split("[?#]", url, maxsplit=1)[0]
    if "@" in url[len(shown) :]:  # it is in the query, or ends a password with "?" or "#"
        return "an invalid URL"
    user, _, place = shown.rpartition("@")
    scheme = re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", user)
    return f"{scheme[0]}{place}" if scheme else place


def _has_port(parts: Any) -> bool:
    """Return whether the port of a URL is valid or absent."""
    try:
        return parts.port is None or parts.port >= 0
    except ValueError:
        return False
