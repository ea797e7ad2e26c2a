"""Requests without a URL, bare bodies in files, and results as lines, objects and tables."""

from __future__ import annotations

import gzip
import json
import pickle
import sys
from math import isnan
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pydantic
import pytest

from batchserver import EVENTS, answer, lines, refuse, row, served, text_of
from ssescan import errors
from ssescan.batch import BadInput, BadRequest, BatchRequest, BatchStopped, PauseTooLong, read, run, run_file, to_pandas
from ssescan.batch._requests import request_of
from ssescan.outcome import Outcome
from ssescan.replay import Recording

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

        assert not [result for result in results.values() if not result.ok]
        assert {name: result.url for name, result in results.items()} == {**URLS, "messages": "/v1/messages"}
        assert {result.text for result in results.values()} == {text_of("x")}

    @pytest.mark.parametrize(
        ("request_", "why"),
        [
            (BatchRequest("a"), "expected url to be one of"),
            (BatchRequest("a", body={"model": "m"}), "expected url to be one of"),
            (BatchRequest("a", body=["x"]), "expected body to be an object, got list"),
            (BatchRequest("a", {"messages": []}), "expected url to be one of"),
            ({"question": "a"}, r"^Invalid request at index 0: expected an object with .* got the keys \[.question.\]"),
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
            "expected an object with custom_id, url and body, or a body with one of messages, input, prompt, got the keys ['model']",
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

    def test_a_class_as_the_format_of_the_answer(self):
        class Town(pydantic.BaseModel):
            name: str

        class Place(pydantic.BaseModel):
            town: Town

        bodies = [
            {**BODIES["chat"], "response_format": Place},
            {**BODIES["responses"], "text_format": Place, "text": {"verbosity": "low"}},
        ]
        with served() as (server, client):
            assert [result.ok for result in run(bodies, client=client)] == [True, True]
            sent = {request.path: json.loads(request.body) for request in server.requests}
        format = sent["/v1/chat/completions"]["response_format"]
        schema = format["json_schema"]["schema"]
        assert (format["type"], format["json_schema"]["name"], format["json_schema"]["strict"]) == (
            "json_schema",
            "Place",
            True,
        )
        assert schema["additionalProperties"] is schema["$defs"]["Town"]["additionalProperties"] is False
        assert sent["/v1/responses"]["text"] == {
            "verbosity": "low",
            "format": {"type": "json_schema", "name": "Place", "schema": schema, "strict": True},
        }
        assert "text_format" not in sent["/v1/responses"]
        with served() as (_, client), pytest.raises(BadRequest, match="Unsupported response_format type"):
            list(run([{**BODIES["chat"], "response_format": dict}], client=client))

    def test_names_of_times_are_those_of_stats(self):
        with served() as (_, client):
            (result,) = run([row("a")], client=client)
        times = result.timings
        assert (times.time_to_first_text_s, times.duration_s) == (times.first_text_s, times.total_s)

    def test_exceptions_are_shown_by_their_public_names(self):
        for cls in (BadInput, BadRequest, BatchStopped, PauseTooLong):
            assert cls.__module__ == "ssescan.batch"
        assert type(pickle.loads(pickle.dumps(BadInput("no")))) is BadInput

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


class TestRead:
    @pytest.fixture
    def files(self, tmp_path: Path) -> tuple[Path, Path]:
        """The answers of four endpoints, and the errors of four kinds."""
        output, failed = tmp_path / "out.jsonl", tmp_path / "out.errors.jsonl"
        (tmp_path / "in.jsonl").write_bytes(
            lines([row(name) for name in ("chat", "json", "html", "cut")])
            + lines([row("message", "/v1/messages")])
            + lines({"custom_id": name, "body": BODIES[name]} for name in ("responses", "completions"))
            + b"{}\n"
        )

        def answers(request: Any) -> Recording:
            if b'"json"' in request.body:
                return refuse(429 - 7, **{"x-request-id": "r1"})
            if b'"html"' in request.body:
                return Recording("no", b"<title>Not here</title>", 404)
            return Recording("cut", answer(request).body[:300]) if b'"cut"' in request.body else answer(request)

        with served(answers) as (_, client):
            summary = run_file(tmp_path / "in.jsonl", output, client=client, max_attempts=1, skip_bad=True)
        assert summary[:3] == (8, 4, 4)
        return output, failed

    def test_answers(self, files):
        results = {result.custom_id: result for result in read(files[0])}
        urls = {**URLS, "message": "/v1/messages"}
        assert {name: result.url for name, result in results.items()} == urls
        for name, result in results.items():
            assert result.ok and result.text == text_of("x" if name in ("responses", "completions") else name)
            assert (result.outcome, result.status_code, result.attempts) == (Outcome.FINISHED, 200, 0)
            assert isnan(result.timings.total_s) and "nan" not in repr(result) + repr(result.timings)
            assert type(result.final).__name__ in ("ChatCompletion", "Response", "Completion", "Message")
        assert results["chat"].usage.total_tokens == EVENTS + 3
        assert sorted(result.index for result in results.values()) == [0, 1, 2, 3]

    def test_failures(self, files):
        results = {result.custom_id: result for result in read(files[1])}
        refused = results["json"].error
        assert isinstance(refused, errors.UnprocessableEntityError)
        assert (refused.status_code, refused.code, refused.request_id, str(refused)) == (
            422, "c", "r1", "Error code: 422 - no: 422",
        )  # fmt: skip
        assert str(results["html"].error) == "Error code: 404 - Not here"
        assert (results["cut"].outcome, results["cut"].error.code) == (Outcome.TRUNCATED, "stream_truncated")
        assert "1 event" in str(results["cut"].error) and "partial_text" not in str(results["cut"].error)
        assert results[""].error.code == "invalid_request"
        assert not any(result.ok or result.text for result in results.values())

    def test_lines_stay_as_they_are(self, files):
        written = [json.loads(line) for path in files for line in path.read_bytes().splitlines()]
        results = list(read(*files))
        assert len(results) == 8
        for line, result in zip(written, results):
            again = json.loads(result.to_line())
            if line["error"] is not None and "line" in line["error"]:
                del line["error"]["line"]
            assert {**again, "id": None} == {**line, "id": None}

    def test_files_that_are_compressed_truncated_or_of_openai(self, files, tmp_path: Path):
        content = files[0].read_bytes()
        (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(content))
        (tmp_path / "b.jsonl").write_bytes(b"\n" + content[:-9])
        theirs = {"id": "batch_req_1", "custom_id": "a", "response": None, "error": {"code": "batch_expired"}}
        (tmp_path / "c.jsonl").write_bytes(lines([theirs, {**theirs, "error": None}]))
        results = list(read(*(tmp_path / name for name in ("a.jsonl.gz", "b.jsonl", "c.jsonl"))))
        assert [result.ok for result in results] == [True] * 7 + [False] * 2
        assert str(results[7].error) == "batch_expired"
        assert "neither" in str(results[8].error)

    @pytest.mark.parametrize(
        "body", [None, [], "x", {}, {"choices": 1}, {"content": [1]}, {"output": {}}, {"object": []}]
    )
    def test_odd_bodies(self, body: Any, tmp_path: Path):
        path = tmp_path / "a.jsonl"
        response = {"status_code": 200, "request_id": "", "body": body}
        path.write_bytes(lines([{"custom_id": "a", "response": response, "error": None}]))
        (result,) = read(path)
        assert (result.text, result.tool_calls, result.usage, result.tokens) == ("", [], None, 0)

    def test_a_file_that_a_run_did_not_write(self, files):
        answers, failures = files
        assert len([*read(*files)]) == 8
        content = failures.read_bytes()
        failures.unlink()
        assert len([*read(*files)]) == 4  # nothing failed
        failures.write_bytes(content)
        answers.unlink()
        assert len([*read(*files)]) == 4  # everything failed
        for missing in ([answers], [answers.with_name("other.jsonl"), failures]):
            with pytest.raises(FileNotFoundError):
                list(read(*missing))
        failures.unlink()
        with pytest.raises(FileNotFoundError):
            list(read(*files))

    def test_a_file_of_another_kind(self, tmp_path: Path):
        (tmp_path / "in.jsonl").write_bytes(lines([row("a")]))
        with pytest.raises(ValueError, match=r"in\.jsonl:1: not a batch result: .*\. Pass the file of answers"):
            list(read(tmp_path / "in.jsonl"))


class TestPandas:
    def test_without_it(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "pandas", None)
        with pytest.raises(ImportError, match=r"to_pandas needs a package: pip install pandas\."):
            to_pandas("missing.jsonl")

    def test_the_rows(self, monkeypatch, tmp_path: Path):
        """A fake replaces pandas, which is not one of the packages for tests."""
        made = []

        def data_frame(rows: Any, columns: list[str]) -> Any:
            made.extend(dict(zip(columns, row, strict=True)) for row in rows)
            return SimpleNamespace(astype=lambda types: (made, types))

        monkeypatch.setitem(sys.modules, "pandas", SimpleNamespace(DataFrame=data_frame))
        source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        source.write_bytes(lines([row("a"), row("b")]))
        with served(lambda request: refuse(400) if b'"b"' in request.body else answer(request)) as (_, client):
            run_file(source, output, client=client)

        rows, types = to_pandas(output, tmp_path / "out.errors.jsonl")

        empty = dict.fromkeys(("answer", "error", "finish_reason", "input_tokens", "output_tokens"))
        counts = {"input_tokens": 3, "output_tokens": EVENTS}
        assert rows == [
            {**empty, "custom_id": "a", "answer": text_of("a"), "finish_reason": "stop", **counts},
            {**empty, "custom_id": "b", "error": "Error code: 400 - no: 400"},
        ]
        assert types == {"input_tokens": "Int64", "output_tokens": "Int64"}


class FakeFrame(list):
    """Rows by column, as much of a data frame as `to_pandas` uses."""

    def __init__(self, rows: Any, columns: list[str]) -> None:
        super().__init__(dict(zip(columns, row, strict=True)) for row in rows)

    def astype(self, types: dict[str, str]) -> FakeFrame:
        assert list(types.values()) == ["Int64", "Int64"]
        return self

    def join(self, other: FakeFrame) -> list[dict[str, Any]]:
        return [{**row, **more} for row, more in zip(self, other, strict=True)]


class TestPandasWithTheInput:
    @pytest.fixture(autouse=True)
    def fake(self, monkeypatch):
        pandas = SimpleNamespace(DataFrame=FakeFrame)
        monkeypatch.setitem(sys.modules, "pandas", pandas)

    def test_of_a_table(self, tmp_path: Path):
        source, output = tmp_path / "in.csv", tmp_path / "out.csv"
        files = tmp_path / "out.jsonl", tmp_path / "out.errors.jsonl"
        source.write_bytes(b"id;q;answer\n007;no;NA\n\n8;b;\n9; ;\n10;b;\n")
        options = {"prompt_column": "q", "model": "m", "skip_bad": True}
        with served(lambda request: refuse(400) if b'"no"' in request.body else answer(request)) as (_, client):
            run_file(source, output, client=client, **options)
            source.write_bytes(source.read_bytes().replace(b"10;b", b"10;c") + b"11;d;\n")
            with pytest.warns(UserWarning, match=r"1 of 4 results belong to no request of .*in\.csv, and 2 of its 5 "):
                rows = to_pandas(*files, input=source, prompt_column="q")
            assert [row["answer_2"] for row in rows] == [None, text_of("b"), None, None, None]
            run_file(source, output, client=client, **options)  # the result of the old row 6 stays in the file

        rows = to_pandas(*files, input=source, prompt_column="q")
        assert [(row["id"], row["answer"], row["answer_2"], row["error"]) for row in rows] == [
            ("007", "NA", None, "Error code: 400 - no: 400"),
            ("8", "", text_of("b"), None),
            ("9", "", None, "row 5: no prompt in column 'q'"),
            ("10", "", text_of("c"), None),
            ("11", "", text_of("d"), None),
        ]
        assert list(rows[0]) == [
            "id",
            "q",
            "answer",
            "answer_2",
            "error",
            "finish_reason",
            "input_tokens",
            "output_tokens",
        ]
        with pytest.raises(ValueError, match=r"Input is CSV: .*in\.csv\. Pass prompt_column too"):
            to_pandas(*files, input=source)

    def test_of_lines(self, tmp_path: Path):
        source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        source.write_bytes(lines([row("a"), row("b"), row("c")]))
        with served() as (_, client):
            run_file(source, output, client=client)
        source.write_bytes(lines([row("c"), row("x"), row("a")]))
        with pytest.warns(UserWarning, match=r"1 of 3 results .*, and 1 of its 3 requests have no result"):
            rows = to_pandas(output, input=source)
        assert [(row["custom_id"], row["answer"]) for row in rows] == [
            ("c", text_of("c")),
            ("x", None),
            ("a", text_of("a")),
        ]
        source.write_bytes(lines([row("x"), row("y")]))
        with pytest.raises(
            BadInput, match=r"Results of another input: 3 of 3 results belong to no request of .*in\.jsonl"
        ):
            to_pandas(output, input=source)


def test_the_limit_of_tokens_shows(tmp_path: Path):
    body = {"object": "chat.completion", "choices": [{"message": {"content": "Hel"}, "finish_reason": "length"}]}
    line = {"id": "batch_req_1", "custom_id": "a", "response": {"status_code": 200, "body": body}, "error": None}
    (tmp_path / "out.jsonl").write_bytes(lines([line]))
    assert [repr(result) for result in read(tmp_path / "out.jsonl", tmp_path / "out.errors.jsonl")] == [
        "<BatchResult 'a': finished (length), 'Hel'>"
    ]
    with pytest.raises(FileNotFoundError):
        list(read(tmp_path / "other.jsonl"))


def test_exceptions_are_named_as_they_are_imported():
    for cls in (BadInput, BadRequest, BatchStopped, PauseTooLong):
        assert cls.__module__ == "ssescan.batch"
    assert str(pickle.loads(pickle.dumps(PauseTooLong(4000.0)))) == str(PauseTooLong(4000.0))


def test_arguments_of_another_kind(monkeypatch):
    monkeypatch.setattr("ssescan.batch._read.import_module", lambda name: None)  # pandas is not needed
    with pytest.raises(ValueError, match=r"Use pandas\.read_csv"):
        to_pandas("answers.csv")
    with pytest.raises(TypeError, match="takes the paths of files, got list"):
        to_pandas([])
    with pytest.raises(BadRequest, match=r'a body such as \{"model": "m", "messages": \[\.\.\.\]\}, got str'):
        request_of("question", 0)
    with served() as (_, client), pytest.raises(TypeError, match="got a DataFrame"):
        run(type("DataFrame", (list,), {"iterrows": None})(), client=client)
