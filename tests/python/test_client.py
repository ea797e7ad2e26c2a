"""The client as such: many threads, pools of the caller's, what is refused. Calls are compared in test_differential."""

from __future__ import annotations

import gzip
import itertools
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
import urllib3

from conftest import BARE_DONE, HI, chunk
from faultserver import FaultServer, head, length, stream
from ssescan import Scanner, Timeouts
from ssescan.errors import APITimeoutError, BadRequestError, BodyTooLarge, OpenAIError, StreamTimeout
from ssescan.http.transport import Transport
from ssescan.openai import AssistantEventHandler, OpenAI, Timeout
from ssescan.opening import open_stream
from ssescan.testing import STALL, FakePool, assistants, chat, reply

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
        client = OpenAI(api_key="k", base_url="https://u:p@h/v1?q=1")
        assert repr(client) == "<OpenAI https://h/v1>"
        assert repr(client.chat.completions.messages) == "<client.chat.completions.messages>"
        assert repr(client.beta.threads) == "<client.beta.threads>"
        assert repr(client.with_raw_response) == "<with_raw_response of <OpenAI https://h/v1>>"
        assert repr(client.files.with_streaming_response) == "<with_streaming_response of <client.files>>"
        assert repr(client.chat.with_raw_response.completions) == "<with_raw_response of <client.chat.completions>>"

    def test_repr_of_helpers(self):
        client = OpenAI(api_key="k", http_client=FakePool(chat("Hi")))
        manager = client.chat.completions.stream(model="m", messages=[])
        assert repr(manager) == "<ChatCompletionStreamManager: `with` sends the request and returns the stream>"
        with manager as stream:
            assert repr(stream) == "<ChatCompletionStream: open>"
            assert repr(stream.until_done()) == "<ChatCompletionStream: done>"
        handler = AssistantEventHandler()
        assert repr(handler) == "<AssistantEventHandler: not started>"
        runs = OpenAI(api_key="k", http_client=FakePool(assistants("Hi"))).beta.threads.runs
        with (
            pytest.warns(DeprecationWarning),
            runs.stream(thread_id="t", assistant_id="a", event_handler=handler) as run,
        ):
            assert repr(run) == "<AssistantEventHandler: open>"


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


class TestLargeBodies:
    LIMIT = 1 << 20

    def play(self, server: FaultServer, size: int, encoding: str, status: str = "200 OK") -> None:
        body = b'{"id":"' + b"x" * (size - 9) + b'"}'
        assert len(body) == size
        body = gzip.compress(body) if encoding == "gzip" else body
        server.play(
            head(length(len(body)), f"Content-Encoding: {encoding}", status=status, kind="application/json"), body
        )

    @pytest.mark.parametrize("encoding", ["identity", "gzip"])
    @pytest.mark.parametrize("how", ["called", "raw", "streaming", "json"])
    def test_one_that_is_too_large(self, server: FaultServer, encoding: str, how: str):
        self.play(server, self.LIMIT + 1, encoding)
        models = server.client(max_body_bytes=self.LIMIT, max_retries=5).models
        with pytest.raises(BodyTooLarge, match=r"more than 1048576 bytes .* \(max_body_bytes=1048576\)") as caught:
            if how == "called":
                models.retrieve("m")
            elif how == "raw":
                models.with_raw_response.retrieve("m")
            else:
                with models.with_streaming_response.retrieve("m") as response:
                    response.read() if how == "streaming" else response.json()

        assert caught.value.limit == self.LIMIT
        assert caught.value.request.url == f"{server.origin}/models/m"
        assert (caught.value.retryable, len(server.requests)) == (False, 1)

    @pytest.mark.parametrize("encoding", ["identity", "gzip"])
    def test_one_that_is_not(self, server: FaultServer, encoding: str):
        self.play(server, self.LIMIT, encoding)
        client = server.client(max_body_bytes=self.LIMIT)
        assert len(client.models.retrieve("m").id) == self.LIMIT - 9
        assert len(client.copy().models.retrieve("m").id) == self.LIMIT - 9
        with pytest.raises(BodyTooLarge):
            client.copy(max_body_bytes=1000).models.retrieve("m")

    @pytest.mark.parametrize(("encoding", "fails"), [("identity", False), ("gzip", True)])
    def test_pieces_are_limited_if_they_are_encoded(self, server: FaultServer, encoding: str, fails: bool):
        self.play(server, self.LIMIT + 1, encoding)
        models = server.client(max_body_bytes=self.LIMIT).models
        with models.with_streaming_response.retrieve("m") as response:
            if fails:
                with pytest.raises(BodyTooLarge):
                    list(response.iter_bytes())
            else:
                assert sum(map(len, response.iter_bytes())) == self.LIMIT + 1

    @pytest.mark.parametrize(("encoding", "fails"), [("identity", False), ("gzip", True)])
    def test_a_file_is_limited_if_it_is_encoded(self, server: FaultServer, encoding: str, fails: bool):
        self.play(server, self.LIMIT + 1, encoding)
        files = server.client(max_body_bytes=self.LIMIT).files
        reads = (
            lambda: files.content("f").content,
            lambda: files.with_raw_response.content("f").content,
            lambda: files.with_raw_response.content("f").parse().read(),
        )
        for read in reads:
            with pytest.raises(BodyTooLarge) if fails else nullcontext():
                assert len(read()) == self.LIMIT + 1
        with (
            files.with_streaming_response.content("f") as response,
            pytest.raises(BodyTooLarge) if fails else nullcontext(),
        ):
            assert len(response.read()) == self.LIMIT + 1

    def test_an_error_is_shortened(self, server: FaultServer):
        self.play(server, 5000, "gzip", "400 Bad")
        with pytest.raises(BadRequestError) as caught:
            server.client(max_body_bytes=1000).models.retrieve("m")

        assert len(caught.value.raw) == 1000

    def test_a_stream_has_no_limit(self, server: FaultServer):
        server.play(*stream(*[HI] * 10, BARE_DONE))
        events = server.client(max_body_bytes=10).chat.completions.create(model="m", messages=[], stream=True)
        assert events.reader().read() == "Hi" * 10
        assert Scanner(open_stream(server.origin, max_body_bytes=10), dialect="chat").reader().read() == "Hi" * 10

    @pytest.mark.parametrize("limit", [0, -1, True, 1.5, "1"])
    def test_a_limit_that_is_none(self, limit: object):
        for make in (lambda: OpenAI(api_key="k", max_body_bytes=limit), lambda: Transport(max_body_bytes=limit)):
            with pytest.raises(ValueError, match="max_body_bytes must be a positive number of bytes"):
                make()
