"""The pools that a transport makes: TCP keep-alive, one TLS context, and a proxy."""

from __future__ import annotations

import os
import socket
import ssl
from functools import lru_cache
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection

from ._urllib3 import POOL_CLASSES
from .proxies import is_socks, login_headers, socks_pool

__all__ = ["KEEPALIVE_S", "make_pool"]

#: Seconds of silence before a keep-alive probe: shorter than the memory of NATs and load balancers.
KEEPALIVE_S = 60


def make_pool(
    proxy: str | None, max_connections: int, ssl_context: ssl.SSLContext | None = None
) -> urllib3.PoolManager:
    """Return a pool for all hosts.

    Args:
        proxy: The URL of a proxy, with user and password if it needs them; None connects directly.
        max_connections: The number of idle connections that are kept per host.
        ssl_context: The TLS context; None for the one of the process.

    Raises:
        ValueError: The proxy is a SOCKS proxy, and the package for it is not installed.
    """
    options: dict[str, Any] = {
        "maxsize": max_connections,
        "num_pools": 100,
        "ssl_context": ssl_context or _tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
        "socket_options": _socket_options(),
    }
    if proxy is not None and is_socks(proxy):
        return socks_pool(proxy, options)
    pool = (
        urllib3.ProxyManager(proxy, proxy_headers=login_headers(proxy), **options)
        if proxy
        else urllib3.PoolManager(**options)
    )
    pool.pool_classes_by_scheme = POOL_CLASSES
    return pool


@lru_cache(maxsize=4)
def _tls_context(*locations: str | None) -> ssl.SSLContext:
    """Return one context for the whole process, since reading the system's certificates takes milliseconds.

    `locations` is only the key of the cache: OpenSSL itself reads these variables of the environment.
    """
    from urllib3.util.ssl_ import create_urllib3_context

    context = create_urllib3_context()
    context.load_default_certs()
    return context


def _socket_options() -> list[tuple[int, int, Any]]:
    options: list[tuple[int, int, Any]] = [*HTTPConnection.default_socket_options]
    options.append((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1))
    for name in ("TCP_KEEPIDLE", "TCP_KEEPALIVE", "TCP_KEEPINTVL"):  # Linux, macOS, both
        if hasattr(socket, name):
            options.append((socket.IPPROTO_TCP, getattr(socket, name), KEEPALIVE_S))
    return options
