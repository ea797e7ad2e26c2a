"""Each request has one result and the run continues, even if an answer or an input line is invalid."""

from __future__ import annotations

import json
import os
import pickle
import random
import subprocess
import sys
import time

import pytest

from batchserver import answer, lines, prompt_of, row, rows, served
from conftest import BARE_DONE, frame
from ssescan import errors
from ssescan.batch import BatchResult, Limiter, run, run_file
from ssescan.batch._results import Timings, token_count
from ssescan.http.retry_after import duration_s, retry_after_s
from ssescan.replay import Recording

DEEP = "[" * 990 + "]" * 990
JSON = {"Content-Type": "application/json"}


def chunk(**more) -> dict:
    choice = {"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], **more}


def choice(delta: dict, finish: object = None, **more) -> dict:
    return chunk(choices=[{"index": 0, "delta": delta, "finish_reason": finish, **more}])


def stream(*chunks: dict | bytes) -> bytes:
    return b"".join(one if isinstance(one, bytes) else frame(one) for one in chunks) + BARE_DONE


def whole(**more) -> dict:
    message = {"role": "assistant", "content": "Hi"}
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    return {"id": "c", "object": "chat.completion", "model": "m", "choices": choices, "usage": usage, **more}


def results_of(
    body: bytes, *, url: str = "/v1/chat/completions", headers: dict | None = None, **options
) -> BatchResult:
    """Run one request that gets `body`, and two that get good answers."""

    def reply(request):
        recording = Recording("bad", body, 200, headers or {"Content-Type": "text/event-stream"})
        return recording if b'"bad"' in request.body else answer(request)

    bodies = {"/v1/chat/completions": row("bad")["body"], "/v1/responses": {"model": "m", "input": "bad"}}
    bodies["/v1/completions"] = {"model": "m", "prompt": "bad"}
    bad = {"custom_id": "bad", "url": url, "body": bodies[url]}
    with served(reply) as (_, client):
        found = {result.custom_id: result for result in run([row("a"), bad, row("b")], client=client, **options)}
    assert found["a"].ok and found["b"].ok
    return found["bad"]


ODD = [None, True, 7, -1, 1.5, 10**30, "x", "\ud800", [], {}, [1], [[]], {"a": 1}, [{"a": [{"b": 1}]}], {"index": {}}]


class TestAnswers:
    @pytest.mark.parametrize(
        "usage", [*ODD, {"total_tokens": [1]}, {"completion_tokens": 9e18, "total_tokens": 10**400}]
    )
    def test_odd_usage(self, usage):
        result = results_of(stream(chunk(usage=usage)))

        assert result.ok
        assert result.tokens == 1  # counted events
        assert result.usage is None or isinstance(result.usage, dict)

    @pytest.mark.parametrize("at", ["id", "model", "choices", "created", "service_tier", "system_fingerprint"])
    @pytest.mark.parametrize("value", ODD)
    def test_odd_values_in_a_chunk(self, at, value):
        result = results_of(stream(chunk(**{at: value}), chunk()), max_attempts=1)

        assert result.ok or isinstance(result.error, (errors.SSEScanError, OSError))
        assert isinstance(result.text, str) and isinstance(result.tool_calls, list)

    @pytest.mark.parametrize("url", ["/v1/chat/completions", "/v1/responses", "/v1/completions"])
    def test_random_documents(self, url):
        numbers = random.Random(20261128)

        def value(depth: int) -> object:
            kind = numbers.randrange(8 if depth else 6)
            if kind == 6:
                return [value(depth - 1) for _ in range(numbers.randrange(3))]
            if kind == 7:
                names = (
                    "id",
                    "index",
                    "content",
                    "delta",
                    "message",
                    "text",
                    "type",
                    "tool_calls",
                    "output",
                    "choices",
                )
                return {numbers.choice(names): value(depth - 1) for _ in range(numbers.randrange(4))}
            return ODD[numbers.randrange(9)]

        def document() -> dict:
            base = whole(object="x") if numbers.random() < 0.5 else chunk()
            names = ("choices", "usage", "id", "output", "response", "type", "object", "status")
            return {**base, numbers.choice(names): value(4), numbers.choice(names): value(4)}

        for _ in range(12):
            body = stream(*(document() for _ in range(numbers.randrange(1, 4))))
            result = results_of(body, url=url, max_attempts=1)
            assert result.ok or isinstance(result.error, (errors.SSEScanError, OSError)), body
            assert isinstance(result.text, str) and isinstance(result.tokens, int)
            assert result.finish_reason is None or isinstance(result.finish_reason, str)

    @pytest.mark.parametrize("levels", [210, 400, 990])
    def test_a_deep_answer_is_an_error(self, levels):
        deep = chunk(x="DEEP")
        event = b"data: " + json.dumps(deep).replace('"DEEP"', "[" * levels + "]" * levels).encode() + b"\n\n"
        result = results_of(stream(event, chunk()))

        assert isinstance(result.error, errors.APIError)
        assert "nested too deeply (limit 200 levels)" in str(result.error) or levels == 990
        assert str(pickle.loads(pickle.dumps(result)).error) == str(result.error)

    @pytest.mark.parametrize("status", [400, 500])
    def test_a_deep_refusal_is_written(self, tmp_path, status):
        def reply(request):
            return (
                Recording("bad", f'{{"error": {DEEP}}}'.encode(), status, JSON)
                if prompt_of(request) == "row 7"
                else answer(request)
            )

        source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        source.write_bytes(lines(rows(20)))
        with served(reply) as (_, client):
            summary = run_file(source, output, client=client, max_attempts=1)

        assert summary == (20, 19, 1, 0)
        (failed,) = (tmp_path / "out.errors.jsonl").read_bytes().splitlines()
        assert json.loads(failed)["custom_id"] == "row 7"

    def test_properties_of_odd_bodies(self):
        for body in ({"output": value} for value in ODD):
            assert self.result("/v1/responses", body).text == ""
        for at, value in ((at, value) for at in ("choices", "usage", "incomplete_details", "status") for value in ODD):
            for url in ("/v1/chat/completions", "/v1/responses", "/v1/completions"):
                result = self.result(url, {at: value})
                assert result.text == "" and result.tool_calls == [] and result.tokens >= 0
                assert result.finish_reason is None or isinstance(result.finish_reason, str)

    def result(self, url: str, body: dict) -> BatchResult:
        return BatchResult("a", url, 0, "done", body, None, 1, 1, 200, None, Timings(0, 0, 0, 0))


class TestFailedAnswers:
    @pytest.mark.parametrize("reason", ["abort", "error", "TIMEOUT", "Cancelled", "insufficient_system_resource"])
    @pytest.mark.parametrize("url", ["/v1/chat/completions", "/v1/completions"])
    def test_a_finish_reason_that_means_failure(self, url, reason):
        text = (
            choice({"content": "Hi"}, reason)
            if "chat" in url
            else chunk(choices=[{"index": 0, "text": "Hi", "finish_reason": reason}])
        )
        result = results_of(stream(text), url=url, max_attempts=2)

        assert isinstance(result.error, errors.APIError) and reason in str(result.error)
        assert (result.attempts, result.outcome) == (2, "error")

    @pytest.mark.parametrize("reason", ["length", "content_filter", "stop", "refusal"])
    def test_a_normal_end(self, reason):
        assert results_of(stream(choice({"content": "Hi"}, reason))).finish_reason == reason

    def test_an_error_in_a_choice(self):
        error = {"code": 401, "message": "no key"}
        result = results_of(stream(choice({"content": "Hi"}, "error", error=error)))

        assert isinstance(result.error, errors.AuthenticationError) and "no key" in str(result.error)

    @pytest.mark.parametrize("reason", ["tool_calls", "stop", "length"])
    def test_truncated_arguments(self, tmp_path, reason):
        call = {"index": 0, "id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": '}}
        body = stream(choice({"tool_calls": [call]}), choice({}, reason))
        result = results_of(body, max_attempts=2)

        assert isinstance(result.error, errors.ToolCallTruncated)
        assert result.error.code == "tool_call_truncated"
        assert result.attempts == (1 if reason == "length" else 2)  # a limit would truncate the next one too

    def test_truncated_arguments_of_a_response(self):
        item = {
            "type": "function_call",
            "id": "1",
            "call_id": "1",
            "name": "f",
            "arguments": '{"a"',
            "status": "completed",
        }
        event = {"type": "response.completed", "response": {"id": "r", "status": "completed", "output": [item]}}
        result = results_of(frame(event, "response.completed"), url="/v1/responses", max_attempts=1)

        assert isinstance(result.error, errors.ToolCallTruncated)


class TestWholeAnswers:
    """Some servers ignore `stream: true`."""

    @pytest.mark.parametrize("size", [1, 300_000])
    def test_a_completion(self, size):
        message = {"role": "assistant", "content": "x" * size}
        body = whole(choices=[{"index": 0, "message": message, "finish_reason": "stop"}])
        result = results_of(json.dumps(body).encode(), headers={**JSON, "x-request-id": "req"})

        assert result.ok and result.body == body
        assert (result.text, result.finish_reason, result.tokens) == ("x" * size, "stop", 2)
        assert (result.attempts, result.status_code, result.request_id, result.outcome) == (1, 200, "req", "finished")

    def test_a_response(self):
        part = {"type": "output_text", "text": "Hi", "annotations": []}
        body = {"id": "r", "status": "completed", "output": [{"type": "message", "content": [part]}]}
        result = results_of(json.dumps(body).encode(), url="/v1/responses", headers=JSON)

        assert (result.text, result.finish_reason) == ("Hi", "completed")

    @pytest.mark.parametrize("body", [{}, {"error": {"message": "no"}}, {"choices": []}, [], {"detail": "no"}])
    def test_other_json_is_an_error(self, body):
        assert isinstance(results_of(json.dumps(body).encode(), headers=JSON).error, errors.NotAnEventStream)

    def test_a_failed_one(self):
        body = whole(choices=[{"index": 0, "message": {"content": "H"}, "finish_reason": "abort"}])
        assert "abort" in str(results_of(json.dumps(body).encode(), headers=JSON, max_attempts=1).error)

    def test_text_of_deltas_alone(self):
        deltas = [
            {"type": "response.output_text.delta", "delta": word, "output_index": 0, "content_index": 0, "item_id": "m"}
            for word in ("Hel", "lo", " you")
        ]
        end = {"type": "response.completed", "response": {"id": "r", "status": "completed", "output": []}}
        body = b"".join(frame(event, event["type"]) for event in (*deltas, end))

        assert results_of(body, url="/v1/responses").text == "Hello you"

    def test_late_extras(self):
        result = results_of(stream(chunk(), chunk(choices=[], cost="0.1", citations=["u"], service_tier="flex")))

        assert {key: result.body[key] for key in ("cost", "citations", "service_tier")} == {
            "cost": "0.1",
            "citations": ["u"],
            "service_tier": "flex",
        }

    @pytest.mark.parametrize(
        "usage",
        [
            {
                "choices": [
                    {"index": 0, "delta": {"content": "x"}, "finish_reason": "stop", "usage": {"completion_tokens": 5}}
                ]
            },
            {"x_groq": {"usage": {"completion_tokens": 5}}},
        ],
    )
    def test_usage_in_other_places(self, usage):
        assert results_of(stream(chunk(**usage))).tokens == 5


class TestNumbers:
    @pytest.mark.parametrize("value", [-1, 10_000_001, 10**400, 1.0, True, "5", None, [], float("nan")])
    def test_what_is_no_count(self, value):
        assert token_count(value) is None

    @pytest.mark.parametrize("value", [0, 1, 10_000_000])
    def test_a_count(self, value):
        assert token_count(value) == value

    @pytest.mark.parametrize("count", [9 * 10**18, 10**400, -(10**9), 1e300])
    def test_a_count_out_of_range_does_not_move_the_schedule(self, count):
        usage = {"completion_tokens": count, "total_tokens": count}
        start_s = time.monotonic()
        result = results_of(stream(chunk(usage=usage)), limiter=Limiter(tpm=10_000_000), max_workers=1)

        assert result.ok and result.tokens == 1
        assert time.monotonic() - start_s < 30

    @pytest.mark.parametrize(
        "text", ["1" * 60_000, "1h" * 30_000, " " * 60_000 + "1", "." * 60_000, "1m" * 29_999 + "x"]
    )
    def test_a_long_header_is_ignored(self, text):
        assert retry_after_s({"retry-after": text}, durations=True) is None
        assert duration_s(text) is None


class TestLines:
    BAD = {
        "deep body": b'{"custom_id": "x", "url": "/v1/chat/completions", "body": ' + DEEP.encode() + b"}",
        "deep id": b'{"custom_id": ' + DEEP.encode() + b', "url": "/v1/chat/completions", "body": {}}',
        "deep url": b'{"custom_id": "x", "url": ' + DEEP.encode() + b', "body": {}}',
        "deep messages": b'{"custom_id": "x", "url": "/v1/chat/completions", "body": {"messages": '
        + DEEP.encode()
        + b"}}",
        "very deep": b'{"custom_id": "x", "body": ' + b"[" * 100_000,
        "digits": b'{"custom_id": "x", "url": "/v1/chat/completions", "body": {"n": ' + b"9" * 5000 + b"}}",
        "surrogate": b'{"custom_id": "\\ud800", "url": "/v1/chat/completions", "body": {"messages": []}}',
        "nul": b'{"custom_id": "\x00"}',
        "array": b"[1, 2]",
        "number": b"1e999",
        "utf-16": '{"custom_id": "x"}'.encode("utf-16"),
        "not utf-8": b'{"custom_id": "\xff"}',
        "body of another type": b'{"custom_id": "x", "url": "/v1/chat/completions", "body": "text"}',
        "id of another type": b'{"custom_id": 7, "url": "/v1/chat/completions", "body": {}}',
        "null": b'{"custom_id": "x", "url": null, "body": null, "method": null}',
    }

    def test_one_bad_line_among_200_costs_one_result(self, tmp_path):
        self.check_a_bad_line(tmp_path, b"{", among=200)

    @pytest.mark.parametrize("line", BAD.values(), ids=BAD.keys())
    def test_a_bad_line_costs_one_result(self, tmp_path, line):
        self.check_a_bad_line(tmp_path, line, among=12)

    def check_a_bad_line(self, tmp_path, line, *, among):
        good = lines(rows(among - 1)).splitlines(keepends=True)
        source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        source.write_bytes(b"".join([*good[: among // 2], line + b"\n", *good[among // 2 :]]))

        def reply(request):
            return answer(request) if b'"content"' in request.body else Recording("no", b"{}", 400, JSON)

        with served(reply) as (_, client):
            summary = run_file(source, output, client=client, skip_bad=True, max_attempts=1)
            again = run_file(source, output, client=client, skip_bad=True, max_attempts=1)

        assert (summary.done, summary.failed) == (among - 1, 1)
        assert again == (among, among - 1, 1, among)


class TestFiles:
    def test_errors_are_locked_too(self, tmp_path):
        source, output = tmp_path / "in.jsonl", tmp_path / "a.jsonl"
        source.write_bytes(lines(rows(3)))
        with served() as (_, client):
            run_file(source, output, client=client)
            before = output.read_bytes()
            seen = []

            def intrude(progress):
                with pytest.raises(BlockingIOError, match="another run is writing to .*a.jsonl"):
                    run_file(source, tmp_path / "b.jsonl", output, client=client, resume=False)
                seen.append(progress)

            run_file(source, output, client=client, resume=False, on_progress=intrude)
            with pytest.raises(ValueError, match="a.jsonl:1: the error file has an answer"):
                run_file(source, tmp_path / "b.jsonl", output, client=client, resume=False)

        assert seen and len(output.read_bytes().splitlines()) == len(before.splitlines()) == 3
        assert not (tmp_path / "b.jsonl").exists()  # nothing was written to it

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    @pytest.mark.parametrize("which", ["output", "errors"])
    def test_a_pipe_is_refused(self, tmp_path, which):
        source, pipe = tmp_path / "in.jsonl", tmp_path / "pipe"
        source.write_bytes(lines(rows(1)))
        os.mkfifo(pipe)
        paths = (pipe, None) if which == "output" else (tmp_path / "out.jsonl", pipe)
        with served() as (server, client), pytest.raises(ValueError, match="must be a regular file .*pipe"):
            run_file(source, *paths, client=client)
        assert not server.requests

    @pytest.mark.skipif(sys.platform == "win32", reason="needs /dev/stdout")
    def test_standard_output_is_refused(self, tmp_path):
        source = tmp_path / "in.jsonl"
        source.write_bytes(lines(rows(1)))
        command = [
            sys.executable,
            "-m",
            "ssescan",
            "batch",
            source,
            "-o",
            "/dev/stdout",
            "--base-url",
            "http://127.0.0.1:1",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout) == (2, "")
        assert "must be a regular file" in done.stderr


class TestErrors:
    def test_causes_that_form_a_cycle(self):
        first, second = ValueError("a"), ValueError("b")
        first.__cause__, second.__cause__ = second, first

        class Pool:
            def urlopen(self, *args, **kwargs):
                raise first

        with served() as (_, client):
            client._transport.send = lambda *args, **kwargs: Pool().urlopen()
            (result,) = run([row("a")], client=client)

        assert isinstance(result.error, errors.APIError) and result.error.__cause__ is first
