"""What servers do wrong, row by row: what is sent, and what a user must see of it."""

from __future__ import annotations

import gzip
import json
import random
import sys
import types
import zlib
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import brotli
import pytest
from backports import zstd

from conftest import (
    BARE_DONE,
    COMPLETED,
    DONE,
    FINISH,
    HI,
    bytewise,
    chunk,
    cut,
    cut_at_random,
    delta,
    frame,
    output,
    run,
)
from faultserver import (
    CALLS,
    CHUNKED,
    CLOSE,
    CUT,
    END,
    RESET,
    STALL,
    Drip,
    FaultServer,
    Flood,
    Gate,
    Pause,
    Row,
    Script,
    Sees,
    certificate,
    check,
    head,
    length,
    piece,
    stream,
    timed,
    watch,
)
from ssescan import (
    EventDecodeError,
    EventSource,
    EventTooLarge,
    NotAnEventStream,
    Scanner,
    StreamBroken,
    StreamTimeout,
    StreamTruncated,
    Timeouts,
)
from ssescan.errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    InternalServerError,
    RateLimitError,
)
from ssescan.http.decoders import DecodeError, decoder_of
from ssescan.http.urls import origin_of
from ssescan.openai import OpenAI
from ssescan.openai._endpoints import Call
from ssescan.opening import open_stream

pytestmark = pytest.mark.usefixtures("loopback")

LATER = Timeouts(connect_s=5, idle_s=5, event_s=5, total_s=10)


def see(server: FaultServer, row: Row, *, by_reader: bool = False) -> None:
    """The row's script, and a good answer behind it, which tells whether the connection was used again."""
    client = server.client(timeout=LATER)
    server.play_each(row.script, stream(HI, FINISH, BARE_DONE))
    check(watch(lambda: CALLS[row.dialect](client), by_reader=by_reader), row.sees)

    check(watch(lambda: CALLS["chat"](client)), Sees("done", None, "Hi"))
    assert server.connections == (1 if row.sees.reused else 2)
    client.close()


each_way = pytest.mark.parametrize("by_reader", [False, True], ids=["events", "reader"])


def each(rows: list[Row]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.name.replace(" ", "-"))


def done(*events: bytes) -> Script:
    return stream(*events, BARE_DONE)


def lines(*events: bytes) -> bytes:
    """Each event ends with one line feed, which to the standard makes them one."""
    return b"".join(event.removesuffix(b"\n") for event in events)


GOOD = Sees("done", None, "Hi", reused=True)
CLOSED = head("Connection: close")

# pains.md, section 2, from top to bottom. What is handed out where servers send odd frames is in `events`.
DIALECT = [
    Row("no finish_reason, no [DONE], clean end", stream(HI), Sees("truncated", StreamTruncated, "Hi", 1, reused=True)),
    Row("close-delimited end without [DONE]", (CLOSED, HI, CLOSE), Sees("truncated", StreamTruncated, "Hi", 1)),
    Row("cut behind a chunk", (head(CHUNKED), piece(HI), CUT), Sees("broken", StreamBroken, "Hi", 1)),
    Row("empty data", done(b"data:\n\n", HI, b"data\n\n"), Sees("done", None, "Hi", 1, reused=True)),
    Row("only retry", done(b"retry: 1000\n\n", HI), Sees("done", None, "Hi", 1, reused=True)),
    Row("id, then a comment", done(b"id: 7\n" + HI, b": ping\n\n", b": ping\n\n"), Sees("done", None, "Hi", 1, reused=True)),
    Row("ping without data", done(b"event: ping\n\n", HI), Sees("done", None, "Hi", 1, reused=True)),
    Row("ping with data", done(b'event: ping\ndata: {"x": 1}\n\n', HI), Sees("done", None, "Hi", 1, reused=True)),
    Row("byte order mark", done(b"\xef\xbb\xbf" + HI), Sees("done", None, "Hi", 1, reused=True)),
    Row("[DONE] without a blank line", stream(HI, b"data: [DONE]"), Sees("done", None, "Hi", 1, reused=True)),
    Row("[DONE] without a line end, closed", (CLOSED, HI, b"data: [DONE]", CLOSE), Sees("done", None, "Hi", 1)),
    Row("events separated by one line feed", stream(lines(HI, chunk("!"), FINISH) + BARE_DONE), Sees("done", None, "Hi!", 3, reused=True)),
    Row("one line feed up to the end", stream(lines(HI, chunk("!"), FINISH, BARE_DONE)), Sees("done", None, "Hi!", 3, reused=True)),
    Row("one line feed in each chunk", stream(lines(HI), lines(chunk("!")), BARE_DONE), Sees("done", None, "Hi!", 2, reused=True)),
    Row("one line feed, cut", stream(HI, lines(chunk("!"), FINISH)), Sees("truncated", StreamTruncated, "Hi", 1, reused=True)),
    Row("no choices, first and last", done(b'data: {"choices": []}\n\n', HI, b'data: {"choices": []}\n\n'), GOOD),
    Row("usage without choices", done(HI, b'data: {"usage": {"total_tokens": 3}}\n\n'), GOOD),
    Row("unterminated last event", stream(HI, b'data: {"choices": []}'), Sees("truncated", StreamTruncated, "Hi", 1, reused=True)),
    Row("mixed line ends", done(HI.replace(b"\n\n", b"\n\r\n"), chunk("!").replace(b"\n\n", b"\r\r\n")), Sees("done", None, "Hi!", 2, reused=True)),
    Row("line ends are CR", stream(HI.replace(b"\n", b"\r"), b"data: [DONE]\r\r"), GOOD),
    Row("separators of Unicode", done(chunk("\u2028\x85\u2029\x0b\x0c\x1c")), Sees("done", None, "\u2028\x85\u2029\x0b\x0c\x1c", 1, reused=True)),
    Row("data of several lines", done(b'data: {"choices": [{"index": 0,\ndata: "delta": {"content": "Hi"}}]}\n\n'), GOOD),
    Row("null finish_reason and [DONE]", done(HI, chunk("")), GOOD),
    Row("finish_reason without [DONE]", stream(HI, FINISH), Sees("finished", None, "Hi", 2, reused=True)),
    Row("server lingers behind [DONE]", (head(CHUNKED), piece(HI), piece(BARE_DONE), STALL), Sees("done", None, "Hi", 1)),
    Row("run ended without done", stream(delta("Hi"), run("completed")), Sees("finished", None, "Hi", 2, reused=True), "assistants"),
    Row("run ended with a bare [DONE]", stream(delta("Hi"), BARE_DONE), GOOD, "assistants"),
    Row("run with done", stream(delta("Hi"), run("completed"), DONE), GOOD, "assistants"),
    Row("run in progress, clean end", stream(delta("Hi"), run("in_progress")), Sees("truncated", StreamTruncated, "Hi", 2, reused=True), "assistants"),
    Row("response completed", stream(output("Hi"), COMPLETED), GOOD, "responses"),
    Row("response without its end", stream(output("Hi")), Sees("truncated", StreamTruncated, "Hi", 1, reused=True), "responses"),
    Row("empty event stream", (head(length(0)),), Sees("truncated", StreamTruncated, "", 0, reused=True)),
]  # fmt: skip


class TestDialects:
    @each_way
    @each(DIALECT)
    def test_a_row(self, server: FaultServer, row: Row, by_reader: bool):
        see(server, row, by_reader=by_reader)

    def test_usage_is_taken_from_wherever_it_comes(self, server: FaultServer):
        server.play(*done(HI, b'data: {"usage": {"total_tokens": 3}}\n\n'))
        seen = watch(lambda: CALLS["chat"](server.client()))

        assert seen.stream.usage == {"total_tokens": 3}

    def test_lines_under_event_names_are_not_told_apart(self):
        """Row `events separated by one line feed`: of the names only the last one is left, so this is no JSON."""
        lines = (delta("Hi") + delta("!")).replace(b"\n\n", b"\n") + b"\n"
        with pytest.raises(EventDecodeError):
            Scanner(lines, dialect="assistants").reader().read()
        [event] = Scanner(lines)
        assert event.data.count("\n") == 1

    def test_what_was_missing_is_told(self, server: FaultServer):
        """Row `unterminated last event`: how many events came, the last one, and what stands behind it."""
        server.play(*stream(HI, b'data: {"choices": []}'))
        error = watch(lambda: CALLS["chat"](server.client())).error

        assert "Stream ended before the answer was complete" in str(error)
        assert "after 1 event, " in str(error)
        assert "21 bytes of an unfinished event" in str(error)
        assert error.last_event.choices[0].delta.content == "Hi"
        assert error.retryable is True

    @pytest.mark.parametrize(
        "ping", [b": ping\n\n", b"event: ping\n\n", b"data:\n\n", b'event: ping\ndata: {"a":1}\n\n']
    )
    def test_pings_are_life_but_no_events(self, server: FaultServer, ping: bytes):
        """Rows `ping without data` and `pings for ever`: no byte clock fires, the event clock does."""
        server.play(head(CHUNKED), piece(HI), Flood(piece(ping), 0.05))
        with timed() as passed:
            seen = watch(
                lambda: CALLS["chat"](server.client(timeout=Timeouts(connect_s=1, idle_s=0.3, event_s=0.6, total_s=5)))
            )

        assert (seen.error.clock, seen.text) == ("event", "Hi")
        assert passed() >= 0.6 and passed.on_idle() < 0.86

    @pytest.mark.parametrize("more", [b"", b"data: x\n\n" * 20000])
    def test_what_comes_behind_the_end_mark_is_not_waited_for(self, server: FaultServer, more: bytes):
        """Row `server lingers`: the iterator is done at the mark, and so is a client that asks again."""
        server.play_each((head(CHUNKED), piece(HI + BARE_DONE + more), STALL), stream(HI, BARE_DONE))
        client = server.client()
        with timed() as passed:
            check(watch(lambda: CALLS["chat"](client)), Sees("done", None, "Hi"))
            assert passed.on_idle() < 0.1
            check(watch(lambda: CALLS["chat"](client)), Sees("done", None, "Hi"))
            assert passed.on_idle() < 0.35
        assert server.connections == 2


# 100 bytes are promised, 15 of them sent; and so on. pains.md, section 3.8.
CHUNK = piece(HI)
BROKEN = Sees("broken", StreamBroken, "Hi", 1)
LOST = Sees("broken", StreamBroken, "", 0)
TRANSPORT = [
    Row("length 100, 15 sent", (head(length(100)), b"data: {\"choices", CLOSE), LOST),
    Row("short length behind an event", (head(length(len(HI) + 50)), HI, CLOSE), BROKEN),
    Row("chunked, cut between chunks", (head(CHUNKED), CHUNK, CLOSE), BROKEN),
    Row("chunked, cut inside a chunk", (head(CHUNKED), CHUNK, piece(HI)[:20], CLOSE), BROKEN),
    Row("chunked, an event in the cut chunk", (head(CHUNKED), b"fff\r\n", HI, b"data: {", CLOSE), BROKEN),
    Row("neither length nor chunks", (CLOSED, HI, FINISH, CLOSE), Sees("finished", None, "Hi", 2)),
    Row("neither length nor chunks, HTTP/1.0", (head(version="1.0"), HI, FINISH, CLOSE), Sees("finished", None, "Hi", 2)),
    Row("cut in a chunk's size", (head(CHUNKED), CHUNK, b"1", CLOSE), BROKEN),
    Row("cut behind a chunk's size", (head(CHUNKED), CHUNK, b"1f\r\n", CLOSE), BROKEN),
    Row("cut in the CRLF of a chunk", (head(CHUNKED), CHUNK[:-1], CLOSE), BROKEN),
    Row("cut in the last chunk", (head(CHUNKED), CHUNK, b"0\r\n", CLOSE), BROKEN),
    Row("cut in the last chunk, answer whole", (head(CHUNKED), CHUNK, piece(FINISH), b"0\r\n", CLOSE), Sees("finished", None, "Hi", 2)),
    Row("reset", (head(CHUNKED), CHUNK, b"", RESET), BROKEN),
    Row("reset before the first event", (head(CHUNKED), b"4\r\n", RESET), LOST),
    Row("no chunk size", (head(CHUNKED), CHUNK, b"\r\n", STALL), BROKEN),
    Row("garbage for a chunk size", (head(CHUNKED), CHUNK, b"<html>", STALL), BROKEN),
    Row("negative chunk size", (head(CHUNKED), CHUNK, b"-5\r\nhello", STALL), BROKEN),
    Row("chunk size of 17 digits", (head(CHUNKED), CHUNK, b"1" * 17 + b"\r\n", STALL), BROKEN),
    Row("chunk larger than it says", (head(CHUNKED), CHUNK, b"3\r\n" + HI, STALL), BROKEN),
    Row("chunk extensions", (head(CHUNKED), CHUNK.replace(b"\r\n", b";a=b;c=\"d\"\r\n", 1), piece(BARE_DONE), END), GOOD),
    Row("oversized chunk extension", (head(CHUNKED), CHUNK, b"3;" + b"x" * 20000, STALL), BROKEN),
    Row("chunk extension without end", (head(CHUNKED), CHUNK, b"3;", Flood(b"x" * 1000)), BROKEN),
    Row("trailers", (head(CHUNKED), CHUNK, piece(BARE_DONE) + b"0\r\na: b\r\nc: d\r\n\r\n"), GOOD),
    Row("oversized trailers", (head(CHUNKED), CHUNK, b"0\r\n" + b"a: b\r\n" * 6000, STALL), BROKEN),
    Row("trailers without end", (head(CHUNKED), CHUNK, b"0\r\n", Flood(b"a: b\r\n" * 100)), BROKEN),
    Row("bytes behind the body", (head(CHUNKED), CHUNK, piece(BARE_DONE) + END + b"HTTP/1.1 200 OK\r\n"), Sees("done", None, "Hi", 1)),
    Row("more than the length", (head(length(len(HI))), HI + HI, STALL), Sees("truncated", StreamTruncated, "Hi", 1)),
    Row("length and chunks", (head(CHUNKED, length(5)), CHUNK, piece(BARE_DONE) + END), GOOD),
    Row("a length that is none", (head("Content-Length: many", "Connection: close"), HI, BARE_DONE, CLOSE), Sees("done", None, "Hi")),
    Row("lone line feeds in chunk headers", (head(CHUNKED), CHUNK.replace(b"\r\n", b"\n", 1), piece(BARE_DONE) + END), GOOD),
]  # fmt: skip


class TestTransport:
    @each_way
    @each(TRANSPORT)
    def test_a_row(self, server: FaultServer, row: Row, by_reader: bool):
        see(server, row, by_reader=by_reader)

    @each([row for row in TRANSPORT if row.sees.error])
    def test_one_family(self, row: Row):
        """A program that knows no HTTP library catches them all, and each says what came and what to do."""
        with FaultServer() as server:
            server.play(*row.script)
            error = watch(lambda: CALLS["chat"](server.client(timeout=LATER))).error

        assert isinstance(error, APIConnectionError)
        assert isinstance(error, ConnectionError) == (row.sees.outcome == "broken")
        assert error.retryable is True
        assert "The text so far is in `partial_text`" in str(error)
        assert "\n" not in str(error)

    @each([row for row in TRANSPORT if row.sees.error])
    def test_without_a_dialect_too(self, row: Row):
        """A body that ends too early is no end for a stream of plain events either."""
        with FaultServer() as server:
            server.play(*row.script)
            scanner = Scanner(open_stream(server.origin, timeout=LATER))
            events = []
            if row.sees.outcome == "broken":
                with pytest.raises(StreamBroken):
                    events += (event.data for event in scanner)
            else:  # HTTP has no fault to find
                events += (event.data for event in scanner)

        assert len(events) in (row.sees.events, 0)
        assert scanner.outcome == ("broken" if row.sees.outcome == "broken" else "eof")

    def test_chunk_extensions_of_a_long_stream(self, server: FaultServer):
        event = HI[:-2]
        signed = b"%x;signature=%b\r\n%b\r\n" % (len(event) + 2, b"0" * 64, event + b"\n\n")
        server.play(head(CHUNKED), signed * 1000, piece(BARE_DONE) + END)

        check(watch(lambda: CALLS["chat"](server.client(timeout=LATER))), Sees("done", None, "Hi" * 1000, 1000))

    def test_events_are_there_before_the_connection_ends(self, server: FaultServer):
        """The last row of the matrix: a body without a length is not waited for."""
        server.play(CLOSED, HI, STALL)
        with timed() as passed, CALLS["chat"](server.client(timeout=LATER)) as events:
            assert next(events).choices[0].delta.content == "Hi"
            assert passed.on_idle() < 1

    def test_a_certificate_that_is_refused_is_not_retried(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.delenv("SSL_CERT_FILE")
        with FaultServer(tls=True) as server:
            seen = watch(lambda: CALLS["chat"](server.client(max_retries=9)))
            check(seen, Sees("", APIConnectionError, says="certificate", told={"retryable": False}))
            with pytest.raises(APIConnectionError, match="certificate"):
                next(EventSource(server.origin, initial_delay_s=9))

    def test_a_file_of_certificates_that_does_not_exist_is_named(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "company.pem"))
        with FaultServer(tls=True) as server:
            with pytest.raises(
                APIConnectionError, match=r"The file in SSL_CERT_FILE does not exist: '.*company\.pem'$"
            ):
                open_stream(server.origin)

    def test_a_server_without_tls_is_not_asked_again(self):
        with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as plain:
            Thread(target=plain.serve_forever, args=(0.01,), daemon=True).start()
            with pytest.raises(
                APIConnectionError, match=r"Does the server speak TLS\? If not, use http://\.$"
            ) as caught:
                open_stream(f"https://127.0.0.1:{plain.server_port}", max_retries=9)
            plain.shutdown()
        assert not caught.value.retryable

    def test_tls_cut_without_a_notify(self):
        """Whoever can cut the connection could else cut an answer that ends with it."""
        with FaultServer(tls=True) as server:
            server.play(CLOSED, HI, CUT)
            check(watch(lambda: CALLS["chat"](server.client(timeout=LATER))), BROKEN)
            server.play(CLOSED, HI, FINISH, CUT)
            check(watch(lambda: CALLS["chat"](server.client(timeout=LATER))), Sees("finished", None, "Hi", 2))
            server.play(CLOSED, HI, CUT)
            with pytest.raises(StreamBroken):
                list(Scanner(open_stream(server.origin, timeout=LATER)))
            server.play(CLOSED, HI, CLOSE)
            assert len(list(Scanner(open_stream(server.origin, timeout=LATER)))) == 1

    def test_one_byte_at_a_time(self, server: FaultServer):
        server.play(Drip(b"".join(done(HI, chunk(" wörld"), FINISH)), 0.0), STALL)

        check(watch(lambda: CALLS["chat"](server.client(timeout=LATER))), Sees("done", None, "Hi wörld", 3))

    def test_a_character_cut_anywhere(self, server: FaultServer):
        text = "ü\u20ac\U0001f642"
        body = frame(json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}, ensure_ascii=False))
        for at in range(len(body)):
            server.play(head(CHUNKED), piece(body[:at]), piece(body[at:]), piece(BARE_DONE) + END)
            check(watch(lambda: CALLS["chat"](server.client(timeout=LATER))), Sees("done", None, text, 1))

    def test_a_character_cut_by_the_end(self, server: FaultServer):
        server.play(
            head(CHUNKED), CHUNK, b"fff\r\n" + 'data: {"choices": [{"delta": {"content": "ü'.encode()[:-1], CLOSE
        )

        check(watch(lambda: CALLS["chat"](server.client(timeout=LATER))), BROKEN)

    @pytest.mark.parametrize("charset", ["iso-8859-1", "utf-16", "klingon", '"utf-8"'])
    def test_charset_parameters_are_ignored(self, server: FaultServer, charset: str):
        body = frame(json.dumps({"choices": [{"delta": {"content": "wörld €"}}]}, ensure_ascii=False)) + BARE_DONE
        server.play(head(length(len(body)), kind=f"text/event-stream;charset={charset}"), body)

        check(watch(lambda: CALLS["chat"](server.client(timeout=LATER))), Sees("done", None, "wörld €", 1))

    def test_an_event_that_is_too_large(self, server: FaultServer):
        server.play(head(CHUNKED), CHUNK, Flood(piece(b"data: " + b"x" * 60000)))
        source = open_stream(server.origin, timeout=LATER)
        scanner = Scanner(source, dialect="chat", max_event_bytes=100_000)

        with pytest.raises(EventTooLarge) as caught:
            list(scanner)
        assert (caught.value.partial_text, scanner.outcome) == ("Hi", "error")

    def test_json_that_is_none(self, server: FaultServer):
        server.play(*done(HI, b"data: {oops\n\n"))

        check(watch(lambda: CALLS["chat"](server.client(timeout=LATER))), Sees("error", EventDecodeError, "Hi", 1))

    @pytest.mark.parametrize("what", ["chunked, gzip", "gzip", "gzip, chunked"])
    def test_a_transfer_coding_that_nobody_sends(self, server: FaultServer, what: str):
        """Its framing must not be read as the body."""
        server.play(head(f"Transfer-Encoding: {what}"), piece(HI), END, CLOSE)
        seen = watch(lambda: CALLS["chat"](server.client(timeout=LATER)))

        check(seen, Sees("", NotAnEventStream, says=f"Unsupported Transfer-Encoding '{what}'"))


# Errors inside a 200


def error_frame(**error: object) -> bytes:
    return frame({"error": error})


RATE = {"message": "slow down", "type": "rate_limit_error", "code": "rate_limit_exceeded", "param": "p"}
FAILED = {"type": "response.failed", "response": {"id": "r", "error": {"code": "server_error", "message": "boom"}}}
INCOMPLETE = {
    "type": "response.incomplete",
    "response": {"id": "r", "incomplete_details": {"reason": "max_output_tokens"}},
}


def failed(error: type[APIError], **told: object) -> Sees:
    expected = {
        "retryable": False,
        "request_id": "req_1",
        "status_code": None,
        "code": None,
        "type": None,
        "param": None,
    }
    return Sees("error", error, "Hi", 1, told={**expected, **told})


BARE_ERROR = json.dumps({"error": RATE}).encode()
TOLD = {"message": "slow down", "type": "rate_limit_error", "code": "rate_limit_exceeded", "param": "p", "status_code": 429, "retryable": True}  # fmt: skip
IN_STREAM = [
    Row("data error", (HI, error_frame(**RATE)), failed(RateLimitError, **TOLD)),
    Row("data error, then [DONE]", (HI, error_frame(**RATE), BARE_DONE), failed(RateLimitError, **TOLD)),
    Row("data error as a string", (HI, frame({"error": "broken"})), failed(APIError, message="broken")),
    Row("event error nested", (HI, frame({"error": RATE}, "error")), failed(RateLimitError, **TOLD)),
    Row("event error flat", (HI, frame(RATE, "error")), failed(RateLimitError, **TOLD)),
    Row("overloaded", (HI, frame({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "error")),
        failed(InternalServerError, message="Overloaded", type="overloaded_error", status_code=529, retryable=True)),
    Row("server error", (HI, error_frame(type="server_error", message="m")), failed(InternalServerError, status_code=500, type="server_error", retryable=True)),
    Row("OpenRouter", (HI, frame({"id": "c", "error": {"code": 502, "message": "Provider disconnected"}, "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]})),
        failed(InternalServerError, message="Provider disconnected", code="502", status_code=502, retryable=True)),
    Row("vLLM", (HI, frame({"error": {"object": "error", "message": "m", "type": "BadRequestError", "param": None, "code": 400}}), BARE_DONE),
        failed(BadRequestError, status_code=400, code="400", type="BadRequestError")),
    Row("Azure", (HI, error_frame(code="429", message="m")), failed(RateLimitError, code="429", status_code=429, retryable=True)),
    Row("no quota", (HI, error_frame(code="insufficient_quota", message="m")), failed(RateLimitError, code="insufficient_quota", status_code=429)),
    Row("bad key", (HI, error_frame(code="invalid_api_key", message="m")), failed(AuthenticationError, code="invalid_api_key", status_code=401)),
    Row("llama.cpp's field", (HI, b'error: {"code":503,"message":"Loading model","type":"unavailable_error"}\n\n'),
        failed(InternalServerError, message="Loading model", code="503", type="unavailable_error", status_code=503, retryable=True)),
    Row("llama.cpp's field, nested", (HI, b'error: {"error":{"code":503,"message":"m"}}\n\n'), failed(InternalServerError, code="503", status_code=503, retryable=True)),
    Row("bare JSON line", (HI, BARE_ERROR + b"\n\n"), failed(RateLimitError, **TOLD)),
    Row("bare JSON line, then an event", (HI, BARE_ERROR + b"\n" + HI), failed(RateLimitError, **TOLD)),
    Row("assistants error", (delta("Hi"), frame({"message": "m", "code": "rate_limit_exceeded"}, "error"), DONE), failed(RateLimitError, code="rate_limit_exceeded", status_code=429, retryable=True), "assistants"),
    Row("assistants error behind the run", (delta("Hi"), run("completed"), frame({"error": RATE})), Sees("error", RateLimitError, "Hi", 2), "assistants"),
    Row("response failed", (output("Hi"), frame(FAILED, "response.failed")), Sees("error", InternalServerError, "Hi", 2, told={"message": "boom", "code": "server_error", "status_code": 500, "retryable": True, "request_id": "req_1"}), "responses"),
    Row("responses error flat", (output("Hi"), frame({"type": "error", "code": "rate_limit_exceeded", "message": "m", "param": None}, "error")), failed(RateLimitError, code="rate_limit_exceeded", type="error", status_code=429, retryable=True), "responses"),
    Row("response incomplete", (output("Hi"), frame(INCOMPLETE, "response.incomplete")), Sees("done", None, "Hi", 2), "responses"),
]  # fmt: skip


class TestErrorsInsideA200:
    @each_way
    @each(IN_STREAM)
    def test_a_row(self, server: FaultServer, row: Row, by_reader: bool):
        events = [piece(event) for event in row.script]
        see(
            server,
            Row(row.name, (head(CHUNKED, "x-request-id: req_1"), *events, STALL), row.sees, row.dialect),
            by_reader=by_reader,
        )

    @pytest.mark.parametrize("first", [True, False])
    def test_nothing_is_sent_again(self, server: FaultServer, first: bool):
        server.play(head(CHUNKED), piece(b"" if first else HI), piece(error_frame(**RATE)), END)
        seen = watch(lambda: CALLS["chat"](server.client(max_retries=5)))

        assert isinstance(seen.error, RateLimitError)
        assert len(server.requests) == 1

    @each_way
    @pytest.mark.parametrize("end", [b"", b"\n", b"\r\n\r\n"])
    def test_a_bare_json_line_at_the_end(self, server: FaultServer, by_reader: bool, end: bytes):
        """As Gemini sends it: the server gives up behind it, mostly without a blank line."""
        server.play(*stream(HI, BARE_ERROR + end))
        seen = watch(lambda: CALLS["chat"](server.client()), by_reader=by_reader)

        check(seen, Sees("error", RateLimitError, "Hi", 1, told={"message": "slow down", "retryable": True}))

    def test_the_request_is_told(self, server: FaultServer):
        server.play(head(CHUNKED), piece(error_frame(**RATE)), END)
        error = watch(lambda: CALLS["chat"](server.client())).error

        assert error.request.url == f"{server.origin}/chat/completions"

    def test_a_run_that_failed_is_an_event_but_no_text(self, server: FaultServer):
        last_error = {"code": "rate_limit_exceeded", "message": "slow down"}
        server.play(*stream(delta("Hi"), run("failed", last_error=last_error), DONE))

        check(watch(lambda: CALLS["assistants"](server.client())), Sees("done", None, "Hi", 2))
        seen = watch(lambda: CALLS["assistants"](server.client()), by_reader=True)
        check(seen, Sees("error", RateLimitError, "Hi", told={"message": "slow down", "code": "rate_limit_exceeded"}))


PAGE = b"<!DOCTYPE html>\n<html><head><title>502 Bad\n Gateway</title></head><body>nginx</body></html>"
JSON = json.dumps({"error": RATE}).encode()
NOT_TOLD = {"status_code": 200, "retryable": False, "code": None, "request_id": "req_1"}
HTML_TOLD = {**NOT_TOLD, "raw": PAGE}
JSON_TOLD = {**TOLD, "raw": JSON, "body": RATE, "request_id": "req_1"}
del JSON_TOLD["message"]


class TestNotAnEventStream:
    @pytest.mark.flaky(reruns=2)  # within clocks of 0.3 s, which a busy machine misses at times
    @pytest.mark.parametrize("framing", ["length", "chunked", "closed", "cut", "stalled", "bytewise"])
    @pytest.mark.parametrize(
        ("kind", "body", "says", "told"),
        [
            ("application/json", JSON, "slow down", JSON_TOLD),
            ("text/html; charset=utf-8", PAGE, "502 Bad Gateway", HTML_TOLD),
            ("text/plain", b"upstream\nfailed", r"'upstream\nfailed'", NOT_TOLD),
            ("application/json", b'{"detail":"Not Found"}', "Not Found", NOT_TOLD),
            (
                "application/json",
                b'[{"error":{"code":429,"message":"m"}}]',
                "m",
                {"status_code": 429, "retryable": True},
            ),
            ("application/json", b'{"id":"x","choices":[]}', '{"id":"x","choices":[]}', NOT_TOLD),
            ("application/json", b"", "application/json", NOT_TOLD),
            (None, JSON, "slow down", JSON_TOLD),
            (None, b"", "no Content-Type", NOT_TOLD),
        ],
        ids=lambda value: str(value)[:16] if value is None or isinstance(value, str) else "",
    )
    def test_the_media_type_says_so(self, framing: str, kind: str, body: bytes, says: str, told: dict):
        if framing == "bytewise" and not body:
            return
        with FaultServer() as server, timed() as passed:
            server.play(*framed(framing, body, kind))
            seen = watch(
                lambda: CALLS["chat"](server.client(timeout=Timeouts(connect_s=1, idle_s=0.3, event_s=0.3, total_s=1)))
            )
            if not body and framing in ("stalled", "cut"):
                assert isinstance(seen.error, StreamTimeout if framing == "stalled" else StreamBroken)
                return
            check(seen, Sees("", NotAnEventStream, says=says, told=told))
            assert passed.on_idle() < 0.8

    @pytest.mark.parametrize("framing", ["length", "chunked", "closed", "bytewise"])
    @pytest.mark.parametrize(
        ("body", "says", "told"),
        [(JSON, "slow down", JSON_TOLD), (b"\r\n " + JSON, "slow down", {}), (PAGE, "502 Bad Gateway", HTML_TOLD)],
    )
    def test_the_media_type_lies(self, framing: str, body: bytes, says: str, told: dict):
        with FaultServer() as server:
            server.play(*framed(framing, body, "text/event-stream"))
            seen = watch(lambda: CALLS["chat"](server.client(timeout=LATER)))

        check(seen, Sees("error", NotAnEventStream, "", 0, says=says, told=told))

    def test_no_more_is_read_than_64_KiB(self, server: FaultServer):
        server.play(head(CHUNKED, kind="text/html"), Flood(piece(b"<p>" + b"x" * 5000)))
        seen = watch(lambda: CALLS["chat"](server.client(timeout=LATER)))

        check(seen, Sees("", NotAnEventStream))
        assert len(seen.error.raw) == 65536

    def test_a_page_that_drips_is_not_waited_for(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("ssescan.reading.sources.MAX_ERROR_S", 0.3)
        with FaultServer() as server, timed() as passed:
            server.play(head(CHUNKED, kind="text/html"), piece(PAGE), Flood(piece(b"x"), 0.02))
            check(watch(lambda: CALLS["chat"](server.client())), Sees("", NotAnEventStream, says="502 Bad Gateway"))
            assert passed.on_idle() < 1

    @pytest.mark.parametrize(
        "start",
        [b"data: ", b":", b"\xef\xbb\xbfretry: 5\n\n", b"\n\r\n\xef\xbb\xbf"[:3] + b"event: x\ndata: ", b"id: 1\n"],
    )
    @pytest.mark.parametrize("kind", [None, "text/plain", "application/octet-stream"])
    def test_a_stream_by_another_name(self, start: bytes, kind: str | None):
        """The body tells, however it is cut."""
        first = start + (b'{"choices":[]}' if b"data" in start else b"") + b"\n\n"
        for pieces in ([first], bytewise(first)):
            with FaultServer() as server:
                server.play(head(CHUNKED, kind=kind), *map(piece, pieces), piece(HI), piece(BARE_DONE), END)
                check(watch(lambda: CALLS["chat"](server.client(timeout=LATER))), Sees("done", None, "Hi"))  # noqa: B023

    def test_its_connection_is_used_again(self, server: FaultServer):
        server.play_each((head(length(len(JSON)), kind="application/json"), JSON), done(HI))
        client = server.client()
        check(watch(lambda: CALLS["chat"](client)), Sees("", NotAnEventStream))
        check(watch(lambda: CALLS["chat"](client)), Sees("done", None, "Hi"))

        assert server.connections == 1

    @pytest.mark.parametrize("status", ["204 No Content", "205 Reset Content"])
    def test_no_body_at_all(self, server: FaultServer, status: str):
        server.play(head(length(0), status=status, kind=None))

        check(watch(lambda: CALLS["chat"](server.client())), Sees("", NotAnEventStream))


def framed(framing: str, body: bytes, kind: str | None) -> Script:
    """The body in one of the ways in which HTTP delimits it, right or wrong."""
    of = ["x-request-id: req_1"]
    if framing == "length":
        return (head(length(len(body)), *of, kind=kind), body)
    if framing == "closed":
        return (head("Connection: close", *of, kind=kind), body, CLOSE)
    pieces = bytewise(body) if framing == "bytewise" else [body]
    end = {"cut": CUT, "stalled": STALL}.get(framing, END)
    return (head(CHUNKED, *of, kind=kind), *map(piece, pieces), end)


class TestStatusErrors:
    @pytest.mark.parametrize("framing", ["length", "chunked", "closed", "cut", "bytewise"])
    def test_the_body_tells(self, server: FaultServer, framing: str):
        script = framed(framing, JSON, "application/json")
        server.play(script[0].replace(b"200 OK", b"429 Too Many"), *script[1:])
        told = {**JSON_TOLD, "message": "Error code: 429 - slow down"}

        check(watch(lambda: CALLS["chat"](server.client())), Sees("", RateLimitError, told=told))

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            (b'{"message":"flat"}', "flat"),
            (b'{"error":"a string"}', "a string"),
            (b'{"error":{"message":"nested"}}', "nested"),
            (b'{"detail":"Not Found"}', "Not Found"),
            (b'{"detail":[{"loc":["body","model"],"msg":"field required","type":"missing"}]}', "field required"),
            (b'{"detail":{"message":"deep"}}', "deep"),
            (b'{"errors":["one","two"]}', "one"),
            (
                b'{"success":false,"errors":[{"code":7003,"message":"No route"}],"messages":[],"result":null}',
                "No route",
            ),
            (b'[{"error":{"code":400,"message":"in a list"}}]', "in a list"),
            (b'"just text"', "just text"),
            (b"\xef\xbb\xbf" + b'{"error":{"message":"after a BOM"}}', "after a BOM"),
            (b"plain text", "'plain text'"),
            (b"<html><head><title>A page</title></head></html>", "A page"),
        ],
    )
    @pytest.mark.parametrize("kind", ["application/json", "text/plain", None])
    def test_the_message_is_where_the_server_puts_it(
        self, server: FaultServer, body: bytes, message: str, kind: str | None
    ):
        server.play(head(length(len(body)), status="422 X", kind=kind), body)
        seen = watch(lambda: CALLS["chat"](server.client()))

        assert str(seen.error) == f"Error code: 422 - {message}"

    @pytest.mark.parametrize("status", ["400 X", "500 X", "200 OK"])
    @pytest.mark.parametrize("nested", [b"[" * 100_000, b'{"a":' * 50_000, b'{"error":' * 50_000])
    def test_deeply_nested_bodies(self, server: FaultServer, status: str, nested: bytes):
        server.play(head(length(len(nested)), status=status, kind="application/json"), nested)
        for call in (CALLS["chat"], lambda client: client.models.retrieve("m")):
            with pytest.raises(APIError):
                call(server.client())
        if status == "200 OK":
            response = server.client().models.with_raw_response
            with pytest.raises(ValueError, match="not valid JSON"):
                response.list().http_response.json()

    def test_a_body_that_breaks_off_hides_no_status(self, server: FaultServer):
        server.play(head(length(100), status="500 Oops"), b"half", CUT)

        check(watch(lambda: CALLS["chat"](server.client())), Sees("", InternalServerError, says="half"))

    def test_a_body_that_can_not_be_decoded_neither(self, server: FaultServer):
        server.play(head(length(3), "Content-Encoding: snappy", status="500 Oops"), b"xyz")

        check(watch(lambda: CALLS["chat"](server.client())), Sees("", InternalServerError, says="Error code: 500"))

    def test_a_body_that_stalls(self, server: FaultServer):
        """It is waited for no longer than the clocks say, and the status is told all the same."""
        server.play(head(length(100), status="429 Wait"), b"slow down", STALL)
        with timed() as passed:
            check(watch(lambda: CALLS["chat"](server.client(timeout=0.3))), Sees("", RateLimitError, says="slow down"))
            assert passed.on_idle() < 1

    def test_a_body_without_end(self, server: FaultServer):
        server.play(head(CHUNKED, status="500 Oops", kind="text/plain"), Flood(piece(b"<title>" * 700)))
        with timed() as passed:
            seen = watch(lambda: CALLS["chat"](server.client()))
            assert passed.on_idle() < 2

        assert type(seen.error) is InternalServerError
        assert len(seen.error.body) == 1 << 20

    def test_a_long_body_tells_too(self, server: FaultServer):
        """Some servers repeat the request that they refuse."""
        body = b'{"error":{"input":"%s","message":"too long","code":"c"}}' % (b"x" * 900_000)
        server.play(head(length(len(body)), status="400 X", kind="application/json"), body)

        check(
            watch(lambda: CALLS["chat"](server.client())),
            Sees("", BadRequestError, says="too long", told={"code": "c"}),
        )

    @pytest.mark.parametrize(
        "status", ["101 Switching Protocols", "300 Multiple Choices", "304 Not Modified", "307 Nowhere"]
    )
    def test_neither_good_nor_bad(self, status: str):
        """What is no 2xx is no answer."""
        with FaultServer() as server:
            server.play(head("Connection: close", status=status), HI, CLOSE)
            told = {"status_code": int(status[:3]), "retryable": False}
            check(watch(lambda: CALLS["chat"](server.client())), Sees("", APIStatusError, told=told))

    def test_interim_answers_are_none(self, server: FaultServer):
        interim = [head(status=status, kind=None) for status in ("100 Continue", "103 Early Hints", "102 Processing")]
        server.play(*interim, *done(HI))

        check(watch(lambda: CALLS["chat"](server.client())), Sees("done", None, "Hi"))

    def test_interim_answers_for_ever(self, server: FaultServer):
        server.play(Flood(head(status="103 Early Hints", kind=None), 0.01))
        with timed() as passed:
            assert isinstance(watch(lambda: CALLS["chat"](server.client(timeout=0.3))).error, StreamTimeout)
            assert passed.on_idle() < 1

    @pytest.mark.parametrize(
        "script",
        [
            (CUT,),
            (RESET,),
            (b"HTTP/1.1 200", CUT),
            (head(CHUNKED)[:-4], RESET),
            (b"garbage\r\n\r\n", STALL),
            (b"x" * 70000, STALL),
        ],
        ids=["closed", "reset", "cut-in-the-status", "reset-in-the-head", "garbage", "endless-line"],
    )
    def test_no_response(self, server: FaultServer, script: Script):
        server.play(*script)
        seen = watch(lambda: CALLS["chat"](server.client(timeout=LATER)))

        check(seen, Sees("", APIConnectionError))
        assert seen.error.request.url == f"{server.origin}/chat/completions"

    def test_nobody_listens(self):
        with FaultServer() as server:
            url = server.client().base_url
        client = OpenAI(api_key="k", base_url=url, max_retries=0)
        check(watch(lambda: CALLS["chat"](client)), Sees("", APIConnectionError))

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            (
                {"base_url": "http://127.0.0.1:99999/v1"},
                "Invalid URL 'http://127.0.0.1:99999/v1/chat/completions': bad host or port",
            ),
            ({"base_url": "http://[::1/v1"}, "Invalid URL"),
            ({"default_headers": {"x bad\n": "v"}}, r"Invalid header name 'x bad\n'"),
            ({"default_headers": {"": "v"}}, "Invalid header name ''"),
            ({"timeout": 0}, "Cannot send the request: Attempted to set connect timeout to 0.0"),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
    )
    def test_what_can_not_be_sent(self, server: FaultServer, options: dict, says: str):
        """Nor tried again, which would not help."""
        seen = watch(lambda: CALLS["chat"](server.client(**{"max_retries": 5, **options})))

        check(seen, Sees("", APIConnectionError, says=says, told={"retryable": False}))
        assert server.requests == []

    @pytest.mark.parametrize(
        ("headers", "says"),
        [
            ([f"X-{number}: y" for number in range(150)], "got more than 100 headers"),
            (["X-Long: " + "y" * 70_000], "got more than 65536 bytes when reading header line"),
        ],
    )
    def test_a_head_over_the_limits(self, server: FaultServer, headers: list[str], says: str):
        """It is named, and the request is not sent again."""
        server.play(head(CHUNKED, *headers), piece(HI), END)
        seen = watch(lambda: CALLS["chat"](server.client(max_retries=5)))

        check(seen, Sees("", APIConnectionError, says=says, told={"retryable": False}))
        assert len(server.requests) == 1

    @pytest.mark.parametrize("coding", ["chunked ", " chunked", "\tChunked\t", "CHUNKED"])
    def test_chunked_spelled_with_spaces(self, server: FaultServer, coding: str):
        server.play(head(f"Transfer-Encoding:{coding}"), piece(HI), piece(BARE_DONE), END)
        client = server.client()
        check(watch(lambda: CALLS["chat"](client)), Sees("done", None, "Hi"))
        assert list(Scanner(open_stream(server.origin)))[0].data.startswith("{")

    @pytest.mark.parametrize(
        "coding", ["\x0bchunked", "chunked\x0c", "\xa0chunked", "\x85chunked", "\x1cchunked", "chunked;q=1", "xchunked"]
    )
    def test_chunked_spelled_otherwise(self, server: FaultServer, coding: str):
        """Sizes of chunks never reach the parser."""
        script = head(f"Transfer-Encoding: {coding}").decode().encode("latin-1")
        server.play(script, piece(HI), piece(BARE_DONE), END)
        for make in (lambda: CALLS["chat"](server.client()), lambda: Scanner(open_stream(server.origin))):
            seen = watch(make)
            assert type(seen.error) is NotAnEventStream and "Unsupported Transfer-Encoding" in str(seen.error)

    @pytest.mark.parametrize("kind", ["text/event-stream", "text/plain", "application/json", None])
    def test_an_event_stream_that_was_not_asked_for(self, server: FaultServer, kind: str | None):
        script = stream(HI, BARE_DONE)
        server.play(script[0].replace(b"text/event-stream", (kind or "x/x").encode()), *script[1:])
        with pytest.raises(APIResponseValidationError, match="got an event stream") as caught:
            server.client().chat.completions.create(model="m", messages=[])
        assert caught.value.status_code == 200

    def test_a_bom_before_a_body(self, server: FaultServer):
        body = b'\xef\xbb\xbf{"id":"m"}'
        server.play(head(length(len(body)), kind="application/json"), body)

        assert server.client().models.retrieve("m").id == "m"

    def test_an_answer_that_is_no_stream_may_break_too(self, server: FaultServer):
        server.play(head(length(100), kind="application/json"), b'{"id":', CUT)
        with pytest.raises(APIConnectionError):
            server.client(max_retries=0).request(None, Call("get", "/threads/t/runs/r"))

        assert len(server.requests) == 1

    def test_out_of_descriptors(self):
        """No matter of the connection: another try, or another server, does not help."""
        import errno
        import resource

        with FaultServer() as server:
            server.play(*done(HI))
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            client = server.client(max_retries=5)
            client._transport._pool(origin_of(server.origin))
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
            try:
                seen = watch(lambda: CALLS["chat"](client))
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

        assert type(seen.error) is OSError
        assert seen.error.errno == errno.EMFILE

    def test_that_the_caller_was_out_of_descriptors_is_another_matter(self, server: FaultServer):
        import errno

        server.play(CUT)
        try:
            raise OSError(errno.EMFILE, "Too many open files")
        except OSError:
            check(watch(lambda: CALLS["chat"](server.client())), Sees("", APIConnectionError))


# Compression


def flushed(make: Callable[[], object], finish: str = "flush") -> Callable[[list[bytes]], list[bytes]]:
    """One compressor for all events, flushed behind each."""

    def compress(events: list[bytes]) -> list[bytes]:
        compressor = make()
        pieces = [compressor.compress(event) + compressor.flush(zlib.Z_SYNC_FLUSH) for event in events]
        return [*pieces, getattr(compressor, finish)()]

    return compress


def members(events: list[bytes]) -> list[bytes]:
    return [gzip.compress(event) for event in events]


CODINGS: dict[str, tuple[str, Callable[[list[bytes]], list[bytes]]]] = {
    "gzip": ("gzip", flushed(lambda: zlib.compressobj(wbits=31))),
    "x-gzip": ("x-gzip", flushed(lambda: zlib.compressobj(wbits=31))),
    "gzip, one member an event": ("gzip", members),
    "gzip, padded": ("gzip", lambda events: [member + b"\0" * 7 for member in members(events)]),
    "deflate": ("deflate", flushed(lambda: zlib.compressobj(wbits=15))),
    "bare deflate": ("Deflate", flushed(lambda: zlib.compressobj(wbits=-15))),
    "gzip twice": ("gzip, gzip", lambda events: members(members(events))),
    "none at all": ("identity", lambda events: events),
}
each_coding = pytest.mark.parametrize("coding", CODINGS)
EVENTS = [chunk(text) for text in ("Hi", " wörld", "!" * 3000)]
SAID = "Hi wörld" + "!" * 3000


class TestCodings:
    @each_coding
    def test_event_by_event(self, server: FaultServer, coding: str):
        """Each is there before the next one is sent: the server waits for that."""
        header, compress = CODINGS[coding]
        pieces = [(piece(data), Gate()) for data in compress([*EVENTS, BARE_DONE])]
        server.play(head(CHUNKED, f"Content-Encoding: {header}"), *(step for pair in pieces for step in pair), END)
        events = CALLS["chat"](server.client(timeout=LATER))
        texts = []
        for event, (_, gate) in zip(events, pieces):
            texts.append(event.choices[0].delta.content)
            gate.opened.set()

        assert "".join(texts) == SAID
        assert list(events) == []
        assert events.outcome == "done"

    @each_coding
    @pytest.mark.parametrize("how", ["whole", "bytewise", "random", "length", "closed"])
    def test_however_it_is_cut(self, coding: str, how: str):
        header, compress = CODINGS[coding]
        body = b"".join(compress([*EVENTS, FINISH]))
        pieces = {"bytewise": bytewise(body[:500]) + [body[500:]], "random": cut_at_random(body, 1)}.get(how, [body])
        script: Script = (head(CHUNKED, f"Content-Encoding: {header}"), *map(piece, pieces), END)
        if how == "length":
            script = (head(length(len(body)), f"Content-Encoding: {header}"), body)
        if how == "closed":
            script = (head("Connection: close", f"Content-Encoding: {header}"), body, CLOSE)
        with FaultServer() as server:
            see(server, Row(how, script, Sees("finished", None, SAID, 4, reused=how != "closed")))

    @pytest.mark.parametrize("coding", [name for name in CODINGS if "none" not in name])
    @pytest.mark.parametrize("end", ["clean", "cut"])
    def test_cut_short(self, coding: str, end: str):
        """However right HTTP finds it: a member without its end is a body without its end."""
        header, compress = CODINGS[coding]
        pieces = compress(EVENTS)
        cut = b"".join(pieces)[:-4] if coding != "gzip, padded" else b"".join(pieces)[:-11]
        with FaultServer() as server:
            server.play(head(CHUNKED, f"Content-Encoding: {header}"), piece(cut), END if end == "clean" else CUT)
            seen = watch(lambda: CALLS["chat"](server.client(timeout=LATER)))
            check(seen, Sees("broken", StreamBroken, seen.text))
            assert SAID.startswith(seen.text)
            with pytest.raises(StreamBroken):
                list(Scanner(open_stream(server.origin, timeout=LATER)))

    @pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip twice"])
    def test_damaged(self, server: FaultServer, coding: str):
        header, compress = CODINGS[coding]
        first, *_ = compress(EVENTS)
        server.play(head(CHUNKED, f"Content-Encoding: {header}"), piece(first), Pause(0.1), piece(b"\xff" * 50), END)
        seen = watch(lambda: CALLS["chat"](server.client(timeout=LATER)))

        check(seen, Sees("broken", StreamBroken, "Hi", 1, says=f"damaged {header.partition(',')[0]} body"))

    @pytest.mark.parametrize("coding", ["gzip", "deflate", "bare deflate", "gzip twice", "zstd"])
    def test_data_after_the_last_member(self, coding: str):
        """The data before it is not lost, although both arrive together. Line breaks and zeros are not an error."""
        header, compress = CODINGS.get(coding, ("zstd", lambda events: [zstd.compress(b"".join(events))]))
        ends = {"marked": ([BARE_DONE], b"garbage!", "done"), "cut": ([], b"garbage!", "broken")}
        if "deflate" not in coding:
            ends["line break"] = ([FINISH], b"\r\n", "finished")
        for events, garbage, outcome in ends.values():
            body = b"".join(compress([*EVENTS, *events])) + garbage
            with FaultServer() as server:
                server.play(head(CHUNKED, f"Content-Encoding: {header}"), piece(body), END)
                seen = watch(lambda: CALLS["chat"](server.client(timeout=LATER)))
                assert (seen.text, seen.stream and seen.stream.outcome) == (SAID, outcome)

    def test_a_bomb_comes_in_parts(self):
        """A kilobyte that makes a megabyte of comments, and so on: what is held stays small."""
        import tracemalloc

        bomb = zlib.compressobj(9, wbits=31)
        body = b"".join(bomb.compress((b":" + b"x" * 998 + b"\n") * 1000) for _ in range(64)) + bomb.flush()
        script = (head(CHUNKED, "Content-Encoding: gzip"), piece(body), END)
        with FaultServer() as server:
            server.play(*script)
            scanner = Scanner(open_stream(server.origin, timeout=LATER))
            tracemalloc.start()
            assert list(scanner) == []
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()

        assert scanner.stats.bytes == 64_000_000
        assert peak < 8_000_000

    @pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd", "gzip, zstd", "zstd, gzip", "br", "br, gzip, zstd"])
    def test_members_larger_and_smaller_than_a_step(self, coding: str):
        chosen = random.Random(coding)
        plain = [chosen.randbytes(chosen.choice((0, 5, 9000))) * chosen.choice((1, 300)) for _ in range(40)]
        blocks = [b"".join(plain)] if "br" in coding or coding == "deflate" else plain
        compress = {
            "gzip": gzip.compress,
            "deflate": zlib.compress,
            "br": partial(brotli.compress, quality=4),
            "zstd": zstd.compress,
        }
        for name in coding.split(", "):
            blocks = [compress[name](block) for block in blocks]
        decoder, decoded = decoder_of(coding), []
        for block in cut_at_random(b"".join(blocks), coding):
            decoded.append(decoder.decode(block))
            while decoder.has_more:
                decoded.append(decoder.decode(b""))
                assert len(decoded[-1]) < 1 << 22

        assert decoder.is_complete
        assert b"".join(decoded) == b"".join(plain)

    @pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd", "br", "zstd, gzip"])
    @pytest.mark.parametrize("fault", ["damaged", "truncated", "damaged late"])
    def test_the_data_before_a_fault_is_returned(self, coding: str, fault: str):
        """However large the blocks are: it is all that a decoder returns that gets one byte at a time."""
        plain = [
            b"".join(b"data: %d %d\n\n" % (i, i * 7919 % 104729) for i in range(begin, begin + 700))
            for begin in (0, 9000)
        ]
        compress = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstd.compress}
        members = plain if coding != "deflate" and coding != "br" else [b"".join(plain)]
        for name in coding.split(", "):
            members = [compress[name](member) for member in members]
        body = b"".join(members)
        at = len(body) - 9 if fault == "damaged late" else len(body) * 3 // 4
        body = body[:at] + (b"" if fault == "truncated" else b"\xff" * 30 + body[at + 30 :])

        def decoded(blocks: list[bytes]) -> tuple[bytes, bool]:
            decoder, parts = decoder_of(coding), []
            try:
                for block in blocks:
                    parts.append(decoder.decode(block))
                    while decoder.has_more:
                        parts.append(decoder.decode(b""))
            except DecodeError:
                return b"".join(parts), True
            return b"".join(parts), False

        data, failed = decoded(bytewise(body))
        assert len(data) > 5000  # a package may not notice the damage
        assert decoded([body]) == decoded(cut(body, 3000)) == (data, failed)

    @pytest.mark.parametrize("coding", ["br", "zstd"])
    def test_a_package_without_a_limit_gets_its_input_in_bits(self, monkeypatch: pytest.MonkeyPatch, coding: str):
        """brotli before 1.2 and zstandard return all that their input decodes to."""
        import tracemalloc

        name, stand_in = {"br": ("brotli", brotli_stand_in()), "zstd": ("zstandard", zstandard_stand_in())}[coding]
        for other in ("backports.zstd", "compression.zstd"):
            monkeypatch.setitem(sys.modules, other, None)
        monkeypatch.setitem(sys.modules, name, stand_in)
        decoder = decoder_of(coding)
        body = zlib.compress(b"\0" * 16_000_000)
        tracemalloc.start()
        size = len(decoder.decode(body))
        while decoder.has_more:
            size += len(decoder.decode(b""))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert decoder.is_complete
        assert size == 16_000_000
        assert peak < 8_000_000

    @pytest.mark.parametrize(("coding", "package"), [("br", "brotli"), ("zstd", "backports.zstd")])
    def test_a_package_that_is_missing_is_named(
        self, server: FaultServer, monkeypatch: pytest.MonkeyPatch, coding: str, package: str
    ):
        for name in ("brotli", "brotlicffi", "backports.zstd", "compression.zstd", "zstandard"):
            monkeypatch.setitem(sys.modules, name, None)
        server.play(head(CHUNKED, f"Content-Encoding: {coding}"), piece(b"\x00"), END)
        seen = watch(lambda: CALLS["chat"](server.client(timeout=LATER)))

        check(seen, Sees("", NotAnEventStream, says=f"install {package}"))
        assert "needs a package" in str(seen.error)

    @pytest.mark.parametrize("coding", ["snappy", "gzip, snappy", "gzip, gzip, gzip, gzip", "compress", "hex", "zlib"])
    def test_one_that_nobody_knows(self, server: FaultServer, coding: str):
        server.play(head(CHUNKED, f"Content-Encoding: {coding}"), piece(b"\x00"), END)

        says = "Too many content encodings: 4 (limit 3)" if coding.count(",") == 3 else "Unsupported Content-Encoding"
        check(watch(lambda: CALLS["chat"](server.client())), Sees("", NotAnEventStream, says=says))

    @pytest.mark.parametrize("how", ["called", "raw", "pieces"])
    def test_one_that_nobody_knows_of_what_is_no_stream(self, server: FaultServer, how: str):
        server.play(head(length(2), "Content-Encoding: snappy", kind="application/json"), b"{}")
        models = server.client().models
        with pytest.raises(APIResponseValidationError, match="Unsupported Content-Encoding 'snappy'") as caught:
            if how == "called":
                models.retrieve("m")
            elif how == "raw":
                models.with_raw_response.retrieve("m")
            else:
                with models.with_streaming_response.retrieve("m") as response:
                    next(response.iter_bytes())
        assert (caught.value.status_code, caught.value.response.text) == (200, "")

    @pytest.mark.parametrize("coding", ["utf-8", "UTF8", "iso-8859-1", "aws-chunked", "none", "binary", "utf-8, gzip"])
    def test_one_that_is_none(self, server: FaultServer, coding: str):
        """People write there what they think of; what is not coded can be read."""
        body = b"".join([*EVENTS, FINISH])
        body = gzip.compress(body) if "gzip" in coding else body
        server.play(head(length(len(body)), f"Content-Encoding: {coding}"), body)
        check(watch(lambda: CALLS["chat"](server.client())), Sees("finished", None, SAID, 4))

    @pytest.mark.parametrize("coding", ["br", "zstd"])
    @pytest.mark.parametrize("real", [False, True], ids=["stand-in", "package"])
    def test_with_its_package(self, server: FaultServer, monkeypatch: pytest.MonkeyPatch, coding: str, real: bool):
        """zstd also with one frame an event. The stand-in has the package's interface: this is tested without it, too."""
        compress = compress_with_package(coding) if real else None
        if compress is None:
            monkeypatch.setitem(sys.modules, {"br": "brotli", "zstd": "backports.zstd"}[coding], STAND_INS[coding])
            compress = zlib.compress
        whole = compress(b"".join([*EVENTS, FINISH]))
        ways = [[whole], cut_at_random(whole, coding)]
        if coding == "zstd":
            frames = [compress(event) for event in [*EVENTS, FINISH]]
            ways += [frames, cut_at_random(b"".join(frames), coding)]
        for pieces in ways:
            server.play(head(CHUNKED, f"Content-Encoding: {coding}"), *map(piece, pieces), END)
            check(watch(lambda: CALLS["chat"](server.client(timeout=LATER))), Sees("finished", None, SAID, 4))
        server.play(head(CHUNKED, f"Content-Encoding: {coding}"), piece(compress(b"".join(EVENTS))[:-1]), END)
        seen = watch(lambda: CALLS["chat"](server.client(timeout=LATER)))
        check(seen, Sees("broken", StreamBroken, seen.text, says=f"incomplete {coding} body"))

    def test_streams_ask_for_none(self, server: FaultServer):
        server.play(*done(HI))
        watch(lambda: CALLS["chat"](server.client()))
        list(Scanner(open_stream(server.origin)))

        assert [request.headers["accept-encoding"] for request in server.requests] == ["identity"] * 2

    def test_responses_of_requests_too(self, server: FaultServer):
        """It asks urllib3 not to decode; we do."""
        requests = pytest.importorskip("requests")
        header, compress = CODINGS["gzip"]
        pieces = compress([*EVENTS, BARE_DONE])
        server.play(head(CHUNKED, f"Content-Encoding: {header}"), *map(piece, pieces), END)
        with requests.get(server.origin, stream=True, verify=certificate()) as response:
            assert Scanner(response, dialect="chat").reader().read() == SAID


def compress_with_package(coding: str) -> Callable[[bytes], bytes] | None:
    """The real thing, if it is installed."""
    if coding == "br":
        brotli = pytest.importorskip("brotli")
        return brotli.compress
    return pytest.importorskip("backports.zstd").compress


def brotli_stand_in() -> types.SimpleNamespace:
    class Decompressor:
        def __init__(self) -> None:
            self._zlib = zlib.decompressobj()

        def process(self, data: bytes) -> bytes:
            return self._zlib.decompress(data)

        def is_finished(self) -> bool:
            return self._zlib.eof

    return types.SimpleNamespace(Decompressor=Decompressor)


def zstandard_stand_in() -> types.SimpleNamespace:
    class ZstdDecompressor:
        def decompressobj(self) -> object:
            return zlib.decompressobj()

    return types.SimpleNamespace(ZstdDecompressor=ZstdDecompressor)


def zstd_stand_in() -> types.SimpleNamespace:
    class ZstdDecompressor:
        def __init__(self) -> None:
            self._zlib = zlib.decompressobj()

        def decompress(self, data: bytes, max_length: int = -1) -> bytes:
            return self._zlib.decompress(data)

        eof = property(lambda self: self._zlib.eof)
        unused_data = property(lambda self: self._zlib.unused_data)

    return types.SimpleNamespace(ZstdDecompressor=ZstdDecompressor)


STAND_INS = {"br": brotli_stand_in(), "zstd": zstd_stand_in()}
