"""URLs: what an origin is, where a request goes, and which proxy it takes."""

from __future__ import annotations

import random
import re
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import BARE_DONE, HI
from faultserver import CALLS, FaultServer, Sees, certificate, check, head, length, stream, watch
from ssescan import Timeouts
from ssescan.errors import APIConnectionError
from ssescan.http import _urllib3
from ssescan.http.connections import make_pool
from ssescan.http.proxies import login_headers, proxy_of
from ssescan.http.transport import Request, Transport
from ssescan.http.urls import joined_url, origin_of, redacted, sent_url
from test_secrets import everything_about

OK = stream(HI, BARE_DONE)
GOOD = Sees("done", None, "Hi")
TIMEOUTS = Timeouts()


# Origins

PIECES = (
    *("http:", "https:", "HTTP:", "//", "/", "\\", "@", ":", "?", "#", "%40", "%5C", "%2F", "%00", "[", "]", ".", " "),
    *("\t", "\n", "\r", "\0", "\x0b", "\x7f", "\u2100", "\uff0f", "\u3002", "\xad", "é", "good", "evil", "GOOD"),
    *("127.0.0.1", "[::1]", "[fe80::1%25a]", "80", "443", "0", "99999", "user", "x", "v1"),
)


class Connected(Exception):
    """A connection was about to be made."""


def where(make: Any) -> Any:
    """Return scheme, host and port that are connected to; None if `make` fails before."""

    def connect(self: Any) -> None:
        scheme = "https" if isinstance(self, urllib3.connection.HTTPSConnection) else "http"
        raise Connected(scheme, self.host, self.port)

    with pytest.MonkeyPatch.context() as patch:
        for cls in _urllib3._Connection, _urllib3._TLSConnection:
            patch.setattr(cls, "connect", connect)
        try:
            make()
        except Connected as connected:
            return connected.args
        except (APIConnectionError, ValueError, urllib3.exceptions.HTTPError):
            return None
    raise AssertionError("nothing was connected")


def same(origin: Any, connected: Any) -> bool:
    if connected is None:
        return True  # old versions of urllib3 refuse some paths too
    scheme, host, port = origin
    return (scheme, host.strip("[]").rstrip("."), port) == (connected[0], connected[1].rstrip("."), connected[2])


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9), st.booleans())
@settings(max_examples=400)
def test_an_origin_is_what_is_connected_to(pieces: list[str], begins: bool):
    url = ("http://" if begins else "") + "".join(pieces)
    try:
        origin = origin_of(url)
    except ValueError:
        assert where(lambda: Transport().send(Request("GET", url, {}, None), TIMEOUTS)) is None
        return
    for spelling in url, sent_url(url):
        assert same(origin, where(lambda: make_pool(None, 1).request("GET", spelling, retries=False)))
    assert origin_of(sent_url(url)) == origin
    assert sent_url(sent_url(url)) == sent_url(url)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9))
@settings(max_examples=400)
def test_so_is_that_of_a_redirect(pieces: list[str]):
    try:
        url = joined_url("https://good/v1", "".join(pieces))
    except ValueError:
        return
    assert same(origin_of(url), where(lambda: make_pool(None, 1).request("GET", url, retries=False)))


@pytest.mark.parametrize(
    "url",
    [
        "http://evil\\@good/x",
        "http://evil\\good/x",
        "http://good\t/x",
        "http://go od/x",
        "http://good\x00@evil/",
        "http://good\x7f/",
        "http://good\n.evil/",
        "http:///x",
        "http:good/x",
        "good/v1",
        "good:8000/v1",
        "//good/v1",
        "ftp://good/",
        "unix:///socket",
        "http://[::1/",
        "http://good:99999/",
        "http://a..b/",
        "http://.good/",
        "http://good../",
        "http://" + "a" * 64 + ".good/",
        "http://good." + "a" * 64 + "/",
    ],
)
def test_what_is_refused(url: str):
    for judge in origin_of, sent_url:
        with pytest.raises(ValueError) as raised:
            judge(url)
        assert "good" not in str(raised.value)
        assert raised.value.__context__ is None


class TestRedirects:
    SECRETS = {
        "X-Goog-Api-Key": "g",
        "Ocp-Apim-Subscription-Key": "o",
        "X-Auth-Token": "t",
        "x-api-key": "x",
        "OpenAI-Organization": "org",
        "OpenAI-Project": "proj",
        "Set-Cookie2": "c",
        "X-Amz-Security-Token": "s",
        "X-Mine": "prefix sk-secret-of-the-client suffix",
        "X-Again": "Bearer another-secret",
        "Authorization": "Bearer another-secret",
    }
    OPEN = {"X-Open": "o", "Idempotency-Key": "i", "Accept": "text/event-stream"}

    def ask(self, server: FaultServer) -> None:
        client = server.client(api_key="sk-secret-of-the-client")
        headers = {**self.SECRETS, **self.OPEN}
        client.chat.completions.create(model="m", messages=[], stream=True, extra_headers=headers).close()

    @pytest.mark.usefixtures("loopback")
    @pytest.mark.parametrize("status", [302, 307])
    def test_what_stays_with_the_origin(self, status: int):
        with FaultServer() as other, FaultServer() as server:
            other.play(*OK)
            server.play(head(length(0), f"Location: {other.origin}/away", status=f"{status} X"))
            self.ask(server)

        assert not {name.lower() for name in self.SECRETS} & set(other.requests[0].headers)
        assert {name.lower() for name in self.OPEN} <= set(other.requests[0].headers)

    @pytest.mark.usefixtures("loopback")
    def test_the_same_origin_gets_all(self):
        with FaultServer() as server:
            server.play_each((head(length(0), "Location: /away", status="307 X"),), OK)
            self.ask(server)

        assert {name.lower() for name in self.SECRETS} <= set(server.requests[1].headers)

    @pytest.mark.usefixtures("loopback")
    @pytest.mark.parametrize("location", ["http://127.0.0.2:{evil}\\@127.0.0.1:{good}/x", "\\\\127.0.0.2:{evil}/x"])
    def test_a_backslash_leads_nowhere_else(self, location: str):
        with FaultServer() as server, socket.create_server(("127.0.0.2", 0)) as evil:
            location = location.format(evil=evil.getsockname()[1], good=server.port)
            server.play_each((head(length(0), f"Location: {location}", status="307 X"),), OK)
            watch(lambda: CALLS["chat"](server.client()))

            evil.settimeout(0.1)
            with pytest.raises(TimeoutError):
                evil.accept()


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    ("base_url", "says"),
    [
        ("127.0.0.1:{port}/v1", "no scheme; begin it with https:// or http://"),
        ("localhost:{port}", "no scheme; begin it with https:// or http://"),
        ("//127.0.0.1:{port}/v1", "no scheme"),
        ("http://127.0.0.2:1\\@127.0.0.1:{port}/v1", "a backslash, space or control character in the host"),
        ("ftp://127.0.0.1:{port}/v1", "the scheme is not http or https"),
    ],
)
def test_a_base_url_that_is_refused(base_url: str, says: str):
    with FaultServer() as server:
        server.play(*OK)
        client = server.client(base_url=base_url.format(port=server.port), max_retries=5)
        check(watch(lambda: CALLS["chat"](client)), Sees("", APIConnectionError, says=says, told={"retryable": False}))
        assert server.requests == []


@pytest.mark.parametrize("url", ["http://user:pass/word@host/x", "http://user:pa?ss@host/x", "http://u:p\\w@host/x"])
def test_a_password_that_needs_quoting_is_not_shown(url: str):
    assert not {"pass", "word", "pa", "ss", "p\\w"} & set(redacted(url).replace(":", "/").replace("@", "/").split("/"))


# The environment


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


PROXY = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("no_proxy", "url", "exempt"),
    [
        ("localhost,127.0.0.0/8,::1", "http://127.0.0.1:8000/", True),
        ("localhost,127.0.0.0/8,::1", "http://127.255.0.1/", True),
        ("localhost,127.0.0.0/8,::1", "http://128.0.0.1/", False),
        ("localhost,127.0.0.0/8,::1", "http://[::1]:8000/", True),
        ("localhost,127.0.0.0/8,::1", "http://LOCALHOST/", True),
        ("localhost", "http://a.localhost/", False),
        ("[::1]", "http://[::1]/", True),
        ("[::1]:80", "http://[::1]/", True),
        ("[::1]:81", "http://[::1]/", False),
        ("fe80::/10", "http://[fe80::1]/", True),
        ("[fe80::]/10", "http://[fe80::1]/", True),
        ("a.x, * ,b.x", "https://c.x/", True),
        ("*", "https://c.x/", True),
        ("a.x", "https://a.x/", True),
        ("a.x", "https://b.a.x/", True),
        ("a.x", "https://ba.x/", False),
        (".a.x", "https://b.a.x/", True),
        (".a.x", "https://a.x/", False),
        ("*.a.x", "https://b.a.x/", True),
        ("*.a.x", "https://a.x/", False),
        ("A.X", "https://a.x/", True),
        ("a.x:443", "https://a.x/", True),
        ("a.x:8443", "https://a.x:8443/", True),
        ("a.x:8443", "https://a.x/", False),
        ("https://a.x", "https://a.x/", True),
        ("http://a.x", "https://a.x/", False),
        ("a.x/8", "https://a.x/", False),
        ("127.0.0.1/99", "http://127.0.0.1/", False),
        ("127.0.0.1/x", "http://127.0.0.1/", False),
        ("m\xfcller.x", "https://m\xfcller.x/", True),
        ("m\xfcller.x", "https://xn--mller-kva.x/", True),
        ("", "https://a.x/", False),
        (",,", "https://a.x/", False),
        ("]:[", "https://a.x/", False),
        ("a.x:" + "4" * 5000, "https://a.x/", False),
        ("a.x:\u0664\u0664\u0663", "https://a.x/", False),
    ],
)
def test_no_proxy(environ: pytest.MonkeyPatch, no_proxy: str, url: str, exempt: bool):
    environ.setenv("ALL_PROXY", PROXY)
    environ.setenv("NO_PROXY", no_proxy)

    assert proxy_of(origin_of(url)) == (None if exempt else PROXY)


def test_lower_case_comes_first(environ: pytest.MonkeyPatch):
    environ.setenv("HTTPS_PROXY", "http://upper")
    environ.setenv("https_proxy", "http://lower")
    environ.setenv("ALL_PROXY", "http://all")
    environ.setenv("NO_PROXY", "*")
    environ.setenv("no_proxy", "b.x")

    assert proxy_of(origin_of("https://a.x")) == "http://lower"
    assert proxy_of(origin_of("http://a.x")) == "http://all"
    assert proxy_of(origin_of("http://b.x")) is None


HOSTS = ("a.x", "b.a.x", "ba.x", "localhost", "a.localhost", "127.0.0.1", "127.9.9.9", "10.1.2.3", "[::1]", "[fe80::1]")
PORTS = ("", ":8000", ":81")
ENTRY_PARTS = (
    *("a.x", "b.a.x", "x", "localhost", "127.0.0.1", "127.0.0.0", "10.0.0.0", "::1", "fe80::", "[::1]", "*", ".", "*."),
    *(":8000", ":81", "/8", "/16", "/64", "/x", "http://", "https://", "all://", " ", "A.X"),
)


def entries(seed: int) -> str:
    chosen = random.Random(seed)
    return ",".join(
        "".join(chosen.choices(ENTRY_PARTS, k=chosen.choice((1, 1, 2, 3)))) for _ in range(chosen.randint(1, 3))
    )


def test_beside_httpx2(environ: pytest.MonkeyPatch):
    """Exempt the same hosts as httpx2. Entries without a host are omitted, since they mean different things."""
    httpx2 = pytest.importorskip("httpx2")
    environ.setenv("ALL_PROXY", PROXY)
    context = ssl.create_default_context()
    exempted = 0
    for seed in range(60):
        no_proxy = entries(seed)
        if any(re.fullmatch(r" *(\w+://)?(/.*)? *", entry) for entry in no_proxy.split(",")):
            continue
        environ.setenv("NO_PROXY", no_proxy)
        with httpx2.Client(verify=context) as client:
            for host in HOSTS:
                for url in (f"{scheme}://{host}{port}/" for scheme in ("http", "https") for port in PORTS):
                    theirs = client._transport_for_url(httpx2.URL(url)) is client._transport
                    assert (proxy_of(origin_of(url)) is None) == theirs, (no_proxy, url)
                    exempted += theirs
    assert exempted > 150


@pytest.mark.usefixtures("loopback")
def test_neither_request_nor_key_goes_to_the_proxy(environ: pytest.MonkeyPatch):
    with FaultServer() as server, FaultServer() as proxy:
        server.play(*OK)
        proxy.play(*OK)
        environ.setenv("HTTP_PROXY", proxy.origin)
        environ.setenv("NO_PROXY", "localhost,127.0.0.0/8,::1")
        check(watch(lambda: CALLS["chat"](server.client())), GOOD)

        assert proxy.requests == []


@pytest.mark.parametrize(
    "proxy", ["http://user:pass-word@h\\@127.0.0.1:9", "http://user:pass-word@[::1", "ftp://user:pass-word@h", "h:x"]
)
def test_a_proxy_that_is_refused(environ: pytest.MonkeyPatch, proxy: str):
    environ.setenv("HTTP_PROXY", proxy)
    with FaultServer() as server:
        error = watch(lambda: CALLS["chat"](server.client(max_retries=5))).error

    assert isinstance(error, APIConnectionError) and not error.retryable
    assert "Invalid proxy URL" in str(error) and "pass-word" not in str(error)


@pytest.mark.parametrize(
    ("proxy", "login"),
    [
        ("http://h", {}),
        ("http://u:p@h", {"proxy-authorization": "Basic dTpw"}),
        ("http://u%40x:%E2%82%AC@h", {"proxy-authorization": "Basic dUB4OuKCrA=="}),
        ("http://u:\u20ac@h", {"proxy-authorization": "Basic dTrigqw="}),
    ],
)
def test_the_login_of_a_proxy(proxy: str, login: dict[str, str]):
    assert login_headers(proxy) == login


# SOCKS


class Socks:
    """A SOCKS5 proxy on the loopback that notes what it is asked for, and connects to `port` whatever that is."""

    def __init__(self, port: int, login: tuple[str, str] | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.target = port
        self.login = login
        self.asked: list[tuple[str, int]] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Socks:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(sock,), daemon=True).start()

    def _join(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as reader:
            methods = reader.read(reader.read(2)[1])
            if self.login and 2 not in methods:
                client.sendall(b"\5\xff")
                return
            client.sendall(b"\5\2" if self.login else b"\5\0")
            if self.login:
                user, password = (reader.read(reader.read(size)[-1]) for size in (2, 1))
                is_right = (user.decode(), password.decode()) == self.login
                client.sendall(b"\1\0" if is_right else b"\1\1")
                if not is_right:
                    return
            kind = reader.read(4)[3]
            host = socket.inet_ntoa(reader.read(4)) if kind == 1 else reader.read(reader.read(1)[0]).decode()
            self.asked.append((host, struct.unpack(">H", reader.read(2))[0]))
            client.sendall(b"\5\0\0\1" + bytes(6))
            with socket.create_connection(("127.0.0.1", self.target)) as server:
                back = threading.Thread(target=pump, args=(server, client), daemon=True)
                back.start()
                pump(client, server)
                back.join(5)


def pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while block := source.recv(65536):
            target.sendall(block)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class TestSocks:
    @pytest.fixture(autouse=True)
    def _package(self, loopback: None, environ: pytest.MonkeyPatch) -> Iterator[None]:
        pytest.importorskip("socks")
        environ.setenv("NO_PROXY", "")
        yield

    def test_a_stream(self, environ: pytest.MonkeyPatch):
        with FaultServer() as server, Socks(server.port) as proxy:
            server.play(*OK)
            environ.setenv("ALL_PROXY", f"socks5h://127.0.0.1:{proxy.port}")
            client = server.client(base_url="http://api.invalid:81/v1")
            for _ in range(2):
                check(watch(lambda: CALLS["chat"](client)), GOOD)

            assert proxy.asked == [("api.invalid", 81)]  # one connection, and it is reused
            assert server.requests[0].headers["host"] == "api.invalid:81"

    def test_names_are_resolved_here(self, environ: pytest.MonkeyPatch):
        with FaultServer() as server, Socks(server.port) as proxy:
            server.play(*OK)
            environ.setenv("HTTP_PROXY", f"socks5://127.0.0.1:{proxy.port}")
            check(watch(lambda: CALLS["chat"](server.client(base_url="http://localhost:81/v1"))), GOOD)

            assert proxy.asked[-1] == ("127.0.0.1", 81)

    def test_tls(self, environ: pytest.MonkeyPatch):
        with FaultServer(tls=True) as server, Socks(server.port) as proxy:
            server.play(*OK)
            environ.setenv("SSL_CERT_FILE", certificate())
            environ.setenv("HTTPS_PROXY", f"socks5h://127.0.0.1:{proxy.port}")
            check(watch(lambda: CALLS["chat"](server.client())), GOOD)

            assert proxy.asked == [("localhost", server.port)]

    def test_a_login(self, environ: pytest.MonkeyPatch):
        with FaultServer() as server, Socks(server.port, ("user", "pass@word")) as proxy:
            server.play(*OK)
            environ.setenv("ALL_PROXY", f"socks5h://user:pass%40word@127.0.0.1:{proxy.port}")
            check(watch(lambda: CALLS["chat"](server.client())), GOOD)

            environ.setenv("ALL_PROXY", f"socks5h://user:other-word@127.0.0.1:{proxy.port}")
            error = watch(lambda: CALLS["chat"](server.client())).error
        assert isinstance(error, APIConnectionError)
        assert not [text for text in everything_about(error) if "other-word" in text]

    def test_a_proxy_that_is_not_there(self, environ: pytest.MonkeyPatch):
        with FaultServer() as server:
            environ.setenv("ALL_PROXY", "socks5h://user:pass-word@127.0.0.1:9")
            from urllib3.contrib.socks import SOCKSProxyManager

            own = SOCKSProxyManager("socks5h://127.0.0.1:9")
            for client in (server.client(), server.client(http_client=own)):
                error = watch(lambda: CALLS["chat"](client)).error
                assert (type(error), error.retryable) == (APIConnectionError, True)
                assert str(error) == "Connection error: Connection refused (proxy 127.0.0.1:9)"

    def test_a_proxy_that_refuses(self, environ: pytest.MonkeyPatch):
        with FaultServer() as server, Socks(server.port, ("user", "pass-word")) as proxy:
            environ.setenv("ALL_PROXY", f"socks5h://127.0.0.1:{proxy.port}")
            error = watch(lambda: CALLS["chat"](server.client())).error
        assert str(error).startswith("Connection error: All offered SOCKS5 authentication methods were rejected")
        assert str(error).endswith(f" (proxy 127.0.0.1:{proxy.port})")


@pytest.mark.usefixtures("loopback")
def test_without_the_package(environ: pytest.MonkeyPatch):
    environ.setitem(sys.modules, "socks", None)
    environ.setenv("ALL_PROXY", "socks5h://127.0.0.1:9")
    environ.setenv("NO_PROXY", "")
    with FaultServer() as server:
        seen = watch(lambda: CALLS["chat"](server.client(max_retries=5)))

    says = "Cannot send the request: A SOCKS proxy needs the package PySocks. Install `ssescan[socks]`."
    check(seen, Sees("", APIConnectionError, says=says, told={"retryable": False}))
