"""The reports about a stream: `on_stream_end`, the logger, and telemetry."""

from __future__ import annotations

import gc
import io
import logging
import re
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

import ssescan
from conftest import BARE_DONE, HI, chunk
from ssescan import Scanner, StreamEnd, StreamTruncated, otel
from ssescan.openai import OpenAI
from ssescan.reading import observers
from ssescan.testing import CUT, REFUSED, STALL, FakePool, chat, error, failure, frame, reply, stream

USAGE = frame(
    {"choices": [], "model": "m-2026", "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}}
)
WHOLE = stream(HI, chunk(finish="stop"), USAGE, BARE_DONE)


def client_of(*answers: object, **options: object) -> OpenAI:
    settings = {"max_retries": 0, **options}
    return OpenAI(api_key="k", base_url="http://llm.example/v1", http_client=FakePool(*answers), **settings)


def ask(client: OpenAI) -> Scanner:
    return client.chat.completions.create(model="m", messages=[], stream=True)


#: A response that is not a stream.
LOGIN = stream(b"<html>Login", content_type="text/html")
#: The ways to ask for a stream: each takes the answer of the server.
REQUESTS = {
    "create": lambda answer: ask(client_of(answer)),
    "helper": lambda answer: client_of(answer).chat.completions.stream(model="m", messages=[]).__enter__(),
    "raw response": lambda answer: (
        client_of(answer).chat.completions.with_raw_response.create(model="m", messages=[], stream=True).parse()
    ),
    "ssescan.stream": lambda answer: ssescan.stream(
        "http://llm.example/v1/chat/completions", json={"model": "m"}, dialect="chat", http_client=FakePool(answer)
    ),
}


class TestOnStreamEnd:
    def test_a_good_end(self):
        ends: list[StreamEnd] = []
        events = ask(client_of(WHOLE, on_stream_end=ends.append))
        next(events)
        assert ends == []
        list(events)

        (end,) = ends
        assert (end.outcome, end.error, end.finish_reason, end.dialect) == ("done", None, "stop", "chat")
        assert (end.stats.events, end.usage.total_tokens, end.response.status_code) == (3, 5, 200)
        events.close()
        assert len(ends) == 1

    def test_its_duration_includes_the_wait_without_bytes(self):
        ends: list[StreamEnd] = []
        events = Scanner([], on_stream_end=ends.append)
        time.sleep(0.01)
        events.close()
        assert (ends[0].stats.duration_s, ends[0].duration_s >= 0.01) == (None, True)

    @pytest.mark.parametrize("by", ["iteration", "scan", "reader", "texts"])
    def test_a_failure(self, by: str):
        ends: list[StreamEnd] = []
        events = ask(client_of(stream(HI), on_stream_end=ends.append))
        read = {
            "iteration": lambda: list(events),
            "scan": lambda: [event for event in iter(events.scan, False)],
            "reader": lambda: events.reader().read(),
            "texts": lambda: list(events.texts()),
        }[by]
        try:
            read()
        except ssescan.SSEScanError:
            pass

        (end,) = ends
        assert (end.outcome, end.error) == ("truncated", events.err)
        assert type(end.error) is StreamTruncated

    def test_other_ways_to_end(self):
        ends: list[StreamEnd] = []
        client = client_of(WHOLE, on_stream_end=ends.append)
        with ask(client):
            pass
        ask(client).cancel()
        with pytest.warns(ResourceWarning):
            events = ask(client)
            del events
            gc.collect()

        assert [(end.outcome, type(end.error).__name__) for end in ends] == [
            ("cancelled", "NoneType"),
            ("cancelled", "StreamCancelled"),
            ("cancelled", "NoneType"),
        ]

    def test_of_any_source_and_at_any_time(self):
        ends: list[StreamEnd] = []
        list(Scanner(HI + BARE_DONE, dialect="chat", on_stream_end=ends.append))
        events = Scanner([b"data: 1\n\n", b"data: 2\n\n"])
        next(events)
        events.on_stream_end = ends.append
        list(events)
        list(ssescan.stream("http://x", http_client=FakePool(WHOLE), on_stream_end=ends.append))

        assert [(end.outcome, end.dialect) for end in ends] == [("done", "chat"), ("eof", None), ("eof", None)]
        with pytest.raises(TypeError, match="on_stream_end must be callable, got int"):
            Scanner(b"", on_stream_end=5)

    @pytest.mark.parametrize(
        ("answer", "has_stream"),
        [
            (failure(401, "no"), False),
            (failure(429, "slow down"), False),
            (REFUSED, False),
            (STALL, False),
            (stream(b"<html>Login", content_type="text/html"), False),
            (stream(b"<html>Login"), True),
            (stream(HI), True),
            (stream(HI, CUT), True),
            (stream(HI, STALL), True),
            (chat("Hi", error("overloaded")), True),
        ],
        ids=str,
    )
    def test_a_failure_is_a_call_or_has_no_outcome(self, answer: Any, has_stream: bool):
        """The guide counts failures of streams by `on_stream_end`, and those of requests by the missing outcome."""
        ends: list[StreamEnd] = []
        client = client_of(answer, on_stream_end=ends.append)
        with pytest.raises(ssescan.SSEScanError) as caught:
            "".join(ask(client).texts())
        assert (len(ends), caught.value.outcome is not None) == (has_stream, has_stream)

    def test_its_exceptions_are_logged(self, caplog: pytest.LogCaptureFixture):
        def fail(end: StreamEnd) -> None:
            raise RuntimeError("full disk")

        assert len(list(ask(client_of(WHOLE, on_stream_end=fail)))) == 3
        assert "on_stream_end failed for a stream of POST http://llm.example/v1/chat/completions" in caplog.text
        assert "full disk" in caplog.text

    def test_copies_and_helpers_have_it(self):
        ends: list[StreamEnd] = []
        client = client_of(WHOLE, on_stream_end=ends.append).with_options(timeout=5)
        with client.chat.completions.stream(model="m", messages=[]) as events:
            events.until_done()
        assert [end.outcome for end in ends] == ["done"]

    def test_once_although_threads_race(self):
        ends: list[StreamEnd] = []
        for _ in range(50):
            events = ask(client_of(WHOLE, on_stream_end=ends.append))
            threads = [threading.Thread(target=events.cancel) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert len(ends) == 50


class TestLogger:
    def test_the_life_of_a_stream(self, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.DEBUG, "ssescan")
        list(
            ssescan.stream(
                "http://u:p@x/a?key=secret",
                http_client=FakePool(failure(503, "busy", retry_after_ms=1), WHOLE),
                dialect="chat",
            )
        )

        opened, ended = [record.getMessage() for record in caplog.records if record.name == "ssescan"][-2:]
        assert "sent again in" in caplog.text
        assert opened == "Stream opened: GET http://x/a, status 200"
        assert ended.startswith("Stream ended: done, 3 events, ")
        assert "first text after" in ended
        assert "secret" not in caplog.text

    def test_failures_have_a_level_at_which_they_are_seen(self, caplog: pytest.LogCaptureFixture):
        """INFO for what raises in the program. Lines of one request can be joined by its id."""
        caplog.set_level(logging.INFO, "ssescan")
        cut = ssescan.testing.Answer((HI, CUT), headers={"x-request-id": "req_8"})
        for answers in ([failure(503, "sk-1", retry_after_ms=1), cut], [failure(401, "sk-1")], [REFUSED], [WHOLE]):
            try:
                list(
                    ssescan.stream(
                        "http://u:p@x/a?key=sk-1", http_client=FakePool(*answers), max_retries=len(answers) - 1
                    )
                )
            except ssescan.SSEScanError:
                pass
        with pytest.raises(ssescan.errors.NotFoundError):
            client_of(failure(404, "sk-1")).models.list()

        lines = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "ssescan"]
        size = len(HI)
        assert [(level, re.sub(r"after \d[.\d]* s", "after T s", line)) for level, line in lines] == [
            ("INFO", "Request failed, sent again in 0.001 s (retry 1 of 1): GET http://x/a, HTTP 503"),
            (
                "INFO",
                f"Stream ended: broken, 1 events, {size} bytes, last byte after T s, StreamBroken, "
                "GET http://x/a, status 200, request req_8",
            ),
            ("INFO", "Request refused: GET http://x/a: AuthenticationError, status 401"),
            ("INFO", "Request refused: GET http://x/a: APIConnectionError, Connection refused"),
            ("INFO", "Request refused: GET http://llm.example/v1/models: NotFoundError, status 404"),
        ]

    @pytest.mark.parametrize("ask_for", REQUESTS, ids=REQUESTS)
    def test_a_response_that_is_not_a_stream(self, caplog: pytest.LogCaptureFixture, ask_for: str):
        caplog.set_level(logging.INFO, "ssescan")
        for answer in (LOGIN, reply({"id": "x"})):
            with pytest.raises(ssescan.errors.NotAnEventStream):
                REQUESTS[ask_for](answer)
        assert [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "ssescan"] == [
            ("INFO", "Request refused: POST http://llm.example/v1/chat/completions: NotAnEventStream, status 200")
        ] * 2

    @pytest.mark.parametrize("is_handled", [False, True])
    def test_a_source_that_reconnects(self, caplog: pytest.LogCaptureFixture, is_handled: bool):
        caplog.set_level(logging.DEBUG, "ssescan")
        pool = FakePool(REFUSED, failure(500, "sk-1"), stream(HI, CUT), stream(HI), stream(status=204))
        options = {"on_error": lambda error: None} if is_handled else {}
        list(ssescan.EventSource("http://x/a?key=sk-1", http_client=pool, initial_delay_s=0, **options))

        level = "INFO" if is_handled else "WARNING"
        lines = [(record.levelname, record.getMessage()) for record in caplog.records if "Reconnecting" in record.msg]
        assert [(name, re.sub(r"0\.\d", "T", line)) for name, line in lines] == [
            (level, "GET http://x/a: APIConnectionError, Connection refused. Reconnecting in T s"),
            (level, "GET http://x/a: InternalServerError, status 500. Reconnecting in T s"),
            (level, "GET http://x/a: StreamBroken, connection closed before the end of the body. Reconnecting in T s"),
            ("DEBUG", "GET http://x/a: response ended. Reconnecting in T s"),
        ]

    def test_without_logging_nothing_is_imported(self):
        program = (
            "import sys, ssescan\n"
            "list(ssescan.Scanner(b'data: 1\\n\\n', on_stream_end=print))\n"
            "print(sorted({'logging', 'opentelemetry', 'ssescan.otel'} & set(sys.modules)))"
        )
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert run.stdout.splitlines()[-1] == "[]"


@pytest.fixture
def telemetry():
    """The spans and the metrics of the streams of a test."""
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    otel.instrument(tracer_provider=tracers, meter_provider=MeterProvider([reader]))
    yield tracers.get_tracer("program"), exporter, reader
    otel.uninstrument()
    assert observers.observe(None) is None


def points(reader: InMemoryMetricReader) -> dict[str, list]:
    data = reader.get_metrics_data()
    found = [metric for part in data.resource_metrics for scope in part.scope_metrics for metric in scope.metrics]
    return {metric.name: list(metric.data.data_points) for metric in found}


class TestTelemetry:
    def test_a_span_per_stream(self, telemetry):
        tracer, exporter, reader = telemetry
        with tracer.start_as_current_span("request") as parent:
            events = ask(client_of(WHOLE))
        next(events)
        assert [span.name for span in exporter.get_finished_spans()] == ["request"]
        list(events)

        span = exporter.get_finished_spans()[-1]
        assert (span.name, span.kind, span.status.status_code) == ("chat m", SpanKind.CLIENT, StatusCode.UNSET)
        assert span.parent.span_id == parent.get_span_context().span_id
        assert span.end_time > span.start_time
        wanted = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "m",
            "gen_ai.response.model": "m-2026",
            "gen_ai.request.stream": True,
            "gen_ai.response.finish_reasons": ("stop",),
            "gen_ai.usage.input_tokens": 3,
            "gen_ai.usage.output_tokens": 2,
            "server.address": "llm.example",
            "server.port": 80,
            "ssescan.outcome": "done",
        }
        assert wanted.items() <= dict(span.attributes).items()
        assert span.attributes["gen_ai.response.time_to_first_chunk"] >= 0
        metrics = points(reader)
        assert {name: sum(point.count for point in found) for name, found in metrics.items()} == {
            "gen_ai.client.operation.duration": 1,
            "gen_ai.client.operation.time_to_first_chunk": 1,
            "gen_ai.client.token.usage": 2,
        }
        assert {point.attributes["gen_ai.token.type"]: point.sum for point in metrics["gen_ai.client.token.usage"]} == {
            "input": 3,
            "output": 2,
        }

    @pytest.mark.parametrize("by", ["texts", "reader", "text", "iteration"])
    def test_the_model_of_the_response_however_it_is_read(self, telemetry, by: str):
        """Readers make no events."""
        _, exporter, reader = telemetry
        created = frame({"type": "response.created", "response": {"model": "m-1"}}, "response.created")
        texts = frame({"type": "response.output_text.delta", "delta": "x" * 1000}, "response.output_text.delta") * 100
        done = frame({"type": "response.completed", "response": {}}, "response.completed")
        start = frame({"type": "message_start", "message": {"model": "m-2"}}, "message_start")
        said = frame(
            {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "x"}}, "content_block_delta"
        )
        read = {
            "texts": lambda events: list(events.texts()),
            "reader": lambda events: events.reader().read(),
            "text": lambda events: [events.text() for _ in iter(events.scan, False)],
            "iteration": list,
        }[by]
        answers = {
            "responses": stream(created, texts, done),
            "anthropic": stream(start, said, frame({"type": "message_stop"}, "message_stop")),
            "chat": stream(chunk("a").replace(b"{", b'{"model": "m-3", ', 1), chunk(finish="stop"), BARE_DONE),
        }
        for dialect, body in answers.items():
            events = ssescan.stream("http://x/a", json={}, http_client=FakePool(body), dialect=dialect)
            read(events)
            assert events.tee is None

        models = [span.attributes.get("gen_ai.response.model") for span in exporter.get_finished_spans()]
        assert models == ["m-1", "m-2", "m-3"]
        durations = points(reader)["gen_ai.client.operation.duration"]
        assert {point.attributes["ssescan.outcome"] for point in durations} == {"done"}

    def test_the_tee_of_the_program_stays(self, telemetry):
        _, exporter, _ = telemetry
        copy = io.BytesIO()
        "".join(ssescan.stream("http://x/a", http_client=FakePool(WHOLE), dialect="chat", tee=copy).texts())
        assert copy.getvalue() == bytes(WHOLE)
        assert exporter.get_finished_spans()[-1].attributes["ssescan.outcome"] == "done"

    def test_a_failure_and_a_stream_that_is_left(self, telemetry):
        _, exporter, _ = telemetry
        with pytest.raises(StreamTruncated):
            list(ask(client_of(stream(HI))))
        ask(client_of(WHOLE)).close()

        failed, left = exporter.get_finished_spans()
        assert (failed.status.status_code, failed.attributes["error.type"]) == (StatusCode.ERROR, "StreamTruncated")
        assert failed.attributes["ssescan.outcome"] == "truncated"
        assert (left.status.status_code, left.attributes["ssescan.outcome"]) == (StatusCode.UNSET, "cancelled")

    def test_a_request_that_gets_no_stream(self, telemetry):
        _, exporter, reader = telemetry
        with pytest.raises(ssescan.errors.RateLimitError):
            ask(client_of(failure(429, "slow down", retry_after_ms=1), failure(429, "slow down"), max_retries=1))
        with pytest.raises(ssescan.errors.APIConnectionError):
            ssescan.stream(
                "http://x/v1", json={"model": "c"}, http_client=FakePool(REFUSED), max_retries=0, dialect="anthropic"
            )
        with pytest.raises(ssescan.errors.AuthenticationError):  # not for a stream
            client_of(failure(401, "bad key")).chat.completions.create(model="m", messages=[])

        limited, away = exporter.get_finished_spans()
        assert (limited.name, limited.status.status_code) == ("chat m", StatusCode.ERROR)
        assert limited.attributes["error.type"] == "RateLimitError"
        assert (limited.attributes["http.response.status_code"], limited.attributes["server.port"]) == (429, 80)
        assert (away.name, away.attributes["error.type"]) == ("chat c", "APIConnectionError")
        assert away.attributes["gen_ai.provider.name"] == "anthropic"
        assert sum(point.count for point in points(reader)["gen_ai.client.operation.duration"]) == 2

    @pytest.mark.parametrize("ask_for", REQUESTS, ids=REQUESTS)
    def test_a_response_that_is_not_a_stream(self, telemetry, ask_for: str):
        _, exporter, reader = telemetry
        with pytest.raises(ssescan.errors.NotAnEventStream):
            REQUESTS[ask_for](LOGIN)

        (span,) = exporter.get_finished_spans()
        assert (span.name, span.status.status_code) == ("chat m", StatusCode.ERROR)
        assert (span.attributes["error.type"], span.attributes["http.response.status_code"]) == (
            "NotAnEventStream",
            200,
        )
        assert span.end_time > span.start_time
        assert sum(point.count for point in points(reader)["gen_ai.client.operation.duration"]) == 1

    def test_of_other_providers(self, telemetry):
        _, exporter, _ = telemetry
        body = stream(
            frame({"type": "message_start", "message": {"usage": {"input_tokens": 7}}}, "message_start"),
            frame(
                {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}},
                "message_delta",
            ),
            frame({"type": "message_stop"}, "message_stop"),
        )
        list(
            ssescan.stream(
                "https://a.example/v1/messages", json={"model": "c"}, http_client=FakePool(body), dialect="anthropic"
            )
        )
        list(ssescan.stream("https://x.example/plain", http_client=FakePool(stream(frame("1")))))

        (span,) = exporter.get_finished_spans()
        assert (span.name, span.attributes["gen_ai.provider.name"]) == ("chat c", "anthropic")
        assert (span.attributes["server.port"], span.attributes["gen_ai.usage.output_tokens"]) == (443, 4)

    def test_a_fault_of_telemetry_does_not_reach_the_program(self, caplog: pytest.LogCaptureFixture):
        class Broken:
            def start_span(self, *args: object) -> None:
                raise RuntimeError("exporter")

        before = observers.observe(otel._Telemetry(Broken(), None))
        try:
            assert len(list(ask(client_of(WHOLE)))) == 3
        finally:
            observers.observe(before)
        assert "No telemetry for a stream of dialect chat" in caplog.text
