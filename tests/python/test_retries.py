"""When a request is sent again, after how long, and where to: the rules of the `openai` package, beside that package.

Nothing waits here: what would be slept is taken down.
"""

from __future__ import annotations

import email.utils
import socket
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

import ssescan
from conftest import BARE_DONE, HI
from faultserver import (
    CALLS,
    CHUNKED,
    CLOSE,
    CUT,
    END,
    RESET,
    STALL,
    FaultServer,
    Script,
    Sees,
    check,
    head,
    length,
    piece,
    stream,
    watch,
)
from ssescan import Scanner, StreamBroken, StreamTimeout, StreamTruncated, Timeouts, testing
from ssescan.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    InternalServerError,
    NotFoundError,
    RateLimitError,
)
from ssescan.http.failures import Failure, classify
from ssescan.http.retries import retry_delay_s
from ssescan.http.retry_after import retry_after_s
from ssescan.http.transport import MAX_REDIRECTS
from ssescan.openai import OpenAI, omit
from ssescan.openai._endpoints import Call
from ssescan.opening import open_stream
from ssescan.testing import FakePool, failure

pytestmark = pytest.mark.usefixtures("loopback")

OK = stream(HI, BARE_DONE)
GOOD = Sees("done", None, "Hi")
BODY = b'{"error":{"message":"m"}}'


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been slept; without the random part."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr("random.random", lambda: 0.0)
    return slept


@pytest.fixture
def server(slept: list[float]) -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


def answer(status: int, *headers: str) -> Script:
    return (head(length(len(BODY)), *headers, status=f"{status} X", kind="application/json"), BODY)


# A request for each call of the client, and how often it is sent

EXPECTED: dict[str, list[tuple[Script, int, list[float]]]] = {
    "statuses": [
        (answer(status), tries, [0.5, 1.0][: tries - 1])
        for status, tries in [(400, 1), (401, 1), (403, 1), (404, 1), (408, 3), (409, 3), (413, 1), (422, 1), (425, 1)]
        + [(429, 3), (500, 3), (501, 3), (502, 3), (503, 3), (504, 3), (529, 3), (599, 3)]
    ],
    "x-should-retry": [
        (answer(400, "x-should-retry: true"), 3, [0.5, 1.0]),
        (answer(500, "x-should-retry: false"), 1, []),
        (answer(429, "X-Should-Retry: false"), 1, []),
        (answer(400, "x-should-retry: True"), 1, []),
        (answer(500, "x-should-retry: no"), 3, [0.5, 1.0]),
    ],
    "retry-after": [
        (answer(429, "retry-after: 7"), 3, [7, 7]),
        (answer(429, "retry-after: 0.25"), 3, [0.25, 0.25]),
        (answer(429, "retry-after: 120"), 3, [120, 120]),
        (answer(429, "retry-after: 120.5"), 1, []),
        (answer(429, "retry-after: 121", "x-should-retry: true"), 1, []),
        (answer(429, "retry-after: 0"), 3, [0.5, 1.0]),
        (answer(429, "retry-after: -5"), 3, [0.5, 1.0]),
        (answer(429, "retry-after: soon"), 3, [0.5, 1.0]),
        (answer(429, "retry-after: inf"), 3, [0.5, 1.0]),
        (answer(429, "retry-after: Infinity"), 3, [0.5, 1.0]),
        (answer(429, "retry-after: -inf"), 3, [0.5, 1.0]),
        (answer(429, "retry-after: nan"), 3, [0.5, 1.0]),
        (answer(429, "retry-after: 1e999"), 1, []),
        (answer(429, "retry-after:"), 3, [0.5, 1.0]),
        (answer(400, "retry-after: 7"), 1, []),
    ],
    "retry-after-ms": [
        (answer(429, "retry-after-ms: 250"), 3, [0.25, 0.25]),
        (answer(429, "retry-after-ms: 250", "retry-after: 7"), 3, [0.25, 0.25]),
        (answer(429, "retry-after-ms: 0", "retry-after: 7"), 3, [0.5, 1.0]),
        (answer(429, "retry-after-ms: inf", "retry-after: 7"), 3, [0.5, 1.0]),
        (answer(429, "retry-after-ms: soon", "retry-after: 7"), 3, [7, 7]),
        (answer(429, "retry-after-ms: 120000"), 3, [120, 120]),
        (answer(429, "retry-after-ms: 120001"), 1, []),
        (answer(429, "retry-after-ms: 1e999"), 1, []),
    ],
    "dates": [
        (answer(429, "retry-after: Wed, 21 Oct 2015 07:28:00 GMT"), 3, [0.5, 1.0]),
        (answer(429, "retry-after: Wed, 21 Oct 2115 07:28:00 GMT"), 1, []),
        (answer(429, "retry-after: Wed, 21 Oct 99999999999 07:28:00 GMT"), 3, [0.5, 1.0]),
        (answer(429, "retry-after: 2015"), 1, []),
    ],
    "no response": [
        ((CUT,), 3, [0.5, 1.0]),
        ((RESET,), 3, [0.5, 1.0]),
        ((b"HTTP/1.1 200 OK\r\nContent-Ty", CUT), 3, [0.5, 1.0]),
        ((b"nonsense\r\n\r\n", STALL), 3, [0.5, 1.0]),
    ],
    "neither good nor bad": [(answer(304), 1, []), (answer(300), 1, []), (answer(307), 1, [])],
}  # fmt: skip
ROWS = [pytest.param(*row, id=f"{kind}-{n}") for kind, rows in EXPECTED.items() for n, row in enumerate(rows)]


#: Bodies whose message the package does not show.
SHOWN_BY_US = {b'"busy"': "busy", b'{"error":"m"}': "m", b'{"detail":"m"}': "m"}


class TestTotalTimeout:
    """`total_s` limits all attempts and the waits before them together."""

    def ask(self, server: FaultServer, by: str, timeout: Timeouts) -> APIConnectionError | APIStatusError:
        with pytest.raises((APIConnectionError, APIStatusError)) as caught:
            if by == "client":
                CALLS["chat"](server.client(max_retries=5, timeout=timeout))
            else:
                open_stream(f"{server.origin}/a", max_retries=5, timeout=timeout)
        return caught.value

    @pytest.mark.parametrize("by", ["client", "stream"])
    @pytest.mark.parametrize("clock", ["first_event", "event", "total"])
    def test_a_timeout_for_the_answer_is_not_retried(
        self, server: FaultServer, slept: list[float], by: str, clock: str
    ):
        server.play(STALL)
        error = self.ask(server, by, Timeouts()._replace(**{f"{clock}_s": 0.1}))

        assert (type(error), error.clock, slept) == (StreamTimeout, clock, [])

    @pytest.mark.parametrize(
        ("options", "clock", "requests"),
        [({}, "event", 1), ({"timeout": 30}, "idle", 3), ({"timeout": Timeouts(event_s=300)}, "event", 1)],
        ids=["default", "a number", "event_s"],
    )
    def test_a_server_that_sends_nothing(self, slept: list[float], options: dict[str, Any], clock: str, requests: int):
        """The rows of the guide."""
        pool = FakePool(testing.STALL)
        with pytest.raises(StreamTimeout) as caught:
            OpenAI(api_key="k", http_client=pool, **options).chat.completions.create(
                model="m", messages=[], stream=True
            )

        assert (caught.value.clock, len(pool.requests)) == (clock, requests)

    @pytest.mark.parametrize("by", ["client", "stream"])
    def test_a_wait_that_would_end_after_it_is_not_started(self, server: FaultServer, slept: list[float], by: str):
        server.play_each(answer(503, "retry-after: 7"), answer(429, "retry-after: 30"))
        error = self.ask(server, by, Timeouts(total_s=20))
        assert (type(error), slept) == (RateLimitError, [7])

        server.play(CUT)
        error = self.ask(server, by, Timeouts(total_s=0.4))
        assert (type(error), slept) == (APIConnectionError, [7])

    @pytest.mark.parametrize("by", ["client", "stream"])
    def test_it_counts_from_the_first_attempt(self, monkeypatch: pytest.MonkeyPatch, by: str):
        now_s = [1000.0]
        monkeypatch.setattr(time, "monotonic", lambda: now_s[0])
        monkeypatch.setattr(time, "sleep", lambda seconds: now_s.append(now_s.pop() + seconds))
        pool = FakePool(failure(503, "busy", retry_after_ms=7000), testing.stream(HI, testing.Pause(4), HI, BARE_DONE))
        options = {"timeout": Timeouts(total_s=10), "max_retries": 1, "http_client": pool}
        if by == "client":
            events = OpenAI(api_key="k", **options).chat.completions.create(model="m", messages=[], stream=True)
        else:
            events = ssescan.stream("http://x/a", dialect="chat", **options)
        with pytest.raises(StreamTimeout) as caught:
            list(events)

        assert (caught.value.clock, caught.value.limit_s, events.stats.opened_s) == ("total", 10, 1007)


class TestProxies:
    @pytest.mark.parametrize("url", ["http://example.com/feed", "https://example.com/feed"])
    def test_the_message_names_the_proxy(self, monkeypatch: pytest.MonkeyPatch, slept: list[float], url: str):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = f"127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("ALL_PROXY", f"http://u:secret@{address}")
        with pytest.raises(APIConnectionError) as caught:
            open_stream(url)

        assert str(caught.value) == f"Connection error: Connection refused (proxy {address})"

    @pytest.mark.parametrize(("status", "tries"), [(403, 1), (407, 1), (502, 3)])
    def test_a_tunnel_that_is_refused(
        self, server: FaultServer, monkeypatch: pytest.MonkeyPatch, slept: list[float], status: int, tries: int
    ):
        server.play(head(length(0), status=f"{status} No"), CLOSE)
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("HTTPS_PROXY", server.origin)
        says = rf"Tunnel connection failed: {status} No \(proxy {server.origin.removeprefix('http://')}\)$"
        with pytest.raises(APIConnectionError, match=says) as caught:
            open_stream("https://example.com/feed", max_retries=2)

        assert (caught.value.retryable, len(slept)) == (tries > 1, tries - 1)


class TestRules:
    @pytest.mark.parametrize(("script", "tries", "waits"), ROWS)
    def test_a_row(self, server: FaultServer, slept: list[float], script: Script, tries: int, waits: list[float]):
        server.play(*script)
        seen = watch(lambda: CALLS["chat"](server.client(max_retries=2)))

        assert isinstance(seen.error, (APIStatusError, APIConnectionError))
        assert len(server.requests) == tries
        assert slept == waits

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"null",
            b"{}",
            b"[]",
            b'"busy"',
            b"5",
            b'{"error":null}',
            b'{"error":"m"}',
            b'{"error":{}}',
            b'{"message":"m"}',
        ]
        + [
            b'{"error":{"message":"m","code":5,"param":"p","type":"t"}}',
            b'{"error":{"message":""}}',
            b'{"detail":"m"}',
        ],
    )
    def test_bodies_beside_the_package(self, server: FaultServer, body: bytes):
        openai = pytest.importorskip("openai")
        server.play(head(length(len(body)), "x-request-id: r", status="400 X", kind="application/json"), body)
        ours = watch(lambda: CALLS["chat"](server.client())).error
        with openai.OpenAI(api_key="k", base_url=server.origin, max_retries=0) as client:
            with pytest.raises(openai.BadRequestError) as caught:
                client.chat.completions.create(model="m", messages=[], stream=True)

        names = ("body", "code", "param", "type", "request_id", "status_code")
        assert {name: getattr(ours, name) for name in names} == {name: getattr(caught.value, name) for name in names}
        shown = f"{caught.value} - {SHOWN_BY_US[body]}" if body in SHOWN_BY_US else str(caught.value)
        assert (ours.message, str(ours)) == (shown, shown)

    @pytest.mark.parametrize(("script", "tries", "waits"), ROWS)
    def test_beside_the_package(
        self,
        server: FaultServer,
        slept: list[float],
        monkeypatch: pytest.MonkeyPatch,
        script: Script,
        tries: int,
        waits: list[float],
    ):
        """The rows above are what it does; and its exception has the same name."""
        openai = pytest.importorskip("openai")
        monkeypatch.setattr("openai._base_client.random", lambda: 0.0)
        server.play(*script)
        ours = watch(lambda: CALLS["chat"](server.client(max_retries=2))).error
        ran = len(server.requests)
        with openai.OpenAI(api_key="k", base_url=server.origin, max_retries=2) as client:
            with pytest.raises(openai.OpenAIError) as caught:
                client.chat.completions.create(model="m", messages=[], stream=True)

        assert len(server.requests) - ran == tries
        assert slept == waits * 2
        assert type(caught.value).__name__ == type(ours).__name__
        if isinstance(ours, APIStatusError):
            assert (ours.status_code, ours.body, str(ours)) == (
                caught.value.status_code,
                caught.value.body,
                str(caught.value),
            )

    def test_a_date_in_the_future(self, server: FaultServer, slept: list[float]):
        server.play(*answer(429, f"retry-after: {email.utils.formatdate(time.time() + 30, usegmt=True)}"))
        watch(lambda: CALLS["chat"](server.client(max_retries=1)))

        assert 28 <= slept[0] <= 30

    def test_timeouts_are_tried_again(self, server: FaultServer, slept: list[float]):
        server.play(STALL)
        seen = watch(lambda: CALLS["chat"](server.client(max_retries=2, timeout=0.1)))

        assert isinstance(seen.error, APITimeoutError)
        assert (len(server.requests), slept) == (3, [0.5, 1.0])

    def test_the_first_good_answer_ends_it(self, server: FaultServer, slept: list[float]):
        server.play_each((RESET,), answer(429, "retry-after: 3"), answer(503), OK)

        check(watch(lambda: CALLS["chat"](server.client(max_retries=5))), GOOD)
        assert (len(server.requests), slept) == (4, [0.5, 3, 2.0])

    @pytest.mark.parametrize("retries", [0, 1, 2, 7])
    def test_how_often(self, server: FaultServer, slept: list[float], retries: int):
        server.play(*answer(500))
        check(watch(lambda: CALLS["chat"](server.client(max_retries=retries))), Sees("", InternalServerError))

        assert len(server.requests) == retries + 1
        assert slept == [0.5, 1, 2, 4, 8, 8, 8][:retries]

    def test_the_random_part_takes_up_to_a_quarter(self, monkeypatch: pytest.MonkeyPatch):
        for random, factor in ((0.0, 1.0), (0.5, 0.875), (1.0, 0.75)):
            monkeypatch.setattr("random.random", lambda random=random: random)
            assert [retry_delay_s(taken, None) for taken in range(6)] == [
                factor * wait for wait in (0.5, 1, 2, 4, 8, 8)
            ]
        assert retry_delay_s(10_000, None) == 6

    def test_the_same_is_sent_again(self, server: FaultServer):
        """Only the count differs."""
        server.play_each(answer(500), (CUT,), OK)
        check(watch(lambda: CALLS["chat"](server.client(max_retries=2))), GOOD)
        counts = [request.headers.pop("x-stainless-retry-count") for request in server.requests]

        assert counts == ["0", "1", "2"]
        first, *others = server.requests
        for request in others:
            assert (request.method, request.path, request.headers, request.body) == (
                first.method,
                first.path,
                first.headers,
                first.body,
            )

    @pytest.mark.parametrize(("value", "sent"), [("mine", "mine"), (omit, None)])
    @pytest.mark.parametrize("name", ["x-stainless-retry-count", "X-Stainless-Retry-Count"])
    def test_a_count_of_the_callers(self, server: FaultServer, name: str, value: object, sent: str | None):
        server.play_each(answer(500), OK)
        client = server.client(max_retries=1)
        client.chat.completions.create(model="m", messages=[], stream=True, extra_headers={name: value}).close()

        assert [request.headers.get("x-stainless-retry-count") for request in server.requests] == [sent, sent]

    def test_credentials_are_asked_for_anew(self, server: FaultServer):
        keys = iter(["first", "second"])
        server.play_each(answer(401, "x-should-retry: true"), OK)
        check(watch(lambda: CALLS["chat"](server.client(max_retries=1, api_key=lambda: next(keys)))), GOOD)

        assert [request.headers["authorization"] for request in server.requests] == ["Bearer first", "Bearer second"]

    def test_it_is_logged(self, server: FaultServer, caplog: pytest.LogCaptureFixture):
        server.play_each(answer(500), OK)
        with caplog.at_level("INFO", "openai"):
            watch(lambda: CALLS["chat"](server.client(max_retries=2)))

        assert [record.getMessage() for record in caplog.records] == [
            "Retrying request in 0.500000 seconds (retry 1 of 2)"
        ]

    def test_the_connection_serves_the_next_try(self, server: FaultServer):
        server.play_each(answer(500), answer(429), OK)
        check(watch(lambda: CALLS["chat"](server.client(max_retries=2))), GOOD)

        assert server.connections == 1

    @pytest.mark.parametrize("end", [STALL, CUT])
    def test_the_body_of_a_failure_is_not_waited_for(self, server: FaultServer, end: object):
        server.play_each((head(length(10**6), status="500 X"), b"{", end), OK)
        check(watch(lambda: CALLS["chat"](server.client(max_retries=2))), GOOD)

        assert server.connections == 2

    def test_other_calls_too(self, server: FaultServer, slept: list[float]):
        server.play_each(answer(500), (CUT,), (head(length(2), kind="application/json"), b"{}"))

        assert server.client(max_retries=2).request(None, Call("post", "/threads", json_data={})) == {}
        assert (len(server.requests), slept) == (3, [0.5, 1.0])

    @pytest.mark.parametrize("retries", [None, 2.0, "2"])
    def test_counts_that_are_none(self, server: FaultServer, retries: object):
        with pytest.raises(TypeError):
            server.client(max_retries=retries)
        with pytest.raises(ValueError, match="negative"):
            server.client(max_retries=-1)


class TestReadingTheHeader:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({}, None),
            ({"retry-after-ms": "1500"}, 1.5),
            ({"retry-after": "1.5"}, 1.5),
            ({"retry-after": " 2 "}, 2),
            ({"retry-after-ms": "x", "retry-after": "3"}, 3),
            ({"retry-after-ms": "0", "retry-after": "3"}, 0),
            ({"retry-after": "6m0s"}, None),
            ({"retry-after": "1e400"}, float("inf")),
            ({"retry-after": "inf"}, pytest.approx(float("nan"), nan_ok=True)),
            ({"retry-after": "nan"}, pytest.approx(float("nan"), nan_ok=True)),
            ({"retry-after": "1" * 64}, float("1" * 64)),
            ({"retry-after": "1" * 65}, None),
            ({"retry-after-ms": "1" * 65000, "retry-after": "3"}, 3),
        ],
    )
    def test_a_row(self, headers: dict[str, str], seconds: float | None):
        assert retry_after_s(headers) == seconds


class TestNothingIsSentTwice:
    """Once a 2xx has begun: a second answer would cost twice, and its text would not fit the first one's."""

    @pytest.mark.parametrize(
        ("script", "error"),
        [
            ((head(CHUNKED), RESET), StreamBroken),
            ((head(CHUNKED), CUT), StreamBroken),
            ((head(CHUNKED), END), StreamTruncated),
            ((head(CHUNKED), piece(HI), CUT), StreamBroken),
            ((head(CHUNKED), piece(b'data: {"error": {"code": 500}}\n\n'), END), InternalServerError),
            ((head(CHUNKED), piece(b'data: {"error": {"code": 429}}\n\n'), END), RateLimitError),
            ((head(length(10)), CLOSE), StreamBroken),
        ],
    )
    def test_a_stream(self, server: FaultServer, slept: list[float], script: Script, error: type):
        server.play(*script)
        for by_reader in (False, True):
            seen = watch(lambda: CALLS["chat"](server.client(max_retries=5)), by_reader=by_reader)
            assert type(seen.error) is error

        assert (len(server.requests), slept) == (2, [])

    def test_a_stream_that_stalls(self, server: FaultServer, slept: list[float]):
        server.play(head(CHUNKED), STALL)
        seen = watch(
            lambda: CALLS["chat"](
                server.client(max_retries=5, timeout=Timeouts(connect_s=1, idle_s=0.1, event_s=1, total_s=1))
            )
        )

        assert seen.stream.outcome == "timeout"
        assert (len(server.requests), slept) == (1, [])

    def test_what_is_no_stream(self, server: FaultServer, slept: list[float]):
        server.play(head(length(len(BODY)), kind="application/json"), BODY)
        watch(lambda: CALLS["chat"](server.client(max_retries=5)))

        assert (len(server.requests), slept) == (1, [])

    def test_but_half_an_answer_that_is_no_stream_is_none(self, server: FaultServer, slept: list[float]):
        server.play(head(length(100), kind="application/json"), b"{", CUT)
        with pytest.raises(APIConnectionError):
            server.client(max_retries=2).request(None, Call("post", "/threads", json_data={}))

        assert (len(server.requests), slept) == (3, [0.5, 1.0])


class TestStaleConnections:
    """A server closes idle connections when it likes; who uses one at that moment gets no answer."""

    @pytest.mark.parametrize("ending", [CUT, RESET])
    def test_one_that_dies_before_the_first_byte(self, server: FaultServer, slept: list[float], ending: object):
        """A POST, too: nothing came back."""
        server.play_each(OK, (ending,), OK)
        client = server.client(max_retries=2)
        for _ in range(2):
            check(watch(lambda: CALLS["chat"](client)), GOOD)

        assert [request.connection for request in server.requests] == [0, 0, 1]
        assert [request.method for request in server.requests] == ["POST"] * 3
        assert slept == [0.5]

    def test_these_are_tries_like_others(self, server: FaultServer, slept: list[float]):
        server.play_each(OK, (CUT,), OK)
        client = server.client(max_retries=0)
        check(watch(lambda: CALLS["chat"](client)), GOOD)

        check(watch(lambda: CALLS["chat"](client)), Sees("", APIConnectionError))
        assert slept == []

    def test_one_whose_end_is_known(self, server: FaultServer, slept: list[float]):
        """It is not even used."""
        server.play_each((*OK, CLOSE), OK)
        client = server.client(max_retries=0)
        check(watch(lambda: CALLS["chat"](client)), GOOD)
        assert real_sleep_until(lambda: wait_for_fin(client, server))
        check(watch(lambda: CALLS["chat"](client)), GOOD)

        assert (server.connections, len(server.requests), slept) == (2, 2, [])


def wait_for_fin(client: object, server: FaultServer) -> bool:
    """Whether the server's FIN has arrived at the connection that the pool keeps."""
    import os
    import socket

    from faultserver import sockets_to

    for fd in sockets_to(server.port):
        with socket.socket(fileno=os.dup(fd)) as sock:
            try:
                return sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
            except BlockingIOError:
                return False
    return True


def real_sleep_until(condition: Callable[[], bool]) -> bool:
    """`time.sleep` is taken away here."""
    import threading

    for _ in range(500):
        if condition():
            return True
        threading.Event().wait(0.01)
    return False


# Redirects


def redirect(status: int, location: str, *headers: str) -> Script:
    return (head(length(2), f"Location: {location}", *headers, status=f"{status} Elsewhere", kind="text/plain"), b"..")


SECRETS = {"Authorization": "Bearer k", "api-key": "a", "Cookie": "c", "Proxy-Authorization": "p", "X-Api-Key": "x"}


class TestRedirects:
    def call(self, server: FaultServer, **options: object) -> Sees:
        client = server.client(**options)
        client.chat.completions.create(
            model="m", messages=[], stream=True, extra_headers={**SECRETS, "X-Mine": "m"}
        ).close()
        return GOOD

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_method_and_body(self, server: FaultServer, status: int):
        server.play_each(redirect(status, "/else?where=1"), OK)
        self.call(server)
        first, second = server.requests

        keeps = status in (307, 308)
        assert second.path == "/else?where=1"
        assert (second.method, second.body) == (("POST", first.body) if keeps else ("GET", b""))
        assert ("content-type" in second.headers) == keeps
        assert ("content-length" in second.headers) == keeps
        assert second.headers["accept"] == "text/event-stream"
        assert server.connections == 1

    @pytest.mark.parametrize("status", [302, 307, 308])
    def test_credentials_stay_at_their_origin(self, server: FaultServer, status: int):
        with FaultServer() as other:
            other.play_each(redirect(307, f"{server.origin}/back"), OK)
            server.play_each(redirect(status, f"{other.origin}/away"), redirect(307, "/still"), OK)
            self.call(server)

        (away,) = other.requests
        first, back, still = server.requests
        assert {name.lower() for name in SECRETS} <= set(first.headers)
        for request in (away, back, still):  # what was taken away does not come back
            assert not {name.lower() for name in SECRETS} & set(request.headers)
            assert request.headers["x-mine"] == "m"
        assert away.headers["host"] == f"127.0.0.1:{other.port}"

    @pytest.mark.parametrize(
        "where", ["/x", "x", "?x", "//127.0.0.1:{port}/x", "http://127.0.0.1:{port}/x", "HTTP://127.0.0.1:{port}/x"]
    )
    def test_the_same_origin_keeps_them(self, server: FaultServer, where: str):
        server.play_each(redirect(307, where.format(port=server.port)), OK)
        self.call(server)

        assert server.requests[1].headers["authorization"] == "Bearer k"

    @pytest.mark.parametrize(
        "where", ["http://localhost:{port}/x", "http://127.0.0.1:{other}/x", "https://localhost:{tls}/x"]
    )
    def test_another_host_port_or_scheme_is_another_origin(self, server: FaultServer, where: str):
        with FaultServer(plays=[OK]) as other, FaultServer(tls=True, plays=[OK]) as tls:
            server.play_each(redirect(307, where.format(port=server.port, other=other.port, tls=tls.port)), OK)
            self.call(server)
            (asked,) = [*server.requests[1:], *other.requests, *tls.requests]

        assert not {name.lower() for name in SECRETS} & set(asked.headers)

    def test_default_ports_are_the_same_origin(self):
        from ssescan.http.transport import Request as Sent
        from ssescan.http.transport import _redirected

        def keeps(url: str, location: str) -> bool:
            response = SimpleNamespace(headers={"location": location}, status_code=307)
            return "Authorization" in _redirected(Sent("POST", url, SECRETS, b""), response).headers

        assert keeps("https://api.x/v1", "https://API.x:443/v2")
        assert keeps("http://api.x:80/v1", "http://api.x/v2")
        assert keeps("https://u:p@api.x/v1", "https://api.x/v2")
        assert not keeps("https://api.x/v1", "http://api.x/v1")
        assert not keeps("https://api.x/v1", "https://api.x:8443/v1")
        assert not keeps("https://api.x/v1", "https://api.x.evil/v1")
        assert not keeps("https://api.x/v1", "https://api.x@evil/v1")
        assert not keeps("https://api.x/v1", "//evil/v1")

        # So is https where http was, and nothing else is.
        assert keeps("http://api.x/v1", "https://api.x/v1")
        assert keeps("http://api.x:80/v1", "https://API.x:443/v1")
        assert not keeps("http://api.x:8080/v1", "https://api.x/v1")
        assert not keeps("http://api.x/v1", "https://api.x:8443/v1")
        assert not keeps("http://api.x/v1", "https://evil/v1")
        assert not keeps("http://api.x/v1", "https://api.x@evil/v1")

    def test_loops_end(self, server: FaultServer):
        server.play(*redirect(307, "/again"))
        seen = watch(lambda: CALLS["chat"](server.client()))

        check(seen, Sees("", APIConnectionError, says="Too many redirects (limit 20)"))
        assert len(server.requests) == MAX_REDIRECTS + 1
        assert server.connections == 1

    @pytest.mark.parametrize(
        "location",
        ["http://[::1", "http://h:99999/", "http://h:x/", "ftp://127.0.0.1/", "file:///etc/passwd", "http://"],
    )
    def test_to_nowhere(self, server: FaultServer, location: str):
        server.play(*redirect(307, location))

        check(watch(lambda: CALLS["chat"](server.client())), Sees("", APIConnectionError))

    @pytest.mark.parametrize("end", [STALL, CUT])
    def test_its_body_is_not_waited_for(self, server: FaultServer, end: object):
        server.play_each((head(length(10**9), "Location: /x", status="307 X"), b"..", end), OK)

        check(watch(lambda: CALLS["chat"](server.client())), GOOD)
        assert server.connections == 2

    def test_then_tried_again(self, server: FaultServer, slept: list[float]):
        """Each try begins where the first one did."""
        server.play_each(redirect(307, "/x"), answer(500), redirect(307, "/x"), OK)
        check(watch(lambda: CALLS["chat"](server.client(max_retries=2))), GOOD)

        assert [request.path for request in server.requests] == ["/chat/completions", "/x"] * 2
        assert slept == [0.5]

    def test_without_a_client(self, server: FaultServer):
        server.play_each(redirect(302, "/x"), OK)
        open_stream(server.origin, headers={"Authorization": "k"}).close()

        assert server.requests[1].headers["authorization"] == "k"

    def test_beside_the_package(self, server: FaultServer):
        """Which method goes where, and whether a body does."""
        openai = pytest.importorskip("openai")
        with openai.OpenAI(api_key="k", base_url=server.origin, max_retries=0) as client:
            for status in (301, 302, 303, 307, 308):
                server.play_each(redirect(status, "/x"), OK, redirect(status, "/x"), OK)
                server.requests.clear()
                check(watch(lambda: CALLS["chat"](server.client())), GOOD)
                client.chat.completions.create(model="m", messages=[], stream=True).close()
                _, ours, _, theirs = server.requests
                assert (ours.method, ours.path, bool(ours.body)) == (theirs.method, theirs.path, bool(theirs.body))


class TestCyclesOfCauses:
    """An exception of a pool whose causes form a cycle ends the request."""

    def failing(self, *errors: BaseException, by: str) -> object:
        for error, cause in zip(errors, [*errors[1:], errors[0]]):
            setattr(error, by, cause)
        pool = SimpleNamespace(urlopen=None, connection_pool_kw={})

        def request(*args: object, **options: object) -> None:
            raise errors[0]

        pool.request = request
        return pool

    @pytest.mark.timeout(10)
    @pytest.mark.parametrize("by", ["__cause__", "__context__"])
    @pytest.mark.parametrize("length", [1, 2, 3])
    @pytest.mark.parametrize("kind", [ConnectionError, TimeoutError, ValueError, OSError])
    def test_of_a_pool(self, kind: type[Exception], length: int, by: str, slept: list[float]):
        pool = self.failing(*(kind(f"number {number}") for number in range(length)), by=by)
        client = OpenAI(api_key="k", base_url="http://h", http_client=pool, max_retries=1)
        with pytest.raises(APIConnectionError):
            CALLS["chat"](client)

    @pytest.mark.timeout(10)
    def test_of_arguments(self):
        first, second = ConnectionError(), ConnectionError()
        first.args, second.args = (second,), (first,)
        assert classify(first) is Failure.CONNECTION

    @pytest.mark.timeout(10)
    def test_of_a_source(self):
        first, second = ConnectionError("first"), ConnectionError("second")
        first.__cause__, second.__context__ = second, first

        def blocks() -> Iterator[bytes]:
            yield HI
            raise first

        check(watch(lambda: Scanner(blocks(), dialect="chat")), Sees("broken", StreamBroken, "Hi"))


def test_a_status_that_stays(server: FaultServer):
    server.play(*answer(404))
    check(
        watch(lambda: CALLS["chat"](server.client(max_retries=5))),
        Sees("", NotFoundError, told={"status_code": 404, "retryable": False}),
    )
