"""Why the requests of a batch fail, and runs that stop early because all of them do."""

from __future__ import annotations

import json
import pickle
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import pytest

import forked
from batchserver import answer, client_of, lines, prompt_of, refuse, rows, served
from ssescan import errors
from ssescan.batch import BatchStopped, Limiter, read, run, run_file
from ssescan.batch._failures import FailureCounts, reason_of
from ssescan.openai import OpenAI
from ssescan.replay import Recording, ReplayServer


def page(request: Any) -> Recording:
    return Recording("page", b"<title>Log in</title>", 200, {"Content-Type": "text/html"})


def quota(request: Any) -> Recording:
    error = {"error": {"message": "You have no money left.", "code": "insufficient_quota"}}
    return Recording("no", json.dumps(error).encode(), 429, {"Content-Type": "application/json"})


#: A server on which no request can succeed -> the advice.
HOPELESS = {
    "key": (lambda request: refuse(401), "Check the API key."),
    "permission": (lambda request: refuse(403), "Check the API key, and what it may use."),
    "model": (lambda request: refuse(404), "Check the name of the model, and the base URL; most end with /v1."),
    "money": (quota, "Check the balance and the billing of the account."),
    "page": (page, "Check the base URL; most end with /v1."),
    "content": (lambda request: refuse(400), "Check one request alone."),
}


class PlainHTTP(StreamRequestHandler):
    def handle(self) -> None:
        self.request.recv(4096)
        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


class TestEarlyStop:
    @pytest.mark.parametrize("name", HOPELESS)
    def test_after_twenty_failures_that_are_alike(self, name):
        answers, advice = HOPELESS[name]
        results = []
        with served(answers) as (server, client), pytest.raises(BatchStopped) as raised:
            for result in run(rows(500), client=client, max_workers=8, stop_early=True):
                results.append(result)

        stopped = raised.value
        assert (stopped.count, stopped.advice) == (20, advice)
        assert str(stopped).startswith("Batch stopped: all of the first 20 requests failed (")
        assert str(stopped).endswith(advice)
        assert type(stopped.__cause__) is type(results[0].error)
        assert len(results) < 60 and len(server.requests) < 80
        assert str(pickle.loads(pickle.dumps(stopped))) == str(stopped)

    def test_only_if_asked_for(self):
        with served(lambda request: refuse(401)) as (_, client):
            assert len(list(run(rows(50), client=client))) == 50

    def test_no_connection(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            with served() as (server, _):
                client = client_of(server, base_url=f"http://127.0.0.1:{unused.getsockname()[1]}/v1")
                # The retry budget does not delay these retries: no server was reached, so none is overloaded.
                limiter = Limiter(retry_share=0.001)
                with pytest.raises(BatchStopped, match=r"first 20 .*: Connection refused\)\. Check the base URL"):
                    list(run(rows(500), client=client, stop_early=True, limiter=limiter))
        assert limiter._credit >= 10

    @pytest.mark.parametrize(
        "answers",
        [
            lambda request: answer(request) if prompt_of(request) == "row 3" else refuse(401),
            lambda request: refuse(401 if int(prompt_of(request)[4:]) % 2 else 404),
            lambda request: refuse(500),
            lambda request: Recording(
                "no", b'{"error": "bad: %s"}' % prompt_of(request)[4:].translate(LETTERS).encode(), 400
            ),
        ],
        ids=["an answer", "two reasons", "may be temporary", "content of each"],
    )
    def test_failures_of_other_kinds_do_not_stop_it(self, answers):
        with served(answers) as (_, client):
            results = list(run(rows(40), client=client, max_workers=2, max_attempts=1, stop_early=True))
        assert len(results) == 40

    def test_a_run_of_fewer_requests(self):
        for status, expected in ((401, BatchStopped), (400, None)):
            with served(lambda request: refuse(status)) as (_, client):
                results = run(rows(3), client=client, stop_early=True)
                assert [next(results).ok for _ in range(3)] == [False] * 3
                with pytest.raises(expected or StopIteration):
                    next(results)
                with pytest.raises(StopIteration):
                    next(results)

    def test_a_run_that_was_stopped_by_the_caller(self):
        with served(lambda request: refuse(401)) as (_, client):
            results = run(rows(30), client=client, stop_early=True)
            next(results)
            results.stop()
            assert list(results) == []

    def test_with_an_executor(self):
        with served(lambda request: refuse(401)) as (server, client), ThreadPoolExecutor(4) as executor:
            with pytest.raises(BatchStopped):
                list(run(rows(300), client=client, executor=executor, stop_early=True))
            assert len(server.requests) < 100


#: Digits -> letters, because numbers in messages do not matter.
LETTERS = str.maketrans("0123456789", "abcdefghij")


class TestFiles:
    def test_nothing_is_recorded_and_the_next_run_sends_them(self, tmp_path: Path):
        source, output, failed = (tmp_path / name for name in ("in.jsonl", "out.jsonl", "out.errors.jsonl"))
        source.write_bytes(lines(rows(40)))
        with served(lambda request: refuse(401)) as (_, client), pytest.raises(BatchStopped):
            run_file(source, output, client=client)  # the default, as that of the command
        assert not output.exists() and not failed.exists()

        def answers(request):
            return refuse(400) if int(prompt_of(request)[4:]) >= 10 else answer(request)

        with served(answers) as (_, client):
            source.write_bytes(lines(rows(10)))
            assert run_file(source, output, client=client, stop_early=True) == (10, 10, 0, 0)
            source.write_bytes(lines(rows(40)))
            with pytest.raises(BatchStopped):
                run_file(source, output, client=client, stop_early=True)
            assert not failed.exists()
            assert run_file(source, output, client=client, stop_early=False) == (40, 10, 30, 10)

    def test_failures_before_the_first_of_another_kind_are_recorded(self, tmp_path: Path):
        source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        source.write_bytes(lines(rows(12)))

        def answers(request):
            return answer(request) if prompt_of(request) == "row 9" else refuse(401)

        with served(answers) as (_, client):
            assert run_file(source, output, client=client, max_workers=1, stop_early=True) == (12, 1, 11, 0)
        assert len((tmp_path / "out.errors.jsonl").read_bytes().splitlines()) == 11

    def test_few_failures_of_the_content_are_recorded(self, tmp_path: Path):
        source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        source.write_bytes(lines(rows(3)))
        with served(lambda request: refuse(400)) as (_, client):
            assert run_file(source, output, client=client, stop_early=True) == (3, 0, 3, 0)


class TestCounts:
    def test_the_commonest_reasons(self):
        seen = []
        with served(lambda request: refuse(422 if prompt_of(request) == "row 7" else 400)) as (_, client):
            list(run(rows(10), client=client, on_progress=seen.append))
        assert seen[-1].failures == (("Error code: 400 - no: 400", 9), ("Error code: 422 - no: 422", 1))

    def test_failures_to_connect_are_one_reason_whatever_their_messages(self):
        messages = ("Name or service not known", "Temporary failure in name resolution", "Connection refused")
        reasons = [reason_of(errors.APIConnectionError(message=text, request=None)) for text in messages]
        assert len({reason.kind for reason in reasons}) == 1
        assert {reason.advice for reason in reasons} == {
            "Check the base URL, the network, and whether the server runs."
        }

    def test_a_server_without_tls(self):
        limiter = Limiter(retry_share=0.001)
        with ThreadingTCPServer(("127.0.0.1", 0), PlainHTTP) as plain, served() as (server, _):
            Thread(target=plain.serve_forever, args=(0.01,), daemon=True).start()
            client = client_of(server, base_url=f"https://127.0.0.1:{plain.server_address[1]}/v1")
            advice = r"does not speak TLS\. If it is local, begin the base URL with http://\."
            with pytest.raises(BatchStopped, match=advice) as caught:
                list(run(rows(30), client=client, max_attempts=2, stop_early=True, limiter=limiter))
            assert str(caught.value).count("http://") == 1
            plain.shutdown()
        assert limiter._credit >= 5  # no retry was delayed

    def test_a_proxy_without_tls(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("NO_PROXY", "")
        with ThreadingTCPServer(("127.0.0.1", 0), PlainHTTP) as plain:
            Thread(target=plain.serve_forever, args=(0.01,), daemon=True).start()
            proxy = f"127.0.0.1:{plain.server_address[1]}"
            monkeypatch.setenv("HTTPS_PROXY", f"https://{proxy}")
            client = OpenAI(api_key="k", base_url="https://api.invalid/v1", max_retries=0)
            with pytest.raises(errors.APIConnectionError) as caught:
                client.models.list()
            plain.shutdown()
        reason = reason_of(caught.value)
        assert reason.text.endswith(f"(proxy {proxy})")
        assert reason.advice == "The proxy does not speak TLS. Begin the URL of the proxy with http://."
        assert (
            str(caught.value)
            == f"Connection error: {reason.text}. Does the proxy speak TLS? If not, begin its URL with http://."
        )

    def test_messages_that_differ_in_numbers_and_ids_are_one_reason(self):
        counts = FailureCounts()
        for number in range(5):
            counts.add(errors.APIError(f"too long: {number} tokens\n(request id req_{number}af)"))
        counts.add(errors.APIError("boom"))
        assert counts.commonest == (("too long: 0 tokens (request id req_0af)", 5), ("boom", 1))

    def test_thousands_of_reasons(self):
        counts = FailureCounts()
        for number in range(3000):
            counts.add(errors.APIError("no " + f"{number:04}".translate(LETTERS)))
        counts.add(errors.APIError("x" * 100_000))
        assert len(counts._counts) <= 201
        assert counts.commonest[0] == ("other errors", 2801)
        assert len(reason_of(errors.APIError("x" * 100_000)).text) == 160


class TestCommand:
    def run(self, folder: Path, answers: Any, *argv: str, key: str = "k") -> tuple[int, list[str], int]:
        """Return the exit code, the lines on stderr, and the number of requests."""
        with ReplayServer(answers) as server:
            command = ["-m", "ssescan", "batch", "in.jsonl", "-o", "out.jsonl", "--progress", "none"]
            command += ["--base-url", f"{server.url}/v1", *argv]
            done = forked.run(*command, cwd=folder, NO_PROXY="*", OPENAI_API_KEY=key)
        assert done.stdout == ""
        return done.returncode, done.stderr.splitlines(), len(server.requests)

    def test_a_bad_key(self, tmp_path: Path):
        (tmp_path / "in.jsonl").write_bytes(lines(rows(200)))
        code, said, requests = self.run(tmp_path, lambda request: refuse(401), "--workers", "8")

        assert (code, said) == (
            3,
            [
                "ssescan: Batch stopped: all of the first 20 requests failed (Error code: 401 - no: 401). Check the API key. "
                "It is that of OPENAI_API_KEY. Then run the same command again, or with --keep-going to send all requests in any case."
            ],
        )
        assert requests < 80
        assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]

        code, said, requests = self.run(tmp_path, lambda request: refuse(401), "--keep-going")
        assert (code, requests) == (1, 200)
        assert said == [
            "ssescan: 200 failed: Error code: 401 - no: 401",
            "ssescan: 200 requests, 0 with an answer in out.jsonl, 200 failed (see out.errors.jsonl). --retry-failed sends failed requests again",
        ]

    @pytest.mark.parametrize(
        ("variables", "problem"),
        [
            ({"OPENAI_BASE_URL": "host:1/v1"}, "Invalid URL 'host:1/v1/chat/completions': no scheme"),
            ({"OPENAI_BASE_URL": "http://[::1/v1"}, "Invalid URL 'http://[::1/v1/chat/completions': bad host or port"),
            ({"OPENAI_API_KEY": "k\u20ac"}, "Invalid value for header 'Authorization': "),
        ],
    )
    def test_requests_that_cannot_be_sent(self, tmp_path: Path, variables: dict[str, str], problem: str):
        (tmp_path / "in.jsonl").write_bytes(lines(rows(30)))
        command = ["-m", "ssescan", "batch", "in.jsonl", "-o", "out.jsonl", "--progress", "none"]
        setup = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_API_KEY": "k", **variables}
        done = forked.run(*command, cwd=tmp_path, NO_PROXY="*", **setup)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert done.stderr.startswith(f"ssescan: {problem}") and done.stderr.endswith(". Nothing was sent.\n")
        assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]

    def test_where_the_key_and_the_url_are_from(self, tmp_path: Path):
        (tmp_path / "in.jsonl").write_bytes(lines(rows(2)))
        code, said, _ = self.run(tmp_path, lambda request: refuse(403), key="")
        assert (code, "what it may use. OPENAI_API_KEY is not set. Then run" in said[0]) == (3, True)
        code, said, _ = self.run(
            tmp_path, lambda request: refuse(404), "--base-url", "http://user:secret@127.0.0.1:9/v1"
        )
        assert (code, len(said), "secret" in said[0]) == (3, 1, False)
        assert (
            "Connection refused). Check the base URL, the network, and whether the server runs. The base URL is"
            in said[0]
        )
        assert "127.0.0.1:9/v1" in said[0]

    def test_answers_at_the_token_limit(self, tmp_path: Path):
        (tmp_path / "in.jsonl").write_bytes(lines(rows(3)))

        def answers(request: Any) -> Recording:
            reason = b'"length"' if prompt_of(request) != "row 1" else b'"stop"'
            return Recording("short", answer(request).body.replace(b'"stop"', reason))

        code, said, _ = self.run(tmp_path, answers)
        assert (code, said) == (
            0,
            [
                "ssescan: 2 answers reached the token limit (see finish_reason)",
                "ssescan: 3 requests, 3 with an answer in out.jsonl",
            ],
        )
        shown = [repr(result) for result in read(tmp_path / "out.jsonl") if result.reached_token_limit]
        assert len(shown) == 2 and all("finished (length)" in text for text in shown)

    def test_failures_for_other_reasons_than_the_commonest_are_counted(self, tmp_path: Path):
        (tmp_path / "in.jsonl").write_bytes(lines(rows(10)))
        statuses = {0: 422, 1: 422, 2: 413, 3: 413, 4: 415, 5: 409}
        code, said, _ = self.run(
            tmp_path, lambda request: refuse(statuses.get(int(prompt_of(request).split()[1]), 400)), "--keep-going"
        )
        assert (code, said[0], said[3]) == (
            *(1, "ssescan: 4 failed: Error code: 400 - no: 400"),
            "ssescan: 2 failed for other reasons",
        )

    def test_reasons_are_escaped_and_on_one_line(self, tmp_path: Path):
        (tmp_path / "in.jsonl").write_bytes(lines(rows(2)))
        error = json.dumps({"error": {"message": "no\n\x1b[31m \u202e"}}).encode()
        code, said, _ = self.run(tmp_path, lambda request: Recording("no", error, 400))
        assert (code, said[0]) == (1, "ssescan: 2 failed: Error code: 400 - no \\u001b[31m \\u202e")
