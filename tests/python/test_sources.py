"""Everything that gives bytes: what a source may be, what becomes of it, and that nothing waits for more than it needs.

The HTTP server is the standard library's, in a thread of this process; the clients are those that people have.
"""

from __future__ import annotations

import array
import gc
import gzip
import http.client
import io
import mmap
import os
import socket
import threading
import urllib.request
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import urllib3

from conftest import BARE_DONE, DONE, HI, Asked, bytewise, cut, delta, frame, run
from faultserver import CHUNKED, STALL, FaultServer, head, length
from faultserver import stream as sse_stream
from ssescan import NotAnEventStream, Scanner, StreamBroken, StreamCancelled, StreamTruncated
from ssescan.errors import APIStatusError, AuthenticationError, InternalServerError, NotFoundError, RateLimitError

FRAMES = [delta("Hel"), delta("lo "), delta("wörld🙂"), DONE]
BODY = b"".join(FRAMES)
TEXTS = ["Hel", "lo ", "wörld🙂"]


def texts(source: Any, **more: Any) -> list[str]:
    return [event.text for event in Scanner(source, dialect="assistants", **more)]


class OnlyRead:
    """The least that a file may be."""

    def __init__(self, body: bytes, most: int = 1 << 20) -> None:
        self.file = io.BytesIO(body)
        self.most = most
        self.asked: list[int] = []

    def read(self, size: int) -> bytes:
        self.asked.append(size)
        return self.file.read(min(size, self.most))


class Iterable:
    """No iterator, but gives one."""

    def __iter__(self) -> Iterator[bytes]:
        return iter(FRAMES)


class Sequence:
    """The old protocol."""

    def __getitem__(self, index: int) -> bytes:
        return FRAMES[index]


def reused() -> Iterator[bytearray]:
    """One buffer for all blocks, overwritten as soon as the next one is asked for."""
    buffer = bytearray()
    for block in cut(BODY, 11):
        buffer[:] = block
        yield buffer
        buffer[:] = b"\xff" * len(buffer)


def reused_view() -> Iterator[memoryview]:
    buffer = bytearray(11)
    for block in cut(BODY, 11):
        buffer[: len(block)] = block
        yield memoryview(buffer)[: len(block)]
        buffer[:] = b"\xff" * 11


SOURCES: dict[str, Callable[[], Any]] = {
    "bytes": lambda: BODY,
    "bytearray": lambda: bytearray(BODY),
    "memoryview": lambda: memoryview(BODY),
    "memoryview that is not contiguous": lambda: memoryview(bytes(byte for byte in BODY for _ in range(2)))[::2],
    "BytesIO": lambda: io.BytesIO(BODY),
    "BufferedReader": lambda: io.BufferedReader(io.BytesIO(BODY)),
    "a gzip file": lambda: gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(BODY))),
    "read alone": lambda: OnlyRead(BODY),
    "read alone, little by little": lambda: OnlyRead(BODY, 5),
    "list": lambda: FRAMES,
    "tuple": lambda: tuple(FRAMES),
    "list with empty blocks": lambda: [b"", *(block for frame in FRAMES for block in (frame, b"", b""))],
    "generator": lambda: (block for block in bytewise(BODY)),
    "iterator": lambda: iter(FRAMES),
    "map": lambda: map(bytes, FRAMES),
    "iterable": Iterable,
    "sequence": Sequence,
    "bytearrays": lambda: [bytearray(frame) for frame in FRAMES],
    "memoryviews": lambda: [memoryview(frame) for frame in FRAMES],
    "arrays": lambda: [array.array("B", frame) for frame in FRAMES],
    "bytes subclass": lambda: [type("Bytes", (bytes,), {})(frame) for frame in FRAMES],
    "a reused bytearray": reused,
    "views of a reused bytearray": reused_view,
}


class TestKinds:
    @pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
    def test_events(self, source):
        assert texts(source()) == TEXTS

    @pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
    def test_text(self, source):
        assert Scanner(source(), dialect="assistants").reader().read() == "".join(TEXTS)

    @pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
    def test_kept_events_keep_what_they_say(self, source):
        events = list(Scanner(source(), dialect="assistants"))

        assert b"".join(frame[28:].strip() for frame in FRAMES[:3]) == b"".join(b"data: " + e.raw for e in events)

    @pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
    def test_the_tee_gets_plain_bytes(self, source):
        class Tee(io.BytesIO):
            def write(self, block):
                assert isinstance(block, bytes)
                return super().write(block)

        tee = Tee()
        texts(source(), tee=tee)

        assert tee.getvalue() == BODY

    def test_a_real_file(self, tmp_path):
        path = tmp_path / "body.sse"
        path.write_bytes(BODY)

        for buffering in (-1, 0):
            with open(path, "rb", buffering=buffering) as file:
                assert texts(file) == TEXTS
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            assert texts(mapped) == TEXTS

    def test_a_file_that_is_not_at_its_beginning(self):
        file = io.BytesIO(BODY)
        file.seek(len(FRAMES[0]))

        assert texts(file) == TEXTS[1:]

    def test_an_empty_body(self):
        for source in (b"", [], [b""], io.BytesIO(), iter(())):
            assert list(Scanner(source)) == []

    def test_an_empty_block_from_an_iterable_is_nothing_and_from_a_file_the_end(self):
        class Pausing(OnlyRead):
            def read(self, size):
                return b"" if len(self.asked) == 1 and not self.asked.append(size) else super().read(size)

        assert texts([FRAMES[0], b"", *FRAMES[1:]]) == TEXTS
        with pytest.raises(StreamTruncated):
            texts(Pausing(BODY, len(FRAMES[0])))

    def test_a_file_is_asked_for_a_bounded_block(self):
        source = OnlyRead(BODY)
        texts(source)

        assert set(source.asked) == {65536}

    def test_the_whole_body_may_change_afterwards(self):
        body = bytearray(BODY)
        events = Scanner(body, dialect="assistants")
        body[:] = b"\xff" * len(body)

        assert [event.text for event in events] == TEXTS


async def asynchronous():
    yield BODY


class AsyncReader:
    """As asyncio.StreamReader: `read` is there, and a coroutine."""

    def __aiter__(self):
        return self

    async def read(self, size):
        return b""


class TestRefused:
    @pytest.mark.parametrize(
        "source", ["data: a\n\n", Path("body.sse"), io.StringIO("data: a\n\n")], ids=["str", "path", "text"]
    )
    def test_text(self, source):
        with pytest.raises(TypeError, match=r"source must yield bytes, got \w+\. Open files in binary mode"):
            Scanner(source)

    def test_a_text_file(self, tmp_path):
        path = tmp_path / "body.sse"
        path.write_bytes(BODY)

        with open(path) as file, pytest.raises(TypeError, match="binary mode"):
            Scanner(file)

    @pytest.mark.parametrize("source", [asynchronous, AsyncReader], ids=["generator", "reader"])
    def test_an_async_iterator(self, source):
        with pytest.raises(TypeError, match="asynchronous.*Parser.feed"):
            Scanner(source())

    @pytest.mark.parametrize("source", [None, 5, object(), lambda: BODY, Scanner])
    def test_what_gives_nothing(self, source):
        with pytest.raises(TypeError, match="source must be a response, a binary file, bytes or an iterable of blocks"):
            Scanner(source)

    @pytest.mark.parametrize("source", [["text"], [5], [None], iter(BODY), {"a": 1}, [[BODY]]])
    def test_blocks_that_are_none(self, source):
        with pytest.raises(TypeError, match="a block must be bytes, bytearray or memoryview, got"):
            list(Scanner(source))

    def test_a_reader_of_text(self):
        class Reader:
            def read(self, size):
                return "data: a\n\n"

        with pytest.raises(TypeError, match="a block must be .* got str"):
            list(Scanner(Reader()))


@pytest.fixture
def pipe() -> Iterator[tuple[Any, Callable[[bytes], None], Callable[[], None]]]:
    """A pipe's reading end, a function that writes, and one that closes the writing end."""
    reading, writing = os.pipe()
    closed = []

    def close() -> None:
        if not closed:
            closed.append(True)
            os.close(writing)

    with open(reading, "rb") as file:
        yield file, lambda block: os.write(writing, block), close
        close()


class TestPrompt:
    def test_a_pipe(self, pipe):
        file, write, _ = pipe
        events = Scanner(file, dialect="assistants")

        for block, text in zip(FRAMES, TEXTS):
            write(block)
            assert next(events).text == text

    def test_a_pipe_without_a_buffer(self):
        reading, writing = os.pipe()
        with open(reading, "rb", buffering=0) as file, open(writing, "wb", buffering=0) as out:
            events = Scanner(file, dialect="assistants")
            for block, text in zip(FRAMES, TEXTS):
                out.write(block)
                assert next(events).text == text

    def test_a_reader_over_a_pipe(self, pipe):
        file, write, _ = pipe
        reader = Scanner(file, dialect="assistants").reader()

        for block, text in zip(FRAMES, TEXTS):
            write(block)
            assert reader.read(1000) == text

    def test_a_closed_pipe_is_the_end(self, pipe):
        file, write, close = pipe
        write(FRAMES[0])
        close()

        with pytest.raises(StreamTruncated) as caught:
            texts(file)
        assert caught.value.partial_text == "Hel"

    @pytest.mark.parametrize("buffering", [-1, 0])
    def test_a_socket_as_a_file(self, buffering):
        ours, theirs = socket.socketpair()
        with ours, theirs, ours.makefile("rb", buffering=buffering) as file:
            events = Scanner(file, dialect="assistants")
            for block, text in zip(FRAMES, TEXTS):
                theirs.sendall(block)
                assert next(events).text == text

    def test_a_generator(self):
        source = Asked(FRAMES)
        counts = [source.count for _ in Scanner(source, dialect="assistants")]

        assert counts == [1, 2, 3]


class TestClosing:
    """D8: `close` closes the source if it can; files are not released at the end."""

    def test_a_file_stays_open_at_a_good_end_and_is_closed_with_the_stream(self):
        file = io.BytesIO(BODY + b"behind")
        events = Scanner(file, dialect="assistants")
        list(events)
        assert not file.closed

        events.close()
        assert file.closed

    def test_with_closes_a_file(self, tmp_path):
        path = tmp_path / "body.sse"
        path.write_bytes(BODY)
        file = open(path, "rb")  # noqa: SIM115
        with Scanner(file, dialect="assistants") as events:
            list(events)

        assert file.closed

    def test_a_close_in_mid_stream(self):
        for source in (io.BytesIO(BODY), Asked(FRAMES)):
            events = Scanner(source, dialect="assistants")
            next(events)
            events.close()
            assert source.closed == 1

    def test_a_generator_is_closed(self):
        seen = []

        def blocks() -> Iterator[bytes]:
            try:
                yield from FRAMES
            finally:
                seen.append("closed")

        events = Scanner(blocks(), dialect="assistants")
        next(events)
        events.close()

        assert seen == ["closed"]

    def test_what_has_no_close_need_not_be_closed(self):
        for source in (BODY, FRAMES, iter(FRAMES), OnlyRead(BODY)):
            events = Scanner(source, dialect="assistants")
            next(events)
            events.close()
            assert events.outcome == "cancelled"

    def test_a_source_that_can_not_be_closed_covers_nothing(self):
        class Stubborn(Asked):
            def close(self):
                super().close()
                raise OSError("no")

        source = Stubborn([delta("a")])
        events = Scanner(source, dialect="assistants")
        with pytest.raises(StreamTruncated):
            list(events)
        with pytest.raises(StreamTruncated):
            list(events)
        assert (source.closed, events.outcome) == (1, "truncated")

        events = Scanner(Stubborn(FRAMES), dialect="assistants")
        events.close()
        assert (events.outcome, events.err) == ("cancelled", None)

    def test_a_dropped_stream_drops_its_source(self, no_garbage):
        class Source(Asked):
            def __del__(self):
                dropped.append(True)

        dropped: list[bool] = []
        events = Scanner(Source(FRAMES), dialect="assistants")
        event = next(events)
        assert dropped == []
        del events

        assert dropped == [True]
        assert event.text == "Hel"


# HTTP: each way to frame a body, each client.


class Handler(BaseHTTPRequestHandler):
    """`/chunked`, `/length`, `/close`, `/gzip`; `?hold`: waits for the server's `go` before each frame but the first."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        path, _, how = self.path.partition("?")
        self.server.connections.add(self.client_address)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("x-request-id", "req_7")
        getattr(self, path.strip("/").replace("-", "_"))(how)

    def pieces(self, how: str) -> Iterator[bytes]:
        for number, piece in enumerate(FRAMES):
            if number and "hold" in how:
                assert self.server.go.acquire(timeout=30)
            yield piece

    def chunked(self, how: str, encode: Callable[[bytes], bytes] = bytes) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in self.pieces(how):
            self.chunk(encode(piece))
        if "cut" in how:
            self.wfile.write(b"fff\r\ndata: {")
            self.close_connection = True
            return
        self.chunk(b"")

    def chunk(self, piece: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))

    def length(self, how: str) -> None:
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        for piece in self.pieces(how):
            self.wfile.write(piece)

    def close(self, how: str) -> None:
        self.send_header("Connection", "close")
        self.end_headers()
        for piece in self.pieces(how):
            self.wfile.write(piece)
        self.close_connection = True

    def gzip(self, how: str) -> None:
        import zlib

        self.send_header("Content-Encoding", "gzip")
        packer = zlib.compressobj(wbits=31)
        self.chunked(how, lambda piece: packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH))

    def gzip_length(self, how: str) -> None:
        packed = gzip.compress(BODY)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(packed)))
        self.end_headers()
        self.wfile.write(packed)

    def silent(self, how: str) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.chunk(FRAMES[0])
        self.server.go.acquire(timeout=30)
        self.close_connection = True

    def broken(self, how: str) -> None:
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(FRAMES[0] + b"data: {")
        self.close_connection = True

    def log_message(self, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.go = threading.Semaphore(0)
        self.connections: set = set()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *args: Any) -> None:
        """Print nothing: a client that resets the connection is part of the tests."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.go.release(100)
        server.shutdown()
        thread.join()


def of_urllib3(url: str) -> Iterator[Any]:
    with urllib3.PoolManager() as pool:
        response = pool.request("GET", url, preload_content=False)
        yield response
        response.close()


def of_urllib3_preloaded(url: str) -> Iterator[Any]:
    with urllib3.PoolManager() as pool:
        yield pool.request("GET", url).data


def of_urllib3_read(url: str) -> Iterator[Any]:
    """What it is unless told otherwise: the body was read before the response was given."""
    with urllib3.PoolManager() as pool:
        yield pool.request("GET", url)


def of_requests(url: str) -> Iterator[Any]:
    with pytest.importorskip("requests").Session() as session, session.get(url, stream=True) as response:
        yield response


def of_requests_read(url: str) -> Iterator[Any]:
    with pytest.importorskip("requests").Session() as session, session.get(url) as response:
        yield response


def of_httpx(url: str, module: str = "httpx") -> Iterator[Any]:
    with pytest.importorskip(module).Client(trust_env=False) as client, client.stream("GET", url) as response:
        yield response


def of_httpx2(url: str) -> Iterator[Any]:
    yield from of_httpx(url, "httpx2")


def of_http_client(url: str) -> Iterator[Any]:
    connection = http.client.HTTPConnection(url.split("/")[2])
    connection.request("GET", url[url.index("/", 8) :])
    with connection.getresponse() as response:
        yield response
    connection.close()


def of_urllib(url: str) -> Iterator[Any]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url) as response:
        yield response


def of_urllib3_stream(url: str) -> Iterator[Any]:
    """Its own generator: an iterable of blocks like any other."""
    with urllib3.PoolManager() as pool:
        response = pool.request("GET", url, preload_content=False)
        yield response.stream(decode_content=True)
        response.close()


CLIENTS = {
    name.removeprefix("of_"): found
    for name, found in sorted(globals().items())
    if name.startswith("of_") and callable(found)
}
PROMPT = {name: CLIENTS[name] for name in ("urllib3", "requests", "httpx", "httpx2", "http_client", "urllib")}
DECODES = [name for name in CLIENTS if name not in ("http_client", "urllib")]
each_client = pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
each_prompt_client = pytest.mark.parametrize("client", PROMPT.values(), ids=PROMPT)


@pytest.fixture
def get() -> Iterator[Callable[[Callable, str], Any]]:
    """Asks with a client, and closes it in the end."""
    open_: list[Iterator[Any]] = []

    def get(client: Callable[[str], Iterator[Any]], url: str) -> Any:
        open_.append(client(url))
        return next(open_[-1])

    yield get
    for client in open_:
        for _ in client:
            pass


class TestHttp:
    @each_client
    @pytest.mark.parametrize("way", ["chunked", "length", "close"])
    def test_every_client_and_framing(self, server, get, client, way):
        assert texts(get(client, f"{server.url}/{way}")) == TEXTS

    @pytest.mark.parametrize("client", [CLIENTS[name] for name in DECODES], ids=DECODES)
    @pytest.mark.parametrize("way", ["gzip", "gzip-length"])
    def test_content_encoding(self, server, get, client, way):
        assert texts(get(client, f"{server.url}/{way}")) == TEXTS

    @each_client
    def test_the_tee_gets_the_decoded_body(self, server, get, client):
        tee = io.BytesIO()
        source = get(client, f"{server.url}/{'gzip' if client in [CLIENTS[n] for n in DECODES] else 'chunked'}")
        texts(source, tee=tee)

        assert tee.getvalue() == BODY

    @each_prompt_client
    @pytest.mark.parametrize("way", ["chunked", "length", "close"])
    def test_each_event_comes_before_the_next_one_is_sent(self, server, get, client, way):
        events = Scanner(get(client, f"{server.url}/{way}?hold"), dialect="assistants")

        for text in TEXTS:
            assert next(events).text == text
            server.go.release()
        assert list(events) == []
        assert events.outcome == "done"

    @pytest.mark.parametrize("client", [CLIENTS[name] for name in ("urllib3", "requests", "httpx")])
    def test_also_out_of_gzip(self, server, get, client):
        events = Scanner(get(client, f"{server.url}/gzip?hold"), dialect="assistants")

        for text in TEXTS:
            assert next(events).text == text
            server.go.release()
        assert list(events) == []

    @each_prompt_client
    def test_a_reader_is_as_prompt(self, server, get, client):
        reader = Scanner(get(client, f"{server.url}/chunked?hold"), dialect="assistants").reader()

        for text in TEXTS:
            assert reader.read(1000) == text
            server.go.release()
        assert reader.read(1000) == ""

    @each_prompt_client
    @pytest.mark.parametrize("way", ["broken", "chunked?cut"])
    def test_a_body_that_is_cut_is_no_end(self, server, get, client, way):
        """By whatever name the client calls it; http.client takes a short body for a whole one, so there it is a cut."""
        events = Scanner(get(client, f"{server.url}/{way}"))
        kind = (StreamBroken, StreamTruncated) if client in (of_http_client, of_urllib) else StreamBroken
        if client in (of_http_client, of_urllib) and way == "broken":
            pytest.skip("a short body and a complete one look the same here")

        with pytest.raises(kind) as caught:
            list(events)
        assert caught.value.__cause__ is not None
        assert events.outcome == "broken"

    @pytest.mark.parametrize("way", ["chunked", "length", "gzip"])
    def test_at_a_good_end_the_connection_can_be_used_again(self, server, way):
        """With what stands behind the end mark still unread, too."""
        with urllib3.PoolManager(maxsize=1) as pool:
            for _ in range(3):
                response = pool.request("GET", f"{server.url}/{way}", preload_content=False)
                assert texts(response) == TEXTS
                del response
        if way == "length":
            assert len(server.connections) == 1

    @pytest.mark.parametrize("client", [of_urllib3, of_requests, of_httpx, of_httpx2])
    def test_closing_closes_the_response(self, server, get, client):
        response = get(client, f"{server.url}/silent")
        events = Scanner(response, dialect="assistants")
        next(events)
        events.close()

        if client is of_requests:
            assert response.raw.closed
        else:
            assert getattr(response, "is_closed", None) or response.closed

    @pytest.mark.parametrize("client", [of_urllib3, of_requests])
    @pytest.mark.parametrize("end", ["cancel", "close"])
    def test_another_thread_ends_a_read_that_waits(self, server, get, client, end):
        """Without the server's help: nothing more is sent until the test is over."""
        events = Scanner(get(client, f"{server.url}/silent"), dialect="assistants")
        next(events)
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(lambda: pytest.raises(StreamCancelled, lambda: next(events)))
            while not events._busy:
                pass
            getattr(events, end)()
            error = reading.result(30).value

        assert (error.partial_text, error.events, events.outcome) == ("Hel", 1, "cancelled")

    def test_a_request_that_was_read_already_is_a_whole_body(self, server, get):
        response = get(of_requests_read, f"{server.url}/chunked")
        assert response.content == BODY

        assert texts(response) == TEXTS
        assert texts(response) == TEXTS

    def test_a_response_of_httpx_that_was_read_already_too(self, server):
        httpx = pytest.importorskip("httpx")
        with httpx.Client(trust_env=False) as client:
            response = client.get(f"{server.url}/chunked")

        assert texts(response) == TEXTS
        assert texts(response) == TEXTS

    def test_a_half_read_response_goes_on(self, server, get):
        response = get(of_urllib3, f"{server.url}/chunked")
        response.read(len(FRAMES[0]))

        assert texts(response) == TEXTS[1:]

    @pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
    def test_a_dropped_stream_lets_go_of_its_socket(self, server, no_garbage):
        with urllib3.PoolManager() as pool:
            events = Scanner(pool.request("GET", f"{server.url}/silent", preload_content=False), dialect="assistants")
            next(events)
            response = events._source.response
            del events

            assert response.closed

    def test_dropping_it_warns(self, server):
        with urllib3.PoolManager() as pool:
            events = Scanner(pool.request("GET", f"{server.url}/silent", preload_content=False), dialect="assistants")
            next(events)
            with pytest.warns(ResourceWarning, match="unclosed stream"):
                del events
                gc.collect()


RESPONSES = {
    name: CLIENTS[name]
    for name in ("urllib3", "urllib3_read", "requests", "requests_read", "httpx", "httpx2", "http_client")
}
PAGE = b"<!doctype html><html><head><title>Bad Gateway</title></head></html>"


@pytest.mark.parametrize("client", RESPONSES.values(), ids=RESPONSES)
@pytest.mark.parametrize("dialect", [None, "chat", "auto"])
class TestResponsesThatAreNoStream:
    """Status and Content-Type are checked, with and without a dialect."""

    def seen(self, get: Callable[..., Any], client: Any, dialect: str | None, *script: Any) -> tuple[Scanner, Any]:
        with FaultServer() as server:
            server.play(*script)
            events = Scanner(get(client, f"{server.origin}/x"), dialect=dialect)
            assert events.scan() is False
            assert events.event is None
            assert events.outcome == "error"
            with pytest.raises(type(events.err)):
                next(events)
            return events, events.err

    @pytest.mark.parametrize(
        ("status", "kind", "body", "error", "says"),
        [
            ("404 Not Found", "application/json", b'{"detail":"no such run"}', NotFoundError, "404 - no such run"),
            ("500 Oops", "text/html", PAGE, InternalServerError, "500 - Bad Gateway"),
            ("401 X", "text/event-stream", b'{"error":{"message":"bad key"}}', AuthenticationError, "bad key"),
            ("429 X", "text/event-stream", b"data: {}\n\n", RateLimitError, "Error code: 429"),
            ("304 X", None, b"", APIStatusError, "Error code: 304"),
            ("200 OK", "text/html", PAGE, NotAnEventStream, "text/html: Bad Gateway"),
            ("200 OK", "text/event-stream", PAGE, NotAnEventStream, "Bad Gateway"),
            ("200 OK", "application/json", b'{"id":"x"}', NotAnEventStream, "application/json"),
            ("200 OK", "application/json", b'{"error":{"message":"no"}}', NotAnEventStream, ": no"),
            ("200 OK", None, b"hello", NotAnEventStream, "hello"),
        ],
    )
    def test_an_error(self, get, client, dialect, status, kind, body, error, says):
        _, found = self.seen(get, client, dialect, head(length(len(body)), status=status, kind=kind), body)

        assert type(found) is error
        assert says in str(found)
        assert found.status_code == int(status[:3])

    def test_a_stream_by_another_name(self, get, client, dialect):
        with FaultServer() as server:
            server.play(*(step.replace(b"text/event-stream", b"text/plain") for step in sse_stream(HI, BARE_DONE)))
            events = Scanner(get(client, f"{server.origin}/x"), dialect=dialect)
            assert len(list(events)) == (2 if dialect is None else 1)
            assert events.outcome == ("eof" if dialect is None else "done")

    def test_nothing_is_read_before_the_first_event_is_asked_for(self, get, client, dialect):
        if "read" in client.__name__:
            return  # it was read before
        with FaultServer() as server:
            server.play(head(CHUNKED, kind="text/plain"), STALL)
            Scanner(get(client, f"{server.origin}/x"), dialect=dialect).close()

    def test_the_page_is_read_in_part(self, get, client, dialect):
        body = b"<p>" * 100_000
        for status, most in (("200 OK", 1 << 16), ("500 X", 1 << 20)):
            _, error = self.seen(get, client, dialect, head(length(len(body)), status=status, kind="text/html"), body)
            assert len(error.raw) == min(most, len(body))


def test_a_source_is_not_kept_alive_by_its_events():
    source = Asked([delta("a"), run("completed"), frame("[DONE]")])
    events = list(Scanner(source, dialect="assistants"))

    gone = weakref.ref(source)
    del source
    gc.collect()

    assert len(events) == 2
    assert gone() is None
