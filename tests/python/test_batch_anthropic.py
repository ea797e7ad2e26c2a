"""Batches of Anthropic's Messages API: headers, answers, failures, files and the command."""

from __future__ import annotations

import json
import pickle
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from batchserver import EVENTS, answer, lines, message_body, row, rows, served, text_of
from conftest import frame
from fixtures import STREAMS
from ssescan import Outcome, Scanner, accumulate, errors
from ssescan.batch import BatchRequest, BatchResult, Limiter, run, run_file
from ssescan.cli import main
from ssescan.openai import OpenAI
from ssescan.replay import Recording, ReplayServer
from ssescan.testing import FakePool, stream

URL = "/v1/messages"


def fixture(name: str) -> bytes:
    return (STREAMS / f"anthropic/{name}.sse").read_bytes()


def result_of(*answers: Any, **options: Any) -> BatchResult:
    """Run one request whose attempts get these answers, the last one from then on."""
    number = count()
    recordings = [one if isinstance(one, Recording) else Recording("answer", one) for one in answers]
    with served(lambda _: recordings[min(next(number), len(recordings) - 1)]) as (_, client):
        (result,) = run([row("a", URL)], client=client, **options)
    assert pickle.loads(pickle.dumps(result)).body == result.body
    return result


def refusal(status: int, kind: str, **headers: str) -> Recording:
    body = {"type": "error", "error": {"type": kind, "message": "No."}, "request_id": "req_1"}
    return Recording(
        "no", json.dumps(body).encode(), status, {"Content-Type": "application/json", "request-id": "req_1", **headers}
    )


def error_event(kind: str) -> bytes:
    start = message_body("a").partition(b"event: content_block_stop")[0]
    return start + frame({"type": "error", "error": {"type": kind, "message": "No."}}, "error")


class TestHeaders:
    def headers(self, **options: object) -> dict[str, str]:
        """Run one request and return the headers that it was sent with."""
        pool = FakePool(stream(message_body("a")))
        settings = {"api_key": "k" * 9, "organization": "o", "project": "p", "base_url": "http://host/v1", **options}
        request = BatchRequest("a", URL, {"messages": [], "stream_options": None})
        (result,) = run([request], client=OpenAI(http_client=pool, **settings))
        assert result.error is None
        (asked,) = pool.requests
        assert (asked.url, asked.json()) == ("http://host/v1/messages", {"messages": [], "stream": True})
        return asked.headers

    def test_the_key_is_in_its_own_header_and_openais_are_not_sent(self):
        for key in ("k" * 9, lambda: "k" * 9):
            headers = self.headers(api_key=key)
            assert (headers["x-api-key"], headers["anthropic-version"]) == ("k" * 9, "2023-06-01")
            assert not {"authorization", "openai-organization", "openai-project"} & headers.keys()

    def test_default_headers_of_the_client_stay(self):
        own = {"Anthropic-Version": "2024", "authorization": "Bearer g", "X-API-Key": "own"}
        headers = self.headers(default_headers=own)

        assert {name: headers.get(name.lower()) for name in own} == own

    def test_other_endpoints_of_the_same_run_have_openais_headers(self):
        batch = [row("a", URL), row("b")]
        with served() as (server, client):
            assert all(result.text == text_of(result.custom_id) for result in run(batch, client=client))
            headers = {request.path: {k.lower() for k in dict(request.headers)} for request in server.requests}
        assert "x-api-key" in headers[URL] and "authorization" not in headers[URL]
        assert "x-api-key" not in headers["/v1/chat/completions"] and "authorization" in headers["/v1/chat/completions"]


class TestAnswers:
    def test_what_a_result_has(self):
        limiter = Limiter(tpm=60)
        with served() as (_, client):
            (result,) = run([row("hey", URL)], client=client, limiter=limiter)

        assert (result.text, result.finish_reason, result.outcome) == (text_of("hey"), "end_turn", "done")
        assert (result.attempts, result.events, result.tokens) == (1, EVENTS + 5, EVENTS)
        cache = {"cache_creation_input_tokens": 4, "cache_read_input_tokens": 50}
        assert result.usage == {"input_tokens": 3, **cache, "output_tokens": EVENTS}
        assert type(result.final).__name__ == "Message"
        assert result.final.to_dict() == result.body
        # The limiter counts what Anthropic's limits count: tokens that were read from the cache do not.
        estimate = len(json.dumps(row("hey", URL)["body"], separators=(",", ":"))) / 4
        assert limiter._shift_s == pytest.approx(3 + 4 + EVENTS - estimate)

    @pytest.mark.parametrize("name", ["text", "tools", "thinking", "citations", "interleaved", "refusal", "web_search"])
    def test_an_answer_is_the_message_without_streaming(self, name: str):
        result = result_of(fixture(name))

        assert result.body == accumulate(Scanner(fixture(name), dialect="anthropic")).to_dict()
        blocks = result.body["content"]
        assert result.text == "".join(block["text"] for block in blocks if block["type"] == "text")
        assert result.tool_calls == [block for block in blocks if block["type"].endswith("tool_use")]
        assert result.finish_reason == result.body["stop_reason"]

    def test_an_answer_without_streaming(self):
        message = {"type": "message", "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn"}
        for body, text in ((message, "Hi"), ({**message, "content": []}, "")):
            result = result_of(Recording("whole", json.dumps(body).encode(), 200, {"Content-Type": "application/json"}))
            assert (result.body, result.text, result.outcome) == (body, text, Outcome.FINISHED)

    def test_an_end_without_an_answer_is_truncated(self):
        result = result_of(frame({"type": "message_stop"}, "message_stop"), max_attempts=2)

        assert isinstance(result.error, errors.StreamTruncated) and result.attempts == 2
        assert "Expected content or a stop reason" in str(result.error)


class TestFailures:
    @pytest.mark.parametrize("reason", ["max_tokens", "model_context_window_exceeded", "end_turn"])
    @pytest.mark.parametrize("pieces", [(), ("",), ('{"city": "Pa',)])
    def test_a_truncated_tool_call(self, reason: str, pieces: tuple[str, ...]):
        head, _, rest = fixture("tools").partition(
            b'event: content_block_delta\ndata: {"type":"content_block_delta","index":1'
        )
        end = rest[rest.index(b"event: message_delta") :].replace(b'"tool_use"', f'"{reason}"'.encode())
        delta = {"type": "content_block_delta", "index": 1}
        deltas = [{**delta, "delta": {"type": "input_json_delta", "partial_json": piece}} for piece in pieces]
        result = result_of(head + b"".join(map(frame, deltas)) + end, max_attempts=2)

        if reason == "end_turn" and not any(pieces):
            assert result.ok and result.tool_calls[0]["input"] == {}  # a call without input
        else:
            assert isinstance(result.error, errors.ToolCallTruncated)
            assert (result.error.code, result.outcome, result.body) == ("tool_call_truncated", "error", None)
            assert [call["name"] for call in result.error.tool_calls] == ["weather"]
            assert result.attempts == (2 if reason == "end_turn" else 1)

    def test_a_truncated_tool_call_of_an_answer_without_streaming(self):
        call = {"type": "tool_use", "id": "t", "name": "write", "input": {"path": "a"}}  # it may lack other keys
        body = {"type": "message", "content": [{"type": "text", "text": "a"}, call], "stop_reason": "max_tokens"}
        result = result_of(Recording("whole", json.dumps(body).encode(), 200, {"Content-Type": "application/json"}))

        assert isinstance(result.error, errors.ToolCallTruncated)

    @pytest.mark.parametrize(
        "refused",
        [
            refusal(529, "overloaded_error", **{"Retry-After": "0.01"}),
            refusal(429, "rate_limit_error", **{"Retry-After": "0.01"}),
            refusal(500, "api_error"),
            error_event("overloaded_error"),
            error_event("rate_limit_error"),
            error_event("api_error"),
            fixture("cut_in_tool"),
            fixture("failed"),
        ],
        ids=["529", "429", "500", "overloaded", "rate_limit", "api_error", "cut", "failed"],
    )
    def test_what_is_retried(self, refused: Any, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("ssescan.batch._limiter.FIRST_BACKOFF_S", 0.01)
        monkeypatch.setattr("ssescan.batch._request_run.FIRST_BACKOFF_S", 0.01)
        result = result_of(refused, message_body("a"))

        assert (result.text, result.attempts) == (text_of("a"), 2)

    @pytest.mark.parametrize(
        ("kind", "status", "cls"),
        [
            ("invalid_request_error", 400, errors.BadRequestError),
            ("authentication_error", 401, errors.AuthenticationError),
            ("billing_error", 402, errors.APIStatusError),
            ("permission_error", 403, errors.PermissionDeniedError),
            ("not_found_error", 404, errors.NotFoundError),
            ("request_too_large", 413, errors.APIStatusError),
        ],
    )
    def test_what_is_not(self, kind: str, status: int, cls: type[Exception]):
        in_stream, refused = result_of(error_event(kind)), result_of(refusal(status, kind))

        for result in (in_stream, refused):
            assert type(result.error) is cls
            assert (result.attempts, result.status_code, result.outcome) == (1, status, "error")
        assert (in_stream.text, in_stream.error.partial_text) == ("", text_of("a"))
        assert refused.request_id == refused.error.request_id == "req_1"


class TestFiles:
    def test_a_file_is_resumed(self, tmp_path: Path):
        batch = list(rows(20, url=URL))
        (tmp_path / "in.jsonl").write_bytes(lines(batch))

        def serve(request: Any) -> Any:
            return refusal(400, "invalid_request_error") if b"row 7" in request.body else answer(request)

        with served(serve) as (server, client):
            args = (tmp_path / "in.jsonl", tmp_path / "out.jsonl")
            summary = run_file(*args, client=client)
            output = [json.loads(line) for line in args[1].read_bytes().splitlines()]
            args[1].write_bytes(b"".join(args[1].read_bytes().splitlines(keepends=True)[:12]))
            again = run_file(*args, client=client)
            asked = len(server.requests)

        assert (summary.total, summary.done, summary.failed) == (20, 19, 1)
        assert (again.before, again.done, asked) == (13, 19, 27)
        assert {one["custom_id"]: one["response"]["body"]["content"][0]["text"] for one in output} == {
            f"row {number}": text_of(f"row {number}") for number in range(20) if number != 7
        }
        (failure,) = [json.loads(line) for line in (tmp_path / "out.errors.jsonl").read_bytes().splitlines()]
        assert (failure["custom_id"], failure["error"]) == ("row 7", None)
        assert (failure["response"]["status_code"], failure["response"]["request_id"]) == (400, "req_1")
        assert failure["response"]["body"]["error"]["type"] == "invalid_request_error"

    def test_the_command_takes_the_key_and_the_url_of_the_first_requests_provider(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ):
        (tmp_path / "in.jsonl").write_bytes(lines([*rows(2, url=URL), row("chat")]))
        names = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL")

        def keys(server: ReplayServer, *argv: str, **environment: str) -> list[str]:
            """Run the command, and return the keys that it sent."""
            for name in names:
                monkeypatch.delenv(name, raising=False)
            for name, value in {"NO_PROXY": "*", "OPENAI_API_KEY": "of-openai", **environment}.items():
                monkeypatch.setenv(name, value)
            files = [str(tmp_path / "in.jsonl"), "-o", str(tmp_path / "out.jsonl")]
            assert main(["batch", *files, "--no-resume", "--coalesce", "0", "--progress", "none", *argv]) == 0
            asked = [{name.lower(): value for name, value in request.headers.items()} for request in server.requests]
            server.requests.clear()
            return sorted(headers.get("x-api-key") or headers["authorization"] for headers in asked)

        with ReplayServer(answer) as server:
            url = ("--base-url", f"{server.url}/v1")
            other = {"ANTHROPIC_API_KEY": "key", "ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
            assert keys(server, ANTHROPIC_API_KEY="key", ANTHROPIC_BASE_URL=server.url) == ["Bearer key", "key", "key"]
            assert keys(server, *url, **other) == ["Bearer key", "key", "key"]
            assert keys(server, *url) == ["Bearer none", "none", "none"]
            capsys.readouterr()
            with pytest.raises(AssertionError):
                keys(server)
        assert capsys.readouterr().err == (
            "ssescan: Missing API key: ANTHROPIC_API_KEY is not set. Set it, or name a server with --base-url.\n"
        )
