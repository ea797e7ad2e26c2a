"""`batch.run_file` and `ssescan batch`: from file to file, and resuming a run, however it ended."""

from __future__ import annotations

import codecs
import fcntl
import gzip
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import openai.types.chat
import pytest

import forked
from batchserver import answer, client_of, lines, prompt_of, refuse, row, rows, served, text_of
from ssescan.batch import BadInput, _command, _files, run, run_file
from ssescan.batch._files import errors_path
from ssescan.batch._id_set import IdSet
from ssescan.cli import main
from ssescan.replay import Faults, Recording, ReplayServer


def read(path: Path) -> list[dict]:
    """Return the results in a file; every line must be complete."""
    if not path.exists():
        return []
    content = path.read_bytes()
    assert content == b"" or content.endswith(b"\n")
    return [json.loads(line) for line in content.splitlines()]


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Input, output, errors."""
    return tmp_path / "in.jsonl", tmp_path / "out.jsonl", tmp_path / "out.errors.jsonl"


class TestRows:
    def test_answers_are_openai_s_rows(self, paths):
        source, output, errors = paths
        source.write_bytes(lines(rows(30)))

        with served() as (_, client):
            summary = run_file(source, output, client=client)

        assert summary == (30, 30, 0, 0)
        assert not errors.exists()
        written = read(output)
        assert sorted(one["custom_id"] for one in written) == sorted(f"row {number}" for number in range(30))
        for one in written:
            assert set(one) == {"id", "custom_id", "response", "error"}
            assert one["id"].startswith("batch_req_")
            assert one["error"] is None
            assert set(one["response"]) == {"status_code", "request_id", "body"}
            body = openai.types.chat.ChatCompletion.model_validate(one["response"]["body"])
            assert body.choices[0].message.content == text_of(one["custom_id"])
            assert body.object == "chat.completion"

    def test_all_three_endpoints(self, paths):
        source, output, _ = paths
        bodies = {
            "/v1/chat/completions": row("x")["body"],
            "/v1/completions": {"model": "m", "prompt": "x"},
            "/v1/responses": {"model": "m", "input": "x"},
        }
        source.write_bytes(
            lines({"custom_id": url, "method": "POST", "url": url, "body": b} for url, b in bodies.items())
        )

        with served() as (_, client):
            run_file(source, output, client=client)

        objects = {one["custom_id"]: one["response"]["body"]["object"] for one in read(output)}
        assert objects == dict(zip(bodies, ("chat.completion", "text_completion", "response")))

    def test_failures_go_to_the_errors(self, paths):
        source, output, errors = paths
        source.write_bytes(lines(rows(6)))

        def answers(request):
            number = int(prompt_of(request).split()[1])
            return refuse(400 + number) if number % 2 else answer(request)

        with served(answers) as (_, client):
            summary = run_file(source, output, client=client, max_attempts=1)

        assert summary == (6, 3, 3, 0)
        failed = {one["custom_id"]: one for one in read(errors)}
        assert set(failed) == {"row 1", "row 3", "row 5"}
        assert failed["row 1"]["response"]["status_code"] == 401
        assert failed["row 1"]["response"]["body"] == {"error": {"message": "no: 401", "type": "t", "code": "c"}}
        assert failed["row 1"]["error"] is None

    def test_what_no_server_said_is_an_error(self, paths):
        source, output, errors = paths
        source.write_bytes(lines([row("a")]))

        def steps(recording):
            yield recording.body[:50]
            raise ConnectionAbortedError

        with served(steps=steps) as (_, client):
            run_file(source, output, client=client, max_attempts=1)

        (failed,) = read(errors)
        assert failed["response"] is None
        assert failed["error"]["code"] == "stream_broken"
        assert failed["error"]["message"]

    def test_the_body_of_a_failure_is_as_it_came(self, paths):
        source, output, errors = paths
        bodies = {
            "flat": (
                b'{"object": "error", "message": "m", "code": 400}',
                {"object": "error", "message": "m", "code": 400},
            ),
            "detail": (b'{"detail": [{"msg": "m"}]}', {"detail": [{"msg": "m"}]}),
            "list": (b'[{"error": {"code": 400}}]', [{"error": {"code": 400}}]),
            "string": (b'{"error": "no such model", "more": 1}', {"error": "no such model", "more": 1}),
            "text": (b"<p>no \xff", "<p>no \ufffd"),
            "empty": (b"", ""),
        }
        source.write_bytes(lines(map(row, bodies)))

        with served(lambda request: Recording("no", bodies[prompt_of(request)][0], 400)) as (_, client):
            run_file(source, output, client=client)

        failed = {one["custom_id"]: one["response"]["body"] for one in read(errors)}
        assert failed == {name: body for name, (_, body) in bodies.items()}

    def test_a_connection_that_failed_says_why(self, paths):
        source, output, errors = paths
        source.write_bytes(lines([row("a")]))
        with served() as (server, _):
            pass  # no server listens there any more

        run_file(source, output, client=client_of(server), max_attempts=1, stop_early=False)

        assert read(errors)[0]["error"] == {
            "code": "api_connection_error",
            "message": "Connection error: Connection refused",
        }

    def test_what_failed_stays_failed_whatever_the_status_was(self, paths):
        source, output, errors = paths
        source.write_bytes(lines(rows(4)))
        kinds = {
            "row 0": Recording("json", b'{"choices": []}', 200, {"Content-Type": "application/json"}),
            "row 1": Recording("no", b'data: {"error": {"message": "boom", "code": "x"}}\n\n'),
            "row 2": Recording("no", b'data: {"error": {"message": "boom", "type": "invalid_request_error"}}\n\n'),
        }

        with served(lambda request: kinds.get(prompt_of(request)) or answer(request)) as (_, client):
            assert run_file(source, output, client=client, max_attempts=1) == (4, 1, 3, 0)
            assert run_file(source, output, client=client) == (4, 1, 3, 4)

        failed = {one["custom_id"]: one for one in read(errors)}
        assert failed["row 0"]["response"] is None
        assert failed["row 0"]["error"]["code"] == "not_an_event_stream"
        assert failed["row 1"]["response"] is None
        assert failed["row 1"]["error"] == {"code": "x", "message": "boom"}
        assert failed["row 2"]["response"] is None  # the server sent no status 400
        assert failed["row 2"]["error"] == {"code": "invalid_request_error", "message": "boom"}

    def test_the_file_tells_what_failed(self, paths):
        source, output, errors = paths
        source.write_bytes(lines(rows(1)))
        with served() as (server, client):
            run_file(source, output, client=client)
            output.rename(errors)  # a line that looks like an answer

            assert run_file(source, output, client=client) == (1, 0, 1, 1)
            assert len(server.requests) == 1

    def test_gzip_and_another_model(self, paths):
        source, output, _ = paths
        source = source.with_suffix(".jsonl.gz")
        source.write_bytes(gzip.compress(lines(rows(3))))

        with served() as (server, client):
            run_file(source, output, client=client, model="other")

        assert len(read(output)) == 3
        assert {json.loads(request.body)["model"] for request in server.requests} == {"other"}

    def test_errors_may_go_to_the_same_file(self, paths):
        source, output, _ = paths
        source.write_bytes(lines(rows(4)))

        with served(lambda request: refuse(400) if "1" in prompt_of(request) else answer(request)) as (_, client):
            assert run_file(source, output, output, client=client)[:3] == (4, 3, 1)
            assert run_file(source, output, output, client=client) == (4, 3, 1, 4)

        assert Counter(one["custom_id"] for one in read(output)) == {f"row {number}": 1 for number in range(4)}

    def test_where_errors_go_by_default(self):
        assert errors_path("a/b.jsonl") == Path("a/b.errors.jsonl")
        assert errors_path("b") == Path("b.errors")
        assert errors_path("b", "c") == Path("c")

    def test_the_input_is_not_overwritten(self, paths):
        source, output, _ = paths
        source.write_bytes(lines(rows(1)))

        for args in ((source, source), (source, output, source)):
            with pytest.raises(ValueError, match="Input and output are the same file: "):
                run_file(*args, client=None)

    def test_a_folder_that_is_missing_is_found_out_before_anything_is_sent(self, paths):
        source, output, _ = paths
        source.write_bytes(lines(rows(1)))

        for args in ((output.parent / "none" / "out.jsonl",), (output, output.parent / "none" / "errors.jsonl")):
            with pytest.raises(FileNotFoundError) as raised:
                run_file(source, *args, client=None)
            assert raised.value.filename == str(args[-1])

    def test_rows_that_are_appended_meanwhile_are_for_the_next_run(self, paths):
        source, output, _ = paths
        source.write_bytes(lines(rows(3)))

        def answers(request):
            with open(source, "ab") as file:
                file.write(lines([row(f"more {len(server.requests)}")]))
            return answer(request)

        with served(answers) as (server, client):
            assert run_file(source, output, client=client) == (3, 3, 0, 0)
            assert run_file(source, output, client=client) == (6, 6, 0, 3)

    def test_a_disk_that_is_full_ends_the_streams(self, paths, monkeypatch):
        source, output, _ = paths
        source.write_bytes(lines(rows(50)))

        def full(self, row):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("ssescan.batch._jsonl.Appender.write", full)
        with served() as (_, client), pytest.raises(OSError, match="No space"):
            run_file(source, output, client=client)
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("ssescan-batch")]

    def test_text_that_is_no_unicode(self, paths):
        source, output, _ = paths
        source.write_bytes(lines([row("lone \ud83d")]))

        with served() as (_, client):
            assert run_file(source, output, client=client).done == 1
            assert run_file(source, output, client=client).before == 1

        assert read(output)[0]["custom_id"] == "lone \ud83d"


class TestResuming:
    def test_complete_rows_are_not_asked_again(self, paths):
        source, output, errors = paths
        source.write_bytes(lines(rows(20)))

        def answers(request):
            return refuse(400) if prompt_of(request) in ("row 3", "row 15") else answer(request)

        with served(answers) as (server, client):
            source.write_bytes(lines(rows(10)))
            assert run_file(source, output, client=client) == (10, 9, 1, 0)
            source.write_bytes(lines(rows(20)))
            assert run_file(source, output, client=client) == (20, 18, 2, 10)
            asked = Counter(map(prompt_of, server.requests))
            errors.unlink()  # the failed ones again
            assert run_file(source, output, client=client) == (20, 18, 2, 18)

        assert asked == {f"row {number}": 1 for number in range(20)}

    def test_without_resuming_it_begins_anew(self, paths):
        source, output, _ = paths
        source.write_bytes(lines(rows(3)))

        with served() as (server, client):
            run_file(source, output, client=client)
            assert run_file(source, output, client=client, resume=False) == (3, 3, 0, 0)

        assert len(read(output)) == 3
        assert len(server.requests) == 6

    def test_a_torn_last_line_is_cut_off_wherever_it_was_torn(self, paths):
        source, output, _ = paths
        source.write_bytes(lines(rows(3)))
        with served() as (_, client):
            run_file(source, output, client=client)
        whole = output.read_bytes()
        last = whole.rindex(b"\n", 0, -1) + 1
        draw = random.Random(1)
        for cut in [
            0,
            1,
            last - 1,
            last,
            last + 1,
            len(whole) - 2,
            len(whole) - 1,
            *draw.sample(range(len(whole)), 12),
        ]:
            output.write_bytes(whole[:cut])
            with served() as (server, client):
                assert run_file(source, output, client=client).done == 3
                # A line that lacks only its line end is complete.
                assert len(server.requests) == 3 - whole[: cut + 1].count(b"\n")
            assert sorted(one["custom_id"] for one in read(output)) == ["row 0", "row 1", "row 2"]

    @pytest.mark.parametrize("resume", [True, False])
    @pytest.mark.parametrize("place", ["output", "errors"])
    def test_another_file_is_not_taken_for_rows_and_left_as_it_is(self, paths, place, resume):
        source, output, errors = paths
        source.write_bytes(lines(rows(1)))
        others = [
            b"dear diary\n",
            b'{"a": 1}\n',
            b"[]\n",
            b'{"setting": 1}',
            b"dear diary",
            b'{"id": 4',
            lines(rows(2)),
        ]
        for other in others:
            {"output": output, "errors": errors}[place].write_bytes(other)
            with (
                served() as (server, client),
                pytest.raises(
                    ValueError,
                    match=r"jsonl:1: not a batch result: .*\. The file was not changed; choose another output\.",
                ),
            ):
                run_file(source, output, client=client, resume=resume)
            assert {"output": output, "errors": errors}[place].read_bytes() == other
            assert not server.requests

    def test_what_stands_behind_rows_is_not_cut_off_unless_it_is_one_of_ours(self, paths):
        source, output, _ = paths
        source.write_bytes(lines(rows(2)))
        with served() as (_, client):
            run_file(source, output, client=client)
            whole = output.read_bytes()
            for tail in (b"P.S.", b'{"id"', b'{"id":"batch_req_1"', b'{"custom_id": 1'):
                output.write_bytes(whole + tail)
                if tail.startswith(b'{"id"'):
                    assert run_file(source, output, client=client).before == 2
                    assert output.read_bytes() == whole
                else:
                    with pytest.raises(ValueError, match=r"out\.jsonl:3: not a batch result: "):
                        run_file(source, output, client=client)
                    assert output.read_bytes() == whole + tail

    def test_two_runs_do_not_write_to_one_file(self, paths):
        source, output, _ = paths
        source.write_bytes(lines(rows(3)))
        hold = "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_EX); print(1, flush=True); input()"
        with subprocess.Popen(
            [sys.executable, "-c", hold, output], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as other:
            assert other.stdout.readline() == b"1\n"
            with served() as (server, client), pytest.raises(BlockingIOError, match="another run"):
                run_file(source, output, client=client)
            assert not server.requests
            other.communicate(b"\n", timeout=10)

    @pytest.mark.parametrize("faults", [pytest.param(False, marks=pytest.mark.soak), True], ids=["well", "with faults"])
    def test_killed_again_and_again_it_ends_with_every_row_once(self, paths, faults):
        source, output, errors = paths
        count, draw = 150, random.Random(3)
        source.write_bytes(lines(rows(count)))
        trouble = Faults(seed=4, busy=0.01, cut=0.02, reset=0.02, retry_after_s=0.1) if faults else None
        complete: set[str] = set()
        with ReplayServer(answer, rate=200, faults=trouble) as server:
            command = [sys.executable, "-m", "ssescan", "batch", source, "-o", output, "--progress", "none"]
            command += ["--workers", "8", "--coalesce", "0.02", "--base-url", f"{server.url}/v1"]
            for kills in range(30):
                while server._loop.connections:  # requests of the killed process are still arriving
                    time.sleep(0.01)
                begun = len(server.requests)
                process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
                try:
                    process.wait(draw.uniform(0.35, 0.9) if kills < 6 else 60)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                asked = Counter(map(prompt_of, server.requests[begun:]))
                assert not complete & set(asked)
                if not faults:
                    assert set(asked.values()) <= {1}
                whole = output.read_bytes().rpartition(b"\n")[0] if output.exists() else b""
                complete |= {json.loads(line)["custom_id"] for line in whole.splitlines()}
                if process.returncode == 0:
                    break
            assert kills >= 2

        written = read(output) + read(errors)
        assert Counter(one["custom_id"] for one in written) == {f"row {number}": 1 for number in range(count)}
        for one in written:
            assert one["response"]["body"]["choices"][0]["message"]["content"] == text_of(one["custom_id"])


class TestCtrlC:
    """Ctrl-C during the making or the writing of a line: results that are done are written all the same."""

    @pytest.mark.parametrize("where", ["before the line", "before the write", "after the write", "after the line"])
    def test_in_our_part(self, paths, monkeypatch, where):
        source, output, errors = paths
        source.write_bytes(lines(rows(6)))
        with served(lambda request: refuse(400) if "4" in prompt_of(request) else answer(request)) as (_, client):
            results = sorted(run(rows(6), client=client), key=lambda result: result.index)
            monkeypatch.setattr(_files, "Run", lambda requests, options: FinishedRun(results))
            place, name = (_files, "result_line") if where.endswith("line") else (os, "write")
            monkeypatch.setattr(place, name, interrupting(getattr(place, name), before=where.startswith("before")))
            with pytest.raises(KeyboardInterrupt):
                run_file(source, output, client=client)
            monkeypatch.undo()

        assert sorted(one["custom_id"] for one in read(output)) == [f"row {number}" for number in (0, 1, 2, 3, 5)]
        assert [one["custom_id"] for one in read(errors)] == ["row 4"]


class FinishedRun:
    """A stand-in for a `Run` whose requests are all done."""

    def __init__(self, results):
        self.left = list(results)

    def __iter__(self):
        while self.left:
            yield self.left.pop(0)

    def stop(self):
        left, self.left = self.left, []
        return left

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


def interrupting(function, *, before):
    """Return `function` with Ctrl-C at its second call."""
    calls = []

    def call(*args):
        calls.append(args)
        if len(calls) != 2:
            return function(*args)
        if not before:
            function(*args)
        raise KeyboardInterrupt

    return call


class TestBadInput:
    BAD = b"\n".join(
        [
            lines([row("a")]).strip(),
            b'{"custom_id": "b"',
            b"",
            lines([{**row("c"), "url": "/v1/embeddings"}]).strip(),
            lines([row("a")]).strip(),
            lines([{**row("d"), "custom_id": 4}]).strip(),
            b'{"message": []}',
            lines([{**row("e"), "method": "GET"}]).strip(),
            lines([row("f")]).strip(),
        ]
    )

    def test_nothing_is_sent_and_every_line_is_named(self, paths):
        source, output, errors = paths
        source.write_bytes(self.BAD)

        with served() as (server, client), pytest.raises(BadInput) as raised:
            run_file(source, output, client=client)

        assert not server.requests
        assert not output.exists() and not errors.exists()
        assert [problem.line for problem in raised.value.problems] == [2, 4, 5, 6, 7, 8]
        text = str(raised.value)
        assert f"{source}:2: invalid JSON: Expecting ',' delimiter (column 18)\n" in text
        assert f"{source}:5: duplicate custom_id 'a', first used in line 1" in text
        assert "/v1/embeddings" in text

    def test_a_huge_id_is_told_in_short(self, paths):
        source, output, _ = paths
        for huge in ("x" * 100_000, ["x" * 100_000]):
            source.write_bytes(lines([{**row("a"), "custom_id": huge}] * 2))

            with pytest.raises(BadInput, match="custom_id") as raised:
                run_file(source, output, client=None)

            assert len(str(raised.value)) < 1000

    def test_there_may_be_many(self, paths):
        source, output, _ = paths
        source.write_bytes(b"x\n" * 1000)

        with pytest.raises(BadInput) as raised:
            run_file(source, output, client=None)

        assert raised.value.count == 1000
        assert len(str(raised.value).splitlines()) == 21

    def test_skipped_they_are_in_the_errors_once(self, paths):
        source, output, errors = paths
        source.write_bytes(self.BAD)

        with served() as (server, client):
            for before in (0, 8):
                assert run_file(source, output, client=client, skip_bad=True) == (8, 2, 6, before)
            assert len(server.requests) == 2

        failed = read(errors)
        assert [one["error"]["line"] for one in failed] == [2, 4, 5, 6, 7, 8]
        assert [one["custom_id"] for one in failed] == [None, "c", None, None, None, "e"]
        assert failed[2]["error"]["code"] == "duplicate_custom_id"
        assert {one["custom_id"] for one in read(output)} == {"a", "f"}

    def test_an_input_that_is_missing_or_empty(self, paths):
        source, output, _ = paths
        with pytest.raises(FileNotFoundError):
            run_file(source, output, client=None)

        source.write_bytes(b"\n")
        with served() as (_, client):
            assert run_file(source, output, client=client) == (0, 0, 0, 0)

    def test_a_pipe_is_refused(self, paths):
        reading, writing = os.pipe()
        with open(reading), open(writing, "wb") as pipe:
            pipe.write(lines(rows(3)))
            pipe.flush()
            with pytest.raises(
                ValueError, match=r"Input must be a regular file \(it is read more than once\): /dev/fd/\d+"
            ):
                run_file(f"/dev/fd/{reading}", paths[1], client=None)
        assert not paths[1].exists()

    def test_gzip_that_is_none_or_not_whole(self, paths):
        source, output, _ = paths
        source = source.with_suffix(".jsonl.gz")
        draw = random.Random(1)
        whole = gzip.compress(lines(row(f"{draw.random()}") for _ in range(50)))
        damaged = whole[:200] + bytes(50) + whole[250:]
        for content in (lines(rows(3)), whole[:100], whole[:-1], damaged):
            source.write_bytes(content)
            with pytest.raises(OSError, match=r"Invalid gzip file: .*in\.jsonl\.gz"):
                run_file(source, output, client=None)

    def test_a_name_that_promises_gzip_is_no_output(self, paths):
        source, output, errors = paths
        source.write_bytes(lines(rows(1)))
        for args in ((f"{output}.gz",), (output, f"{errors}.gz")):
            with pytest.raises(ValueError, match=r"Output cannot be compressed: .*\.gz"):
                run_file(source, *args, client=None)

    def test_only_utf_8_is_sent(self, paths):
        source, output, errors = paths
        source.write_bytes(lines([row("a")]) + '{"custom_id": "café"}\n'.encode("latin-1"))

        with pytest.raises(BadInput, match=r"in\.jsonl:2: invalid UTF-8 \(byte 0xe9 at position 18\)"):
            run_file(source, output, client=None)

    def test_a_byte_order_mark_is_no_part_of_the_first_line(self, paths):
        source, output, _ = paths
        source.write_bytes(codecs.BOM_UTF8 + lines(rows(2)))

        with served() as (_, client):
            assert run_file(source, output, client=client) == (2, 2, 0, 0)


class TestIdSet:
    def test_against_a_set(self):
        draw = random.Random(5)
        ids, known, done = IdSet(500), set(), set()
        for _ in range(5000):
            custom_id = f"id {draw.randrange(500)}"
            choice = draw.random()
            if choice < 0.5:
                assert ids.add(custom_id) == (custom_id not in known)
                known.add(custom_id)
            elif choice < 0.8:
                assert ids.mark_done(custom_id) == (custom_id in known - done)
                done |= {custom_id} & known
            else:
                assert ids.is_done(custom_id) == (custom_id in done)

    def test_what_an_id_costs(self):
        count = 100_000
        ids = IdSet(count)

        assert ids._digests.itemsize * len(ids._digests) + len(ids._done) < 11.5 * count


def batch(*argv: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    usual = {"NO_PROXY": "*", "OPENAI_API_KEY": "k", **environment}
    return forked.run("-m", "ssescan", "batch", *argv, cwd=cwd, **usual)


class TestCommand:
    def test_exit_codes_and_what_is_said(self, paths):
        source, output, errors = paths
        folder = source.parent
        source.write_bytes(lines(rows(5)))
        with ReplayServer(lambda request: refuse(400) if "3" in prompt_of(request) else answer(request)) as server:
            url = ("--base-url", f"{server.url}/v1")
            some = batch("in.jsonl", "-o", "out.jsonl", *url, cwd=folder)
            again = batch("in.jsonl", "-o", "out.jsonl", *url, cwd=folder)
            source.write_bytes(lines(rows(3)))
            good = batch("in.jsonl", "-o", "good.jsonl", *url, "--progress", "none", cwd=folder)
            source.write_bytes(b"{}\n")
            bad = batch("in.jsonl", "-o", "bad.jsonl", *url, cwd=folder)

        assert (some.returncode, some.stdout) == (1, "")
        last = some.stderr.splitlines()[-1]
        assert (
            last
            == "ssescan: 5 requests, 4 with an answer in out.jsonl, 1 failed (see out.errors.jsonl). --retry-failed sends failed requests again"
        )
        assert "5/5 done, 1 failed, 0 running" in some.stderr
        assert again.returncode == 1
        ending = "Earlier runs finished 5, this run 0. --retry-failed sends failed requests again\n"
        assert again.stderr.endswith(f"1 failed (see out.errors.jsonl). {ending}")
        assert (good.returncode, good.stderr) == (0, "ssescan: 3 requests, 3 with an answer in good.jsonl\n")
        assert bad.returncode == 2
        assert bad.stderr.startswith("in.jsonl:1: expected an object")
        assert bad.stderr.endswith(
            "ssescan: 1 invalid line; nothing was sent. --skip-bad records them in bad.errors.jsonl and runs the rest.\n"
        )

    def test_what_goes_wrong_before_anything_is_one_line(self, paths):
        source, output, _ = paths
        source.write_bytes(lines(rows(1)))
        output.write_bytes(b"dear diary\n")

        missing = batch("none.jsonl", "-o", "x.jsonl", cwd=source.parent)
        other = batch("in.jsonl", "-o", "out.jsonl", cwd=source.parent)
        itself = batch("in.jsonl", "-o", "in.jsonl", cwd=source.parent)
        keyless = batch("in.jsonl", "-o", "x.jsonl", cwd=source.parent, OPENAI_API_KEY="")

        assert (missing.returncode, missing.stderr) == (2, "ssescan: none.jsonl: No such file or directory\n")
        for failed, why in ((other, "not a batch result"), (itself, "Input and output are the same file")):
            assert (failed.returncode, failed.stderr.count("\n")) == (2, 1)
            assert why in failed.stderr
        assert keyless.returncode == 2
        message = "Missing API key: OPENAI_API_KEY is not set. Set it, or name a server with --base-url."
        assert keyless.stderr == f"ssescan: {message}\n"

    def test_a_server_without_a_key(self, paths):
        source, output, _ = paths
        source.write_bytes(lines(rows(1)))
        with ReplayServer(answer) as server:
            own = {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": f"{server.url}/v1"}
            done = batch("in.jsonl", "-o", "out.jsonl", cwd=source.parent, **own)
        assert (done.returncode, len(read(output))) == (0, 1)

    def test_a_full_disk(self, paths):
        """The rows so far are kept, and the message says how to resume."""
        source, output, _ = paths
        source.write_bytes(lines(rows(50)))
        program = source.with_name("limited.py")
        program.write_text(
            "import resource, sys; from ssescan.cli import main\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); sys.exit(main(sys.argv[1:]))\n"
        )
        with ReplayServer(answer) as server:
            argv = ("in.jsonl", "-o", "out.jsonl", "--base-url", f"{server.url}/v1", "--progress", "none")
            done = forked.run(program, "batch", *argv, cwd=source.parent, NO_PROXY="*")
            kept = output.read_bytes().count(b"\n")
            again = batch(*argv, cwd=source.parent)
        why = "out.jsonl: File too large. The results that were written are kept. Run the same command again to resume."
        assert (done.returncode, done.stderr, kept > 0) == (1, f"ssescan: stopped: {why}\n", True)
        left = f"Earlier runs finished {kept}, this run {50 - kept}"
        assert again.stderr == f"ssescan: 50 requests, 50 with an answer in out.jsonl. {left}\n"

    @pytest.mark.parametrize("name", ["", "/", "."])
    def test_an_output_without_a_name(self, paths, name):
        paths[0].write_bytes(lines(rows(1)))
        done = batch("in.jsonl", "-o", name, cwd=paths[0].parent)
        assert (done.returncode, done.stderr.startswith("ssescan: Output must be JSON lines or CSV: ")) == (2, True)

    @pytest.mark.parametrize("no_resume", [False, True])
    def test_after_ctrl_c_it_says_how_to_resume(self, paths, monkeypatch, no_resume, capsys):
        def interrupted(*args, **options):
            raise KeyboardInterrupt

        monkeypatch.setattr(_command, "run_file", interrupted)
        argv = ["batch", "in", "-o", "out", "--base-url", "http://x", *["--no-resume"] * no_resume]

        assert main(argv) == 130
        command = "the same command again without --no-resume" if no_resume else "the same command again"
        assert capsys.readouterr().err == f"ssescan: interrupted; run {command} to resume\n"
        argv[3] = "out.csv"
        assert main(argv) == 130
        written = "out.csv is written when the run is complete; the answers so far are in out.jsonl"
        assert capsys.readouterr().err.startswith(f"ssescan: {written}\n")

    @pytest.mark.flaky(reruns=2)  # it has a deadline, and a busy machine may be late
    def test_ctrl_c_keeps_what_is_done_and_the_next_run_finishes(self, paths):
        source, output, _ = paths
        source.write_bytes(lines(rows(40)))
        with ReplayServer(answer, rate=30) as server:
            command = [sys.executable, "-m", "ssescan", "batch", source, "-o", output, "--workers", "8"]
            command += ["--base-url", f"{server.url}/v1", "--progress", "none"]
            process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
            with process:
                while not output.exists() or output.read_bytes().count(b"\n") < 8:
                    time.sleep(0.02)
                process.send_signal(signal.SIGINT)
                began_s = time.monotonic()
                _, err = process.communicate(timeout=20)
                took_s = time.monotonic() - began_s
            assert process.returncode == 130
            assert took_s < 2  # under a second on an idle machine
            assert err == "ssescan: interrupted; run the same command again to resume\n"
            kept = len(read(output))
            assert 8 <= kept < 40
            begun = len(server.requests)
            assert subprocess.run(command, timeout=60).returncode == 0
            assert len(server.requests) - begun == 40 - kept

        assert Counter(one["custom_id"] for one in read(output)) == {f"row {number}": 1 for number in range(40)}


@pytest.mark.parametrize(("requests", "limit"), [(50_000, 100), pytest.param(200_000, 16, marks=pytest.mark.soak)])
def test_what_a_row_costs_in_memory(requests: int, limit: int):
    """Compare the peak memory of a process with many requests, most of them done, and of one with 2,000.

    What else a process allocates varies by megabytes, so the limit in bytes is higher for fewer requests. On a busy machine it
    varies more, so a result above the limit is measured again: what each row costs is there every time.
    """
    script = Path(__file__).parents[2] / "benches" / "batch_memory.py"
    command = [sys.executable, script, "--left", "500", "--requests", str(requests)]
    said = []
    for _ in range(3):
        said.append(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)
        if float(said[-1].split(": ")[-1].split()[0]) <= limit:
            return
    raise AssertionError(said)


class TestFilesOfAnotherKind:
    @pytest.mark.parametrize("place", ["input", "output", "errors"])
    @pytest.mark.parametrize("kind", ["fifo", "directory", "socket", "device"])
    def test_a_file_that_is_not_regular_is_refused(self, place, kind, tmp_path):
        paths = {name: tmp_path / f"{name}.jsonl" for name in ("input", "output", "errors")}
        paths["input"].write_bytes(lines(rows(1)))
        paths[place] = {"device": Path("/dev/null")}.get(kind, tmp_path / "x")
        if kind == "fifo":
            os.mkfifo(paths[place])
        elif kind == "directory":
            paths[place].mkdir()
        elif kind == "socket":
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(os.fspath(paths[place]))
        with served() as (server, client):
            with pytest.raises(ValueError, match="must be a regular file"):
                run_file(**paths, client=client)
        assert not server.requests

    def test_an_error_file_that_another_run_writes_is_refused(self, tmp_path):
        (tmp_path / "in.jsonl").write_bytes(lines(rows(1)))
        before = json.dumps({"custom_id": "a", "response": None, "error": {"code": "c"}}).encode() + b"\n"
        (tmp_path / "e.jsonl").write_bytes(before)
        with open(tmp_path / "e.jsonl", "ab") as other, served() as (server, client):
            fcntl.flock(other, fcntl.LOCK_EX)
            for resume in (True, False):
                with pytest.raises(BlockingIOError, match=r"another run is writing to .*e\.jsonl"):
                    run_file(
                        tmp_path / "in.jsonl", tmp_path / "o.jsonl", tmp_path / "e.jsonl", client=client, resume=resume
                    )
        assert (tmp_path / "e.jsonl").read_bytes() == before
        assert not server.requests

    def test_answers_in_the_error_file_are_not_removed(self, tmp_path):
        (tmp_path / "in.jsonl").write_bytes(lines(rows(3)))
        with served() as (_, client):
            run_file(tmp_path / "in.jsonl", tmp_path / "a.jsonl", client=client)
            before = (tmp_path / "a.jsonl").read_bytes()
            failure = json.dumps({"custom_id": "a", "response": None, "error": {"code": "c"}}).encode() + b"\n"
            (tmp_path / "a.jsonl").write_bytes(failure + before)
            with pytest.raises(ValueError, match=r"a\.jsonl:2: the error file has an answer"):
                run_file(tmp_path / "in.jsonl", tmp_path / "b.jsonl", tmp_path / "a.jsonl", client=client, resume=False)
        assert (tmp_path / "a.jsonl").read_bytes() == failure + before

    def test_without_failures_there_is_no_error_file(self, tmp_path):
        (tmp_path / "in.jsonl").write_bytes(lines(rows(1)))
        with served() as (_, client):
            run_file(tmp_path / "in.jsonl", tmp_path / "a.jsonl", client=client)
        assert not (tmp_path / "a.errors.jsonl").exists()
