"""A batch command that is run again: with other options, with an edited input, and to retry what failed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from batchserver import answer, lines, prompt_of, refuse, row, rows, served
from ssescan.batch import BadInput, run_file
from ssescan.cli import main
from ssescan.replay import Recording, ReplayServer

CSV = b"q,id\na,1\nb,2\nc,3\n"
OF_CSV = ("in.csv", "-o", "out.csv", "--prompt-column", "q", "--model", "m")
OF_LINES = ("in.jsonl", "-o", "out.jsonl")


class Batch:
    """Runs `ssescan batch` in a folder.

    Attributes:
        sent: The bodies of the last run.
        said: The lines that it printed.
    """

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.sent: list[dict] = []
        self.said: list[str] = []
        self._capsys = capsys

    def __call__(self, *argv: str, answers: Callable = answer) -> int:
        with ReplayServer(answers) as server:
            try:
                code = main(["batch", *argv, "--progress", "none", "--base-url", f"{server.url}/v1"])
            except SystemExit as usage:
                code = int(usage.code or 0)
            self.sent = [json.loads(request.body) for request in server.requests]
        self.said = self._capsys.readouterr().err.splitlines()
        return code


@pytest.fixture
def batch(tmp_path: Path, monkeypatch, capsys) -> Batch:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("NO_PROXY", "*")
    return Batch(capsys)


class TestOtherOptions:
    def test_of_a_table(self, batch):
        Path("in.csv").write_bytes(CSV)
        assert batch(*OF_CSV) == 0 and len(batch.sent) == 3
        written = Path("out.csv").read_bytes(), Path("out.jsonl").read_bytes()

        both = ("--body", '{"temperature": 0}', "--system", "s")
        for options, what in (
            (both, "another system message and other body options"),
            (both[:2], "other body options"),
            (("--model", "n"), "another model"),
            (both[2:], "another system message"),
        ):
            assert batch(*OF_CSV, *options) == 2 and not batch.sent
            assert batch.said == [
                f"ssescan: Requests have changed: in out.jsonl 3 results are of other requests (3 with {what}). "
                "3 of 3 requests would be sent. Nothing was sent. Choose another -o to keep these results. Or add --no-resume "
                "to remove all results and send all requests, or --accept-changes to resume."
            ]
        assert (Path("out.csv").read_bytes(), Path("out.jsonl").read_bytes()) == written

        assert batch(*OF_CSV, *options, "--accept-changes") == 0 and len(batch.sent) == 3
        assert batch(*OF_CSV, *options) == 0 and not batch.sent  # the results of both are in the file
        assert batch(*OF_CSV) == 0 and not batch.sent
        assert batch(*OF_CSV, *options, "--no-resume") == 0 and len(batch.sent) == 3

    def test_of_lines_whose_answers_would_be_kept(self, batch):
        Path("in.jsonl").write_bytes(lines(rows(3)))
        assert (
            batch(*OF_LINES, answers=lambda request: refuse(400) if "2" in prompt_of(request) else answer(request)) == 1
        )
        for options, what in ((("--model", "n"), "another model"), (("--body", '{"n": 1}'), "other body options")):
            assert batch(*OF_LINES, *options, "--retry-failed") == 2 and not batch.sent
            assert f"(2 with {what}). 1 of 3 requests would be sent, and these results would be kept" in batch.said[0]
        # Another model answers what the first one refused.
        assert batch(*OF_LINES, "--model", "n", "--retry-failed", "--accept-changes") == 0
        assert [body["model"] for body in batch.sent] == ["n"]

    def test_a_program_is_asked_only_if_it_wants_to_be(self, tmp_path: Path):
        source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        source.write_bytes(lines(rows(2)))
        with served() as (server, client):
            run_file(source, output, client=client)
            with pytest.raises(BadInput, match="2 with another model"):
                run_file(source, output, client=client, model="n", check_changes=True)
            assert run_file(source, output, client=client, model="n") == (2, 2, 0, 2)
            assert len(server.requests) == 2

    def test_results_without_a_mark_are_of_any_options(self, batch):
        Path("in.jsonl").write_bytes(lines(rows(1)))
        line = {"id": "batch_req_1", "custom_id": "row 0", "response": {"status_code": 200, "body": {}}, "error": None}
        Path("out.jsonl").write_bytes(lines([line]))
        assert batch(*OF_LINES, "--model", "n") == 0 and not batch.sent


class TestAnotherInput:
    def test_a_line_that_was_edited_does_not_keep_its_answer_in_silence(self, batch):
        Path("in.jsonl").write_bytes(lines(rows(2)))
        assert batch(*OF_LINES) == 0
        edited = row("row 1")
        edited["body"]["temperature"] = 0
        Path("in.jsonl").write_bytes(lines([row("row 0"), edited]))
        assert batch(*OF_LINES) == 2 and not batch.sent
        assert "1 result is of another request (1 edited or moved since). 0 of 2 requests" in batch.said[0]

    def test_rows_that_were_moved(self, batch):
        Path("in.csv").write_bytes(CSV)
        assert batch(*OF_CSV) == 0
        Path("in.csv").write_bytes(b"q,id\nz,0\na,1\nb,2\nc,3\n")
        assert batch(*OF_CSV) == 2 and not batch.sent
        assert "3 results are of other requests (3 edited or moved since). 4 of 4 requests" in batch.said[0]

    def test_most_rows_stay(self, batch):
        Path("in.csv").write_bytes(CSV)
        assert batch(*OF_CSV) == 0
        Path("in.csv").write_bytes(CSV.replace(b"b", b"B") + b"d,4\n")
        assert batch(*OF_CSV) == 0
        assert sorted(map(prompt, batch.sent)) == ["B", "d"]

    def test_an_output_may_have_the_answers_of_several_inputs(self, batch):
        for name in ("x", "y"):
            Path("in.jsonl").write_bytes(lines([row(name)]))
            assert batch(*OF_LINES) == 0 and len(batch.sent) == 1


def prompt(body: dict) -> str:
    return body["messages"][-1]["content"]


class TestRetry:
    def test_only_what_failed_is_sent(self, batch):
        Path("in.csv").write_bytes(CSV)
        assert (
            batch(*OF_CSV, answers=lambda request: refuse(400) if prompt_of(request) == "b" else answer(request)) == 1
        )
        assert batch.said[-1].endswith("1 failed (see out.errors.jsonl). --retry-failed sends failed requests again")
        assert batch(*OF_CSV) == 1 and not batch.sent
        assert batch(*OF_CSV, "--retry-failed") == 0
        assert [prompt(body) for body in batch.sent] == ["b"]
        assert not Path("out.errors.jsonl").read_bytes()

    def test_a_file_of_errors_that_has_answers_stays(self, batch):
        Path("in.jsonl").write_bytes(lines(rows(1)))
        assert batch(*OF_LINES) == 0
        assert batch(*OF_LINES[:2], "new.jsonl", "--errors", "out.jsonl", "--retry-failed") == 2 and not batch.sent
        assert "the error file has an answer" in batch.said[0]
        assert batch(*OF_LINES, "--errors", "out.jsonl", "--retry-failed") == 2
        assert "retry_failed needs a file of errors of its own" in batch.said[0]
        assert Path("out.jsonl").read_bytes()

    def test_without_resuming_there_is_nothing_to_retry(self, batch):
        assert batch(*OF_LINES, "--retry-failed", "--no-resume") == 2


class TestWrongTurns:
    def test_an_option_that_is_unknown_shows_the_usage_of_the_command(self, batch):
        assert batch(*OF_CSV, "--temperature", "0") == 2
        assert batch.said[0].startswith("usage: ssescan batch ")
        assert batch.said[-1] == "ssescan batch: error: unrecognized arguments: --temperature 0"

    def test_the_model_may_be_named_as_for_chat(self, batch):
        Path("in.csv").write_bytes(CSV)
        assert batch(*OF_CSV[:-2], "-m", "n") == 0
        assert {body["model"] for body in batch.sent} == {"n"}

    def test_a_row_is_not_named_like_a_line(self, batch):
        Path("in.csv").write_bytes(b'q,id\n"a\nb",1\n ,2\n')
        assert batch(*OF_CSV) == 2
        assert batch.said[0] == "in.csv, row 3: no prompt in column 'q'"

    def test_a_table_has_no_advice_for_programs(self, batch):
        Path("in.csv").write_bytes(CSV)
        assert batch(*OF_CSV, answers=lambda request: Recording("x", answer(request).body[:80])) == 1
        assert b"stream_truncated" in Path("out.errors.jsonl").read_bytes()
        assert (
            b"Stream ended before" in Path("out.csv").read_bytes()
            and b"partial_text" not in Path("out.csv").read_bytes()
        )


class TestBody:
    def test_it_is_a_part_of_every_request(self, batch):
        Path("in.csv").write_bytes(CSV)
        Path("body.json").write_text('{"temperature": 0, "max_tokens": 5}')
        assert batch(*OF_CSV, "--body", "@body.json") == 0
        assert all((body["temperature"], body["max_tokens"], body["model"]) == (0, 5, "m") for body in batch.sent)
        Path("in.jsonl").write_bytes(lines([{**row("a"), "body": {**row("a")["body"], "temperature": 1}}]))
        assert batch("in.jsonl", "-o", "other.jsonl", "--body", '{"temperature": 0}') == 0
        assert [body["temperature"] for body in batch.sent] == [0]

    @pytest.mark.parametrize(
        ("body", "why"),
        [
            ("{temperature: 0}", "not valid JSON: "),
            ("[1]", "expected a JSON object, got '[1]'"),
            ("@missing.json", "cannot read 'missing.json': No such file or directory"),
            ('{"messages": []}', "it has messages, which are the prompts"),
        ],
    )
    def test_wrong_ones(self, batch, body, why):
        assert batch(*OF_CSV, "--body", body) == 2
        assert f"argument --body: {why}" in batch.said[-1]
