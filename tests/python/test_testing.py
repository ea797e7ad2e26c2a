"""Answers without a socket: what a program sees of each, and what it asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx2
import openai
import pytest
from openai.types.responses import ResponseErrorEvent
from pydantic import TypeAdapter

import ssescan
from both import few_certificates
from ssescan import Scanner, StreamBroken, StreamTimeout, Timeouts, accumulate
from ssescan.batch import BatchRequest, run
from ssescan.errors import APIConnectionError, APIError, APITimeoutError, InternalServerError, RateLimitError
from ssescan.http.transport import Transport
from ssescan.openai import OpenAI
from ssescan.opening import open_stream
from ssescan.replay import Recording, ReplayServer
from ssescan.testing import (
    CUT,
    REFUSED,
    RESET,
    STALL,
    Answer,
    Asked,
    Drip,
    FakePool,
    NoAnswerLeft,
    Pause,
    ToolCall,
    answers,
    anthropic,
    assistants,
    chat,
    error,
    failure,
    frame,
    reply,
    responses,
    stream,
)
from test_weight import modules_after

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
PACKAGE = str(Path(ssescan.__file__).parents[1])
TOKENS = ("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens")
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
        assert repr(request).startswith("<Asked POST https://api.openai.com/v1/chat/completions")
        assert "Bearer" not in repr(request)  # pytest shows it when a test fails

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

    def test_messages_are_those_of_real_failures(self):
        with pytest.raises(APIConnectionError) as refused:
            ssescan.stream("http://x", http_client=FakePool(REFUSED), max_retries=0)
        assert str(refused.value) == "Connection error: Connection refused"
        with pytest.raises(ssescan.StreamTimeout) as stalled:
            list(ssescan.stream("http://x", http_client=FakePool(stream(b"data: 1\n\n", STALL))))
        assert "0.0 s" not in str(stalled.value)

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


def sent_by(answer: Answer) -> Iterator[Any]:
    """Yield the payloads of an answer's events, and the name of each."""
    for event in Scanner(bytes(answer)):
        if event.data != "[DONE]":
            yield event.event, event.json()


def theirs(answer: Answer) -> Any:
    """A client of the `openai` package that gets this answer to every request."""
    headers = {"content-type": "text/event-stream", **answer.headers}
    respond = httpx2.MockTransport(lambda _: httpx2.Response(200, headers=headers, content=bytes(answer)))
    with few_certificates():
        return openai.OpenAI(api_key="k", max_retries=0, http_client=openai.DefaultHttpxClient(transport=respond))


CALLS = [("weather", {"city": "Zürich"}), ToolCall("time", '{"zone": "CET"}', id="mine")]
QUESTION: Any = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


class TestBuilders:
    """Answers that are built from text read back as that text: by our readers and by the `openai` package."""

    @pytest.mark.parametrize(
        ("build", "dialect"),
        [(chat, "chat"), (responses, "responses"), (assistants, "assistants"), (anthropic, "anthropic")],
    )
    def test_text_calls_and_usage_are_read_back(self, build: Any, dialect: str):
        answer = build("Hel", "lo", tool_calls=CALLS, usage=(7, 2))
        body = bytes(answer)
        events = Scanner(body, dialect="auto")

        assert list(events.texts()) == ["Hel", "lo"]
        assert (events.dialect, events.outcome) == (dialect, "done")
        assert body == bytes(build("Hel", "lo", tool_calls=CALLS, usage=(7, 2)))
        assert answer.steps == tuple(part + b"\n\n" for part in body.split(b"\n\n")[:-1])  # a step for each event
        for index, arguments in ((0, '{"city": "Zürich"}'), (1, '{"zone": "CET"}')):
            index += dialect in ("responses", "anthropic")  # the text has one there
            assert Scanner(body, dialect=dialect).reader("tool_arguments", index=index).read() == arguments
        if dialect != "assistants":  # a run that waits for outputs has no usage yet
            assert sum(value for name, value in events.usage.items() if name in TOKENS) == 9
        whole = Scanner(bytes(build("", usage={"input_tokens": 1})), dialect=dialect)
        assert whole.reader().read() == ""
        assert whole.usage == {"input_tokens": 1}

    def test_every_event_has_what_the_package_requires(self):
        from openai.types.beta import AssistantStreamEvent
        from openai.types.chat import ChatCompletion, ChatCompletionChunk
        from openai.types.responses import Response, ResponseStreamEvent

        kind = {"chat": ChatCompletionChunk, "responses": ResponseStreamEvent, "assistants": AssistantStreamEvent}
        for build in (chat, responses, assistants):
            adapter: Any = TypeAdapter(kind[build.__name__])
            for answer in (build("Hel", "lo"), build(tool_calls=CALLS), build("a", tool_calls=CALLS, usage=(1, 2))):
                for name, payload in sent_by(answer):
                    adapter.validate_python(payload if build is not assistants else {"event": name, "data": payload})
        ResponseErrorEvent.model_validate([payload for _, payload in sent_by(responses(error("x")))][-1])
        ChatCompletion.model_validate_json(bytes(chat("a", tool_calls=CALLS, stream=False)))
        Response.model_validate_json(bytes(responses("a", tool_calls=CALLS, stream=False)))

    @pytest.mark.parametrize("make", [theirs, lambda answer: OpenAI(api_key="k", http_client=FakePool(answer))])
    def test_chat_completions(self, make: Any):
        with make(chat("Hel", "lo", tool_calls=CALLS, usage=(7, 2))).chat.completions.stream(**QUESTION) as events:
            final = events.get_final_completion()
        choice = final.choices[0]
        whole = make(chat("Hel", "lo", tool_calls=CALLS, usage=(7, 2), stream=False)).chat.completions.create(
            **QUESTION
        )

        assert (choice.message.content, choice.finish_reason, final.usage.total_tokens) == ("Hello", "tool_calls", 9)
        assert [(call.id, call.function.name, call.function.arguments) for call in choice.message.tool_calls] == [
            ("call_1", "weather", '{"city": "Zürich"}'),
            ("mine", "time", '{"zone": "CET"}'),
        ]
        assert whole.choices[0].message.content == "Hello" and whole.choices[0].finish_reason == "tool_calls"
        assert whole.choices[0].message.tool_calls[1].function.name == "time"
        cut = make(chat("Hel", finish_reason="length")).chat.completions.create(**QUESTION, stream=True)
        assert [chunk.choices[0].finish_reason for chunk in cut][-1] == "length"

    @pytest.mark.parametrize("make", [theirs, lambda answer: OpenAI(api_key="k", http_client=FakePool(answer))])
    def test_responses(self, make: Any):
        with make(responses("Hel", "lo", tool_calls=CALLS, usage=(7, 2))).responses.stream(
            model="m", input="Hi"
        ) as events:
            final = events.get_final_response()
        whole = make(responses("Hel", "lo", stream=False)).responses.create(model="m", input="Hi")

        assert (final.output_text, final.usage.total_tokens, final.status) == ("Hello", 9, "completed")
        assert [(item.call_id, item.name, item.arguments) for item in final.output[1:]] == [
            ("call_1", "weather", '{"city": "Zürich"}'),
            ("mine", "time", '{"zone": "CET"}'),
        ]
        assert (whole.output_text, whole.usage.total_tokens) == ("Hello", 15)
        short = make(responses("Hel", incomplete_reason="max_output_tokens")).responses.create(
            model="m", input="Hi", stream=True
        )
        assert list(short)[-1].response.incomplete_details.reason == "max_output_tokens"

    @pytest.mark.parametrize("make", [theirs, lambda answer: OpenAI(api_key="k", http_client=FakePool(answer))])
    @pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning")
    def test_assistants(self, make: Any):
        runs = make(assistants("Hel", "lo", tool_calls=CALLS)).beta.threads.runs
        with runs.stream(thread_id="t", assistant_id="a") as events:
            events.until_done()
            [message] = events.get_final_messages()
            run = events.current_run
            steps = events.get_final_run_steps()

        assert message.content[0].text.value == "Hello"
        assert run.status == "requires_action"
        assert [call.id for call in run.required_action.submit_tool_outputs.tool_calls] == ["call_1", "mine"]
        assert steps[1].step_details.tool_calls[1].function.arguments == '{"zone": "CET"}'

    def test_anthropic(self):
        message = accumulate(
            Scanner(bytes(anthropic("Hel", "lo", tool_calls=CALLS, usage=(7, 2))), dialect="anthropic")
        )
        whole = json.loads(bytes(anthropic("Hel", "lo", tool_calls=CALLS, usage=(7, 2), stream=False)))

        assert (message.content[0].text, message.stop_reason, message.usage.output_tokens) == ("Hello", "tool_use", 2)
        assert [(use.id, use.name, use.input) for use in message.content[1:]] == [
            ("toolu_1", "weather", {"city": "Zürich"}),
            ("mine", "time", {"zone": "CET"}),
        ]
        assert whole == message.to_dict()

    @pytest.mark.parametrize("build", [chat, responses, assistants, anthropic])
    def test_faults_errors_and_pauses_between_the_pieces(self, build: Any):
        dialect = build.__name__
        reader = Scanner(
            bytes(build("Hel", error("too busy", code="rate_limit_exceeded"), "lo")), dialect=dialect
        ).reader()

        assert reader.read(10) == "Hel"
        with pytest.raises(APIError, match="too busy"):
            reader.read(10)
        assert Scanner(bytes(build("a", Pause(0.001), b": comment\n\n", "b")), dialect=dialect).reader().read() == "ab"
        source = open_stream("http://host/x", transport=Transport(FakePool(build("Hel", CUT, "lo"))))
        with pytest.raises(StreamBroken) as caught:
            Scanner(source, dialect=dialect).reader().read()
        assert caught.value.partial_text == "Hel"

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            (lambda: chat(7), "pieces must be str"),
            (lambda: chat(tool_calls=("f", {})), "tool_calls must be a list of pairs"),
            (lambda: chat(tool_calls={"f": {}}), "tool_calls must be a list of pairs"),
            (lambda: chat(tool_calls=[("f", 7)]), "arguments of a call must be a mapping or a str"),
            (lambda: chat(usage=7), "usage must be a mapping, or a pair"),
            (lambda: FakePool(error("x")), "An answer must be made by chat"),
            (lambda: FakePool(b"data: x"), "An answer must be made by chat"),
            (lambda: asked(FakePool(lambda _: chat)), "An answer must be made by chat, .*, got function"),
        ],
    )
    def test_wrong_arguments_are_explained(self, wrong: Any, message: str):
        with pytest.raises(TypeError, match=message):
            wrong()

    def test_a_request_that_does_not_ask_for_a_stream_gets_json(self):
        def create(answer: Answer) -> Any:
            return OpenAI(api_key="k", max_retries=0, http_client=FakePool(answer)).chat.completions.create(**QUESTION)

        assert create(chat("Hel", "lo", tool_calls=CALLS)).choices[0].message.content == "Hello"
        assert create(chat("Hel", Pause(0.001), b": comment\n\n", "lo")).choices[0].message.content == "Hello"
        with pytest.raises(InternalServerError, match="too busy"):
            create(chat("Hel", error("too busy"), "lo"))
        with pytest.raises(APIConnectionError, match="Connection broken"):
            create(chat("Hel", CUT, "lo"))
        client = OpenAI(api_key="k", http_client=FakePool(responses("Hello")))
        assert client.responses.create(model="m", input="Hi").output_text == "Hello"
        assert json.loads(bytes(anthropic(tool_calls=[("f", "{")], stream=False)))["content"][0]["input"] == {}

    def test_a_tool_loop_on_two_answers(self):
        pool = FakePool(chat(tool_calls=[("weather", {"city": "Oslo"})]), chat("Sunny"))

        def weather(city: str) -> str:
            """Return the weather."""
            return f"sun in {city}"

        with OpenAI(api_key="k", http_client=pool).chat.completions.run_tools(**QUESTION, functions=[weather]) as loop:
            assert loop.get_final_completion().choices[0].message.content == "Sunny"
        assert pool.requests[1].json()["messages"][-1]["content"] == "sun in Oslo"

    def test_replay_takes_the_bytes(self):
        with ReplayServer(Recording("a", bytes(chat("Hel", "lo")))) as server:
            assert ssescan.stream(server.url, dialect="chat").reader().read() == "Hello"


CLIENT = OpenAI(api_key="k")  # made when the module is imported, as programs do


class TestAnswersForAllClients:
    def test_clients_of_before_streams_and_batches(self):
        with answers(chat("a"), chat("b"), responses("c")) as pool:
            texts = [CLIENT.chat.completions.create(**QUESTION, stream=True).reader().read()]
            texts.append(ssescan.stream("http://nowhere.invalid/x", json={}, dialect="chat").reader().read())
            requests = [BatchRequest("1", "/v1/responses", {"model": "m", "input": "Hi"})]
            texts += [result.text for result in run(requests, client=CLIENT)]

            pool.add(stream(frame("tick", "news")))
            with ssescan.EventSource("http://nowhere.invalid/feed") as source:
                assert next(iter(source)).event == "news"

        assert texts == ["a", "b", "c"]
        assert [request.path for request in pool.requests] == ["/v1/chat/completions", "/x", "/v1/responses", "/feed"]

    def test_a_client_with_a_pool_of_its_own_keeps_it(self):
        with answers(chat("all")) as pool:
            assert text_of(FakePool(WHOLE)) == "Hi!"
            assert CLIENT.chat.completions.create(**QUESTION, stream=True).reader().read() == "all"
        assert len(pool.requests) == 1

    def test_no_answer_left(self):
        with pytest.raises(NoAnswerLeft) as caught, answers(chat("a")):
            for _ in range(2):
                list(CLIENT.chat.completions.create(**QUESTION, stream=True))
        assert str(caught.value) == (
            "No answer left for POST https://api.openai.com/v1/chat/completions (1 request was answered before). Add one "
            'with add(ssescan.testing.chat("Hello")), or for all further requests with add(..., repeat=True).'
        )
        with (
            pytest.raises(NoAnswerLeft, match=r"It is retry 1 of a request that failed: repeat the failure, or set"),
            answers(failure(429, "slow down", retry_after_ms=1)),
        ):
            CLIENT.models.list()
        with pytest.raises(NoAnswerLeft), answers() as pool:  # the end of the block raises what the program hid
            with pytest.raises(AssertionError):
                CLIENT.models.list()
        assert pool.unanswered == pool.requests

    @pytest.mark.parametrize(
        ("limits", "clock", "count"),
        [({"first_event_s": 60, "event_s": 20}, "first_event", 1), ({"total_s": 5}, "total", 2), ({}, "idle", 2)],
    )
    def test_a_stall_before_the_response_is_the_timeout_that_would_expire(self, limits, clock, count):
        with answers(STALL, STALL) as pool, pytest.raises(StreamTimeout) as caught:
            CLIENT.with_options(timeout=Timeouts(**limits), max_retries=1).chat.completions.create(
                **QUESTION, stream=True
            )
        assert (caught.value.clock, caught.value.retryable, len(pool.requests)) == (clock, count == 2, count)

    def test_add(self):
        pool = FakePool(reply({"id": "a"}))
        client = OpenAI(api_key="k", http_client=pool)
        assert repr(pool) == "<FakePool: 0 requests, answers every request>"
        pool.add(reply({"id": "b"}), lambda _: reply({"id": "c"}))
        assert repr(pool) == "<FakePool: 0 requests, 3 answers left>"
        assert repr(chat("Hi")) == "<Answer 200: 4 steps, 745 bytes>"
        assert [client.models.retrieve("m").id for _ in range(3)] == ["a", "b", "c"]
        with pytest.raises(NoAnswerLeft):
            client.models.retrieve("m")
        pool.add(reply({"id": "d"}), repeat=True)
        assert [client.models.retrieve("m").id for _ in range(3)] == ["d", "d", "d"]


PROGRAM = """
    from ssescan.openai import OpenAI

    client = OpenAI()  # at import

    def answer(question):
        messages = [{"role": "user", "content": question}]
        return client.chat.completions.create(model="m", messages=messages, stream=True).reader().read()
"""
TESTS = """
    import ssescan.testing
    from program import answer

    def test_answered(ssescan_pool):
        ssescan_pool.add(ssescan.testing.chat("Hel", "lo"))
        assert answer("Hi") == "Hello"
        assert ssescan_pool.requests[0].json()["messages"][0]["content"] == "Hi"

    def test_not_answered(ssescan_pool):
        answer("Hi")

    def test_not_answered_but_hidden(ssescan_pool):
        try:
            answer("Hi")
        except Exception:
            pass

    def test_nothing_is_left_of_the_tests_before(ssescan_pool):
        assert ssescan_pool.requests == []
"""


class TestPlugin:
    def test_the_fixture(self, tmp_path: Path):
        (tmp_path / "program.py").write_text(dedent(PROGRAM))
        (tmp_path / "test_program.py").write_text(dedent(TESTS))
        page = PYPROJECT.with_name("docs").joinpath("guide/testing.md").read_text("utf-8")
        (tmp_path / "test_of_the_docs.py").write_text(page.split("```python\n")[1].split("```")[0])
        command = [sys.executable, "-m", "pytest", "-q", "-p", "ssescan.pytest_plugin", "-p", "no:cacheprovider"]
        # With CI or BUILD_NUMBER set pytest repeats whole messages in its summary.
        environment = {
            **{name: value for name, value in os.environ.items() if name not in ("CI", "BUILD_NUMBER")},
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "OPENAI_API_KEY": "k",
            "PYTHONPATH": PACKAGE,
        }
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

        assert "4 passed" in done.stdout and "1 failed, " in done.stdout and "1 error" in done.stdout, done.stdout
        assert "FAILED test_program.py::test_not_answered -" in done.stdout
        assert "ERROR test_program.py::test_not_answered_but_hidden -" in done.stdout
        assert (
            done.stdout.count("NoAnswerLeft: No answer left for POST https://api.openai.com/v1/chat/completions") == 2
        )

    def test_it_is_an_entry_point_and_loads_nothing_but_pytest(self):
        entry_points = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]["entry-points"]
        assert entry_points == {"pytest11": {"ssescan": "ssescan.pytest_plugin"}}
        assert not modules_after("import ssescan.pytest_plugin") & {"ssescan.testing", "ssescan.openai", "urllib3"}
        assert "_pytest" not in modules_after("import ssescan.testing, ssescan.openai, ssescan.batch")
