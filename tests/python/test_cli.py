"""The command line, run as users run it: in a process of its own, looked at through its output and its exit code."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import forked
from ssescan import errors, testing
from ssescan.cli import _parser, main
from ssescan.cli._output import say
from ssescan.cli._sources import scheme_hint
from ssescan.replay import Recording, ReplayServer, demo

HERE = Path(__file__).parent
STREAMS = HERE.parent / "streams"

# Values that must not change what is tested: the width of the help, its colours (3.14), and where a proxy stands.
QUIET = {"COLUMNS": "80", "NO_COLOR": "1", "NO_PROXY": "127.0.0.1", "OPENAI_LOG": ""}

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals are POSIX")


def frame(name: str, payload: str) -> bytes:
    return f"event: {name}\ndata: {payload}\n\n".encode()


def delta(text: str) -> bytes:
    value = json.dumps(text)
    return frame(
        "thread.message.delta",
        f'{{"id":"m","object":"thread.message.delta",'
        f'"delta":{{"content":[{{"index":0,"type":"text","text":{{"value":{value}}}}}]}}}}',
    )


DONE = frame("done", "[DONE]")
RUN = frame("thread.run.created", '{"id":"r","temperature":1.0}') + delta("Hello ") + delta("wörld\n") + DONE
CUT = delta("Hello ") + delta("wor")


def chat(**choice_delta: str) -> bytes:
    payload = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": choice_delta}]}
    return f"data: {json.dumps(payload)}\n\n".encode()


CHAT = chat(reasoning_content="Hm.") + chat(content="Yes") + b"data: [DONE]\n\n"


def start(*argv: object, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "ssescan", *map(str, argv)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **QUIET, **environment},
    )


def run(*argv: object, stdin: bytes = b"", **environment: str) -> tuple[int, str, str]:
    """Return (exit code, standard output, standard error)."""
    done = forked.run("-m", "ssescan", *argv, stdin=stdin, **QUIET | environment)
    return done.returncode, done.stdout, done.stderr


def on_terminal(*argv: object) -> str:
    """Return what a terminal shows of both outputs."""
    import pty

    ours, theirs = pty.openpty()
    program = [sys.executable, "-m", "ssescan", *map(str, argv)]
    subprocess.run(program, stdout=theirs, stderr=theirs, timeout=60)
    os.close(theirs)
    with open(ours, "rb", buffering=0) as screen:
        return screen.read(65536).decode().replace("\r\n", "\n")


def fails(answer: tuple[int, str, str], text: str = "", code: int = 1) -> str:
    """Check the manners of a failure: `text` stays printed, and one line says what went wrong. Return it."""
    status, out, err = answer
    assert (status, out) == (code, text)
    assert re.fullmatch(r"ssescan: .+\n", err)
    return err


@pytest.fixture
def file(tmp_path):
    def write(body: bytes, name: str = "x.sse") -> Path:
        (tmp_path / name).write_bytes(body)
        return tmp_path / name

    return write


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


class TestText:
    def test_of_a_file(self, file):
        assert run("text", file(RUN)) == (0, "Hello wörld\n", "")

    def test_of_standard_input(self):
        assert run("text", "-", stdin=RUN) == (0, "Hello wörld\n", "")

    def test_of_a_url(self):
        with ReplayServer(RUN) as server:
            assert run("text", f"{server.url}/any") == (0, "Hello wörld\n", "")

    def test_it_is_printed_as_it_comes(self):
        with start("text", "-") as process:
            process.stdin.write(delta("one"))
            process.stdin.flush()
            assert process.stdout.read(3) == b"one"
            assert process.communicate(delta("two") + DONE, timeout=60) == (b"two", b"")

    def test_the_channel_is_a_choice(self):
        assert run("text", "-", stdin=CHAT) == (0, "Yes", "")
        assert run("text", "--channel", "reasoning", "-", stdin=CHAT) == (0, "Hm.", "")

    def test_the_dialect_can_be_told(self):
        assert run("text", "--dialect", "chat", "-", stdin=CHAT) == (0, "Yes", "")

    def test_without_a_dialect_it_is_the_data(self):
        assert run("text", "--dialect", "none", "-", stdin=b"data: a\ndata: b\n\ndata: c\n\n") == (0, "a\nb\nc\n", "")

    def test_a_stream_of_no_known_dialect_does_not_look_like_an_empty_answer(self):
        assert "dialect" in fails(run("text", "-", stdin=b"data: 12:00\n\n"))

    def test_an_endless_stream_of_no_known_dialect_is_noticed_at_its_first_event(self):
        with start("text", "-") as process:
            process.stdin.write(b"event: tick\ndata: 12:00\n\n")
            process.stdin.flush()
            message = process.stderr.readline()  # the stream has not ended
            assert process.wait(60) == 1
            process.stdin.close()
        assert b"Unknown stream format" in message
        assert b"event 'tick'" in message
        assert b"--dialect none" in message

    def test_nothing_does_not_look_like_an_empty_answer(self):
        for command in ("text", "events"):
            assert "Standard input is empty: there is no stream" in fails(run(command, "-", stdin=b""))
        assert run("events", "--dialect", "none", "-", stdin=b"") == (0, "", "")

    @pytest.mark.parametrize("count", [80, 70_000])
    def test_blank_lines_before_a_stream(self, file, count):
        assert run("text", file(b"\n" * count + RUN)) == (0, "Hello wörld\n", "")
        assert "Stream ended" in fails(run("text", file(b"\n" * count)))

    def test_a_page_of_curl_is_not_a_truncated_answer(self, file):
        page = b"\n<html><h1>404 Not Found</h1>\n" + b"x" * 70_000
        why = "is not an event stream: it begins with '<html><h1>404 Not Found</h1>'. `curl -f` fails"
        assert f"Standard input {why}" in fails(run("events", "-", stdin=page))
        assert f"x.sse {why}" in fails(run("text", file(page)))

    def test_it_is_utf_8_in_any_locale(self):
        body = delta("🙂\r\n") + DONE

        assert run("text", "-", stdin=body, LC_ALL="C", PYTHONIOENCODING="ascii") == (0, "🙂\r\n", "")

    def test_a_lone_surrogate_is_a_question_mark(self):
        assert run("text", "-", stdin=delta("a\ud800b") + DONE) == (0, "a?b", "")

    @pytest.mark.parametrize("command", ["text", "events"])
    def test_other_text_is_not_a_truncated_answer(self, command, file):
        assert f"{file(b'id,q')} is not an event stream: it begins with 'id,q'." in fails(run(command, file(b"id,q")))
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"  # `curl -i`
        assert "it begins with 'HTTP/1.1 200 OK'." in fails(run(command, "-", stdin=head))
        assert "Stream ended before" in fails(run(command, "-", stdin=b'data: {"choi'))

    @posix
    def test_on_a_terminal_the_last_line_is_ended(self, file):
        assert on_terminal("text", file(delta("no line end") + DONE)) == "no line end\n"
        assert on_terminal("text", file(delta("a line end\n") + DONE)) == "a line end\n"
        assert on_terminal("text", file(CUT)).startswith("Hello wor\nssescan: ")

    @pytest.mark.parametrize("name", ["langchain-bridge_run", "open-assistant-api_run", "llama-server_chat"])
    def test_of_recorded_streams(self, name):
        path = STREAMS / f"recorded-{name}.sse"
        if not path.exists():
            pytest.skip(f"no {path.name} here")

        code, text, err = run("text", path)

        assert (code, err) == (0, "")
        assert text.strip()


class TestEvents:
    def lines(self, *argv: object, stdin: bytes) -> list[dict]:
        code, out, err = run("events", *argv, stdin=stdin)
        assert (code, err) == (0, "")
        return [json.loads(line) for line in out.splitlines()]

    def test_a_line_is_a_name_and_the_payload(self, file):
        code, out, err = run("events", file(RUN))

        assert (code, err) == (0, "")
        assert out.splitlines()[0] == '{"event": "thread.run.created", "data": {"id":"r","temperature":1.0}}'
        assert [json.loads(line)["event"] for line in out.splitlines()] == [
            "thread.run.created",
            "thread.message.delta",
            "thread.message.delta",
        ]

    def test_of_a_url_and_of_standard_input_it_is_the_same(self):
        with ReplayServer(RUN) as server:
            assert run("events", server.url) == run("events", "-", stdin=RUN)

    def test_they_are_printed_as_they_come(self):
        with start("events", "-") as process:
            process.stdin.write(delta("one"))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["event"] == "thread.message.delta"
            process.communicate(DONE, timeout=60)
        assert process.returncode == 0

    def test_the_data_of_raw_events_is_decoded_on_request(self, file):
        body = b'data: {"a":\ndata: 1.0}\nid: 7\n\ndata: hello\n\ndata: [1]\n\n'
        text = '{"event": "message", "data": {"a": 1.0}, "id": "7"}\n{"event": "message", "data": "hello", "id": "7"}\n'
        text += '{"event": "message", "data": [1], "id": "7"}\n'

        assert run("events", "--decode", file(body)) == run("events", file(body), "--decode") == (0, text, "")
        assert run("events", "--dialect", "none", "--decode", "-", stdin=body) == (0, text, "")
        assert self.lines("-", stdin=body)[0]["data"] == '{"a":\n1.0}'
        assert run("events", "--decode", file(RUN)) == run("events", file(RUN))

    def test_a_body_is_sent_and_data_is_decoded(self):
        with ReplayServer(b"data: [1]\n\n") as server:
            code, out, _ = run("events", "--json", "[2]", "--decode", server.url)
            assert (code, json.loads(out)["data"]) == (0, [1])
            assert [(request.method, request.body) for request in server.requests] == [("POST", b"[2]")]

    def test_a_payload_of_several_lines_is_one_line(self):
        body = b'event: thread.created\ndata: {"id":\ndata: "t"}\n\n' + DONE

        assert self.lines("-", stdin=body) == [{"event": "thread.created", "data": {"id": "t"}}]

    def test_an_unknown_name_is_shown(self):
        body = frame("thread.new.thing", '{"a":1}') + DONE

        assert self.lines("-", stdin=body) == [{"event": "thread.new.thing", "data": {"a": 1}}]

    def test_chat_chunks_are_messages(self):
        events = self.lines("-", stdin=CHAT)

        assert [event["event"] for event in events] == ["message", "message"]
        assert events[1]["data"]["choices"][0]["delta"] == {"content": "Yes"}

    def test_responses_are_named_by_their_type(self):
        payload = '{"type":"response.output_text.delta","delta":"a","output_index":0,"sequence_number":1}'
        end = '{"type":"response.completed","response":{}}'
        body = f"data: {payload}\n\ndata: {end}\n\n".encode()

        assert self.lines("--dialect", "responses", "-", stdin=body) == [
            {"event": "response.output_text.delta", "data": json.loads(payload)},
            {"event": "response.completed", "data": json.loads(end)},
        ]

    def test_without_a_dialect_the_data_is_a_string(self):
        assert self.lines("--dialect", "none", "-", stdin=b"id: 7\nevent: tick\ndata: a\ndata: \xc3\xb6\n\n") == [
            {"event": "tick", "data": "a\nö", "id": "7"}
        ]

    def test_an_unclaimed_stream_is_shown_as_plain_events(self):
        assert self.lines("-", stdin=b"data: 12:00\n\n") == [{"event": "message", "data": "12:00", "id": ""}]


class TestFailure:
    def test_a_cut_stream_keeps_its_text_and_exits_1(self, file):
        assert "partial_text" not in fails(run("text", file(CUT)), "Hello wor")

    @pytest.mark.parametrize(
        ("error", "shown"),
        [
            (errors.StreamTruncated("after 1 event"), "before the answer was complete (no end marker after 1 event)."),
            (errors.StreamBroken("reset"), "Connection lost: reset."),
            (errors.StreamTimeout("idle", "", 3.0), "within 3 s (idle timeout). Change it with --timeout."),
            (errors.EventTooLarge(5, 9, 1), "(max_event_bytes=5, event begins at byte 1)."),
            (errors.BodyTooLarge(5), "after decoding (max_body_bytes=5)."),
        ],
    )
    def test_advice_for_programs_is_left_out(self, error, shown, capsys):
        say(str(error))
        assert capsys.readouterr().err.endswith(f"{shown}\n")

    def test_a_cut_stream_keeps_its_events_and_exits_1(self, file):
        code, out, err = run("events", file(CUT))

        assert (code, len(out.splitlines())) == (1, 2)
        assert re.fullmatch(r"ssescan: .+\n", err)

    def test_a_cut_recording(self):
        path = STREAMS / "recorded-langchain-bridge_truncated.sse"
        if not path.exists():
            pytest.skip(f"no {path.name} here")

        code, _, err = run("text", path)

        assert code == 1
        assert re.fullmatch(r"ssescan: .+\n", err)

    def test_a_cut_connection(self):
        def steps(recording):
            yield CUT
            raise ConnectionAbortedError

        with ReplayServer(CUT, steps=steps) as server:
            fails(run("text", server.url), "Hello wor")

    def test_an_error_in_the_stream(self):
        body = delta("Hello ") + frame("error", '{"error":{"message":"too many cats","code":"cats"}}')

        assert fails(run("text", "-", stdin=body), "Hello ") == "ssescan: The server reported an error: too many cats\n"

    def test_malformed_json(self):
        fails(run("events", "-", stdin=frame("thread.created", '{"id":')))
        fails(run("events", "-", stdin=frame("thread.created", '{"id" "t"}')))

    def test_a_refused_key(self):
        body = b'{"error": {"message": "no such key", "type": "invalid_request_error"}}'
        refusal = Recording("x", body, 401, {"Content-Type": "application/json"})

        with ReplayServer(refusal) as server:
            message = fails(run("text", server.url))

        assert "401" in message
        assert "no such key" in message

    def test_a_web_page(self):
        with ReplayServer(Recording("x", b"<html>Hello", 200, {"Content-Type": "text/html"})) as server:
            assert "text/html" in fails(run("text", server.url))

    def test_nobody_listens(self):
        with ReplayServer(RUN) as server:
            url = server.url

        assert fails(run("text", "--retries", "0", url)) == f"ssescan: {url}: Connection refused\n"

    @pytest.mark.parametrize("command", ["text", "events"])
    def test_a_first_503_is_retried_and_reported(self, command):
        busy = Recording("busy", b"", 503, {"Retry-After-Ms": "1"})
        with ReplayServer([busy, Recording("run", RUN)]) as server:
            code, out, err = run(command, server.url)
            refused = fails(run(command, "--retries", "0", server.url))

        assert (code, "Hello " in out) == (0, True)
        assert re.fullmatch(r"ssescan: Request failed: HTTP 503. Retrying in \d\.\d s \(retry 1 of 2\)\.\n", err)
        assert "503" in refused

    def test_events_reconnect(self):
        first = Recording("a", b"retry: 1\nid: 7\ndata: 1\n\n")
        end = Recording("c", b"", 204, {})
        with ReplayServer([first, Recording("b", b"", 503, {}), Recording("d", b"data: 2\n\n"), end]) as server:
            code, out, err = run("events", "--reconnect", "-H", "X-Own: 1", server.url)
            seen = [(request.headers["Last-Event-ID"], request.headers["X-Own"]) for request in server.requests]

        assert code == 0
        assert [json.loads(line)["data"] for line in out.splitlines()] == ["1", "2"]
        assert re.fullmatch(r"ssescan: Error code: 503\. Reconnecting in \d\.\d s\.\n", err)
        assert seen == [(None, "1"), ("7", "1"), ("7", "1"), ("7", "1")]

    @pytest.mark.parametrize("url", ["http://", "http://[::1", "http://127.0.0.1:99999/", "http://a b/"])
    @pytest.mark.parametrize("command", [("text",), ("events",), ("events", "--reconnect")])
    def test_a_wrong_url(self, command, url):
        assert fails(run(*command, url), code=2).startswith(f"ssescan: Invalid URL {url!r}: ")

    @pytest.mark.parametrize("command", [("text",), ("events",), ("events", "--reconnect")])
    def test_a_wrong_proxy(self, command):
        wrong = {"HTTP_PROXY": "ftp://u:SECRET@h", "http_proxy": "ftp://u:SECRET@h"}
        message = fails(run(*command, "http://api.invalid/", **wrong), code=2)
        assert message.startswith("ssescan: Invalid proxy URL 'ftp://h': ")

    def test_silence_is_a_timeout(self):
        with ReplayServer(CUT, rate=0.001) as server:
            fails(run("text", "--timeout", "0.3", server.url), "Hello ")

    def test_a_missing_file(self, tmp_path):
        nothing = tmp_path / "nothing.sse"
        assert fails(run("text", nothing), code=2) == f"ssescan: {nothing}: No such file or directory\n"
        assert fails(run("text", ""), code=2) == "ssescan: '': No such file or directory\n"
        assert fails(run("events", tmp_path), code=2) == f"ssescan: {tmp_path}: Is a directory\n"

    def test_a_full_disk(self, file):
        if not os.path.exists("/dev/full"):
            pytest.skip("no /dev/full here")
        with open("/dev/full", "wb") as full:
            process = subprocess.run(
                [sys.executable, "-m", "ssescan", "text", file(RUN)], stdout=full, stderr=subprocess.PIPE, timeout=60
            )

        assert (process.returncode, process.stderr) == (1, b"ssescan: No space left on device\n")

    @pytest.mark.parametrize("option", ["--version", "--help"])
    def test_a_full_disk_for_an_option_that_exits(self, option):
        if not os.path.exists("/dev/full"):
            pytest.skip("no /dev/full here")
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        with open("/dev/full", "wb") as full:
            command = [sys.executable, "-m", "ssescan", option]
            process = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60, env=environment)

        assert (process.returncode, process.stderr) == (1, b"ssescan: No space left on device\n")

    def test_another_protocol(self):
        with (
            socket.create_server(("127.0.0.1", 0)) as listening,
            start("text", "--retries", "0", f"http://127.0.0.1:{listening.getsockname()[1]}/") as process,
        ):
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"SSH-2.0-OpenSSH_9\r\n")
            assert b"the answer is not HTTP: it begins with 'SSH-2.0-OpenSSH_9'\n" in process.communicate(timeout=60)[1]

    def test_no_answer_in_time_says_what_sets_the_limit(self):
        with socket.create_server(("127.0.0.1", 0)) as listening:  # it accepts connections, and never answers
            url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
            message = fails(run("text", "--retries", "0", "--timeout", "0.3", url))
        assert message == f"ssescan: {url}: no response within 0.3 s; --timeout sets the limit\n"


class TestRequest:
    def ask(self, *argv: object, stdin: bytes = b""):
        with ReplayServer(RUN) as server:
            assert run("text", *argv, server.url, stdin=stdin)[0] == 0
            (request,) = server.requests
        return request

    def test_it_is_a_get_that_accepts_event_streams(self):
        request = self.ask()

        assert (request.method, request.body) == ("GET", b"")
        assert "text/event-stream" in request.headers["Accept"]

    def test_headers(self):
        request = self.ask("-H", "Authorization: Bearer k", "-H", "X-Empty:")

        assert (request.headers["Authorization"], request.headers["X-Empty"]) == ("Bearer k", "")

    def test_data_is_posted_as_json(self):
        request = self.ask("-d", '{"text":"ö"}')

        assert (request.method, request.body) == ("POST", '{"text":"ö"}'.encode())
        assert request.headers["Content-Type"] == "application/json"

    def test_data_with_a_type_of_its_own(self):
        request = self.ask("-d", "a=1", "-H", "content-type: application/x-www-form-urlencoded")

        assert request.headers.get_all("Content-Type") == ["application/x-www-form-urlencoded"]

    def test_data_from_a_file_and_from_standard_input(self, file):
        assert self.ask("-d", f"@{file(b'{}')}").body == b"{}"
        assert self.ask("-d", "@-", stdin=b"[]").body == b"[]"

    def test_json_is_checked_and_sent_as_it_was_written(self, file):
        body = '{"a": 1.0}'
        for argument in (body, f"@{file(body.encode())}"):
            request = self.ask("--json", argument)
            assert (request.method, request.body) == ("POST", body.encode())
            assert request.headers["Content-Type"] == "application/json"

        with ReplayServer(RUN) as server:
            assert "--json is not valid JSON" in fails(run("text", "--json", "{'a': 1}", server.url), code=2)
            assert "No such file" in fails(run("text", "--json", f"@{file(b'')}.no", server.url), code=2)
            assert server.requests == []

    def test_headers_from_a_file(self, file):
        lines = b"Authorization: Bearer k\r\n\nX-Latin: \xe4\n"
        request = self.ask("-H", f"@{file(lines, 'headers')}", "-H", "X-Own: 1")

        names = ("Authorization", "X-Latin", "X-Own")
        assert [request.headers[name] for name in names] == ["Bearer k", "\xe4", "1"]

    def test_a_wrong_line_of_headers_is_named_and_not_shown(self, file):
        path = file(b"X-Own: 1\nBearer secret\n", "headers")
        for argument, problem in ((f"@{path}", f"line 2 of '{path}'"), (f"@{path}.no", "No such file")):
            code, out, err = run("text", "-H", argument, "http://127.0.0.1/")
            assert (code, out) == (2, "")
            assert problem in err
            assert "secret" not in err


class TestChat:
    """`ssescan chat` against a server of this process, which gets each request."""

    def ask(self, answer, *argv, stdin=b"", **environment):
        with ReplayServer(answer if isinstance(answer, Recording) else Recording("a", bytes(answer))) as server:
            environment = {"OPENAI_BASE_URL": f"{server.url}/v1", "OPENAI_API_KEY": "key", **environment}
            result = run("chat", *argv, stdin=stdin, **environment)
        self.requests = server.requests
        return result

    def body(self):
        return json.loads(self.requests[-1].body)

    def test_the_answer_is_printed(self):
        assert self.ask(testing.chat("Hel", "lo"), "-m", "gpt", "Hi there") == (0, "Hello\n", "")
        assert (self.requests[0].path, self.requests[0].headers["Authorization"]) == (
            "/v1/chat/completions",
            "Bearer key",
        )
        question = {"role": "user", "content": "Hi there"}
        assert self.body() == {"model": "gpt", "messages": [question], "stream": True}

    def test_system_and_standard_input(self):
        argv = ("--model", "gpt", "--system", "Be brief.", "What is it?")
        assert self.ask(testing.chat("A file"), *argv, stdin="\ufeffein Brötchen\n".encode())[0] == 0
        assert self.body()["messages"] == [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "ein Brötchen\n\nWhat is it?"},
        ]
        code, _, err = self.ask(testing.chat("A"), "-m", "gpt", stdin=b"Just \xff this")
        assert (code, "standard input is not UTF-8 (byte 0xff at position 5)" in err) == (0, True)
        assert self.body()["messages"] == [{"role": "user", "content": "Just \ufffd this"}]
        assert "it has a NUL byte. Nothing was sent" in fails(
            self.ask(testing.chat("A"), "-m", "gpt", stdin=b"\x7fELF\0\0"), code=2
        )

    def test_the_text_of_a_cut_answer_is_not_lost_with_json(self):
        body = bytes(testing.chat("Hel", "lo\n")).split(b"data: [DONE]")[0]
        cut = body[: body.rindex(b"data: ")]

        code, out, err = self.ask(cut, "-m", "gpt", "--json", "Hi")

        assert (code, out) == (1, "")
        assert 'ssescan: the text before the failure, as JSON: "Hello\\n"\n' in err

    def test_json(self):
        code, out, err = self.ask(testing.chat("Hel", "lo", usage=(7, 2)), "-m", "gpt", "--json", "Hi")
        answer = json.loads(out)

        assert (code, err, out.count("\n")) == (0, "", 1)
        assert answer["choices"][0]["message"]["content"] == "Hello"
        assert answer["usage"]["total_tokens"] == 9
        assert self.body()["stream_options"] == {"include_usage": True}

    def test_text_arrives_before_the_answer_ends(self):
        with ReplayServer(Recording("a", bytes(testing.chat("Hel", "lo"))), rate=1) as server:
            with start("chat", "-m", "m", "--base-url", server.url, "Hi") as process:
                process.stdin.close()
                assert process.stdout.read(3) == b"Hel"
                process.kill()

    def test_ends_that_are_not_complete_answers(self):
        answer = testing.chat("Hel", finish_reason="length")
        note = "ssescan: the answer ended early (finish_reason: length)\n"
        assert self.ask(answer, "-m", "m", "Hi") == (0, "Hel\n", note)
        assert "Stream ended" in fails(self.ask(testing.stream(*answer.steps[:2]), "-m", "m", "Hi"), "Hel\n")
        assert "too busy" in fails(self.ask(testing.chat("Hel", testing.error("too busy")), "-m", "m", "Hi"), "Hel\n")
        assert self.ask(chat(refusal="I can't.") + b"data: [DONE]\n\n", "-m", "m", "Hi") == (0, "I can't.\n", "")
        assert self.ask(testing.chat(), "-m", "m", "Hi") == (0, "", "ssescan: the answer has no text\n")
        assert self.ask(testing.chat("a line\n"), "-m", "m", "Hi") == (0, "a line\n", "")

    def test_failures_before_the_answer(self):
        refused = testing.failure(401, "Incorrect API key \x1b[2J")
        recording = Recording("a", bytes(refused), refused.status, refused.headers)
        refusal = "ssescan: Error code: 401 - Incorrect API key \\u001b[2J. Check the API key. It is that of OPENAI_API_KEY.\n"
        assert fails(self.ask(recording, "-m", "m", "Hi")) == refusal
        wrong = {"OPENAI_BASE_URL": "host:1/v1"}
        assert "begin it with https:// or http://" in fails(run("chat", "-m", "m", "Hi", **wrong), code=2)
        key = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_API_KEY": "k\u20ac"}
        header = (
            "ssescan: Invalid value for header 'Authorization': contains non-Latin-1 characters (value not shown)\n"
        )
        assert fails(run("chat", "-m", "m", "Hi", **key), code=2) == header
        unset = {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": ""}
        assert "OPENAI_API_KEY is not set." in fails(run("chat", "-m", "m", "Hi", **unset), code=2)

    def test_retries_are_reported(self):
        url = f"http://127.0.0.1:{free_port()}/v1"
        code, out, err = run("chat", "-m", "m", "--base-url", url, "Hi")
        *retries, last = err.splitlines()
        assert (code, out) == (1, "")
        for number, line in enumerate(retries, 1):
            assert re.fullmatch(rf"ssescan: Request failed\. Retrying in \d\.\d s \(retry {number} of 2\)\.", line)
        advice = "Check the base URL, the network, and whether the server runs."
        assert (len(retries), last) == (2, f"ssescan: {url}/: Connection refused. {advice}")

    def test_a_wait_for_standard_input_is_explained(self):
        url = f"http://127.0.0.1:{free_port()}/v1"
        argv = ("chat", "-m", "m", "--base-url", url)
        with start(*argv) as alone, start(*argv, "Hi") as context:  # their standard inputs stay open
            until = "from standard input until it ends (Ctrl-D);"
            for process, what, instead in (
                (alone, "the question", "or pass it as an argument"),
                (context, "the text to send before the question", "</dev/null sends none"),
            ):
                assert process.stderr.readline().decode() == f"ssescan: reading {what} {until} {instead}\n"
                process.kill()

    def test_no_key_is_needed_with_a_base_url(self):
        assert self.ask(testing.chat("A"), "-m", "m", "Hi", OPENAI_API_KEY="") == (0, "A\n", "")

    def test_a_key_from_a_file_ends_with_a_line_break(self):
        assert self.ask(testing.chat("A"), "-m", "m", "Hi", OPENAI_API_KEY="key\r\n") == (0, "A\n", "")
        assert self.requests[0].headers["Authorization"] == "Bearer key"

    def test_wrong_turns_of_a_first_try(self):
        assert self.ask(testing.chat("A"), "-m", "m", "Why", "is", "it?") == (0, "A\n", "")
        assert self.body()["messages"][-1]["content"] == "Why is it?"
        not_found = Recording("a", b'{"detail":"Not Found"}', 404, {"Content-Type": "application/json"})
        advice = "Check the name of the model, and the base URL; most end with /v1. The base URL is http://127.0.0.1:"
        assert f"Not Found. {advice}" in fails(self.ask(not_found, "-m", "m", "Hi"))
        wrong = testing.failure(404, "No such model", code="model_not_found")
        model = Recording("a", bytes(wrong), 404, wrong.headers)
        assert f"404 - No such model. {advice}" in fails(self.ask(model, "-m", "m", "Hi"))
        page = Recording("a", b"<html>Sign in", 200, {"Content-Type": "text/html"})
        assert "'<html>Sign in'. Check the base URL; most end with /v1." in fails(self.ask(page, "-m", "m", "Hi"))
        err = run("chat", "-m", "m", "--base-url", "localhost:1/v1", "Hi")[2]
        assert err.endswith("got 'localhost:1/v1'. If it is a URL, begin it with a scheme: http://localhost:1/v1\n")
        assert run("chat", "Hi")[2].endswith("are required: -m MODEL, such as -m gpt-5.5\n")

    @posix
    def test_a_terminal_gets_no_control_characters(self):
        with ReplayServer(Recording("a", bytes(testing.chat("a\x1b[2Jb")))) as server:
            assert on_terminal("chat", "-m", "m", "--base-url", server.url, "Hi") == "a\\u001b[2Jb\n"


class TestUsage:
    @pytest.mark.parametrize(
        "argv",
        [
            ["nothing"],
            ["chat"],
            ["chat", "Hi"],
            ["chat", "-m", "m"],
            ["chat", "-m", "", "Hi"],
            ["chat", "-m", "m", "--base-url", "", "Hi"],
            ["chat", "-m", "m", "--base-url", "http://", "Hi"],
            ["batch", "in.jsonl", "-o", "out.jsonl", "--base-url", "host:1/v1"],
            ["chat", "-m", "m", "--timeout", "0", "Hi"],
            ["text"],
            ["text", "--dialect", "esperanto", "-"],
            ["text", "--channel", "video", "-"],
            ["text", "--time", "3", "http://127.0.0.1/"],
            ["text", "--timeout", "0", "http://127.0.0.1/"],
            ["text", "-H", "no colon", "http://127.0.0.1/"],
            ["text", "-H", "a: b\r\nc: d", "http://127.0.0.1/"],
            ["text", "-H", "A: b", "file"],
            ["events", "-d", "{}", "-"],
            ["events", "--timeout", "3", "-"],
            ["events", "--retries", "1", "-"],
            ["events", "--reconnect", "-"],
            ["events", "--reconnect", "--retries", "1", "http://127.0.0.1/"],
            ["events", "--reconnect", "--dialect", "chat", "http://127.0.0.1/"],
            ["text", "--retries", "-1", "http://127.0.0.1/"],
            ["events", "--json", "{}", "-"],
            ["events", "--json", "{}", "-d", "{}", "http://127.0.0.1/"],
            ["events", "--json"],
            ["events"],
            ["replay"],
            ["replay", "--rate", "-1", "x.sse"],
            ["replay", "--rate", "nan", "x.sse"],
            ["replay", "--block", "1.5", "x.sse"],
            ["replay", "--port", "65536", "x.sse"],
            ["demo", "--rate", "fast"],
        ],
    )
    def test_wrong_usage_exits_2(self, argv):
        code, out, err = run(*argv)

        assert (code, out) == (2, "")
        assert err.startswith("usage: ssescan")
        assert "Traceback" not in err

    def test_no_command_shows_the_help(self):
        assert run() == run("--help")

    @pytest.mark.parametrize(
        ("source", "hint"),
        [
            ("127.0.0.1:8199/sse", "begin it with a scheme: http://127.0.0.1:8199/sse"),
            ("localhost:8000", "begin it with a scheme: http://localhost:8000"),
            ("[::1]/x", "begin it with a scheme: http://[::1]/x"),
            ("server:8000/x?y=1", "begin it with a scheme: http://server:8000/x?y=1"),
            ("api.example.co.uk:8443/v1", "begin it with a scheme: https://api.example.co.uk:8443/v1"),
            ("example.com", "begin it with a scheme: https://example.com"),
            ("ws://example.com/", "A URL must begin with http:// or https://."),
            ("http:/example.com/", "A URL must begin with http:// or https://."),
            ("run.sse", ""),
            ("data/run.sse", ""),
            ("C:/run.sse", ""),
        ],
    )
    def test_a_url_without_a_scheme_is_explained(self, source, hint):
        assert scheme_hint(source).removeprefix("If it is a URL, ") == hint

    def test_the_hint_is_a_part_of_both_messages(self):
        hint = "If it is a URL, begin it with a scheme: http://127.0.0.1:9/x"
        assert fails(run("text", "127.0.0.1:9/x"), code=2).endswith(
            f"127.0.0.1:9/x: No such file or directory. {hint}\n"
        )
        assert run("events", "-H", "a: b", "127.0.0.1:9/x")[2].endswith(f"need a URL, got '127.0.0.1:9/x'. {hint}\n")

    def test_what_is_wrong_is_said_by_the_command(self):
        _, _, err = run("batch", "in", "-o", "out", "--coalesce", "soon")

        last = "ssescan batch: error: argument --coalesce: expected 0 or a number above it, got 'soon'"
        assert err.splitlines()[-1] == last

    @pytest.mark.parametrize("seconds", ["0", "0.0", ".5"])
    def test_coalesce_may_be_0(self, seconds):
        assert _parser().parse_args(["batch", "in", "-o", "out", "--coalesce", seconds]).coalesce == float(seconds)

    @pytest.mark.parametrize("command", ["", "chat", "text", "events", "batch", "replay", "demo"])
    def test_help(self, command):
        """The help is part of the interface. `UPDATE_GOLDEN=1 pytest` writes it anew."""
        golden = HERE / "cli_help" / f"{command or 'ssescan'}.txt"

        code, out, err = run(*[command] * bool(command), "--help")

        assert (code, err) == (0, "")
        if os.environ.get("UPDATE_GOLDEN"):
            golden.write_text(out, encoding="utf-8", newline="\n")
        assert out.splitlines() == golden.read_text(encoding="utf-8").splitlines()
        assert max(map(len, out.splitlines())) <= 80
        assert len(re.findall(r"^  .*ssescan ", out.partition("\nexamples:\n")[2], re.MULTILINE)) == 2
        variables = re.search(r"^environment variables: ([A-Z_, \n]+)$", out, re.MULTILINE)
        assert (variables is None) == (command in ("replay", "demo"))
        assert variables is None or ("OPENAI_API_KEY" in variables[1]) == (command not in ("text", "events"))

    def test_help_is_quick_because_it_imports_little(self):
        program = [sys.executable, "-X", "importtime", "-m", "ssescan", "--help"]
        imported = subprocess.run(program, capture_output=True, text=True, timeout=60).stderr

        assert "argparse" in imported
        for heavy in ("urllib3", "orjson", "http.server", "importlib.metadata", "ssescan.openai"):
            assert not re.search(rf"\| +{re.escape(heavy)}$", imported, re.MULTILINE), heavy

    def test_version(self):
        code, out, err = run("--version")

        assert (code, err) == (0, "")
        assert re.fullmatch(r"ssescan \d+\.\d+\.\d+\S*\n", out)


class TestLeaving:
    @pytest.mark.parametrize("command", ["text", "events"])
    def test_a_closed_pipe_is_silent_and_exits_141(self, file, command):
        with start(command, file(delta("a line\n") * 20000)) as process:
            process.stdout.readline()
            process.stdout.close()
            assert process.wait(60) == 141
            assert process.stderr.read() == b""

    @posix
    @pytest.mark.parametrize("command", ["text", "events"])
    def test_ctrl_c_in_a_stream_is_silent_and_exits_130(self, command):
        with ReplayServer(RUN, rate=0.001) as server, start(command, "--dialect", "none", server.url) as process:
            process.stdout.readline()
            self.interrupt(process)

    @posix
    def test_ctrl_c_while_reading_standard_input(self):
        with start("text", "-") as process:
            process.stdin.write(delta("one"))
            process.stdin.flush()
            assert process.stdout.read(3) == b"one"
            self.interrupt(process)

    @posix
    def test_ctrl_c_in_the_demo(self):
        with start("demo") as process:
            process.stdout.read(10)
            self.interrupt(process)

    @posix
    def test_ctrl_c_ends_the_replay_server(self, file):
        with start("replay", file(RUN)) as process:
            process.stderr.readline()
            self.interrupt(process)

    def interrupt(self, process: subprocess.Popen) -> None:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (130, b"")


class TestTidiness:
    @pytest.fixture
    def strict(self):
        return {"PYTHONDEVMODE": "1", "PYTHONWARNINGS": "error"}

    @pytest.mark.parametrize("command", ["text", "events"])
    def test_nothing_is_left_open(self, file, strict, command):
        with ReplayServer(RUN) as server:
            for source in (file(RUN), "-", server.url):
                code, _, err = run(command, source, stdin=RUN, **strict)
                assert (code, err) == (0, "")

    def test_nothing_is_left_open_after_a_failure(self, file, strict):
        with ReplayServer(CUT) as server:
            for source in (file(CUT), "-", server.url):
                fails(run("text", source, stdin=CUT, **strict), "Hello wor")

    def test_nothing_is_left_open_after_the_demo(self, strict):
        code, _, err = run("demo", "--rate", "5000", **strict)

        assert (code, err.count("\n")) == (0, 1)


class TestReplay:
    def url(self, process: subprocess.Popen) -> str:
        return re.search(r"http://\S+", process.stderr.readline().decode())[0]

    def test_files_are_served(self, file):
        with start("replay", file(RUN, "a.sse"), file(CHAT, "b.sse"), "--rate", "1000", "--block", "7") as process:
            url = self.url(process)
            try:
                assert run("text", f"{url}/b") == (0, "Yes", "")
                assert run("text", f"{url}/v1/threads/runs") == (0, "Hello wörld\n", "")
            finally:
                process.kill()

    def test_not_chunked(self, file):
        with start("replay", "--no-chunked", file(RUN)) as process:
            try:
                assert run("text", self.url(process)) == (0, "Hello wörld\n", "")
            finally:
                process.kill()

    def test_a_missing_file(self):
        assert fails(run("replay", "nothing.sse"), code=2) == "ssescan: nothing.sse: No such file or directory\n"

    def test_a_damaged_headers_file(self, file):
        file(b"nonsense", "x.headers")

        assert "x.headers: expected a status line" in fails(run("replay", file(RUN)), code=2)

    def test_a_port_that_is_taken(self, file):
        with ReplayServer(RUN) as server:
            message = fails(run("replay", "--port", server.port, file(RUN)))

        why = re.escape(f"cannot listen at 127.0.0.1, port {server.port}: ")
        assert re.fullmatch(rf"ssescan: {why}[\w ]+\. Choose another --port or --host; .*\n", message)


class TestDemo:
    def test_text_on_one_side_and_one_line_of_figures_on_the_other(self):
        code, out, err = run("demo", "--rate", "5000")

        assert (code, out) == (0, demo.TEXT)
        assert re.fullmatch(r"\d+ events in \d+\.\d\d s, first text after \d+\.\d{3} s\n", err)

    def test_it_needs_no_network_settings(self):
        proxies = {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}

        code, out, _ = run("demo", "--rate", "5000", **proxies)

        assert (code, out) == (0, demo.TEXT)

    def test_the_recording_is_a_whole_run(self):
        names = re.findall(rb"^event: (.+)$", demo.recording(), re.MULTILINE)

        assert [name for name, after in zip(names, [b"", *names], strict=False) if name != after] == [
            b"thread.created",
            b"thread.run.created",
            b"thread.run.queued",
            b"thread.run.in_progress",
            b"thread.run.step.created",
            b"thread.run.step.in_progress",
            b"thread.message.created",
            b"thread.message.in_progress",
            b"thread.message.delta",
            b"thread.message.completed",
            b"thread.run.step.completed",
            b"thread.run.completed",
            b"done",
        ]

    def test_its_text_is_of_a_few_hundred_words_and_fits_a_terminal(self):
        assert 250 <= len(demo.TEXT.split()) <= 350
        assert max(map(len, demo.TEXT.splitlines())) < 80


class TestTerminal:
    """Control characters from a server must not reach a terminal."""

    EVIL = "a\x1b]0;owned\x07\x1b[2J\x9bmb\u202ec\u2066d\x7f\te"
    SHOWN = r"a\u001b]0;owned\u0007\u001b[2J\u009bmb\u202ec\u2066d\u007f" + "\te"

    @posix
    @pytest.mark.parametrize(
        "command", [("text",), ("text", "--dialect", "none"), ("events",), ("events", "--dialect", "none")]
    )
    def test_a_terminal_gets_escapes(self, file, command):
        shown = on_terminal(*command, file(delta(self.EVIL) + DONE)).replace("\t", " " * 4)

        assert not set(shown) & set("\x1b\x07\x9b\u202e\u2066\x7f")
        assert "owned" in shown

    @posix
    def test_text_keeps_its_lines_and_tabs(self, file):
        assert self.SHOWN in on_terminal("text", file(delta(self.EVIL) + DONE))
        assert "one\ntwo\r" not in on_terminal("text", file(delta("one\r\ntwo\r") + DONE))

    def test_a_program_gets_the_text_as_it_is(self, file):
        assert run("text", file(delta(self.EVIL) + DONE)) == (0, self.EVIL, "")

    @pytest.mark.parametrize("status", [200, 400])
    def test_an_error_message_is_escaped(self, status):
        body = json.dumps({"error": {"message": self.EVIL}}).encode()
        with ReplayServer([Recording("x", body, status, {"Content-Type": "application/json\x9b"})]) as server:
            code, _, err = run("text", f"{server.url}/x")

        assert code == 1
        assert "owned" in err
        assert not set(err) & set("\x1b\x07\x9b\u202e\u2066\x7f")


def test_a_second_command_in_one_process_reports_a_retry_once(capsys, monkeypatch):
    for name, value in {**QUIET, "OPENAI_API_KEY": "k"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdin", None)
    loggers = [logging.getLogger(name) for name in ("ssescan", "openai._base_client")]
    before = [(logger.level, [*logger.handlers]) for logger in loggers]
    busy = Recording("busy", b"", 503, {"Retry-After-Ms": "1"})
    reconnects = [Recording("a", b"retry: 1\n\n"), Recording("busy", b"", 503, {}), Recording("end", b"", 204, {})]
    for _ in range(2):
        with ReplayServer([busy, Recording("chat", CHAT)]) as server:
            assert main(["chat", "-m", "m", "--base-url", f"{server.url}/v1", "Hi"]) == 0
        assert capsys.readouterr().err.count("Retrying in") == 1
        with ReplayServer(reconnects) as server:
            assert main(["events", "--reconnect", server.url]) == 0
        assert capsys.readouterr().err.count("Reconnecting in") == 1
        assert [(logger.level, logger.handlers) for logger in loggers] == before


class TestSecrets:
    @pytest.mark.parametrize(
        ("url", "status"), [("http://u:SECRET@127.0.0.1:1/?key=SECRET", 1), ("http://u:SECRET@[::1/#SECRET", 2)]
    )
    def test_a_url_is_shown_without_them(self, url, status):
        code, out, err = run("text", url, "--retries", "1")
        assert (code, out) == (status, "")
        assert err.startswith("ssescan: ") and "SECRET" not in err

    @posix
    def test_closed_standard_input(self):
        command = f"{sys.executable} -m ssescan events - <&-"
        done = subprocess.run(command, shell=True, capture_output=True, text=True, env={**os.environ, **QUIET})
        assert (done.returncode, done.stderr) == (2, "ssescan: Cannot read standard input: it is closed\n")

    @posix
    @pytest.mark.parametrize("command", ["text {0}", "events {0}", "batch {0} -o {0}.out", "replay {0}/missing"])
    def test_messages_do_not_go_to_standard_output_instead(self, file, command):
        command = f"{sys.executable} -m ssescan {command.format(file(b'cut'))} 2>&-"
        done = subprocess.run(command, shell=True, capture_output=True, text=True, env={**os.environ, **QUIET})
        assert (done.returncode in (1, 2), done.stdout) == (True, "")
