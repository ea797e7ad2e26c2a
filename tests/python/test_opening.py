"""`ssescan.stream`: which request is sent, when it is sent again, and what is returned. Most tests need no socket."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import urllib3

import ssescan
from conftest import frame
from faultserver import FaultServer, stream
from ssescan import errors, testing
from ssescan.testing import CUT, REFUSED, RESET, Answer, Asked, FakePool, failure

CHUNK = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "Hi"}}]}
CHAT = testing.stream(frame(CHUNK) + frame("[DONE]"))
PLAIN = testing.stream(b"id: 7\ndata: x\n\n")


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    monkeypatch.setattr("random.random", lambda: 0.0)
    return waits


def ask(**options: Any) -> Asked:
    """Open a stream and return the request."""
    pool = FakePool(PLAIN)
    ssescan.stream("http://host/x?a=1", http_client=pool, **options).close()
    (asked,) = pool.requests
    return asked


class TestRequest:
    def test_without_a_body_it_is_a_get(self):
        assert ask() == Asked(
            "GET",
            "http://host/x?a=1",
            {
                "accept": "text/event-stream",
                "cache-control": "no-cache",
                "accept-encoding": "identity",
                "user-agent": f"ssescan/{ssescan.__version__}",
            },
            None,
        )

    def test_json_is_posted(self):
        asked = ask(json={"text": "ö"})

        assert (asked.method, asked.body) == ("POST", '{"text":"ö"}'.encode())
        assert asked.headers["content-type"] == "application/json"

    @pytest.mark.parametrize("content", [b"\xc3\xb6", bytearray(b"\xc3\xb6"), "ö"])
    def test_content_is_posted_as_it_is(self, content: Any):
        asked = ask(content=content)

        assert (asked.method, asked.body) == ("POST", b"\xc3\xb6")
        assert "content-type" not in asked.headers

    def test_the_method_can_be_chosen(self):
        assert ask(method="REPORT", content=b"").method == "REPORT"
        assert ask(method="PUT").body is None

    def test_own_headers_replace_those_of_the_same_name(self):
        own = {"ACCEPT": "a/b", "cache-control": "max-age=0", "CONTENT-TYPE": "c/d", "X-Own": "ä", "user-AGENT": "me"}
        headers = ask(json=1, headers=own).headers

        assert headers == {
            "accept": "a/b",
            "cache-control": "max-age=0",
            "content-type": "c/d",
            "x-own": "ä",
            "user-agent": "me",
            "accept-encoding": "identity",
        }
        assert own == {
            "ACCEPT": "a/b",
            "cache-control": "max-age=0",
            "CONTENT-TYPE": "c/d",
            "X-Own": "ä",
            "user-AGENT": "me",
        }

    def test_the_event_id_is_sent_as_utf_8(self):
        assert ask(last_event_id="…").headers["last-event-id"].encode("latin-1") == "…".encode()
        assert ask(last_event_id="1", headers={"last-event-id": "2"}).headers["last-event-id"] == "2"

    @pytest.mark.parametrize(
        ("options", "error"),
        [
            ({"json": {}, "content": b""}, TypeError),
            ({"content": 1}, TypeError),
            ({"dialect": "esperanto"}, ValueError),
            ({"max_event_bytes": 0}, ValueError),
            ({"max_body_bytes": 0}, ValueError),
            ({"max_retries": -1}, ValueError),
            ({"max_retries": None}, TypeError),
            ({"coalesce_s": -1}, ValueError),
            ({"last_event_id": 1}, TypeError),
            ({"last_event_id": "a\ud800"}, ValueError),
            ({"content": "\udfff"}, ValueError),
            ({"timeout": "1"}, TypeError),
            ({"on_comment": "1"}, TypeError),
            ({"http_client": object()}, TypeError),
            ({"url": b"http://host/"}, TypeError),
        ],
    )
    def test_wrong_arguments_fail_before_anything_is_sent(self, options: dict[str, Any], error: type[Exception]):
        pool = FakePool(PLAIN)
        with pytest.raises(error) as raised:
            ssescan.stream(**{"url": "http://host/", "http_client": pool, **options})

        assert (raised.type, pool.requests) == (error, [])


class TestResult:
    def test_it_is_a_scanner_with_a_response(self, tmp_path: Path):
        pool = FakePool(CHAT)
        with open(tmp_path / "tee", "wb") as tee:
            events = ssescan.stream("http://host/", json={}, dialect="chat", http_client=pool, tee=tee)
            assert [event.text for event in events] == ["Hi"]

        assert type(events) is ssescan.Scanner
        assert (events.outcome, events.dialect) == ("done", "chat")
        assert (events.response.status_code, events.response.headers["content-type"]) == (200, "text/event-stream")
        assert (tmp_path / "tee").read_bytes() == frame(CHUNK) + frame("[DONE]")

    @pytest.mark.parametrize("dialect", ["chat", None])
    def test_comments_are_reported_after_the_events_before_them(self, dialect: str | None):
        seen: list[Any] = []
        body = testing.stream(b": 1\n\n", frame(CHUNK), b":2\n:3\n\n", frame("[DONE]"))
        with ssescan.stream(
            "http://host/", dialect=dialect, http_client=FakePool(body), on_comment=seen.append
        ) as events:
            for event in events:
                seen.append(event)

        assert [one for one in seen if isinstance(one, str)] == [" 1", "2", "3"]
        assert seen[1].raw == json.dumps(CHUNK, separators=(",", ":")).encode()
        assert events.outcome == ("done" if dialect else "eof")

    @pytest.mark.parametrize(
        "raised", [KeyError("mine"), BrokenPipeError("mine"), TimeoutError("mine"), errors.StreamTruncated()]
    )
    def test_an_exception_of_on_comment_ends_the_stream(self, raised):

        def fails(comment: str) -> None:
            raise raised

        body = testing.stream(b"data: 1\n\n:c\n\ndata: 2\n\n")
        events = ssescan.stream("http://host/", http_client=FakePool(body), on_comment=fails)
        assert next(events).data == "1"
        with pytest.raises(type(raised)) as caught:
            next(events)
        assert (caught.value, events.outcome) == (raised, "broken")

    def test_the_event_id_is_that_of_the_first_events(self):
        events = ssescan.stream("http://host/", last_event_id="5", http_client=FakePool(testing.stream(b"data: x\n\n")))

        assert [event.id for event in events] == ["5"]

    def test_its_connection_is_closed_at_the_end_unless_a_pool_keeps_it(self):
        with FaultServer() as server:
            server.play(*stream(frame(CHUNK), frame("[DONE]")))
            events = [ssescan.stream(server.origin, dialect="chat") for _ in range(2)]
            assert [one.reader().read() for one in events] == ["Hi", "Hi"]
            assert server.is_left()

            with urllib3.PoolManager() as pool:
                for _ in range(2):
                    assert len(list(ssescan.stream(server.origin, dialect="chat", http_client=pool))) == 1
            assert server.connections == 3

    def test_a_scanner_has_the_response_that_it_reads_or_none(self):
        response = FakePool(PLAIN).request("GET", "http://host/")

        with ssescan.Scanner(response) as events:
            assert events.response is response
        assert ssescan.Scanner(b"").response is None

    @pytest.mark.parametrize("url", ["http://host/", "HTTPS://host/"])
    def test_a_scanner_of_a_url_names_this_function(self, url: str):
        with pytest.raises(TypeError, match=r"ssescan\.stream\(url\)"):
            ssescan.Scanner(url)
        with pytest.raises(TypeError, match="binary mode"):
            ssescan.Scanner("httpfile")

    def test_an_error_is_typed_and_its_body_limited(self):
        with pytest.raises(errors.BadRequestError, match="no such model") as caught:
            ssescan.stream("http://host/", http_client=FakePool(failure(400, "no such model")))
        assert caught.value.response.status_code == 400

        with pytest.raises(errors.BadRequestError) as caught:
            ssescan.stream("http://host/", http_client=FakePool(failure(400, "x" * 99)), max_body_bytes=20)
        assert len(caught.value.raw) == 20

    def test_another_body_raises(self):
        with pytest.raises(ssescan.NotAnEventStream):
            ssescan.stream("http://host/", http_client=FakePool(testing.reply({"id": "x"})))


#: A failure, and whether a GET and a POST are sent again after it.
FAILURES = [
    (REFUSED, True, True),
    (CUT, True, False),
    (RESET, True, False),
    *((failure(status, "x"), True, True) for status in (408, 429, 503)),
    *((failure(status, "x"), True, False) for status in (409, 500, 502, 504, 529)),
    *((failure(status, "x"), False, False) for status in (400, 401, 404, 422)),
    (failure(503, "x", x_should_retry="false"), False, False),
    (failure(429, "x", retry_after="121"), False, False),
]


class TestRetries:
    @pytest.mark.parametrize(("fault", "get", "post"), FAILURES, ids=str)
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_what_is_sent_again(self, slept: list[float], method: str, fault: Any, get: bool, post: bool):
        pool = FakePool(fault, fault, CHAT)
        is_repeated = get if method == "GET" else post
        try:
            text = ssescan.stream("http://host/", method=method, dialect="chat", http_client=pool).reader().read()
        except errors.APIError as error:
            text = type(error).__name__

        assert (text == "Hi") == is_repeated, text
        assert [asked.method for asked in pool.requests] == [method] * (3 if is_repeated else 1)
        assert slept == ([0.5, 1.0] if is_repeated else [])

    def test_the_server_says_how_long_to_wait(self, slept: list[float]):
        pool = FakePool(failure(429, "x", retry_after="7"), failure(503, "x", retry_after_ms="20"), CHAT)
        ssescan.stream("http://host/", json={}, http_client=pool).close()

        assert slept == [7.0, 0.02]

    def test_there_is_a_limit(self, slept: list[float]):
        for retries in (0, 1):
            pool = FakePool(REFUSED)
            with pytest.raises(errors.APIConnectionError):
                ssescan.stream("http://host/", max_retries=retries, http_client=pool)
            assert len(pool.requests) == retries + 1

    def test_a_stream_that_was_accepted_is_not_asked_for_again(self, slept: list[float]):
        for answer in (testing.stream(CUT), testing.stream(frame(CHUNK), CUT), Answer((CUT,), 200, {})):
            pool = FakePool(answer, CHAT)
            with pytest.raises(errors.StreamBroken):
                list(ssescan.stream("http://host/", dialect="chat", http_client=pool))
            assert len(pool.requests) == 1
