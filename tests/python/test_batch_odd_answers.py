"""Batches whose servers and files hold odd values: every request has a result, and the run continues."""

from __future__ import annotations

import json
import pickle
import random
import time
from dataclasses import replace
from typing import Any

import pytest

from batchserver import chat_body, lines, prompt_of, row, served
from conftest import BARE_DONE
from ssescan import Outcome, errors
from ssescan.batch import BatchResult, Limiter, Timings, run, run_file
from ssescan.batch._rate_limits import requested_wait_s
from ssescan.openai import OpenAI
from ssescan.replay import Recording

CHAT, RESPONSES, COMPLETIONS = "/v1/chat/completions", "/v1/responses", "/v1/completions"
MESSAGES = "/v1/messages"
#: Values that a server may send in the place of any other.
ODD = [None, True, False, 0, -1, 1.5, 10**30, float("nan"), "", "n/a", "\ud800", [], [1], [[]], [None], {}, {"a": 1}]


def result_of(body: Any, url: str = CHAT) -> BatchResult:
    return BatchResult("a", url, 0, Outcome.DONE, body, None, 1, 7, 200, None, Timings(0.0, None, None, 0.0))


def random_json(chance: random.Random, keys: list[str], depth: int = 4) -> Any:
    if not depth or chance.random() < 0.3:
        return chance.choice(ODD)
    if chance.random() < 0.3:
        return [random_json(chance, keys, depth - 1) for _ in range(chance.randrange(3))]
    return {key: random_json(chance, keys, depth - 1) for key in chance.sample(keys, chance.randrange(1, 5))}


class TestCounts:
    @pytest.mark.parametrize(
        "count", [True, 1.0, -1, 10_000_001, 9 * 10**18, 10**400, float("nan"), "7", None, [7], {}]
    )
    def test_a_count_that_is_not_a_number_of_tokens_is_ignored(self, count):
        usage = {"total_tokens": count, "completion_tokens": count}
        chunk = {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": "stop"}], "usage": usage}
        body = b"data: " + json.dumps(chunk).encode() + b"\n\n" + BARE_DONE
        limiter = Limiter(tpm=60_000_000)
        with served(body) as (_, client):
            (result,) = run([row("a")], client=client, limiter=limiter)

        assert (result.text, result.tokens) == ("a", result.events)
        assert limiter._shift_s == 0.0

    @pytest.mark.parametrize("count", [0, 10_000_000])
    def test_every_number_of_tokens_up_to_ten_millions_counts(self, count):
        assert result_of({"usage": {"completion_tokens": count}}).tokens == count
        assert result_of({"usage": {"output_tokens": count}}, RESPONSES).tokens == count


class TestPauses:
    @pytest.mark.parametrize(
        "name", ["retry-after", "retry-after-ms", "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens"]
    )
    @pytest.mark.parametrize("value", ["1" * 60_000, "1s" * 30_000, "1." * 30_000, "9" * 65, "1h" * 33])
    def test_a_long_header_is_ignored_at_once(self, name, value):
        start_s = time.thread_time()
        waits = [requested_wait_s({name: value}) for _ in range(10)]

        assert waits == [None] * 10
        assert (time.thread_time() - start_s) / 10 < 0.001


class TestProperties:
    @pytest.mark.parametrize("url", [CHAT, RESPONSES, COMPLETIONS, MESSAGES])
    def test_a_property_of_any_body_has_a_value_of_its_type(self, url):
        keys = [
            "choices",
            "message",
            "content",
            "tool_calls",
            "index",
            "text",
            "finish_reason",
            "usage",
            "output",
            "type",
        ]
        keys += ["completion_tokens", "output_tokens", "status", "incomplete_details", "reason", "stop_reason"]
        chance = random.Random(13)
        for _ in range(3000):
            result = result_of({key: random_json(chance, keys) for key in chance.sample(keys, 8)}, url)
            assert isinstance(result.text, str)
            assert all(isinstance(call, dict) for call in result.tool_calls)
            assert result.usage is None or isinstance(result.usage, dict)
            assert result.finish_reason is None or isinstance(result.finish_reason, str)
            assert type(result.tokens) is int and 0 <= result.tokens <= 10_000_000
            assert len(repr(result)) < 200

    def test_the_representations_are_short(self):
        call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        answer = result_of({"choices": [{"message": {"content": "Hi " * 100, "tool_calls": [call]}}]})
        start = "Hi " * 19
        assert repr(answer) == f"<BatchResult 'a': done, '{start}...', tool calls: 1, 0.000 s>"
        failed = replace(answer, outcome=Outcome.ERROR, body=None, error=errors.OpenAIError("no\nway"))
        assert repr(failed) == "<BatchResult 'a': error, OpenAIError: 'no\\nway', 0.000 s>"
        assert repr(Timings(0.00301, 0.1, None, 1.25)) == "<Timings: queued 0.003 s, first byte 0.100 s, total 1.250 s>"
        results = run([], client=OpenAI(api_key="k"))
        assert repr(results) == "<Run: open; iterate over it for the results>"
        assert list(results) == [] and "ended" in repr(results)


def chunk_with(**fields: Any) -> bytes:
    chunk = {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": "stop"}], **fields}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n" + BARE_DONE


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def body_with(usage: bytes) -> bytes:
    return chunk_with(usage="HERE").replace(b'"HERE"', usage)


#: Name -> a body of a chat stream.
ODD_BODIES = {
    "usage_text": chunk_with(usage="n/a"),
    "usage_list": chunk_with(usage=[1]),
    "deep": body_with(nested(990)),
    "deep_in_object": body_with(b'{"a":' * 400 + b"1" + b"}" * 400),
    "deep_with_nan": body_with(b"[NaN," + nested(900) + b"]"),
    "surrogate": chunk_with(id="\ud800"),
    "nan": chunk_with(usage={"total_tokens": float("nan"), "completion_tokens": float("inf")}),
    "digits": body_with(b'{"total_tokens": NaN, "completion_tokens": ' + b"9" * 400 + b"}"),
    "more_digits": body_with(b'{"total_tokens": NaN, "completion_tokens": ' + b"9" * 5000 + b"}"),
    "choices_object": chunk_with(choices={"a": 1}),
    "choices_of_texts": chunk_with(choices=["a", None, 1]),
    "delta_text": chunk_with(choices=[{"index": 0, "delta": "a", "finish_reason": "stop"}]),
    "index_text": chunk_with(choices=[{"index": "0", "delta": {"content": "a"}, "finish_reason": "stop"}]),
    "calls_text": chunk_with(choices=[{"index": 0, "delta": {"tool_calls": "a"}, "finish_reason": "stop"}]),
    "error_deep": b'data: {"error": {"status": 400, "message": "m", "x": ' + nested(600) + b"}}\n\n",
}


def odd_server(request: Any) -> Recording:
    return Recording("odd", ODD_BODIES.get(prompt_of(request)) or chat_body(prompt_of(request)))


class TestEveryRequestHasOneResult:
    def test_an_odd_answer_costs_one_result_at_most(self, tmp_path):
        """All odd answers in one batch, between good ones, which all succeed."""
        good = [f"row {number}" for number in range(200)]
        batch = [row(name) for name in good]
        for number, name in enumerate(ODD_BODIES):
            batch.insert(70 + 5 * number, row(name))
        paths = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        paths[0].write_bytes(lines(batch))
        with served(odd_server) as (_, client):
            summary = run_file(*paths, client=client, limiter=Limiter(tpm=1e9), max_attempts=1)
            again = run_file(*paths, client=client)

        answered = [json.loads(line)["custom_id"] for line in paths[1].read_bytes().splitlines()]
        assert len(answered) == len(set(answered)) == summary.done
        assert set(answered) >= set(good)
        assert summary.total == summary.done + summary.failed == len(batch)
        assert again == summary._replace(before=len(batch))

    @pytest.mark.parametrize("name", ODD_BODIES)
    def test_an_error_is_of_our_classes_and_pickles(self, name):
        with served(odd_server) as (_, client):
            (result,) = run([row(name)], client=client, max_attempts=1)

        assert result.ok or isinstance(result.error, errors.SSEScanError)
        assert pickle.loads(pickle.dumps(result)).custom_id == name

    def test_random_answers(self, tmp_path):
        keys = [
            "choices",
            "delta",
            "content",
            "tool_calls",
            "index",
            "finish_reason",
            "usage",
            "error",
            "function",
            "id",
        ]
        keys += ["completion_tokens", "total_tokens", "arguments", "name", "object", "message"]
        chance = random.Random(4)
        chunks = [random_json(chance, keys, 6) for _ in range(1200)]

        def serve(request: Any) -> Recording:
            at = int(prompt_of(request).removeprefix("row ")) * 4
            bodies = [b"data: " + json.dumps(one).encode() + b"\n\n" for one in chunks[at : at + 4]]
            return Recording("odd", b"".join(bodies) + chunk_with())

        (tmp_path / "in.jsonl").write_bytes(lines(map(row, (f"row {number}" for number in range(300)))))
        with served(serve) as (_, client):
            summary = run_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", client=client, max_attempts=1)

        assert (summary.total, summary.done + summary.failed) == (300, 300)

    def test_causes_in_a_circle_end(self):
        class Odd(OpenAI):
            def request(self, cast_to: Any, options: Any, **how: Any) -> Any:
                first, second = ValueError("first"), ValueError("second")
                first.__cause__, second.__cause__ = second, first
                raise first

        with Odd(api_key="k", base_url="http://127.0.0.1:9/v1") as client:
            (result,) = run([row("a")], client=client)
        assert isinstance(result.error, errors.APIError)
        assert str(result.error) == "Request failed: ValueError: first"


#: Lines that are not requests.
BAD_LINES = [
    b"null", b"1", b'"a"', b"[]", b"{}", b"\x00", b"\xff\xfe{}", b"{", nested(100_000), nested(990),
    b'{"custom_id": ' + nested(990) + b"}",
    b'{"custom_id": 1, "body": {}}', b'{"custom_id": "x", "body": []}',
    b'{"custom_id": "x", "url": ' + nested(990) + b', "body": {}}',
    b'{"custom_id": "x", "url": {"a": 1}, "body": {"messages": []}}',
    b'{"custom_id": "x", "method": ' + nested(980) + b', "body": {"messages": []}}',
    b'{"custom_id": "x", "url": NaN, "body": ' + b"9" * 400 + b"}",
    b'{"custom_id": ' + b"9" * 5000 + b"}",
]  # fmt: skip
#: Lines whose requests may have an answer or fail.
ODD_LINES = [
    b'{"custom_id": "x", "body": {"messages": [{"content": "x"}], "x": ' + nested(990) + b"}}",
    b'{"custom_id": "x", "body": {"messages": [{"content": "x"}], "x": [NaN, ' + b"9" * 400 + b"]}}",
    b'{"custom_id": "\\ud800", "body": {"messages": [{"content": "x"}]}}',
    b'{"custom_id": "x", "custom_id": "y", "body": {"messages": [{"content": "x"}]}}',
    b'{"custom_id": "x", "body": {"messages": [{"content": "x"}], "max_tokens": NaN, "n": -1}}',
    b'{"custom_id": "x", "body": {"messages": [{"content": "x"}], "stream_options": "a", "stream": null, "n": [1]}}',
]


class TestLinesOfTheUser:
    @pytest.mark.parametrize("line", [*BAD_LINES, *ODD_LINES], ids=lambda line: line[:40].decode("latin-1"))
    def test_an_odd_line_costs_one_result_at_most(self, line, tmp_path):
        good = [json.dumps(row(f"row {number}")).encode() for number in range(6)]
        (tmp_path / "in.jsonl").write_bytes(b"\xef\xbb\xbf" + b"\n".join([*good[:3], line, *good[3:]]))
        with served() as (_, client):
            options = {"client": client, "skip_bad": True, "limiter": Limiter(tpm=1e9), "max_attempts": 1}
            summary = run_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", **options)
            again = run_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", **options)

        assert (summary.total, summary.done + summary.failed) == (7, 7)
        assert summary.failed == 1 if line in BAD_LINES else summary.failed <= 1
        assert again == summary._replace(before=7)


class TestStreamOptions:
    @pytest.mark.parametrize(
        ("options", "sent"),
        [
            ({}, {"include_usage": True}),
            ({"include_usage": False}, {"include_usage": False}),
            (None, "absent"),
            (False, "absent"),
        ],
    )
    def test_null_and_false_leave_them_out(self, options, sent):
        request = row("a")
        request["body"]["stream_options"] = options
        with served() as (server, client):
            (result,) = run([request], client=client)
            body = json.loads(server.requests[0].body)

        assert result.ok
        assert body.get("stream_options", "absent") == sent
