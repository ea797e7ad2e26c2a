"""Answers without a socket: what a program sees of each, and what it asked."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from ssescan import Scanner, StreamBroken, StreamTimeout, Timeouts
from ssescan.errors import APIConnectionError, APITimeoutError, RateLimitError
from ssescan.http.transport import Transport
from ssescan.openai import OpenAI
from ssescan.opening import open_stream
from ssescan.testing import (
    CUT,
    REFUSED,
    RESET,
    STALL,
    Asked,
    Drip,
    FakePool,
    Pause,
    failure,
    frame,
    reply,
    stream,
)

RECORDED = Path(__file__).parents[1] / "streams" / "recorded-aimock_chat.sse"


def chunk(text: str, finish: str | None = None) -> bytes:
    return frame({"id": "c", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]})


HI, DONE = chunk("Hi"), frame("[DONE]")
WHOLE = stream(HI, chunk("!", "stop"), DONE)


def asked(pool: FakePool, **options: Any) -> Any:
    client = OpenAI(api_key="k", http_client=pool, **{"max_retries": 0, **options})
    return client.chat.completions.create(model="m", messages=[], stream=True)


def text_of(pool: FakePool, **options: Any) -> str:
    return asked(pool, **options).reader().read()


class TestAnswers:
    def test_a_stream(self):
        made = asked(FakePool(WHOLE))

        assert [event.text for event in made] == ["Hi", "!"]
        assert made.outcome == "done" and made.response.status_code == 200

    @pytest.mark.parametrize("block", [None, 1, 7, 100000])
    def test_a_recording(self, block: int | None):
        with open(RECORDED, "rb") as file:
            expected = Scanner(file, dialect="chat").reader().read()

        assert text_of(FakePool(stream(RECORDED, block=block))) == expected
        assert text_of(FakePool(stream(str(RECORDED), block=block))) == expected

    def test_drips_and_pauses(self):
        assert text_of(FakePool(stream(Drip(HI), Pause(0.001), Drip(chunk("", "stop")), DONE))) == "Hi"

    def test_a_reply(self):
        client = OpenAI(api_key="k", http_client=FakePool(reply({"id": "m", "object": "model"}, x_request_id="req_1")))
        model = client.models.retrieve("m")

        assert model.id == "m" and model._request_id == "req_1"

    def test_one_for_each_request_and_the_last_for_all_further_ones(self):
        pool = FakePool(reply({"id": "a"}), reply({"id": "b"}))
        client = OpenAI(api_key="k", http_client=pool)

        assert [client.models.retrieve("m").id for _ in range(3)] == ["a", "b", "b"]

    def test_one_that_depends_on_the_request(self):
        pool = FakePool(lambda asked: reply({"id": asked.path.rpartition("/")[2]}))

        assert OpenAI(api_key="k", http_client=pool).models.retrieve("seven").id == "seven"

    def test_none(self):
        with pytest.raises(ValueError):
            FakePool()

    def test_for_a_stream_without_a_client(self):
        blocks = open_stream("http://host/x", transport=Transport(FakePool(WHOLE)))
        assert Scanner(blocks, dialect="chat").reader().read() == "Hi!"


class TestRequests:
    def test_what_was_asked(self):
        pool = FakePool(WHOLE)
        client = OpenAI(api_key="k", http_client=pool, default_query={"a": ["1", "2"]})
        list(client.chat.completions.create(model="m", messages=[], stream=True))
        [request] = pool.requests

        assert isinstance(request, Asked)
        assert (request.method, request.path, request.query) == (
            "POST",
            "/v1/chat/completions",
            [("a[]", "1"), ("a[]", "2")],
        )
        assert request.json() == {"model": "m", "stream": True, "messages": []}
        assert request.headers["authorization"] == "Bearer k"

    def test_from_many_threads(self):
        pool = FakePool(WHOLE)
        texts: list[str] = []
        threads = [threading.Thread(target=lambda: texts.append(text_of(pool))) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert texts == ["Hi!"] * 50 and len(pool.requests) == 50


class TestFaults:
    @pytest.mark.parametrize(("fault", "error"), [(CUT, StreamBroken), (RESET, StreamBroken), (STALL, StreamTimeout)])
    def test_in_a_stream(self, fault: Any, error: type[Exception]):
        made = asked(FakePool(stream(HI, fault)))
        with pytest.raises(error) as caught:
            list(made)

        assert caught.value.partial_text == "Hi"  # type: ignore[attr-defined]

    @pytest.mark.parametrize("fault", [CUT, RESET, STALL, REFUSED], ids=repr)
    def test_instead_of_an_answer(self, fault: Any):
        with pytest.raises(APIConnectionError) as caught:
            asked(FakePool(fault))
        assert isinstance(caught.value, APITimeoutError) is (fault is STALL)

    def test_a_stall_takes_no_time_but_says_which_deadline_it_was(self):
        with pytest.raises(StreamTimeout) as caught:
            list(asked(FakePool(stream(HI, STALL)), timeout=Timeouts(idle_s=3600)))
        assert (caught.value.clock, caught.value.limit_s) == ("event", 600.0)

    def test_a_cut_reply(self):
        pool = FakePool(reply(b'{"id":')._replace(steps=(b'{"id":', CUT)))
        with pytest.raises(APIConnectionError):
            OpenAI(api_key="k", http_client=pool).models.retrieve("m")

    def test_failures_and_retries(self):
        pool = FakePool(failure(429, "slow down", retry_after_ms=1), RESET, WHOLE)

        assert text_of(pool, max_retries=2) == "Hi!"
        assert [request.headers["x-stainless-retry-count"] for request in pool.requests] == ["0", "1", "2"]

    def test_failures(self):
        with pytest.raises(RateLimitError, match="slow down") as caught:
            asked(FakePool(failure(429, "slow down", code="rate_limit_exceeded")))
        assert caught.value.code == "rate_limit_exceeded"

    def test_a_program_that_leaves(self):
        with asked(FakePool(stream(HI, STALL))) as made:
            next(made)
        assert made.outcome == "cancelled"
