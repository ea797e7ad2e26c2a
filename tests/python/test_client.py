"""The client as such: many threads, pools of the caller's, what is refused. Calls are compared in test_differential."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator

import pytest
import urllib3

from conftest import BARE_DONE, chunk
from faultserver import FaultServer, head, length, stream
from ssescan import Timeouts
from ssescan.errors import APITimeoutError, OpenAIError, StreamTimeout
from ssescan.openai import OpenAI, Timeout
from ssescan.testing import STALL, FakePool, reply

ANSWER = stream(chunk("Hi", finish="stop"), BARE_DONE)
THREADS = 500


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    monkeypatch.setenv("NO_PROXY", "*")
    with FaultServer() as server:
        yield server


def together(count: int, ask: object) -> list[object]:
    """What `ask(number)` gives, in as many threads at once; an exception counts as given."""
    given: list[object] = [None] * count
    gate = threading.Barrier(count)

    def one(number: int) -> None:
        gate.wait()
        try:
            given[number] = ask(number)  # type: ignore[operator]
        except Exception as error:
            given[number] = error

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


class TestThreads:
    def test_one_client_for_all(self, server: FaultServer):
        """Nothing was touched before: groups of endpoints, their signatures and the pool are made by whoever comes first."""
        server.play(*ANSWER)
        keys = itertools.count()
        client = server.client(api_key=lambda: f"key-{next(keys)}")

        def ask(number: int) -> object:
            made = client.chat.completions.create(model="m", messages=[], user=str(number), stream=True)
            return made.reader().read()

        assert together(THREADS, ask) == ["Hi"] * THREADS
        assert {request.headers["authorization"] for request in server.requests} == {
            f"Bearer key-{number}" for number in range(THREADS)
        }
        assert server.connections <= THREADS

    def test_calls_of_all_kinds(self, server: FaultServer):
        server.play(head(length(11), kind="application/json"), b'{"id": "x"}')
        client = server.client()
        calls = [
            lambda: client.models.retrieve("m"),
            lambda: client.beta.threads.retrieve("t"),
            lambda: client.with_options(timeout=3).responses.retrieve("r"),
        ]

        given = together(60, lambda number: calls[number % 3]().id)
        assert given == ["x"] * 60

    def test_a_client_for_each(self, server: FaultServer):
        server.play(*ANSWER)

        def ask(number: int) -> object:
            with OpenAI(api_key="k", base_url=server.origin) as client:
                return client.chat.completions.create(model="m", messages=[], stream=True).reader().read()

        assert together(50, ask) == ["Hi"] * 50


class TestPools:
    def test_one_of_the_callers_is_used_and_stays_open(self, server: FaultServer):
        server.play(*ANSWER)
        with urllib3.PoolManager() as pool:
            with OpenAI(api_key="k", base_url=server.origin, http_client=pool) as client:
                assert len(list(client.chat.completions.create(model="m", messages=[], stream=True))) == 1
            assert client.is_closed() and len(pool.pools) == 1
            assert pool.request("GET", server.origin).status == 200

    def test_copies_share_it(self, server: FaultServer):
        server.play(*ANSWER)
        client = server.client()
        for asked in (client, client.copy(), client.with_options(max_retries=3)):
            list(asked.chat.completions.create(model="m", messages=[], stream=True))

        assert server.connections == 1

    @pytest.mark.parametrize(
        ("pooled", "expected"),
        [
            (3, Timeout(connect=3, read=3, write=3, pool=None)),
            (urllib3.Timeout(connect=1, read=2), Timeout(connect=1, read=2, write=2, pool=None)),
        ],
    )
    def test_its_timeout_is_the_default(self, pooled: object, expected: Timeout):
        with urllib3.PoolManager(timeout=pooled) as pool:
            assert OpenAI(api_key="k", http_client=pool).timeout == expected
            assert OpenAI(api_key="k", http_client=pool, timeout=9).timeout == 9

    def test_what_is_none(self):
        with pytest.raises(TypeError, match="urllib3.PoolManager"):
            OpenAI(api_key="k", http_client=object())


class TestTimeouts:
    def test_timeouts_of_a_call(self):
        client = OpenAI(api_key="k", http_client=FakePool(STALL), max_retries=0)
        with pytest.raises(StreamTimeout) as caught:
            client.models.list(timeout=Timeouts(idle_s=7))
        assert (caught.value.clock, caught.value.limit_s) == ("idle", 7)
        assert isinstance(caught.value, APITimeoutError)

    def test_what_is_none(self):
        with pytest.raises(TypeError, match="timeout must be"):
            OpenAI(api_key="k", timeout="soon")


class TestArguments:
    @pytest.mark.parametrize("name", ["workload_identity", "provider"])
    def test_credentials_of_other_kinds(self, name: str):
        with pytest.raises(OpenAIError, match="not supported; pass api_key="):
            OpenAI(**{name: object()})  # type: ignore[arg-type]

    def test_a_base_url_that_is_changed(self):
        pool = FakePool(reply({"object": "list", "data": []}))
        client = OpenAI(api_key="k", http_client=pool)
        client.base_url = "https://elsewhere/v9"
        client.models.list()

        assert pool.requests[0].url == "https://elsewhere/v9/models" and client.base_url == "https://elsewhere/v9/"

    def test_repr(self):
        assert repr(OpenAI(api_key="k", base_url="https://u:p@h/v1?q=1")) == "<OpenAI https://h/v1>"


class TestWarnings:
    def test_deprecated_calls_warn_where_they_stand(self):
        pool = FakePool(reply({"id": "x", "status": "completed"}))
        threads = OpenAI(api_key="k", http_client=pool).beta.threads
        calls = [
            lambda: threads.retrieve("t"),
            lambda: threads.runs.retrieve("r", thread_id="t"),
            lambda: threads.runs.create_and_poll(thread_id="t", assistant_id="a"),
        ]
        for call in calls:
            with pytest.warns(DeprecationWarning, match="The Assistants API is deprecated") as caught:
                call()
            assert [warning.filename for warning in caught] == [__file__]

    def test_the_others_do_not(self):
        client = OpenAI(api_key="k", http_client=FakePool(reply({"id": "x"})))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            client.responses.retrieve("r")
            client.models.retrieve("m")


@pytest.mark.parametrize(("asked", "level"), [("info", "INFO"), ("debug", "DEBUG"), ("loud", "NOTSET"), ("", "NOTSET")])
def test_the_log_that_the_environment_asks_for(asked: str, level: str):
    code = "import logging, ssescan.openai; print(logging.getLevelName(logging.getLogger('openai').level))"
    environ = {**os.environ, "OPENAI_LOG": asked}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)

    assert done.stdout.strip() == level
