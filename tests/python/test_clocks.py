"""Each clock fires in time, whatever keeps coming: pings, single bytes, or events. Here how long it took is the point.

A clock may be late by a tenth and 0.2 s, never early.
"""

from __future__ import annotations

import gzip
import math
import os
import socket
import struct
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cache
from types import SimpleNamespace

import brotli
import pytest
import urllib3
from backports import zstd

from conftest import BARE_DONE, HI, chunk, delta, gzipped
from faultserver import (
    CALLS,
    CHUNKED,
    END,
    STALL,
    Drip,
    Elapsed,
    FaultServer,
    Flood,
    Gate,
    Pause,
    Script,
    Seen,
    certificate,
    head,
    length,
    piece,
    requests_of,
    sockets_to,
    stream,
    timed,
    watch,
)
from ssescan import Scanner, StreamTimeout, Timeouts
from ssescan.batch import run
from ssescan.errors import APIConnectionError, APITimeoutError, BadRequestError
from ssescan.http.connections import KEEPALIVE_S
from ssescan.http.failures import is_unconnected
from ssescan.http.transport import Transport
from ssescan.openai import OpenAI, Timeout
from ssescan.openai._endpoints import Call
from ssescan.opening import open_stream

pytestmark = pytest.mark.usefixtures("loopback")

LIMIT_S = 0.3
PING = b": ping\n\n"
NEVER = 3600.0


def only(clock: str, limit_s: float = LIMIT_S) -> Timeouts:
    """All clocks are set, and one of them is the first to run out."""
    limits = dict.fromkeys(("idle_s", "event_s", "total_s"), NEVER) | {f"{clock}_s": limit_s}
    return Timeouts(**limits)


def check(seen: Seen, clock: str, passed: Elapsed, limit_s: float = LIMIT_S, *, before_s: float = 0.0) -> None:
    """Check that a timeout occurred in time. Its clock started `before_s` seconds after `passed`."""
    error = seen.error
    assert type(error) is StreamTimeout, repr(error)
    assert (error.clock, error.limit_s) == (clock, limit_s)
    assert passed() - before_s >= limit_s
    assert passed.on_idle() - before_s <= limit_s * 1.1 + 0.2
    assert f"Timeouts({clock}_s=...)" in str(error)
    assert error.retryable is (clock != "first_event")
    if seen.stream is not None:
        assert (seen.stream.outcome, seen.stream.err) == ("timeout", error)
        assert (error.partial_text, error.events) == (seen.text, seen.events)


# What keeps coming while a clock runs, and how the body is framed.

FRAMINGS = {
    "chunked": lambda step: (head(CHUNKED), piece(HI), Flood(piece(step.data), step.every_s)),
    "length": lambda step: (head(length(10**9)), HI, step),
    "closed": lambda step: (head("Connection: close"), HI, step),
    "gzip": lambda step: pinged_in_gzip(step),
}
each_framing = pytest.mark.parametrize("framing", FRAMINGS)


def pinged_in_gzip(step: Flood) -> Script:
    """Pings in gzip, each flushed: bytes that keep coming although nothing is said."""
    first, ping, _ = gzipped(HI, step.data)
    return (head(CHUNKED, "Content-Encoding: gzip"), piece(first), Flood(piece(ping), step.every_s))


@pytest.mark.flaky(reruns=2)  # elapsed time is the point here, and a busy machine is late at times
class TestInTime:
    @pytest.mark.parametrize("framing", ["chunked", "length", "closed", "gzip"])
    def test_no_byte(self, server: FaultServer, framing: str):
        *script, _ = FRAMINGS[framing](Flood(PING))
        server.play(*script, STALL)
        with timed() as passed:
            seen = watch(lambda: CALLS["chat"](server.client(timeout=only("idle"))))

        assert seen.text == "Hi"
        check(seen, "idle", passed)

    @each_framing
    @pytest.mark.parametrize("every_s", [0.03, 0.0], ids=["slowly", "as-fast-as-it-goes"])
    @pytest.mark.parametrize("clock", ["event", "total"])
    def test_pings_for_ever(self, server: FaultServer, framing: str, every_s: float, clock: str):
        server.play(*FRAMINGS[framing](Flood(PING, every_s)))
        with timed() as passed:
            seen = watch(lambda: CALLS["chat"](server.client(timeout=only(clock))))

        assert seen.text == "Hi"
        check(seen, clock, passed)

    @each_framing
    @pytest.mark.parametrize("clock", ["event", "total"])
    def test_single_bytes_for_ever(self, server: FaultServer, framing: str, clock: str):
        """Of a comment that never ends; in chunks, of a chunk's header too."""
        *script, flood = FRAMINGS[framing](Flood(b"x", 0.01))
        drip = Drip(flood.data * 1000, 0.01)
        server.play(*script, drip)
        with timed() as passed:
            seen = watch(lambda: CALLS["chat"](server.client(timeout=only(clock))))

        assert seen.text == "Hi"
        check(seen, clock, passed)

    @pytest.mark.parametrize("part", [b"3;" + b"x" * 1000, b"0\r\n" + b"a: b\r\n" * 500, b"0" * 15])
    @pytest.mark.parametrize("clock", ["event", "total"])
    def test_single_bytes_of_framing(self, server: FaultServer, part: bytes, clock: str):
        server.play(head(CHUNKED), piece(HI), Drip(part, 0.01), STALL)
        with timed() as passed:
            seen = watch(lambda: CALLS["chat"](server.client(timeout=only(clock))))

        assert seen.text == "Hi"
        check(seen, clock, passed)

    @each_framing
    @pytest.mark.parametrize("every_s", [0.03, 0.0], ids=["slowly", "as-fast-as-it-goes"])
    def test_events_for_ever(self, server: FaultServer, framing: str, every_s: float):
        server.play(*FRAMINGS[framing](Flood(HI, every_s)))
        with timed() as passed:
            seen = watch(lambda: CALLS["chat"](server.client(timeout=only("total"))))

        assert seen.events > 5
        check(seen, "total", passed)

    @pytest.mark.parametrize(
        "ping", [PING, b"event: ping\n\n", b"data:\n\n", b'event: ping\ndata: {"a":1}\n\n', b"retry: 5\n\n"]
    )
    @pytest.mark.parametrize("by_reader", [False, True], ids=["events", "reader"])
    def test_what_is_no_event(self, server: FaultServer, ping: bytes, by_reader: bool):
        server.play(head(CHUNKED), piece(HI), Flood(piece(ping), 0.05))
        with timed() as passed:
            seen = watch(lambda: CALLS["chat"](server.client(timeout=only("event"))), by_reader=by_reader)

        check(seen, "event", passed)

    @pytest.mark.parametrize("clock", ["first_event", "idle", "event", "total"])
    def test_a_head_that_never_comes(self, server: FaultServer, clock: str):
        server.play(STALL)
        with timed() as passed:
            seen = watch(lambda: CALLS["chat"](server.client(timeout=only(clock))))

        check(seen, clock, passed)
        assert isinstance(seen.error, APITimeoutError)
        assert seen.error.request.url == f"{server.origin}/chat/completions"

    @pytest.mark.parametrize("clock", ["first_event", "idle", "event", "total"])
    def test_a_head_that_drips(self, server: FaultServer, clock: str):
        """It is one thing that is waited for, so that single bytes of it are none for the idle clock either."""
        server.play(Drip(head("X-Long: " + "x" * 5000), 0.01), STALL)
        with timed() as passed:
            check(watch(lambda: CALLS["chat"](server.client(timeout=only(clock)))), clock, passed)

    def test_a_head_that_drips_and_stops(self, server: FaultServer):
        server.play(Drip(head()[:30], 0.01), STALL)
        with timed() as passed:
            check(watch(lambda: CALLS["chat"](server.client(timeout=only("idle")))), "idle", passed)

    @pytest.mark.parametrize("clock", ["first_event", "event", "total"])
    def test_head_and_body_are_one_time(self, server: FaultServer, clock: str):
        server.play(Pause(LIMIT_S / 2), head(CHUNKED), Flood(piece(PING), 0.02))
        with timed() as passed:
            check(watch(lambda: CALLS["chat"](server.client(timeout=only(clock)))), clock, passed)

    @pytest.mark.parametrize("clock", ["first_event", "idle", "event", "total"])
    def test_a_body_whose_media_type_is_missing(self, server: FaultServer, clock: str):
        """It is looked at first; that takes no time of its own."""
        server.play(head(CHUNKED, kind=None), piece(b"da"), STALL)
        with timed() as passed:
            check(watch(lambda: CALLS["chat"](server.client(timeout=only(clock)))), clock, passed)

    @pytest.mark.parametrize("by_reader", [False, True], ids=["events", "reader"])
    def test_pings_before_the_first_event(self, server: FaultServer, by_reader: bool):
        """The model thinks. What keeps the connection alive meanwhile is no event."""
        server.play(head(CHUNKED), Flood(piece(PING), 0.02))
        with timed() as passed:
            seen = watch(lambda: CALLS["chat"](server.client(timeout=only("first_event"))), by_reader=by_reader)

        check(seen, "first_event", passed)

    @pytest.mark.parametrize("by_reader", [False, True], ids=["events", "reader"])
    def test_the_next_events_have_a_time_of_their_own(self, server: FaultServer, by_reader: bool):
        """A first event later than `event_s` is in time, and gaps after it are not given its time."""
        server.play(head(CHUNKED), Pause(2 * LIMIT_S), piece(HI), Flood(piece(PING), 0.02))
        timeout = only("event")._replace(first_event_s=NEVER)
        with timed() as passed:
            seen = watch(lambda: CALLS["chat"](server.client(timeout=timeout)), by_reader=by_reader)

        assert seen.text == "Hi"
        check(seen, "event", passed, before_s=2 * LIMIT_S)

    @pytest.mark.parametrize("clock", ["idle", "total"])
    def test_an_answer_that_is_no_stream(self, server: FaultServer, clock: str):
        step = STALL if clock == "idle" else Drip(b"x" * 1000, 0.01)
        server.play(head(length(10**6), kind="application/json"), step)
        with timed() as passed, pytest.raises(StreamTimeout) as caught:
            server.client(timeout=only(clock)).request(None, Call("get", "/models"))

        check(Seen(None, caught.value, "", 0), clock, passed)

    def test_an_answer_that_is_no_stream_has_no_events(self):
        with FaultServer() as server:
            server.play(head(length(2), kind="application/json"), Pause(0.3), b"{}")
            assert server.client(timeout=only("event", 0.1)).request(None, Call("get", "/models")) == {}

    @pytest.mark.parametrize("how", ["called", "raw", "streaming"])
    def test_nor_while_its_head_is_waited_for(self, how: str):
        """What does not stream may take long to begin: the whole answer is made first."""
        with FaultServer() as server:
            server.play(Pause(0.3), head(length(2), kind="application/json"), Pause(0.2), b"{}")
            models = server.client(timeout=only("event", 0.1)).models
            if how == "called":
                assert models.retrieve("m").to_dict() == {}
            elif how == "raw":
                assert models.with_raw_response.retrieve("m").content == b"{}"
            else:
                with models.with_streaming_response.retrieve("m") as response:
                    assert response.read() == b"{}"

    @pytest.mark.parametrize("clock", ["idle", "event", "total"])
    def test_in_a_thread_where_the_kernel_watches(self, server: FaultServer, clock: str):
        script = [Pause(0.02), piece(HI)] * 3 + ([STALL] if clock == "idle" else [Flood(piece(PING), 0.02)])
        server.play(head(CHUNKED), *script)
        limit_s = LIMIT_S if clock == "total" else 0.2
        with ThreadPoolExecutor(1) as pool, timed() as passed:
            made = pool.submit(watch, lambda: CALLS["chat"](server.client(timeout=only(clock, limit_s))))
            seen = made.result()

        assert seen.text == "Hi" * 3
        check(seen, clock, passed, limit_s, before_s=0.0 if clock == "total" else 0.06)

    @pytest.mark.parametrize("clock", ["idle", "event", "total"])
    def test_a_scanner_over_a_response_of_urllib3(self, server: FaultServer, clock: str):
        server.play(head(CHUNKED), piece(HI), *([STALL] if clock == "idle" else [Flood(piece(PING), 0.02)]))
        with urllib3.PoolManager(ca_certs=certificate()) as pool:
            response = pool.request("GET", server.origin, preload_content=False)
            with timed() as passed:
                check(watch(lambda: Scanner(response, dialect="chat", timeout=only(clock))), clock, passed)

    @pytest.mark.parametrize("clock", ["idle", "event", "total"])
    def test_a_scanner_over_a_response_of_requests(self, server: FaultServer, clock: str):
        requests = pytest.importorskip("requests")
        server.play(head(CHUNKED), piece(HI), *([STALL] if clock == "idle" else [Flood(piece(PING), 0.02)]))
        response = requests.get(server.origin, stream=True, verify=certificate())
        with timed() as passed, closing(response):
            check(watch(lambda: Scanner(response, dialect="chat", timeout=only(clock))), clock, passed)

    def test_with_other_dialects(self, server: FaultServer):
        server.play(head(CHUNKED), piece(delta("Hi")), Flood(piece(PING), 0.05))
        with timed() as passed:
            check(watch(lambda: CALLS["assistants"](server.client(timeout=only("event")))), "event", passed)

    def test_without_a_dialect_every_frame_is_an_event(self, server: FaultServer):
        server.play(head(CHUNKED), Flood(piece(b"data: x\n\n" + PING), 0.05))
        scanner = Scanner(open_stream(server.origin, timeout=Timeouts(5, None, 5, 0.4, 0.9)))
        with pytest.raises(StreamTimeout) as caught:
            list(scanner)

        assert caught.value.clock == "total"


# Bodies of a few KB that decode for minutes: comments, and members without any data.


def gz(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


@cache
def bomb(encodings: str) -> bytes:
    member = gz((b":" + b" " * 62 + b"\n") * (1 << 18))  # 16 MiB of comments
    if encodings == "gzip, br":
        return brotli.compress(member * 1000, quality=5)
    if encodings == "zstd":
        return zstd.compress(gzip.decompress(member)) * 2000
    if encodings == "gzip, gzip, gzip, empty":
        return gz(gz(gz(b"") * 50_000) * 4000)
    return gz(gz(member * 100) * 40)


BOMBS = ["gzip, gzip, gzip", "gzip, gzip, gzip, empty", "gzip, br", "zstd"]


@pytest.mark.flaky(reruns=2)
@pytest.mark.parametrize("encodings", BOMBS)
class TestDecoding:
    def play(self, server: FaultServer, encodings: str, kind: str = "text/event-stream") -> None:
        body = bomb(encodings)
        header = f"Content-Encoding: {encodings.removesuffix(', empty')}"
        server.play(head(length(len(body)), header, kind=kind), body)

    @pytest.mark.parametrize("clock", ["total", "event"])
    def test_a_stream(self, server: FaultServer, encodings: str, clock: str):
        self.play(server, encodings)
        with timed() as passed:
            seen = watch(lambda: CALLS["chat"](server.client(timeout=only(clock))))

        check(seen, clock, passed)

    def test_a_reader(self, server: FaultServer, encodings: str):
        self.play(server, encodings)
        with timed() as passed:
            seen = watch(lambda: CALLS["chat"](server.client(timeout=only("total"))), by_reader=True)

        check(seen, "total", passed)

    def test_an_answer_that_is_no_stream(self, server: FaultServer, encodings: str):
        self.play(server, encodings, kind="application/json")
        with timed() as passed, pytest.raises(StreamTimeout) as caught:
            # A fast machine would decode more than the default limit of a body before the timeout.
            server.client(timeout=only("total"), max_body_bytes=1 << 34).models.retrieve("m")

        check(Seen(None, caught.value, "", 0), "total", passed)

    def test_an_error(self, server: FaultServer, encodings: str):
        """Its body is read for at most 1 MiB."""
        body = bomb(encodings)
        header = f"Content-Encoding: {encodings.removesuffix(', empty')}"
        server.play(head(length(len(body)), header, status="400 X"), body)
        with timed() as passed:
            assert type(watch(lambda: CALLS["chat"](server.client(timeout=only("total")))).error) is BadRequestError
        assert passed.on_idle() <= LIMIT_S * 1.1 + 0.2


class TestWhatIsTold:
    def test_how_long_there_was_no_event(self, server: FaultServer):
        server.play(head(CHUNKED), piece(HI), Flood(piece(PING), 0.05))
        began_s = time.monotonic()
        seen = watch(lambda: CALLS["chat"](server.client(timeout=Timeouts(5, None, 5, 5, 0.5))))
        error, event_s = seen.error, seen.stream.stats.first_text_s

        assert began_s + 0.5 - event_s < error.waited_s < time.monotonic() - event_s
        assert f"{error.waited_s:.1f} s without an event" in str(error)
        assert "after 1 event, " in str(error)
        assert error.last_event.choices[0].delta.content == "Hi"

    def test_a_whole_answer_is_no_timeout(self, server: FaultServer):
        """The finish reason came, and neither the end mark nor the end of the body."""
        server.play(head(CHUNKED), piece(HI), piece(chunk(finish="stop")), Flood(piece(PING), 0.05))
        for clock in ("event", "total"):
            seen = watch(lambda: CALLS["chat"](server.client(timeout=only(clock))))  # noqa: B023
            assert (seen.error, seen.text, seen.stream.outcome) == (None, "Hi", "finished")

    @pytest.mark.parametrize("script", [(STALL,), (head(CHUNKED), STALL)], ids=["no-head", "no-event"])
    def test_a_first_event_that_is_late_is_not_asked_for_again(self, server: FaultServer, script: Script):
        """The server works on the request, and would do so twice."""
        server.play(*script)
        timeout = Timeouts(first_event_s=0.1)
        assert watch(lambda: CALLS["chat"](server.client(timeout=timeout, max_retries=2))).error.clock == "first_event"
        row = {"custom_id": "a", "url": "/v1/chat/completions", "body": {"model": "m", "messages": []}}
        (result,) = run([row], client=server.client(timeout=timeout))
        assert (result.attempts, result.error.clock) == (1, "first_event")

        assert len(server.requests) == 2

    def test_the_connection_is_closed(self, server: FaultServer):
        server.play(head(CHUNKED), piece(HI), Flood(piece(PING), 0.05))
        watch(lambda: CALLS["chat"](server.client(timeout=only("event"))))

        assert sockets_to(server.port) == []

    def test_connecting_has_a_clock_of_its_own(self):
        """Nobody accepts: the queue of a socket that listens is full, so that SYNs get no answer."""
        with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
            port = listener.getsockname()[1]
            waiting = [socket.socket() for _ in range(4)]
            for sock in waiting:
                sock.setblocking(False)
                sock.connect_ex(("127.0.0.1", port))
            client = OpenAI(
                api_key="k",
                base_url=f"http://127.0.0.1:{port}",
                max_retries=0,
                timeout=Timeouts(0.4, None, NEVER, NEVER, None),
            )
            with timed() as passed, pytest.raises(APITimeoutError):
                CALLS["chat"](client)
            assert passed() >= 0.4 and passed.on_idle() <= 0.64
            for sock in waiting:
                sock.close()

    def test_a_proxy_that_does_not_join(self, monkeypatch: pytest.MonkeyPatch):
        """Its answer to CONNECT is part of connecting."""
        with FaultServer() as proxy, FaultServer(tls=True) as server:
            proxy.play(STALL)
            monkeypatch.setenv("NO_PROXY", "")
            monkeypatch.setenv("HTTPS_PROXY", proxy.origin)
            client = server.client(timeout=Timeouts(0.4, None, NEVER, NEVER, None))
            with timed() as passed, pytest.raises(APITimeoutError):
                CALLS["chat"](client)
            assert passed() >= 0.4 and passed.on_idle() <= 0.64

    def test_a_server_that_does_not_answer_the_tls_handshake(self):
        """The request was not sent, so that it may be sent again."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            origin = f"https://localhost:{listener.getsockname()[1]}"
            with timed() as passed, pytest.raises(APITimeoutError) as failed:
                open_stream(origin, max_retries=0, timeout=Timeouts(0.4, None, NEVER, NEVER, None))
            assert passed() >= 0.4 and passed.on_idle() <= 0.64
        assert type(failed.value) is APITimeoutError  # no clock of a stream
        assert is_unconnected(failed.value)

    def test_a_tls_handshake_that_drips(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=drip_to_one, args=(listener,), daemon=True).start()
            origin = f"https://localhost:{listener.getsockname()[1]}"
            client = OpenAI(
                api_key="k", base_url=origin, max_retries=0, timeout=Timeouts(0.4, None, NEVER, NEVER, None)
            )
            with timed() as passed, pytest.raises(APIConnectionError):
                CALLS["chat"](client)
            assert passed.on_idle() <= 0.64


class TestSending:
    """A large request to a server that is slow to take it: not the time to connect counts, but the others."""

    MESSAGES = ({"role": "user", "content": "x" * 8_000_000},)

    def ask(self, after_s: float, timeout: Timeouts) -> Seen:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            threading.Thread(target=read_late, args=(listener, after_s), daemon=True).start()
            origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
            with OpenAI(api_key="k", base_url=origin, max_retries=0, timeout=timeout) as client:
                create = client.chat.completions.create
                return watch(lambda: create(model="m", messages=self.MESSAGES, stream=True))

    def test_it_may_take_longer_than_connecting(self):
        assert self.ask(0.6, Timeouts(0.3, None, 5, 5, 5)).text == "Hi"

    @pytest.mark.flaky(reruns=2)
    @pytest.mark.parametrize("clock", ["idle", "event", "total"])
    def test_a_server_that_takes_nothing(self, clock: str):
        with timed() as passed:
            seen = self.ask(NEVER, only(clock))
            # Linux sends a probe to a full receiver after 0.2 s, and may place some bytes then. This restarts `idle`.
            probe_s = 0.25 if clock == "idle" else 0
            assert passed() >= LIMIT_S and passed.on_idle() <= LIMIT_S * 1.1 + 0.2 + probe_s

        assert isinstance(seen.error, APITimeoutError)
        if clock != "idle":  # of no byte it was said that it would come
            assert seen.error.clock == clock


def read_late(listener: socket.socket, after_s: float) -> None:
    sock, _ = listener.accept()
    with sock, sock.makefile("rb") as reader:
        if after_s == NEVER:
            return time.sleep(2)
        time.sleep(after_s)
        next(requests_of(reader, 0))
        sock.sendall(b"".join(stream(HI, BARE_DONE)))


def drip_to_one(listener: socket.socket) -> None:
    sock, _ = listener.accept()
    with sock:
        try:
            for byte in b"\x16\x03\x03\x40\x00\x02" + b"\x00" * 500:
                sock.send(bytes([byte]))
                time.sleep(0.01)
        except OSError:
            pass


class TestTimeInTheProgram:
    """Idle and event clocks run only while the reader waits; the total clock runs always."""

    def test_a_slow_program_is_no_slow_server(self, server: FaultServer):
        server.play(head(CHUNKED), piece(HI), piece(HI), Pause(0.05), piece(HI), piece(BARE_DONE), END)
        texts = []
        for event in CALLS["chat"](server.client(timeout=Timeouts(5, None, 0.3, 0.3, None))):
            texts.append(event.text)
            time.sleep(0.2)

        assert texts == ["Hi"] * 3

    def test_nor_is_an_interruption(self, monkeypatch: pytest.MonkeyPatch):
        """Ctrl-C, and a program that takes its time to ask what to do before it reads on."""
        with FaultServer() as server:
            server.play(head(CHUNKED), piece(HI), Pause(0.1), piece(HI), piece(BARE_DONE), END)
            events = CALLS["chat"](server.client(timeout=only("event", 0.5)))
            next(events)
            with monkeypatch.context() as patch:
                patch.setattr("ssescan.http.socket_reader.SocketReader.receive", interrupted)
                with pytest.raises(KeyboardInterrupt):
                    next(events)
            time.sleep(0.6)
            assert len(list(events)) == 1

    def test_the_library_itself_is_no_program(self):
        """Pings in such numbers that to read them takes as long as to wait for them."""
        with FaultServer() as server:
            server.play(head(CHUNKED), piece(HI), Flood(piece(PING * 3000)))
            with timed() as passed:
                seen = watch(lambda: CALLS["chat"](server.client(timeout=only("event", 1.5))))
            check(seen, "event", passed, 1.5)

    def test_the_total_clock_does_not_wait_for_it(self, server: FaultServer):
        server.play(head(CHUNKED), piece(HI), Flood(piece(HI), 0.05))
        events = CALLS["chat"](server.client(timeout=only("total")))
        next(events)
        time.sleep(LIMIT_S + 0.1)

        with pytest.raises(StreamTimeout) as caught, timed() as passed:
            list(events)
        assert caught.value.clock == "total"
        assert passed.on_idle() < 0.2


def interrupted(body: object) -> bytes:
    raise KeyboardInterrupt


class TestDefaults:
    def test_they_are_finite(self):
        limits = Timeouts()

        assert limits == (5, None, 600, 600, None)
        assert Timeouts.of(OpenAI(api_key="k").timeout) == limits

    @pytest.mark.parametrize(
        ("timeout", "limits"),
        [
            (7, Timeouts(7, None, 7, 600, None)),
            (0.5, Timeouts(0.5, None, 0.5, 600, None)),
            (None, Timeouts(None, None, None, None, None)),
            (Timeouts(1, None, 2, 3, 4), Timeouts(1, None, 2, 3, 4)),
            (1800, Timeouts(1800, None, 1800, 1800, None)),
            (Timeout(1800, connect=5), Timeouts(5, None, 1800, 1800, None)),
            (Timeout(None), Timeouts(None, None, None, None, None)),
            (SimpleNamespace(connect=1, read=None, write=3, pool=4), Timeouts(1, None, None, None, None)),
        ],
    )
    def test_what_an_argument_means(self, timeout: object, limits: Timeouts):
        assert Timeouts.of(timeout) == limits
        assert OpenAI(api_key="k", timeout=timeout).timeout is timeout

    def test_of_httpx(self):
        httpx = pytest.importorskip("httpx")

        assert Timeouts.of(httpx.Timeout(3, connect=1)) == Timeouts(1, None, 3, 600, None)
        assert Timeouts.of(httpx.Timeout(1800)) == Timeouts(1800, None, 1800, 1800, None)
        assert Timeouts.of(httpx.Timeout(None)) == Timeouts(None, None, None, None, None)

    @pytest.mark.parametrize("timeout", [True, "5", object(), urllib3.Timeout(5)])
    def test_what_is_none(self, timeout: object):
        with pytest.raises(TypeError):
            Timeouts.of(timeout)

    def test_one_for_a_call(self, server: FaultServer):
        server.play(STALL)
        client = server.client(timeout=None)
        with timed() as passed, pytest.raises(StreamTimeout):
            client.chat.completions.create(model="m", messages=[], stream=True, timeout=only("total"))

        assert passed.on_idle() <= LIMIT_S * 1.1 + 0.2

    def test_none_waits_for_ever(self, server: FaultServer):
        server.play(head(CHUNKED), Pause(0.3), piece(HI), Pause(0.3), piece(BARE_DONE), END)

        assert watch(lambda: CALLS["chat"](server.client(timeout=None))).text == "Hi"

    def test_zero_and_infinity_are_times_too(self):
        with FaultServer() as server:
            server.play(*stream(HI, BARE_DONE))
            assert (
                watch(lambda: CALLS["chat"](server.client(timeout=Timeouts(5, None, math.inf, 1e9, None)))).text == "Hi"
            )
            with pytest.raises(StreamTimeout):
                CALLS["chat"](server.client(timeout=Timeouts(5, None, 5, 0, None)))


# TCP keep-alive, also through a proxy


def options_of(fd: int) -> dict[str, int]:
    import os

    with socket.socket(fileno=os.dup(fd)) as sock:
        tcp = {
            name: sock.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
            for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL")
        }
        return {"SO_KEEPALIVE": sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE), **tcp}


KEPT = {"SO_KEEPALIVE": 1, "TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 60}


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's timeout is used on Linux only")
class TestTimeoutOfTheKernel:
    """A read in a thread other than the main one is one system call, and the kernel watches its timeout."""

    def test_where_it_is_set_and_for_how_long(self):
        gates = [Gate() for _ in range(5)]
        steps = [step for gate in gates for step in (piece(HI), gate)]
        with FaultServer() as server, ThreadPoolExecutor(1) as pool:
            client = server.client(timeout=only("idle", 7.0))
            server.play_each((head(CHUNKED), *steps, piece(BARE_DONE) + END), stream(HI, BARE_DONE))
            events = CALLS["chat"](client)

            def timeout_of_next() -> float:
                next(events)
                gates.pop(0).opened.set()
                return self.timeout_s(server)

            seen = [timeout_of_next() for _ in range(2)]
            seen += [pool.submit(timeout_of_next).result() for _ in range(3)]
            assert list(events) == []
            seen.append(self.timeout_s(server))  # the connection is back in the pool
            assert watch(lambda: CALLS["chat"](client)).text == "Hi"

        assert seen == [0.0, 0.0, 7.0, 7.0, 7.0, 0.0]

    @staticmethod
    def timeout_s(server: FaultServer) -> float:
        (fd,) = sockets_to(server.port)
        with socket.socket(fileno=os.dup(fd)) as sock:
            seconds, microseconds = struct.unpack("ll", sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, 16))
        return seconds + microseconds / 1e6


@pytest.mark.skipif(not hasattr(socket, "TCP_KEEPIDLE"), reason="names of these options differ here")
class TestKeepAlive:
    def test_every_socket_has_it(self, server: FaultServer):
        server.play(head(CHUNKED), piece(HI), STALL)
        with CALLS["chat"](server.client()) as events:
            next(events)
            (fd,) = sockets_to(server.port)
            assert options_of(fd) == KEPT
        assert KEEPALIVE_S == 60

    def test_through_a_proxy_of_the_environment(self, server: FaultServer, monkeypatch: pytest.MonkeyPatch):
        server.play(head(CHUNKED), piece(HI), STALL)
        with Proxy() as proxy:
            monkeypatch.setenv("NO_PROXY", "")
            monkeypatch.setenv("HTTPS_PROXY" if server.tls else "HTTP_PROXY", f"http://u%40x:p@127.0.0.1:{proxy.port}")
            with CALLS["chat"](server.client()) as events:
                next(events)
                (fd,) = sockets_to(proxy.port)
                assert options_of(fd) == KEPT
        method = b"CONNECT localhost:" if server.tls else b"POST http://127.0.0.1:"
        assert proxy.heads[0].startswith(method)
        assert b"proxy-authorization: Basic dUB4OnA=" in proxy.heads[0]

    def test_clocks_and_cancelling_work_through_it(self, server: FaultServer, monkeypatch: pytest.MonkeyPatch):
        server.play(head(CHUNKED), piece(HI), Flood(piece(PING), 0.02))
        with Proxy() as proxy:
            monkeypatch.setenv("NO_PROXY", "")
            monkeypatch.setenv("ALL_PROXY", f"127.0.0.1:{proxy.port}")
            with timed() as passed:
                check(watch(lambda: CALLS["chat"](server.client(timeout=only("event")))), "event", passed)
            assert len(proxy.heads) == 1

    def test_no_proxy_is_asked_for_its_host(self, server: FaultServer, monkeypatch: pytest.MonkeyPatch):
        server.play(*stream(HI, BARE_DONE))
        for name in ("localhost,127.0.0.1", f"localhost:{server.port},127.0.0.1:{server.port}"):
            monkeypatch.setenv("NO_PROXY", name)
            monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
            assert watch(lambda: CALLS["chat"](server.client())).text == "Hi"

    def test_a_pool_of_the_callers_is_used_as_it_is(self, server: FaultServer):
        server.play(head(CHUNKED), piece(HI), STALL)
        with (
            urllib3.PoolManager(ca_certs=certificate()) as pool,
            CALLS["chat"](server.client(http_client=pool)) as events,
        ):
            next(events)
            (fd,) = sockets_to(server.port)
            assert options_of(fd)["SO_KEEPALIVE"] == 0

    def test_one_tls_context_for_all(self):
        first, second = Transport(), Transport()
        contexts = {id(t._pool(("https", "localhost", 443)).connection_pool_kw["ssl_context"]) for t in (first, second)}

        assert len(contexts) == 1


class Proxy:
    """Joins each connection to where its first request wants to go; `heads` are those requests."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heads: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(sock,), daemon=True).start()

    def _join(self, sock: socket.socket) -> None:
        request = sock.recv(65536)
        self.heads.append(request)
        method, target, _ = request.split(b" ", 2)
        port = int(target.split(b"/")[2 if b"//" in target else 0].rpartition(b":")[2])
        with sock, socket.create_connection(("127.0.0.1", port)) as other:
            if method == b"CONNECT":
                sock.sendall(b"HTTP/1.1 200 Joined\r\n\r\n")
            else:
                other.sendall(request)
            back = threading.Thread(target=copy, args=(other, sock), daemon=True)
            back.start()
            copy(sock, other)
            back.join(5)


def copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
