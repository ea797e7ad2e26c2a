"""CSV files of prompts and answers, and input files of another kind."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

import forked
from batchserver import EVENTS, chat_body, lines, refuse, row, rows, served, text_of
from ssescan.batch import BadInput, read, run_file
from ssescan.batch._tables import TableFile
from ssescan.replay import Recording, ReplayServer

ADDED = ["answer", "error", "finish_reason", "input_tokens", "output_tokens"]


def table(path: Path, **how: Any) -> list[list[str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file, **how))


def question(request: Any) -> str:
    return json.loads(request.body)["messages"][-1]["content"]


def echo(request: Any) -> Recording:
    return Recording("echo", chat_body(question(request)))


def say(text: str) -> Recording:
    """An answer with this text."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    body = {"object": "chat.completion", "model": "m", "choices": [choice]}
    return Recording("json", json.dumps(body).encode(), 200, {"Content-Type": "application/json"})


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "in.csv", tmp_path / "out.csv"


def prompts(path: Path, column: str = "q") -> list[str]:
    return [item.body["messages"][-1]["content"] for _, _, item in TableFile(path, column, model="m")]


class TestRun:
    def test_answers_are_beside_the_columns_of_the_input(self, paths):
        source, output = paths
        source.write_bytes(b'id,q,note\r\n1,"Say ""a"",\nplease",x\r\n2,no,\r\n\r\n3,c\r\n')
        options = {"prompt_column": "q", "model": "m", "system": "Be brief."}

        with served(lambda request: refuse(400) if question(request) == "no" else echo(request)) as (server, client):
            assert run_file(source, output, client=client, **options) == (3, 2, 1, 0)
            first = output.read_bytes()
            assert run_file(source, output, client=client, **options) == (3, 2, 1, 3)

        sent = {question(request): json.loads(request.body) for request in server.requests}
        assert set(sent) == {'Say "a",\nplease', "no", "c"} and len(server.requests) == 3
        assert sent["no"]["messages"][0] == {"role": "system", "content": "Be brief."}
        assert {body["model"] for body in sent.values()} == {"m"}
        counts = ["stop", "3", str(EVENTS)]
        assert table(output) == [
            ["id", "q", "note", *ADDED],
            ["1", 'Say "a",\nplease', "x", text_of('Say "a",\nplease'), "", *counts],
            ["2", "no", "", "", "Error code: 400 - no: 400", "", "", ""],
            ["3", "c", "", text_of("c"), "", *counts],
        ]
        assert output.read_bytes() == first
        assert sorted(path.name for path in source.parent.iterdir()) == [
            "in.csv", "out.csv", "out.errors.jsonl", "out.jsonl",
        ]  # fmt: skip
        assert len(list(read(output.with_suffix(".jsonl")))) == 2

    def test_an_edited_row_is_sent_again_and_no_row_gets_the_answer_of_another(self, paths):
        source, output = paths
        with served(echo) as (server, client):
            for content, options, sent in (
                (b"q\na\nb\nb\n", {}, 3),
                (b"q\na\nb\nc\n", {}, 1),
                (b"q\nz\na\nb\nc\n", {}, 3),  # "b" is in the place that it had in the first run
                (b"q\nz\na\nb\nc\n", {"system": "s"}, 4),
            ):
                source.write_bytes(content)
                before = len(server.requests)
                run_file(source, output, client=client, prompt_column="q", model="m", **options)
                assert len(server.requests) - before == sent
                assert [cells[1] for cells in table(output)[1:]] == [
                    text_of(prompt) for prompt in content.decode().split()[1:]
                ]

    def test_the_output_alone_or_the_input_alone_may_be_a_table(self, paths, tmp_path: Path):
        source, output = paths
        source.write_bytes(b"q\na\n")
        (tmp_path / "in.jsonl").write_bytes(lines([*rows(2), row("row 0"), {"model": "m"}]))
        with served() as (_, client):
            run_file(source, tmp_path / "a.jsonl", client=client, prompt_column="q", model="m")
            run_file(tmp_path / "in.jsonl", output, client=client, skip_bad=True)
        assert not (tmp_path / "a.csv").exists()
        counts = ["", "stop", "3", str(EVENTS)]
        *answered, bad = table(output)
        assert answered == [
            ["custom_id", *ADDED],
            ["row 0", text_of("row 0"), *counts],
            ["row 1", text_of("row 1"), *counts],
            ["row 0", text_of("row 0"), *counts],
        ]
        assert bad[:2] == ["", ""] and bad[2].startswith("line 4: expected an object with custom_id")

    def test_a_run_in_which_all_fail_is_resumed(self, paths):
        source, output = paths
        source.write_bytes(b"q\na\n")
        options = {"prompt_column": "q", "model": "m"}
        with served(lambda request: refuse(400)) as (_, client):
            assert run_file(source, output, client=client, **options) == (1, 0, 1, 0)
            assert run_file(source, output, client=client, **options) == (1, 0, 1, 1)
        output.with_suffix(".errors.jsonl").unlink()
        with served() as (_, client):  # the advice of the command: remove the file of errors
            assert run_file(source, output, client=client, **options) == (1, 1, 0, 0)

    @pytest.mark.parametrize("name", ["out.xlsx", "out.parquet", "-"])
    def test_names_of_outputs_that_are_not_written(self, paths, name):
        paths[0].write_bytes(b"q\na\n")
        with served() as (_, client), pytest.raises(ValueError, match=r"Choose a name that ends in \.jsonl or \.csv"):
            run_file(paths[0], paths[0].with_name(name), client=client, prompt_column="q", model="m")

    def test_names_that_the_input_has(self, paths):
        source, output = paths
        source.write_bytes(b"error,q,answer,answer_2\n1,a,2,3\n")
        with served() as (_, client):
            run_file(source, output, client=client, prompt_column="q", model="m")
        assert table(output)[0][4:] == ["answer_3", "error_2", "finish_reason", "input_tokens", "output_tokens"]

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("=1+1", "'=1+1"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("-1+1", "'-1+1"),
            ("- item", "'- item"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\rx", "'\rx"),
            (" \n=1", "' \n=1"),
            ("＝1", "'＝1"),
            ("-5", "-5"),
            ("+3.5 %", "+3.5 %"),
            ("'quoted'", "'quoted'"),
            ("a=b\rc\nd", "a=b\rc\nd"),
            ("", ""),
            ("half \ud83d", "half ?"),
        ],
    )
    def test_an_answer_is_not_a_formula(self, paths, text, shown):
        source, output = paths
        source.write_bytes(b"q\n=own\n")
        with served(lambda request: say(text)) as (_, client):
            run_file(source, output, client=client, prompt_column="q", model="m")
        assert table(output)[1][:2] == ["=own", shown]  # the cells of the input stay as they are
        assert next(read(output.with_suffix(".jsonl"))).text == text

    def test_the_encoding_and_the_delimiter_of_the_input_are_kept(self, paths, tmp_path: Path):
        source, output = paths
        source.write_bytes("\ufeffid;frage\n1;grüße, hallo\n".encode())
        with served(echo) as (_, client):
            run_file(source, output, client=client, prompt_column="frage", model="m")
            run_file(source, tmp_path / "b.tsv", client=client, prompt_column="frage", model="m")
        assert output.read_bytes().startswith(f"\ufeffid;frage;{';'.join(ADDED)}\r\n1;grüße, hallo;".encode())
        assert table(tmp_path / "b.tsv", delimiter="\t")[1][1] == "grüße, hallo"

    def test_a_file_that_no_batch_wrote_is_not_replaced(self, paths):
        source, output = paths
        source.write_bytes(b"q\na\n")
        output.write_bytes(b"dear diary\n")
        with pytest.raises(ValueError, match=r"out\.csv is not from a batch: .*out\.jsonl does not exist"):
            run_file(source, output, client=None, prompt_column="q", model="m")
        with pytest.raises(ValueError, match="Input and output are the same file"):
            run_file(source, source, client=None, prompt_column="q", model="m")
        assert output.read_bytes() == b"dear diary\n" and source.read_bytes() == b"q\na\n"

    def test_a_table_that_cannot_be_written_leaves_the_results(self, paths, monkeypatch):
        source, output = paths
        source.write_bytes(b"q\na\n")

        def refused(*args):
            raise PermissionError(13, "Permission denied", *args)  # a spreadsheet locks the file on Windows

        with served() as (server, client):
            with monkeypatch.context() as patched, pytest.raises(PermissionError, match=r"'[^']*/out\.csv'$"):
                patched.setattr(os, "replace", refused)
                run_file(source, output, client=client, prompt_column="q", model="m")
            assert sorted(path.name for path in source.parent.iterdir()) == ["in.csv", "out.jsonl"]
            output.with_suffix(".csv").touch()
            run_file(source, output, client=client, prompt_column="q", model="m")
            assert len(server.requests) == 1
        assert len(table(output)) == 2


class TestInput:
    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            (b"q\na\n", ["a"]),
            (b"q\ra\rb", ["a", "b"]),
            (b'x,q\r\n1,"a\rb\r\nc"\r\n', ["a\rb\r\nc"]),
            (b'"q";"x"\n"a;b";1\n', ["a;b"]),
            (b"x\tq\n1\ta, b\n", ["a, b"]),
            (b" q ,x\n a ,1\n", [" a "]),
            (b"q,q2,,\na,b,,\n", ["a"]),
            ("q\nž\u2028\u0085\x0bž\n".encode(), ["ž\u2028\u0085\x0bž"]),
            (b'\xef\xbb\xbf"q",x\na,1\n', ["a"]),
            (b"q\n" + b"x" * 200_000 + b"\n", ["x" * 200_000]),
            (b"q\n", []),
        ],
    )
    def test_prompts(self, content, expected, tmp_path: Path):
        (tmp_path / "a.csv").write_bytes(content)
        assert prompts(tmp_path / "a.csv") == expected
        (tmp_path / "a.csv.gz").write_bytes(gzip.compress(content))
        assert prompts(tmp_path / "a.csv.gz") == expected
        assert csv.field_size_limit() == 128 * 1024

    def test_any_text_of_csv_writer(self, tmp_path: Path):
        texts = ['"', '""', "a,b;c\td", "\n", "a\r\n\r\nb", "'", " x ", "\u2028", "=1", "\0x", "\ufeff", "é😀"]
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerow(["q", "x"])
        writer.writerows((f"t{text}", text) for text in texts)
        (tmp_path / "a.csv").write_bytes(buffer.getvalue().replace("\0", "").encode())
        assert prompts(tmp_path / "a.csv") == [f"t{text}".replace("\0", "") for text in texts]

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"", "File is empty: .*a.csv"),
            (b"\r\nq\r\na\r\n", "First line is empty: .*a.csv. The first row must have the names of the columns"),
            (b"id,question\n1,a\n", r"Column not found: .*a\.csv has no column 'q' \(first row: 'id', 'question'\)"),
            (b"q,x,q\n1,2,3\n", "Column is not unique: .*a.csv has 2 columns with the name 'q'"),
            (b"q\n\xe9t\xe9\n", r"Not UTF-8: .*a\.csv \(byte 0xe9 at position 0 of line 2\)\. Save it as CSV in UTF-8"),
            (
                b'q,x\n"a,1\nb,2\n',
                r"Invalid CSV: unexpected end of data \(.*a\.csv, in the row that begins in line 2\)",
            ),
            (b'q,x\nb,1\n"a"b,1\n', r"Invalid CSV: .* in the row that begins in line 3\)\. Close each quotation mark"),
            ("q\na\n".encode("utf-16"), "Not a CSV file: .*a.csv is UTF-16 text. Save it as UTF-8"),
            (b"PK\x03\x04\x14\0", "Not a CSV file: .*a.csv is an Excel, Numbers or zip file. Save it as CSV"),
            (lines(rows(2)), "Not a CSV file: .*a.csv has JSON"),
            (b'[{"q": 1}]', "Not a CSV file: .*a.csv has JSON"),
        ],
    )
    def test_a_file_that_cannot_be_read(self, content, why, tmp_path: Path):
        (tmp_path / "a.csv").write_bytes(content)
        with pytest.raises(BadInput, match=why) as raised:
            run_file(tmp_path / "a.csv", tmp_path / "b.csv", client=None, prompt_column="q", model="m")
        assert raised.value.problems == [] and "\n" not in str(raised.value)
        assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]

    def test_rows_without_a_prompt_and_with_too_many_cells(self, paths):
        source, output = paths
        source.write_bytes(b"x,q\n1,a\n2, \n3\n4,Hello, world\n5,b,,\n")
        with pytest.raises(BadInput) as raised:
            run_file(source, output, client=None, prompt_column="q", model="m")
        assert [problem.message for problem in raised.value.problems] == [
            "no prompt in column 'q'",
            "no prompt in column 'q'",
            "3 cells, but the header has 2; enclose text that contains ',' in double quotes",
        ]
        assert str(raised.value).startswith(f"{source}, row 3: no prompt in column 'q'\n")
        with served(echo) as (_, client):
            for before in (0, 5):
                summary = run_file(source, output, client=client, prompt_column="q", model="m", skip_bad=True)
                assert summary == (5, 2, 3, before)
        assert [(cells[0], cells[1], bool(cells[2]), cells[3].partition(",")[0]) for cells in table(output)[1:]] == [
            ("1", "a", True, ""),
            ("2", " ", False, "row 3: no prompt in column 'q'"),
            ("3", "", False, "row 4: no prompt in column 'q'"),
            ("4", "Hello", False, "row 5: 3 cells"),
            ("5", "b", True, ""),
        ]

    def test_what_belongs_together(self, paths):
        with pytest.raises(ValueError, match="prompt_column needs model"):
            run_file(*paths, client=None, prompt_column="q")
        with pytest.raises(ValueError, match="system needs prompt_column"):
            run_file(*paths, client=None, system="s")


ANSWER = {"id": "batch_req_1", "custom_id": "a", "response": {"status_code": 200, "body": {}}, "error": None}


class TestWrongFiles:
    @pytest.mark.parametrize(
        ("name", "content", "why"),
        [
            ("a.csv", b"id,q\n1,a\n" * 50, r"looks like CSV\. .* --prompt-column \(columns: id, q\)\."),
            ("a.csv", b"q\na\nb\n", r"looks like CSV\. .* \(columns: q\)\."),
            ("a.jsonl", b"id;q\n1;a\n" * 50, r"looks like CSV\. .* \(columns: id, q\)\."),
            ("a.txt", b"Why is the sky blue?\n" * 50, "is plain text"),
            ("a.json", b'[\n  {"messages": []},\n  {"messages": []}\n]\n', r"is a JSON array\. .*jq -c '\.\[\]'"),
            ("a.jsonl", json.dumps([row("a")] * 50).encode(), "is a JSON array"),
            ("a.json", json.dumps({"data": [row("a")] * 50}, indent=2).encode(), "has a JSON object on several lines"),
            ("a.jsonl", lines([ANSWER] * 50), "has the results of a batch, not requests"),
            ("a.jsonl", lines([{"question": "x", "n": n} for n in range(50)]), r"\(in each line: expected an object"),
            ("a.jsonl", b"PAR1\x15\x04", "is a Parquet file"),
            ("a.jsonl", b"\x7fELF\x02\0\0\n\0\n\0" * 50, r"is a binary file \(it has a NUL byte\)"),
            ("a.jsonl", gzip.compress(b"x", mtime=0), r"is a gzip file\. Let its name end in \.gz"),
            ("a.jsonl", "\n".join(["x"] * 50).encode("utf-16"), "is UTF-16 text"),
            ("a.jsonl", b"<!doctype html>\n<p>\n" * 50, "is HTML or XML"),
            ("a.jsonl", b'{"prompt": "\xfc"}\n' * 50, r"\(line 1: invalid UTF-8 \(byte 0xfc at position 12\); convert"),
        ],
    )
    def test_it_gets_one_message(self, name, content, why, tmp_path: Path):
        (tmp_path / name).write_bytes(content)
        for skip_bad in (False, True):
            with pytest.raises(BadInput, match=f"Not a batch file: .*{name} {why}") as raised:
                run_file(tmp_path / name, tmp_path / "out.jsonl", client=None, skip_bad=skip_bad)
            assert "\n" not in str(raised.value) and len(str(raised.value)) < 1000
        assert [path.name for path in tmp_path.iterdir()] == [name]

    @pytest.mark.parametrize(
        "content", [b'{"a": 1\n' * 30, b'{"custom_id": "a"}\n{"custom_id": 1}\n', b"{}\n", b"1\n2\n"]
    )
    def test_lines_with_different_problems_are_listed(self, content, tmp_path: Path):
        (tmp_path / "in.jsonl").write_bytes(content)
        with pytest.raises(BadInput) as raised:
            run_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", client=None)
        assert raised.value.problems and raised.value.count == content.count(b"\n")


class TestCommand:
    def run(self, folder: Path, *argv: str) -> tuple[int, list[str]]:
        """Return the exit code and the lines on stderr."""
        with ReplayServer(lambda request: refuse(400) if question(request) == "no" else echo(request)) as server:
            command = ["-m", "ssescan", "batch", *argv, "--base-url", f"{server.url}/v1", "--progress", "none"]
            done = forked.run(*command, cwd=folder, NO_PROXY="*", OPENAI_API_KEY="k")
        assert done.stdout == ""
        return done.returncode, done.stderr.splitlines()

    def test_nothing_to_send(self, tmp_path: Path):
        (tmp_path / "head.csv").write_bytes(b"q\n")
        options = ("--prompt-column", "q", "--model", "m")
        head = self.run(tmp_path, "head.csv", "-o", "a.csv", *options)
        assert head == (0, ["ssescan: head.csv has no rows; nothing was sent"])
        assert "Standard input and pipes are not read" in self.run(tmp_path, "-", "-o", "b.csv", *options)[1][-1]

    def test_from_table_to_table(self, tmp_path: Path):
        (tmp_path / "prompts.csv").write_bytes(b"id,q\n1,a\n2,no\n")
        command = ("prompts.csv", "-o", "answers.csv", "--prompt-column", "q", "--model", "m", "--system", "Be brief.")
        assert self.run(tmp_path, *command) == (
            1,
            [
                "ssescan: 1 failed: Error code: 400 - no: 400",
                "ssescan: 2 requests, 1 with an answer in answers.csv, 1 failed (see answers.errors.jsonl). --retry-failed sends failed requests again",
            ],
        )
        assert table(tmp_path / "answers.csv")[1][2] == text_of("a")

    def test_a_file_of_another_kind_is_one_line(self, tmp_path: Path):
        (tmp_path / "prompts.csv").write_bytes(b"id,q\n1,a\n")
        code, said = self.run(tmp_path, "prompts.csv", "-o", "answers.csv")
        assert (code, said) == (
            2,
            [
                "ssescan: Not a batch file: prompts.csv looks like CSV. "
                "Name the column of the prompts with prompt_column, or in a shell with --prompt-column (columns: id, q)."
            ],
        )

    @pytest.mark.parametrize("argv", [("--prompt-column", "q"), ("--system", "s", "--model", "m")])
    def test_options_that_belong_together(self, tmp_path: Path, argv):
        code, said = self.run(tmp_path, "prompts.csv", "-o", "answers.csv", *argv)
        assert code == 2 and f"argument {argv[0]}: it needs --" in said[-1]
