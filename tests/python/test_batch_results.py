"""Requests without a URL, bare bodies in files, and results as lines, objects and tables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from batchserver import EVENTS, answer, lines, refuse, row, served, text_of
from ssescan.batch import BadInput, BadRequest, BatchRequest, run, run_file

BODIES = {
    "chat": row("x")["body"],
    "responses": {"model": "m", "input": "x"},
    "completions": {"model": "m", "prompt": "x"},
}
URLS = {"chat": "/v1/chat/completions", "responses": "/v1/responses", "completions": "/v1/completions"}


class TestRequests:
    def test_the_url_follows_from_the_body(self):
        requests = [BatchRequest(custom_id=name, body=body) for name, body in BODIES.items()]
        requests.append(BatchRequest("messages", "/v1/messages", BODIES["chat"]))
        with served() as (_, client):
            results = {result.custom_id: result for result in run(requests, client=client)}

        assert {name: result.url for name, result in results.items()} == {**URLS, "messages": "/v1/messages"}
        assert {result.text for result in results.values()} == {text_of("x")}

    @pytest.mark.parametrize(
        ("request_", "why"),
        [
            (BatchRequest("a"), "expected url to be one of"),
            (BatchRequest("a", body={"model": "m"}), "expected url to be one of"),
            (BatchRequest("a", body=["x"]), "expected body to be an object, got list"),
            (BatchRequest("a", {"messages": []}), "expected url to be one of"),
        ],
    )
    def test_a_body_that_names_no_endpoint(self, request_, why):
        with served() as (_, client), pytest.raises(BadRequest, match=why):
            next(run([request_], client=client))


class TestBareBodiesInFiles:
    def test_they_are_named_after_line_and_content(self, tmp_path: Path):
        source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        bodies = list(BODIES.values())
        source.write_bytes(b"\n" + lines(bodies))
        with served() as (server, client):
            assert run_file(source, output, client=client) == (3, 3, 0, 0)
            names = [json.loads(line)["custom_id"] for line in output.read_bytes().splitlines()]
            assert sorted(name.rpartition("-")[0] for name in names) == ["request-2", "request-3", "request-4"]
            assert run_file(source, output, client=client) == (3, 3, 0, 3)

            # An edited body has another name, so it does not get the answer of the old one.
            source.write_bytes(b"\n" + lines([*bodies[:2], {"model": "m", "prompt": "y"}]))
            assert run_file(source, output, client=client) == (3, 3, 0, 2)
            assert len(server.requests) == 4

    def test_an_object_that_is_neither(self, tmp_path: Path):
        source = tmp_path / "in.jsonl"
        source.write_bytes(b'{"model": "m"}\n{"custom_id": "a", "messages": []}\n')
        with pytest.raises(BadInput) as raised:
            run_file(source, tmp_path / "out.jsonl", client=None)
        assert [problem.message for problem in raised.value.problems] == [
            "expected an object with custom_id, url and body, or a body with one of messages, input, prompt",
            "expected body to be an object, got NoneType",
        ]


class TestResults:
    def test_usage_is_an_object_and_a_mapping(self):
        with served() as (_, client):
            requests = [BatchRequest(name, URLS.get(name, "/v1/messages"), BODIES["chat"]) for name in ("chat", "m")]
            requests.append(BatchRequest("responses", body=BODIES["responses"]))
            results = {result.custom_id: result for result in run(requests, client=client)}

        usage = results["chat"].usage
        assert usage.total_tokens == usage["total_tokens"] == EVENTS + 3
        assert dict(usage) == {"prompt_tokens": 3, "completion_tokens": EVENTS, "total_tokens": EVENTS + 3}
        assert json.loads(json.dumps(usage)) == usage
        assert results["responses"].usage.input_tokens_details.cached_tokens == 0
        assert results["m"].usage.cache_creation_input_tokens == 4
        assert {(result.input_tokens, result.output_tokens) for result in results.values()} == {(3, EVENTS)}
        assert repr(results["chat"]).startswith("<BatchResult 'chat': done, ")

    def test_to_line_is_the_line_of_the_file(self, tmp_path: Path):
        source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        batch = [row("a"), row("lone \ud83d"), row("no")]
        source.write_bytes(lines(batch))

        def answers(request):
            return refuse(400) if b'"no"' in request.body else answer(request)

        with served(answers) as (_, client):
            run_file(source, output, output, client=client)
            results = list(run(batch, client=client))

        written = {line["custom_id"]: line for line in map(json.loads, output.read_bytes().splitlines())}
        assert len(written) == 3
        for result in results:
            line = result.to_line()
            assert line.endswith("\n") and line.count("\n") == 1
            assert {**json.loads(line), "id": None} == {**written[result.custom_id], "id": None}
