"""`http_client=` with clients of httpx and httpx2, and with `DefaultHttpxClient`, beside the `openai` package."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Iterator
from typing import Any

import httpx
import httpx2
import openai
import pytest
import urllib3

import ssescan.openai
from differential import answer
from faultserver import FaultServer
from ssescan.openai import OpenAI

MODEL = answer({"id": "m", "object": "model", "created": 1, "owned_by": "o"})
PACKAGES = pytest.mark.parametrize("package", [openai, ssescan.openai], ids=["openai", "ssescan"])
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with FaultServer() as server:
        server.play_each(MODEL)
        yield server


def ask(package: Any, server: FaultServer, http_client: Any, base_url: str | None = None) -> Any:
    with package.OpenAI(
        api_key="k", base_url=base_url or f"{server.origin}/v1", http_client=http_client, max_retries=0
    ) as client:
        assert client.models.retrieve("m").id == "m"
        client.copy().models.retrieve("m")
    return server.requests[-1]


def clients(package: Any, **options: Any) -> list[Any]:
    made = [httpx2.Client, package.DefaultHttpxClient, package.DefaultHttpx2Client]
    return [make(**options) for make in (made if package is openai else [*made, httpx.Client])]


@PACKAGES
def test_headers_are_sent_unless_the_request_has_them(package: Any, server: FaultServer):
    for http_client in clients(package, headers={"X-Team": "a", "Authorization": "no"}):
        request = ask(package, server, http_client)
        assert (request.headers["x-team"], request.headers["authorization"]) == ("a", "Bearer k")
        assert "httpx" not in request.headers["user-agent"]


@PACKAGES
def test_a_proxy(package: Any, server: FaultServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", "*")
    for http_client in clients(package, proxy=server.origin):
        assert ask(package, server, http_client, "http://api.invalid/v1").path == "http://api.invalid/v1/models/m"


def test_own_certificates_keep_the_proxies_of_the_environment_and_a_pool_does_not(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
):
    """The guide says so."""
    monkeypatch.setenv("HTTP_PROXY", server.origin)
    context = ssl.create_default_context()
    for http_client in clients(ssescan.openai, verify=context):
        request = ask(ssescan.openai, server, http_client, "http://api.invalid/v1")
        assert request.path == "http://api.invalid/v1/models/m"
    assert ask(ssescan.openai, server, urllib3.PoolManager(ssl_context=context)).path == "/v1/models/m"


@PACKAGES
def test_the_login_of_a_proxy(package: Any, server: FaultServer):
    url = server.origin.replace("://", "://u%40x:p%3Aw@")
    made = [
        *clients(package, proxy=url),
        *clients(package, proxy=httpx2.Proxy(url)),
        httpx2.Client(transport=httpx2.HTTPTransport(proxy=url)),
    ]
    for http_client in made:
        request = ask(package, server, http_client, "http://api.invalid/v1")
        assert request.path == "http://api.invalid/v1/models/m"
        assert request.headers["proxy-authorization"] == "Basic dUB4OnA6dw=="


def test_a_proxy_with_an_ipv6_address():
    for http_client in clients(ssescan.openai, proxy="http://[::1]:3"):
        assert OpenAI(api_key="k", http_client=http_client)._transport._proxy == "http://[::1]:3"


@PACKAGES
def test_the_environment_is_ignored_if_asked(package: Any, server: FaultServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    for http_client in clients(package, trust_env=False):
        assert ask(package, server, http_client).path == "/v1/models/m"


@PACKAGES
def test_mounts_of_one_proxy_and_a_transport_with_a_proxy(package: Any, server: FaultServer):
    proxied = httpx2.HTTPTransport(proxy=server.origin)
    made = [
        httpx2.Client(mounts={"http://": proxied, "https://": proxied}),
        httpx2.Client(mounts={"all://": proxied}),
        *clients(package, transport=proxied),
    ]
    for http_client in made if package is ssescan.openai else made[:3]:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            request = ask(package, server, http_client, "http://api.invalid/v1")
        assert request.path == "http://api.invalid/v1/models/m"


@PACKAGES
def test_a_transport_ignores_the_environment(package: Any, server: FaultServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    for http_client in clients(package, transport=httpx2.HTTPTransport()):
        assert ask(package, server, http_client).path == "/v1/models/m"
    context = ssl.create_default_context()
    for http_client in clients(ssescan.openai, transport=httpx2.HTTPTransport(verify=context)):
        assert OpenAI(api_key="k", http_client=http_client)._transport._ssl_context is context


def test_the_proxies_of_the_environment_are_not_mounts(server: FaultServer, monkeypatch: pytest.MonkeyPatch):
    for name, proxy in zip(PROXIES, ["http://a:b@[::1]:80/", "proxy:3128", "https://all/x", "localhost,.x.y"]):
        monkeypatch.setenv(name, proxy)
    for http_client in clients(ssescan.openai):
        assert OpenAI(api_key="k", http_client=http_client)._transport._trust_env


def test_a_login_of_another_kind_is_not_taken():
    for value, expected in {
        "Bearer x": "http://proxy:3",
        "basic dTpw": "http://u:p@proxy:3",
        "Basic x": "http://proxy:3",
    }.items():
        for http_client in (
            httpx.Client(proxy=httpx.Proxy("http://proxy:3", headers={"Proxy-Authorization": value})),
            httpx2.Client(proxy=httpx2.Proxy("http://proxy:3", headers={"Proxy-Authorization": value})),
        ):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                assert OpenAI(api_key="k", http_client=http_client)._transport._proxy == expected
            assert len(caught) == (expected == "http://proxy:3")


@PACKAGES
def test_the_timeout(package: Any):
    seen = []
    for timeout in ((2, 9, 9, 9), 5.0, None):
        for http_client in clients(package, timeout=timeout):
            found = package.OpenAI(api_key="k", http_client=http_client).timeout
            seen.append((found.connect, found.read))
    each = len(clients(package))
    assert seen == [(2, 9)] * each + [(5, 600)] * each + [(None, None)] * each
    assert package.OpenAI(api_key="k", http_client=package.DefaultHttpxClient(), timeout=3).timeout == 3


def test_the_tls_context():
    context = ssl.create_default_context()
    for http_client in clients(ssescan.openai, verify=context):
        pool = OpenAI(api_key="k", http_client=http_client)._transport._pool(("https", "host", 443))
        assert pool.connection_pool_kw["ssl_context"] is context
    for http_client in clients(ssescan.openai, verify=False):
        pool = OpenAI(api_key="k", http_client=http_client)._transport._pool(("https", "host", 443))
        assert pool.connection_pool_kw["ssl_context"].verify_mode == ssl.CERT_NONE


def test_one_warning_names_what_has_no_effect():
    hooks = {"request": [print]}
    with pytest.warns(UserWarning, match=r"^http_client: auth, cookies, event_hooks, params has no effect") as caught:
        OpenAI(
            api_key="k",
            http_client=httpx.Client(
                event_hooks=hooks,
                auth=("a", "b"),
                cookies={"a": "b"},
                params={"a": 1},
            ),
        )
    assert [len(caught), caught[0].filename] == [1, __file__]
    with pytest.warns(UserWarning, match="^http_client: event_hooks has no effect") as caught:
        ssescan.openai.DefaultHttpxClient(event_hooks=hooks, follow_redirects=True)
    assert caught[0].filename == __file__
    for named, options in {
        "transport": {"transport": httpx.HTTPTransport(uds="/tmp/socket")},
        "proxy headers": {"proxy": httpx.Proxy("http://proxy", headers={"x": "1", "Proxy-Authorization": "Bearer x"})},
    }.items():
        for make in (httpx.Client, ssescan.openai.DefaultHttpxClient):
            with pytest.warns(UserWarning, match=f"^http_client: {named} has no effect") as caught:
                OpenAI(api_key="k", http_client=make(**options))  # type: ignore[arg-type]
            assert [len(caught), caught[0].filename] == [1, __file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for http_client in clients(ssescan.openai, http2=False, follow_redirects=True, base_url="http://other"):
            assert str(OpenAI(api_key="k", http_client=http_client).base_url) == "https://api.openai.com/v1/"


@pytest.mark.parametrize(
    "make",
    [
        lambda: httpx.Client(transport=httpx.MockTransport(print)),
        lambda: httpx2.Client(transport=httpx2.MockTransport(print)),
        lambda: httpx.Client(mounts={"https://": httpx.MockTransport(print)}),
        lambda: httpx.Client(mounts={"https://": httpx.MockTransport(print)}, trust_env=False),
        lambda: httpx.Client(mounts={"https://": httpx.HTTPTransport()}, trust_env=False),
        lambda: httpx.Client(mounts={"https://": httpx.HTTPTransport(proxy="http://proxy")}),
        lambda: httpx.Client(mounts={"http://127.0.0.1": None}),
        lambda: httpx2.Client(mounts={"all://api": None}, proxy="http://proxy"),
        lambda: ssescan.openai.DefaultHttpxClient(transport=httpx.MockTransport(print)),
        lambda: ssescan.openai.DefaultHttpxClient(mounts={"https://": httpx.HTTPTransport()}),
    ],
)
def test_a_transport_of_the_caller_is_refused(make: Any):
    """A request that a test mocks must not be sent to the server."""
    with pytest.raises(TypeError, match=r"Unsupported http_client: its (transport|mounts).*ssescan\.testing\.FakePool"):
        OpenAI(api_key="k", http_client=make())


@PACKAGES
def test_an_async_client_is_refused(package: Any):
    with pytest.raises(TypeError, match="Invalid `http_client` argument"):
        package.OpenAI(api_key="k", http_client=httpx2.AsyncClient())


def test_it_can_be_a_base_class_and_closes():
    class Wrapped(ssescan.openai.DefaultHttpxClient):
        def __del__(self) -> None:
            if not self.is_closed:
                self.close()

    with Wrapped(timeout=3) as client:
        assert client.timeout.read == 3
    assert client.is_closed
