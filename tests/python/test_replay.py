"""The replay server: what goes over the wire, in which pieces, and what may go wrong.

No test here looks at a clock. That something waits is shown by what has not arrived, or by a gate the test opens.
"""

from __future__ import annotations

import http.client
import itertools
import math
import random
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import ssescan.replay.server
from ssescan.replay import Faults, Recording, ReplayServer
from ssescan.replay.server import steps_of

STREAMS = Path(__file__).parent.parent / "streams"
THREE = b"data: a\n\nevent: b\ndata: b\n\ndata: c\n\n"
FRAMES = [b"data: a\n\n", b"event: b\ndata: b\n\n", b"data: c\n\n"]


class Wire:
    """One client connection that sees HTTP chunks, which every real client hides."""

    def __init__(self, server: ReplayServer, timeout: float = 10) -> None:
        self.socket = socket.create_connection((server.host, server.port), timeout)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, head: str, body: bytes = b"") -> None:
        self.socket.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)

    def head(self) -> tuple[int, dict[str, str]]:
        status = int(self.file.readline().split()[1])
        lines = iter(lambda: self.file.readline().strip().decode(), "")
        return status, {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}

    def chunk(self) -> bytes:
        """Return the next chunk; empty is the last one. Raises EOFError if the connection ends instead."""
        if not (size := self.file.readline()):
            raise EOFError
        chunk = self.file.read(int(size, 16))
        assert self.file.readline() == b"\r\n"
        return chunk

    def chunks(self) -> list[bytes]:
        return list(iter(self.chunk, b""))


def fetch(server: ReplayServer, path: str = "/", method: str = "GET", **more) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=10)
    connection.request(method, path, **more)
    response = connection.getresponse()
    answer = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    connection.close()
    return answer


def until(reached) -> Iterator[float]:
    """Steps that pause until something is so: a script must not wait itself, since one thread serves all."""
    while not reached():
        yield 0.001


def get_chunks(server: ReplayServer) -> list[bytes]:
    with Wire(server) as wire:
        wire.send("GET / HTTP/1.1\nHost: x")
        wire.head()
        return wire.chunks()


class TestPieces:
    @pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=["LF", "CR", "CRLF"])
    def test_a_frame_is_one_chunk_with_its_blank_line(self, end):
        frames = [frame.replace(b"\n", end) for frame in FRAMES]

        with ReplayServer(b"".join(frames)) as server:
            assert get_chunks(server) == frames

    @pytest.mark.parametrize(
        ("body", "frames"),
        [
            pytest.param(b"", [], id="empty"),
            pytest.param(b"data: a\n\ndata: b", [b"data: a\n\n", b"data: b"], id="a tail is a piece"),
            pytest.param(b"data: a\r\ndata: b\r\n\r\n", [b"data: a\r\ndata: b\r\n\r\n"], id="a CRLF is no blank line"),
            pytest.param(b"a\n\r\nb\r\n\nc", [b"a\n\r\n", b"b\r\n\n", b"c"], id="mixed ends"),
            pytest.param(b"a\n\n\n\nb\n\n", [b"a\n\n\n\n", b"b\n\n"], id="further blank lines belong to the frame"),
            pytest.param(b"\na\n\n", [b"\na\n\n"], id="a blank line at the beginning completes nothing"),
            pytest.param(b": ping\n\ndata: a\n\n", [b": ping\n\n", b"data: a\n\n"], id="a comment"),
        ],
    )
    def test_where_frames_end(self, body, frames):
        assert list(steps_of(Recording("x", body))) == frames

    def test_random_bytes_are_cut_only_behind_blank_lines_and_none_is_lost(self):
        for seed in range(300):
            body = bytes(random.Random(seed).choices(b"a\r\n", k=20))
            frames = list(steps_of(Recording("x", body)))

            assert b"".join(frames) == body
            for frame in frames[:-1]:
                # A second opinion: with every end written as LF, a blank line is an LF behind an LF.
                lines = re.sub(rb"\r\n|\r", b"\n", frame)
                assert lines.endswith(b"\n\n")
                assert b"\n\n" not in lines.rstrip(b"\n")

    @pytest.mark.parametrize("size", [1, 7, 1000])
    def test_blocks_are_cut_anywhere(self, size):
        expected = [THREE[begin : begin + size] for begin in range(0, len(THREE), size)]

        with ReplayServer(THREE, block=size) as server:
            assert get_chunks(server) == expected


class TestPace:
    @pytest.fixture
    def clock(self, monkeypatch) -> list[float]:
        now = [100.0]
        monkeypatch.setattr(ssescan.replay.server.time, "monotonic", lambda: now[0])
        return now

    def test_the_first_event_comes_at_once_and_pauses_are_measured_from_the_beginning(self, clock):
        steps = list(steps_of(Recording("x", THREE), rate=10))

        assert steps == [FRAMES[0], pytest.approx(0.1), FRAMES[1], pytest.approx(0.2), FRAMES[2]]

    def test_a_late_event_does_not_pause(self, clock):
        steps = steps_of(Recording("x", THREE), rate=10)
        assert next(steps) == FRAMES[0]

        clock[0] += 0.15

        assert list(steps) == [FRAMES[1], pytest.approx(0.05), FRAMES[2]]

    def test_a_block_is_due_with_its_last_event(self, clock):
        body = b"data: a\n\n" * 4

        steps = list(steps_of(Recording("x", body), rate=10, block=18))

        assert steps == [pytest.approx(0.1), body[:18], pytest.approx(0.3), body[18:]]

    def test_an_event_arrives_before_the_next_one_is_due(self):
        gates = [threading.Event() for _ in FRAMES]

        def steps(recording):
            for gate, frame in zip(gates, FRAMES, strict=True):
                yield from until(gate.is_set)
                yield frame

        with ReplayServer(THREE, steps=steps) as server, Wire(server) as wire:
            wire.send("GET / HTTP/1.1\nHost: x")
            wire.head()  # before anything of the body is there
            for gate, frame in zip(gates, FRAMES, strict=True):
                gate.set()
                assert wire.chunk() == frame
            assert wire.chunk() == b""

    def test_a_slow_rate_leaves_the_client_waiting(self):
        with ReplayServer(THREE, rate=0.001) as server, Wire(server, timeout=0.2) as wire:
            wire.send("GET / HTTP/1.1\nHost: x")
            wire.head()
            assert wire.chunk() == FRAMES[0]
            with pytest.raises(TimeoutError):
                wire.chunk()

    def test_nagle_is_off(self):
        with ReplayServer(THREE, rate=0.001) as server, Wire(server) as wire:
            wire.send("GET / HTTP/1.1\nHost: x")
            wire.head()
            (connection,) = server._loop.connections

            assert connection._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


class TestWhichStream:
    def test_by_name_with_and_without_the_suffix(self, tmp_path):
        for name in ("one", "two words"):
            (tmp_path / f"{name}.sse").write_bytes(f"data: {name}\n\n".encode())

        with ReplayServer([tmp_path / "one.sse", str(tmp_path / "two words.sse")]) as server:
            assert fetch(server, "/two%20words")[2] == b"data: two words\n\n"
            assert fetch(server, "/one.sse?again=1")[2] == b"data: one\n\n"
            assert fetch(server, "/two%20words.sse", "POST")[2] == b"data: two words\n\n"

    def test_other_paths_take_them_in_order_and_begin_again(self):
        with ReplayServer([b"1", Recording("second", b"2")]) as server:
            asked = [fetch(server, path, "POST")[2] for path in ("/v1/threads/runs", "/second", "/", "/v1/responses")]

        assert asked == [b"1", b"2", b"2", b"1"]

    def test_of_two_with_one_name_the_first_answers_to_it(self):
        with ReplayServer([Recording("same", b"1"), Recording("same", b"2")]) as server:
            assert [fetch(server, path)[2] for path in ("/same", "/", "/", "/same")] == [b"1", b"1", b"2", b"1"]

    def test_an_unknown_sse_file_is_not_found(self):
        with ReplayServer(THREE) as server:
            status, headers, body = fetch(server, "/nothing.sse")

        assert status == 404
        assert headers["content-type"].startswith("text/plain")
        assert body == b"no recording for /nothing.sse\n"

    def test_head_gives_the_headers_and_keeps_the_turn(self):
        with ReplayServer([b"1", b"2"]) as server:
            status, headers, body = fetch(server, "/v1/x", "HEAD")

            assert (status, body) == (200, b"")
            assert headers["content-type"] == "text/event-stream; charset=utf-8"
            assert fetch(server, "/v1/x")[2] == b"1"

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
    def test_other_methods_are_refused_and_the_connection_goes_on(self, method):
        with ReplayServer(THREE) as server, Wire(server) as wire:
            wire.send(f"{method} / HTTP/1.1\nHost: x\nContent-Length: 3", b"abc")
            status, headers = wire.head()
            wire.file.read(int(headers["content-length"]))

            assert (status, headers["allow"]) == (405, "GET, HEAD, POST")
            wire.send("GET / HTTP/1.1\nHost: x")
            assert wire.head()[0] == 200


class TestRecording:
    def write(self, folder: Path, headers: bytes) -> Path:
        (folder / "x.headers").write_bytes(headers)
        (folder / "x.sse").write_bytes(THREE)
        return folder / "x.sse"

    def test_without_headers_it_is_a_good_event_stream(self, tmp_path):
        (tmp_path / "x.sse").write_bytes(THREE)

        assert Recording.load(tmp_path / "x.sse") == Recording("x", THREE)
        assert Recording("x", THREE).status == 200
        assert dict(Recording("x", THREE).headers) == {"Content-Type": "text/event-stream; charset=utf-8"}

    def test_status_and_content_type_are_replayed(self, tmp_path):
        path = self.write(tmp_path, b"HTTP/1.1 429 Too Many\r\nDate: x\r\ncontent-type:  application/json\r\n\r\n")

        with ReplayServer(path) as server:
            status, headers, body = fetch(server)

        assert (status, headers["content-type"], body) == (429, "application/json", THREE)

    @pytest.mark.parametrize(
        "text",
        [
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 Bad\r\nContent-Type: text/plain\r\n\r\n",
            b"HTTP/2 500\nContent-Type: text/plain\n",
            b"HTTP/1.1 500 \r\nContent-Type: text/plain",
        ],
        ids=["last block", "HTTP/2 and LF", "no reason"],
    )
    def test_the_shapes_of_headers_files(self, tmp_path, text):
        recording = Recording.load(self.write(tmp_path, text))

        assert (recording.status, recording.headers["Content-Type"]) == (500, "text/plain")

    def test_no_content_type_is_an_event_stream(self, tmp_path):
        path = self.write(tmp_path, b"HTTP/1.1 200 OK\r\n\r\n")

        assert Recording.load(path) == Recording("x", THREE)

    @pytest.mark.parametrize("text", [b"", b"Content-Type: text/plain\n", b"HTTP/1.1 ok\n"])
    def test_headers_without_a_status_are_an_error_that_names_the_file(self, tmp_path, text):
        path = self.write(tmp_path, text)

        with pytest.raises(ValueError, match=r"x\.headers: expected a status line"):
            Recording.load(path)

    def test_a_missing_file(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            ReplayServer(tmp_path / "nothing.sse")

    def test_other_headers_can_be_given(self):
        busy = Recording("busy", b"{}", 503, {"Content-Type": "application/json", "Retry-After": "1"})

        with ReplayServer(busy) as server:
            status, headers, _ = fetch(server)

        assert (status, headers["retry-after"]) == (503, "1")

    def test_the_recorded_streams_come_back_byte_for_byte(self):
        paths = sorted(STREAMS.glob("recorded-*.sse"))
        if not paths:
            pytest.skip("no recorded streams here")

        with ReplayServer(paths) as server:
            for path in paths:
                status, _, body = fetch(server, f"/{path.name}")
                assert (status, body) == (Recording.load(path).status, path.read_bytes())


class TestRequests:
    def test_what_was_seen(self):
        with ReplayServer(THREE) as server:
            fetch(server, "/v1/x?a=1", "POST", body=b'{"stream":true}', headers={"Authorization": "Bearer k"})
            (request,) = server.requests

        assert (request.method, request.path, request.body) == ("POST", "/v1/x?a=1", b'{"stream":true}')
        assert request.headers["authorization"] == "Bearer k"

    def test_one_connection_serves_many_requests(self):
        with ReplayServer(THREE) as server, Wire(server) as wire:
            for _ in range(3):
                wire.send("POST / HTTP/1.1\nHost: x\nContent-Length: 2", b"{}")
                assert wire.head()[0] == 200
                assert wire.chunks() == FRAMES

            assert len({request.peer_port for request in server.requests}) == 1
            assert [request.body for request in server.requests] == [b"{}"] * 3

    def test_a_client_that_says_close_is_told_so(self):
        with ReplayServer(THREE) as server, Wire(server) as wire:
            wire.send("GET / HTTP/1.1\nHost: x\nConnection: close")

            assert wire.head()[1]["connection"] == "close"
            assert wire.chunks() == FRAMES
            assert wire.file.read() == b""

    def test_chunked_request_bodies(self):
        with ReplayServer(THREE) as server, Wire(server) as wire:
            wire.send(
                "POST / HTTP/1.1\nHost: x\nTransfer-Encoding: chunked", b"3;x=1\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n"
            )
            assert wire.head()[0] == 200
            assert wire.chunks() == FRAMES
            wire.send("GET /second HTTP/1.1\nHost: x")  # nothing of the body is left to be taken for a request
            assert wire.head()[0] == 200

            assert [request.body for request in server.requests] == [b"abcde", b""]

    @pytest.mark.parametrize("header", ["Content-Length: -1", "Content-Length: two", "Transfer-Encoding: chunked"])
    def test_a_body_without_a_length_is_a_bad_request(self, header):
        with ReplayServer(THREE) as server, Wire(server) as wire:
            wire.send(f"POST / HTTP/1.1\nHost: x\n{header}", b"zz\r\n")

            assert wire.head()[0] == 400

    @pytest.mark.parametrize("size", [b"-5", b"+5", b"1_0", b"", b"x"])
    def test_a_chunk_has_a_size(self, size):
        with ReplayServer(THREE) as server, Wire(server) as wire:
            wire.send("POST / HTTP/1.1\nHost: x\nTransfer-Encoding: chunked", size + b"\r\nabcde\r\n0\r\n\r\n")

            assert wire.head()[0] == 400
            assert not server.requests

    def test_very_many_requests_in_one_piece(self):
        count = 2000
        with ReplayServer(THREE) as server, Wire(server) as wire:
            wire.send("\n\n".join(["GET / HTTP/1.1\nHost: x"] * count))
            for _ in range(count):
                assert wire.head()[0] == 200
                assert wire.chunks() == FRAMES
            assert len(server.requests) == count

    def test_not_chunked_means_a_content_length(self):
        with ReplayServer(THREE, chunked=False) as server:
            _, headers, body = fetch(server)

        assert (headers["content-length"], body) == (str(len(THREE)), THREE)
        assert "transfer-encoding" not in headers

    def test_http_1_0_gets_no_chunks(self):
        with ReplayServer(THREE) as server, Wire(server) as wire:
            wire.send("GET / HTTP/1.0")

            assert wire.head()[1]["content-length"] == str(len(THREE))
            assert wire.file.read() == THREE


class TestManyClients:
    def test_two_streams_run_at_once(self):
        under_way = []

        def steps(recording):
            yield FRAMES[0]
            under_way.append(recording)
            yield from until(lambda: len(under_way) == 2)
            yield FRAMES[1]

        with ReplayServer(THREE, steps=steps) as server, Wire(server) as one, Wire(server) as two:
            for wire in (one, two):
                wire.send("GET / HTTP/1.1\nHost: x")
            for wire in (one, two):
                wire.head()
                assert wire.chunks() == FRAMES[:2]

    def test_a_client_that_goes_away_is_no_news(self, capfd):
        gone = threading.Event()
        ended = threading.Event()

        def steps(recording):
            yield FRAMES[0]
            yield from until(gone.is_set)
            try:
                yield from itertools.repeat(b"x" * 65536, 1000)  # more than any socket buffer takes
            finally:
                ended.set()

        with ReplayServer(THREE, steps=steps) as server:
            with Wire(server) as wire:
                wire.send("GET / HTTP/1.1\nHost: x")
                wire.head()
                wire.chunk()
            gone.set()
            assert ended.wait(10)
            assert fetch(server, "/nothing.sse")[0] == 404

        assert capfd.readouterr() == ("", "")

    def test_a_script_cuts_the_connection_with_an_os_error(self, capfd):
        def steps(recording):
            yield FRAMES[0]
            yield b""  # nothing, not the end
            yield FRAMES[1][:4]
            raise ConnectionAbortedError

        with ReplayServer(THREE, steps=steps) as server, Wire(server) as wire:
            wire.send("GET / HTTP/1.1\nHost: x")
            wire.head()

            assert [wire.chunk(), wire.chunk()] == [FRAMES[0], FRAMES[1][:4]]
            with pytest.raises(EOFError):
                wire.chunk()
        assert capfd.readouterr().err == ""

    def test_a_bug_in_a_script_is_reported(self, capfd):
        def steps(recording):
            raise ZeroDivisionError
            yield

        with ReplayServer(THREE, steps=steps) as server, Wire(server) as wire:
            wire.send("GET / HTTP/1.1\nHost: x")
            wire.head()
            with pytest.raises(EOFError):
                wire.chunk()
        assert "ZeroDivisionError" in capfd.readouterr().err

    def test_a_script_resets_the_connection(self):
        def steps(recording):
            yield FRAMES[0]
            yield 0.05  # the reset throws away what the client has not read yet
            raise ConnectionResetError

        with ReplayServer(THREE, steps=steps) as server, Wire(server) as wire:
            wire.send("GET / HTTP/1.1\nHost: x")
            wire.head()
            assert wire.chunk() == FRAMES[0]

            with pytest.raises(ConnectionResetError):
                wire.chunk()

    def test_a_stalled_stream_does_not_hold_up_the_others(self):
        def steps(recording):
            yield FRAMES[0]
            yield math.inf if recording.name == "stalled" else FRAMES[1]

        with ReplayServer([Recording("stalled", THREE), Recording("good", THREE)], steps=steps) as server:
            with Wire(server, timeout=0.2) as wire:
                wire.send("GET /stalled HTTP/1.1\nHost: x")
                wire.head()
                wire.chunk()
                assert fetch(server, "/good")[2] == FRAMES[0] + FRAMES[1]
                with pytest.raises(TimeoutError):
                    wire.chunk()

    def test_a_client_that_says_no_more_still_gets_its_answer(self):
        with ReplayServer(THREE, rate=50) as server, Wire(server) as wire:
            wire.send("GET / HTTP/1.1\nHost: x")
            wire.socket.shutdown(socket.SHUT_WR)

            wire.head()
            assert wire.chunks() == FRAMES
            assert wire.file.read() == b""

    def test_a_client_that_reads_nothing_does_not_hold_up_the_others(self):
        big = b"data: " + b"x" * 4_000_000 + b"\n\n"

        with ReplayServer([Recording("big", big), Recording("small", THREE)]) as server, Wire(server) as wire:
            wire.send("GET /big HTTP/1.1\nHost: x")
            assert fetch(server, "/small")[2] == THREE
            wire.head()
            assert b"".join(wire.chunks()) == big

    def test_many_paced_streams_are_served_by_one_thread(self):
        threads = threading.active_count()
        with ReplayServer(THREE, rate=20) as server:
            wires = [Wire(server) for _ in range(50)]
            for wire in wires:
                wire.send("GET / HTTP/1.1\nHost: x")
            for wire in wires:
                wire.head()
            assert threading.active_count() == threads + 1
            for wire in wires:
                with wire:
                    assert wire.chunks() == FRAMES


class TestFaults:
    def play(self, faults: Faults, count: int = 40) -> list[str]:
        """What a client sees of each of `count` requests."""
        seen = []
        with ReplayServer(THREE, faults=faults) as server:
            for _ in range(count):
                with Wire(server, timeout=0.1) as wire:
                    wire.send("GET / HTTP/1.1\nHost: x")
                    try:
                        seen.append("good" if wire.head()[0] == 200 and wire.chunks() == FRAMES else "busy")
                    except (ConnectionResetError, TimeoutError, EOFError) as error:
                        seen.append(type(error).__name__)
        return seen

    def test_the_same_seed_gives_the_same_faults(self):
        shares = {"cut": 0.2, "stall": 0.1, "reset": 0.2}

        one, again, other = (self.play(Faults(seed=seed, **shares)) for seed in (1, 1, 2))

        assert one == again != other
        assert set(one) == {"good", "EOFError", "TimeoutError", "ConnectionResetError"}

    def test_they_are_counted(self):
        faults = Faults(seed=3, cut=0.5)

        seen = self.play(faults)

        assert faults.drawn == {"busy": 0, "cut": seen.count("EOFError"), "stall": 0, "reset": 0}

    def test_a_burst_refuses_everybody_for_as_long_as_it_says(self):
        faults = Faults(busy=1.0, retry_after_s=30)

        with ReplayServer(THREE, faults=faults) as server:
            answers = [fetch(server) for _ in range(5)]

        assert [status for status, _, _ in answers] == [429] * 5
        assert all(28 <= int(headers["retry-after"]) <= 30 for _, headers, _ in answers)
        assert faults.drawn["busy"] == len(faults.bursts) == 1

    def test_a_short_wait_is_told_in_milliseconds(self):
        with ReplayServer(THREE, faults=Faults(busy=1.0, retry_after_s=0.25)) as server:
            assert fetch(server)[1]["retry-after-ms"] == "250"

    def test_an_answer_may_be_made_for_its_request(self):
        def answer(request):
            return Recording("echo", b"data: %s\n\n" % request.body)

        with ReplayServer(answer) as server:
            assert fetch(server, "/", "POST", body=b"hey")[2] == b"data: hey\n\n"


class TestLife:
    def test_close_cuts_a_stream_in_its_pause(self):
        server = ReplayServer(THREE, rate=0.001)
        with Wire(server) as wire:
            wire.send("GET / HTTP/1.1\nHost: x")
            wire.head()
            wire.chunk()

            server.close()

            with pytest.raises(EOFError):
                wire.chunk()

    def test_close_ends_connections_that_idle(self):
        server = ReplayServer(THREE)
        with Wire(server) as wire:
            wire.send("GET / HTTP/1.1\nHost: x")
            wire.head()
            wire.chunks()

            server.close()

            assert wire.file.read() == b""

    def test_after_close_nobody_listens_and_closing_again_is_harmless(self):
        server = ReplayServer(THREE)
        server.close()
        server.close()

        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((server.host, server.port), 10)

    def test_wait_ends_with_close(self):
        server = ReplayServer(THREE)
        waiter = threading.Thread(target=server.wait)
        waiter.start()

        server.close()
        waiter.join(10)

        assert not waiter.is_alive()

    def test_where_it_listens(self):
        with ReplayServer(THREE) as server:
            assert server.url == f"http://127.0.0.1:{server.port}"
            with pytest.raises(OSError, match="in use"):
                ReplayServer(THREE, port=server.port)

    def test_ipv6(self):
        try:
            server = ReplayServer(THREE, host="::1")
        except OSError:
            pytest.skip("no IPv6 here")
        with server:
            assert server.url == f"http://[::1]:{server.port}"
            assert fetch(server)[2] == THREE

    @pytest.mark.parametrize("wrong", [{"rate": 0}, {"rate": -1.0}, {"block": 0}])
    def test_what_must_be_positive(self, wrong):
        with pytest.raises(ValueError, match="above 0"):
            ReplayServer(THREE, **wrong)

    def test_no_streams(self):
        with pytest.raises(ValueError, match="No streams to replay"):
            ReplayServer([])


def test_representations():
    with ReplayServer([Recording("a", b"data: a\n\n")]) as server:
        assert repr(server) == f"<ReplayServer {server.url}: 0 requests>"
    assert repr(server) == f"<ReplayServer {server.url}: 0 requests, closed>"
    assert repr(Recording("a", b"b", headers={})) == "Recording(name='a', body=b'b', status=200, headers={})"
    long = repr(Recording("a", b"b" * 5000, headers={}))
    assert long == f"Recording(name='a', body={b'b' * 60!r}... (5000 bytes), status=200, headers={{}})"
