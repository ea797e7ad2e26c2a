"""`http_client=`: a pool of urllib3, a `DefaultHttpxClient`, or a client of httpx or httpx2, whose settings are taken."""

from __future__ import annotations

import base64
import ssl
import warnings
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from ssescan._context import ClosesOnExit
from ssescan.http.transport import Transport

from ._constants import DEFAULT_CONNECTION_LIMITS, DEFAULT_TIMEOUT
from ._timeout import Timeout

__all__ = ["DefaultHttpx2Client", "DefaultHttpxClient", "timeout_of", "transport_of"]


#: The default timeout of httpx. It is not taken, since the client of the API has its own default.
_HTTPX_TIMEOUT = Timeout(5.0)
#: Headers that every client of httpx has.
_HTTPX_HEADERS = {"accept", "accept-encoding", "connection", "user-agent"}
#: Arguments of a `DefaultHttpxClient` that have an effect.
_USED = {"timeout", "proxy", "verify", "cert", "trust_env", "headers", "limits"}
#: Arguments without an effect, for which no warning is needed: these are the defaults here, or concern httpx alone.
_HARMLESS = {"follow_redirects", "http1", "http2", "base_url", "default_encoding", "max_redirects"}


class DefaultHttpxClient(ClosesOnExit):
    """Settings of the connections of a client, under the names of httpx. It sends nothing itself.

    Arguments of httpx that have no effect here, such as `event_hooks`, are named in a warning.

    Args:
        timeout: The default timeout of requests.
        proxy: The URL of a proxy for all requests, or a `Proxy` of httpx.
        verify: False to accept every certificate, a file or folder of certificates, or an `ssl.SSLContext`.
        cert: The file of a client certificate, or a tuple of the files of certificate and key.
        trust_env: False to ignore the proxies of the environment.
        headers: Headers of every request that has no such header itself.
        limits: `max_keepalive_connections` is the number of idle connections that are kept per host.
        **others: Other arguments of httpx.

    Raises:
        TypeError: `mounts` are passed, or a `transport` of another class than `HTTPTransport`. Requests would not be sent by
            them.
    """

    def __init__(
        self,
        *,
        timeout: Any = DEFAULT_TIMEOUT,
        proxy: Any = None,
        verify: Any = True,
        cert: Any = None,
        trust_env: bool = True,
        headers: Mapping[str, str] | None = None,
        limits: Any = DEFAULT_CONNECTION_LIMITS,
        **others: Any,
    ) -> None:
        transport = others.pop("transport", None)
        _check_senders(None if _is_of_httpx(transport) else transport, others.get("mounts"))
        if transport is not None and proxy is None:
            proxy, verify, cert, trust_env = transport, transport._pool._ssl_context, None, False
        self.timeout, self.proxy = Timeout(timeout), _proxy_of(proxy)
        self.verify, self.cert, self.trust_env, self.limits = verify, cert, trust_env, limits
        self.headers = dict(headers or {})
        self.is_closed = False
        named = {name: value for name, value in others.items() if name not in _HARMLESS}
        _warn_unused({**named, **_unused_in([transport, proxy])}, stacklevel=3)

    def close(self) -> None:
        """Mark the client as closed. Its connections belong to the client of the API."""
        self.is_closed = True


class DefaultHttpx2Client(DefaultHttpxClient):
    """Settings of the connections of a client, under the names of httpx2. It sends nothing itself."""


def transport_of(http_client: Any) -> Transport:
    """Return the transport over the caller's pool, with the caller's settings, or over pools of its own.

    Raises:
        TypeError: `http_client` is a client of another library, an async client, or has a transport of its own.
    """
    if isinstance(http_client, Transport):
        return http_client
    if isinstance(http_client, DefaultHttpxClient):
        return _configured(http_client)
    if _is_httpx(http_client):
        return _like_httpx(http_client)
    if http_client is not None and not hasattr(http_client, "urlopen"):
        raise TypeError(
            "Invalid `http_client` argument; Expected an instance of `urllib3.PoolManager`, `DefaultHttpxClient` or "
            f"`httpx.Client` (or a recording of `ssescan.testing`) but got {type(http_client)}"
        )
    return Transport(http_client)


def timeout_of(http_client: Any) -> Any:
    """Return the default timeout: that of `http_client` if it has one, else 10 minutes for a byte and 5 s to connect."""
    if isinstance(http_client, DefaultHttpxClient) or _is_httpx(http_client):
        chosen = Timeout(http_client.timeout)
        return DEFAULT_TIMEOUT if chosen == _HTTPX_TIMEOUT else chosen
    own = getattr(http_client, "connection_pool_kw", {}).get("timeout")
    if own is None:
        return DEFAULT_TIMEOUT
    connect, read = getattr(own, "connect_timeout", own), getattr(own, "_read", own)
    return Timeout(connect=connect, read=read, write=read, pool=None)


def _is_httpx(http_client: Any) -> bool:
    """Return whether this is a sync client of httpx or httpx2."""
    return hasattr(http_client, "build_request") and not hasattr(http_client, "aclose")


def _configured(client: DefaultHttpxClient) -> Transport:
    return Transport(
        max_connections=getattr(client.limits, "max_keepalive_connections", None) or 1000,
        proxy=client.proxy,
        trust_env=client.trust_env,
        ssl_context=_tls_context(client.verify, client.cert),
        headers=client.headers,
    )


def _tls_context(verify: Any, cert: Any) -> ssl.SSLContext | None:
    """Return the context for these arguments of httpx; None for the default one."""
    if isinstance(verify, ssl.SSLContext):
        return verify
    if verify is True and cert is None:
        return None
    context = ssl.create_default_context()
    if verify is False:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif verify is not True:
        import os

        context.load_verify_locations(**{"capath" if os.path.isdir(verify) else "cafile": verify})
    if cert is not None:
        context.load_cert_chain(*([cert] if isinstance(cert, str) else cert))
    return context


def _like_httpx(client: Any) -> Transport:
    """Return a transport with the settings of a client of httpx, and warn of those that have no effect."""
    transport, mounts = client._transport, client._mounts
    own = [one for one in mounts.values() if one is not None and not _is_of_httpx(one)]
    _check_senders(None if _is_of_httpx(transport) else transport, own)
    proxied, trust_env = _proxied(client)
    named = {
        "auth": client.auth,
        "cookies": len(client.cookies.jar),
        "event_hooks": any(client.event_hooks.values()),
        "params": len(client.params),
    }
    _warn_unused({**named, **_unused_in([transport, *mounts.values()])}, stacklevel=6)
    headers = {name: value for name, value in client.headers.items() if name.lower() not in _HTTPX_HEADERS}
    return Transport(
        proxy=_proxy_of(proxied), trust_env=trust_env, ssl_context=proxied._pool._ssl_context, headers=headers
    )


def _proxied(client: Any) -> tuple[Any, bool]:
    """Return the transport of httpx that all requests use, and whether the proxies are those of the environment.

    httpx reads the environment when the client is made, and not for a client with a `transport`.

    Raises:
        TypeError: Requests for some URLs use another transport.
    """
    mounts = {pattern.pattern: mount for pattern, mount in client._mounts.items()}
    if not mounts:
        return client._transport, False
    proxies = {pattern: _proxy_of(mount) for pattern, mount in mounts.items()}
    of_environment = client._get_proxy_map(None, client.trust_env)
    if proxies == {pattern: _proxy_of(proxy) for pattern, proxy in of_environment.items()}:
        return client._transport, True
    if proxies.keys() not in ({"all://"}, {"http://", "https://"}) or len({*proxies.values()}) > 1:
        _check_senders(None, mounts)
    return mounts.get("all://", mounts.get("https://")) or client._transport, False


def _is_of_httpx(transport: Any) -> bool:
    """Return whether a transport is that of httpx or httpx2 itself, which has only settings."""
    return type(transport).__name__ == "HTTPTransport"


def _check_senders(transport: Any, mounts: Any) -> None:
    """Raise TypeError for transports of the caller: the client would send requests past them, in tests to the real server."""
    if transport is None and not mounts:
        return
    name = "mounts" if transport is None else f"transport ({type(transport).__name__})"
    raise TypeError(
        f"Unsupported http_client: its {name} would not be used, because requests are sent by urllib3. "
        "In tests, pass `http_client=ssescan.testing.FakePool(...)`. Elsewhere, pass a `urllib3.PoolManager`."
    )


def _is_bound(transport: Any) -> bool:
    """Return whether a transport of httpx binds its connections to an address or a Unix socket."""
    pool = getattr(transport, "_pool", None)
    return getattr(pool, "_uds", None) is not None or getattr(pool, "_local_address", None) is not None


def _unused_in(proxied: Iterable[Any]) -> dict[str, bool]:
    """Return which settings of transports and of a `Proxy` of httpx have no effect."""
    proxied = list(proxied)
    headers = (header for one in proxied for header in _proxy_headers(one))
    return {
        "proxy headers": any(_login_in(*header) is None for header in headers),
        "transport": any(map(_is_bound, proxied)),
    }


def _proxy_headers(proxied: Any) -> Iterable[tuple[bytes, bytes]]:
    """Return the headers for the proxy of a transport or a `Proxy` of httpx."""
    of_proxy = getattr(getattr(proxied, "headers", None), "raw", ())
    headers: Iterable[tuple[bytes, bytes]] = getattr(getattr(proxied, "_pool", None), "_proxy_headers", of_proxy)
    return headers


def _login_in(name: bytes, value: bytes) -> list[bytes] | None:
    """Return user and password of a header for a proxy; None for another header or another kind of login."""
    kind, _, login = value.partition(b" ")
    if name.lower() != b"proxy-authorization" or kind.lower() != b"basic":
        return None
    try:
        return base64.b64decode(login).split(b":", 1)
    except ValueError:
        return None


def _proxy_of(proxied: Any) -> str | None:
    """Return the URL of a proxy with user and password: that of a transport or a `Proxy` of httpx, or a URL; None without one."""
    pool = getattr(proxied, "_pool", None)
    if pool is not None:
        url = getattr(pool, "_proxy_url", None)
        if url is None:
            return None
        host, scheme = url.host.decode("ascii"), url.scheme.decode("ascii")
        host = f"[{host}]" if ":" in host else host
        proxy, login = f"{scheme}://{host}" + (f":{url.port}" if url.port else ""), getattr(pool, "_proxy_auth", None)
    elif hasattr(proxied, "raw_auth"):
        proxy, login = f"{proxied.url.scheme}://{proxied.url.netloc.decode('ascii')}", proxied.raw_auth
    else:
        return None if proxied is None else str(proxied)
    login = login or next(filter(None, (_login_in(*header) for header in _proxy_headers(proxied))), None)
    return _with_login(proxy, login)


def _with_login(url: str, login: Iterable[bytes] | None) -> str:
    """Return the URL of a proxy with its user and password in it."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{':'.join(quote(part, safe='') for part in login)}@{rest}" if login else url


def _warn_unused(settings: Mapping[str, Any], stacklevel: int) -> None:
    """Warn of the settings that have a value."""
    if not (names := sorted(name for name, value in settings.items() if value)):
        return
    warnings.warn(
        f"http_client: {', '.join(names)} has no effect (requests are sent by urllib3). Pass a `urllib3.PoolManager` to "
        "change how requests are sent, or use the `openai` package.",
        UserWarning,
        stacklevel=stacklevel,
    )
