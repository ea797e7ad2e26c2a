"""The proxies of the environment: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, as `httpx2` reads them."""

from __future__ import annotations

import base64
import ipaddress
import re
from importlib import import_module
from typing import Any, NamedTuple
from urllib.parse import unquote

import urllib3

from .urls import Origin, parsed_url, redacted

__all__ = ["is_socks", "login_headers", "proxy_of", "socks_pool"]

SOCKS_SCHEMES = ("socks4", "socks4a", "socks5", "socks5h")
SCHEMES = ("http", "https", *SOCKS_SCHEMES)

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def proxy_of(origin: Origin) -> str | None:
    """Return the URL of the proxy that the environment sets for an origin, or None.

    Raises:
        ValueError: The URL of the proxy is invalid.
    """
    from urllib.request import getproxies  # 2 ms, and not needed before the first request

    proxies = getproxies()
    proxy = proxies.get(origin[0]) or proxies.get("all")
    if not proxy or any(_exempts(entry.strip(), origin) for entry in proxies.get("no", "").split(",")):
        return None
    return _checked(proxy if "://" in proxy else f"http://{proxy}")


def _checked(proxy: str) -> str:
    """Return the URL of a proxy in urllib3's spelling."""
    try:
        parts = parsed_url(proxy)
        if parts.scheme not in SCHEMES:
            raise ValueError(f"the scheme is not one of {', '.join(SCHEMES)}")
    except ValueError as error:
        raise ValueError(f"Invalid proxy URL {redacted(proxy)!r}: {error}") from None
    return str(parts.url)


# NO_PROXY


class _Pattern(NamedTuple):
    """An entry of NO_PROXY.

    Attributes:
        scheme: "http", "https", or an empty string for both.
        host: A host; "*" before it stands for its subdomains too, and "*." for its subdomains only.
        port: The port, or None for every port.
        network: A network of IP addresses, in place of `host`.
    """

    scheme: str
    host: str
    port: int | None
    network: _Network | None


_HOST_PORT = re.compile(r"(?P<host>\[[^\]/]*\]|[^\[\]:/]*)(?::(?P<port>[0-9]{0,5}))?(?:/.*)?")


def _exempts(entry: str, origin: Origin) -> bool:
    """Return whether an entry of NO_PROXY applies to an origin."""
    if entry == "*":
        return True
    pattern = _pattern(entry) if entry else None
    if pattern is None or pattern.scheme not in ("", origin[0]) or pattern.port not in (None, origin[2]):
        return False
    host = origin[1].strip("[]")
    if pattern.network is not None:
        address = _address(host)
        return address is not None and address in pattern.network
    return _is_of(host, pattern.host)


def _is_of(host: str, pattern: str) -> bool:
    if pattern in ("", "*"):
        return True
    domain = pattern.lstrip("*").removeprefix(".")
    if pattern.startswith("*"):
        return host.endswith(f".{domain}") or (host == domain and not pattern.startswith("*."))
    address = _address(pattern)
    return host == pattern if address is None else address == _address(host)


def _pattern(entry: str) -> _Pattern | None:
    """Return the pattern of an entry; None if it is invalid."""
    scheme, separator, rest = entry.rpartition("://")
    rest = rest.rpartition("@")[2] if separator else rest
    network = _network(rest)
    if network is not None:
        return _Pattern(_scheme(scheme), "", None, network)
    if _address(rest) is not None:
        return _Pattern(_scheme(scheme), rest, None, None)
    found = _HOST_PORT.fullmatch(rest)
    if found is None or (not separator and "/" in rest):
        return None
    host = _ascii(found["host"].strip("[]"))
    if host is None or (not host and not found["port"] and _scheme(scheme) == ""):
        return None
    if not (separator or host == "localhost" or host.startswith("*.") or _address(host)):
        host = f"*{host}"
    return _Pattern(_scheme(scheme), host, int(found["port"]) if found["port"] else None, None)


def _scheme(scheme: str) -> str:
    return "" if scheme.lower() == "all" else scheme.lower()


def _network(text: str) -> _Network | None:
    """Return the network of a text such as `127.0.0.0/8` or `[::1]/64`, or None."""
    address, slash, prefix = text.partition("/")
    try:
        return ipaddress.ip_network(f"{address.strip('[]')}/{int(prefix)}", strict=False) if slash else None
    except ValueError:
        return None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _ascii(host: str) -> str | None:
    """Return a host as it is in parsed URLs: in lower case, and IDNA-encoded; None if it is invalid."""
    if host.isascii():
        return host.lower()
    stars = host[: len(host) - len(host.lstrip("*."))]
    try:
        return f"{stars}{parsed_url('http://' + host.removeprefix(stars)).host}"
    except ValueError:
        return None


# Proxies


def login_headers(proxy: str) -> dict[str, str]:
    """Return the header with user and password of a proxy, or no header."""
    user, password = _login(proxy)
    if user is None:
        return {}
    login = base64.b64encode(f"{user}:{password}".encode())  # urllib3 can only encode Latin-1
    return {"proxy-authorization": f"Basic {login.decode()}"}


def _login(proxy: str) -> tuple[str, str] | tuple[None, None]:
    auth = parsed_url(proxy).auth
    if auth is None:
        return None, None
    user, _, password = auth.partition(":")
    return unquote(user), unquote(password)


def is_socks(proxy: str) -> bool:
    """Return whether the URL of a proxy is that of a SOCKS proxy."""
    return proxy.startswith(SOCKS_SCHEMES)


def socks_pool(proxy: str, options: dict[str, Any]) -> urllib3.PoolManager:
    """Return a pool for all hosts that connects through a SOCKS proxy.

    Raises:
        ValueError: The package PySocks is not installed.
    """
    if not _has_pysocks():
        raise ValueError("A SOCKS proxy needs the package PySocks. Install `ssescan[socks]`.")
    from urllib3.contrib.socks import SOCKSProxyManager

    from ._urllib3 import socks_pool_classes

    parts = parsed_url(proxy)
    user, password = _login(proxy)
    address = f"{parts.scheme}://{parts.host}:{parts.port or 1080}"
    pool = SOCKSProxyManager(address, username=user, password=password, **options)
    pool.pool_classes_by_scheme = socks_pool_classes()
    return pool


def _has_pysocks() -> bool:
    """Return whether PySocks can be imported. Without it urllib3 would warn, besides raising."""
    try:
        import_module("socks")
    except ImportError:
        return False
    return True
