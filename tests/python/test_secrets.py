"""What is secret is in requests, and nowhere else: not in logs, not in what objects print, not in exceptions."""

from __future__ import annotations

import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from urllib3 import PoolManager

from conftest import BARE_DONE, chunk
from faultserver import CHUNKED, CUT, RESET, STALL, FaultServer, Script, head, length, piece, stream
from ssescan.http.urls import redacted
from ssescan.openai import AzureOpenAI, OpenAI

SECRETS = ("sk-secret", "hidden-header", "pass-word", "in-the-query", "ad-token")
ERROR = b'{"error":{"message":"no"}}'


def refusal(status: str, body: bytes = ERROR, *headers: str) -> Script:
    return (head(length(len(body)), "x-request-id: r", *headers, status=status, kind="application/json"), body)


SCRIPTS: dict[str, Script] = {
    "good": stream(chunk("Hi", finish="stop"), BARE_DONE),
    "401": refusal("401 X"),
    "500": refusal("500 X", b"<html>"),
    "a page": (head(length(6), kind="text/html"), b"<html>"),
    "cut": (CUT,),
    "reset": (RESET,),
    "late": (STALL,),
    "cut in the stream": (head(CHUNKED), piece(chunk("Hi")), CUT),
    "an error in the stream": stream(chunk("Hi"), b'data: {"error":{"message":"no"}}\n\n'),
    "bad JSON in the stream": stream(b"data: {oops\n\n"),
    "elsewhere": refusal("302 X", ERROR, "Location: http://127.0.0.1:9/"),
    **{
        f"to {place}": refusal("307 X", ERROR, f"Location: http://user:pass-word@{place}/?token=in-the-query")
        for place in ("127.0.0.1:99999", "[::1", "127.0.0.1:x", "h\u2100.x".encode().decode("latin-1"), "a..b", "a b")
    },
}
OPTIONS: dict[str, Any] = {
    "api_key": "sk-secret",
    "default_headers": {"X-Mine": "hidden-header"},
    "default_query": {"token": "in-the-query"},
    "max_retries": 1,
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with FaultServer() as server:
        yield server


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """All that is logged at all, by anybody."""
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records)


def everything_about(error: BaseException | None) -> Iterator[str]:
    """What may be printed of an exception, and of those behind it."""
    while error is not None:
        yield repr(error)
        yield str(error)
        yield repr({name: value for name, value in vars(error).items()})
        yield "".join(traceback.format_exception(error))
        error = error.__cause__ or error.__context__


def ask(client: Any) -> BaseException | None:
    try:
        for _ in client.chat.completions.create(model="m", messages=[], stream=True):
            pass
    except Exception as error:
        return error
    return None


def check(shown: str) -> None:
    assert not [secret for secret in SECRETS if secret in shown]


CLIENTS: dict[str, Callable[[str, Any], Any]] = {
    "plain": lambda origin, options: OpenAI(base_url=origin, **options),
    "password in the URL": lambda origin, options: OpenAI(
        base_url=origin.replace("//", "//user:pass-word@"), **options
    ),
    "azure": lambda origin, options: AzureOpenAI(
        azure_endpoint=origin, api_version="v", azure_ad_token="ad-token", **{**options, "api_key": None}
    ),
}


@pytest.mark.parametrize("kind", CLIENTS)
@pytest.mark.parametrize("script", SCRIPTS)
def test_nothing_is_told(server: FaultServer, logs: Callable[[], str], script: str, kind: str):
    server.play(*SCRIPTS[script])
    with CLIENTS[kind](server.origin, {**OPTIONS, "timeout": 0.3 if script == "late" else 30}) as client:
        error = ask(client)
        check("\n".join(everything_about(error)))
        check(repr(client) + repr(client.chat.completions) + repr(client.copy()) + repr(vars(client)["_transport"]))
    check("\n".join(line for line in logs().splitlines() if "urllib3" not in line and "/chat/" not in line))
    assert (error is None) is (script == "good")


def test_a_key_with_a_line_break(server: FaultServer):
    server.play(*SCRIPTS["good"])
    with OpenAI(base_url=server.origin, api_key="sk-secret\n") as client:
        error = ask(client)

    assert type(error).__name__ == "APIConnectionError" and "'Authorization': contains a line break" in str(error)
    assert not server.requests
    check("\n".join(everything_about(error)))


@pytest.mark.parametrize("key", ["sk-secret\u20ac", "sk-secret\0", "\rsk-secret"])
def test_other_keys_that_can_not_be_sent(key: str):
    with OpenAI(base_url="http://127.0.0.1:9", api_key=key) as client:
        check("\n".join(everything_about(ask(client))))


@pytest.mark.parametrize("place", ["127.0.0.1:99999", "[::1", "h:x", "h\u2100.x", "a..b", "a b"])
def test_a_url_that_can_not_be_asked(place: str):
    with OpenAI(base_url=f"http://user:pass-word@{place}/v1", **OPTIONS) as client:
        error = ask(client)

    assert type(error).__name__ == "APIConnectionError"
    check("\n".join(everything_about(error)))


def test_the_password_of_a_proxy(monkeypatch: pytest.MonkeyPatch, logs: Callable[[], str]):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://user:pass-word@127.0.0.1:9")
    with OpenAI(base_url="http://api.invalid/v1", api_key="sk-secret", max_retries=0) as client:
        error = ask(client)

    assert error is not None
    check("\n".join(everything_about(error)))
    check(logs())


def test_exceptions_that_are_pickled(server: FaultServer):
    server.play(*SCRIPTS["401"])
    with OpenAI(base_url=server.origin, **OPTIONS) as client:
        check(str(pickle.dumps(ask(client))))


def test_a_pool_of_the_caller(server: FaultServer):
    server.play(*SCRIPTS["401"])
    with PoolManager() as pool:
        client = OpenAI(base_url=server.origin, http_client=pool, **OPTIONS)
        check("\n".join(everything_about(ask(client))))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:pass-word@host:1/v1?key=sk-secret#x", "https://host:1/v1"),
        ("u:pass-word@host/v1?key=sk-secret", "host/v1"),
        ("pass-word@host", "host"),
        ("/v1/models?key=sk-secret", "/v1/models"),
        ("http://[::1", "http://[::1"),
        ("http://u:pass/word@[::1/v1?key=sk-secret#x", "http://[::1/v1"),
        ("http:/\t/u:pass-word@[::1", "[::1"),
        ("http://[::1/v1?key=a@sk-secret", "an invalid URL"),
        ("http://h:x/?k=a@sk-secret", "an invalid URL"),
    ],
)
def test_urls_as_they_are_shown(url, shown):
    assert redacted(url) == shown
