"""Recorded streams through a real nginx: whole, gzipped, over TLS, slowly, byte by byte, and proxied live.

What must come out is what the fixture's answer says, however the bytes travelled. Nothing here looks at a clock to
show that events are prompt: the server waits until the client has seen one before it sends the next.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import pytest
import urllib3
from fixtures import CASES, Case, mend
from nginx import Nginx, Unavailable, echo_location, make_certificate, provide
from upstream import Upstream, Wire

from ssescan import EventDecodeError, Scanner, SSEScanError, StreamBroken, StreamTruncated
from ssescan.models import event_name
from ssescan.openai import APIConnectionError, APIError, InternalServerError, OpenAI, RateLimitError
from ssescan.transport import Transport, open_stream

# The first test may have to install nginx.
pytestmark = pytest.mark.timeout(600)

NAMED = {case.name: case for case in CASES}
TYPED = [case for case in CASES if case.dialect]
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
each_typed_case = pytest.mark.parametrize("case", TYPED, ids=lambda case: case.name)
each_way = pytest.mark.parametrize("way", ["plain", "gzip", "tls"])

CALLS: dict[str, Callable[[OpenAI], Scanner]] = {
    "assistants": lambda client: client.beta.threads.runs.create("t", assistant_id="a", stream=True),
    "chat": lambda client: client.chat.completions.create(model="m", messages=[], stream=True),
    "responses": lambda client: client.responses.create(model="m", input="", stream=True),
}


@dataclass(frozen=True)
class Site:
    """The server, and how to ask it."""

    nginx: Nginx
    upstream: Upstream
    trusting: urllib3.PoolManager
    transport: Transport

    def url(self, path: str, *, tls: bool = False) -> str:
        return f"https://localhost:{self.nginx.tls_port}/{path}" if tls else f"http://127.0.0.1:{self.nginx.port}/{path}"

    def client(self, path: str, *, tls: bool = False, gzip: bool = False, **options: object) -> OpenAI:
        headers = {"Accept-Encoding": "gzip"} if gzip else {}
        pool = self.trusting if tls else self.transport
        options = {"http_client": pool, "max_retries": 0, "default_headers": headers, **options}
        return OpenAI(api_key="k", base_url=self.url(path, tls=tls), **options)

    def call(self, dialect: str, path: str, **options: object) -> Scanner:
        """A stream by the client's own call for this dialect."""
        return CALLS[dialect](self.client(path, **options))

    def open(self, path: str, *, tls: bool = False, gzip: bool = False):
        """The same bytes without the client: a source for Scanner."""
        headers = {"accept-encoding": "gzip"} if gzip else {}
        transport = Transport(self.trusting) if tls else self.transport
        return open_stream(self.url(f"{path}/stream", tls=tls), headers=headers, transport=transport)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    try:
        provide()
    except Unavailable as why:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(why))
    folder = tmp_path_factory.mktemp("nginx")
    trusting = urllib3.PoolManager(ca_certs=make_certificate(folder))
    with pytest.MonkeyPatch.context() as patch, Upstream() as upstream:
        patch.setenv("NO_PROXY", "*")
        settings = {"UPSTREAM_PORT": upstream.port, "PROXY_READ_TIMEOUT": "500ms"}
        with Nginx(folder, ECHOES, **settings) as nginx:
            transport = Transport()
            yield Site(nginx, upstream, trusting, transport)
            transport.close()
            trusting.clear()


# What came


@dataclass
class Seen:
    """A stream that was read to its end by iterating, and what was seen of it."""

    stream: Scanner
    events: list
    text: str
    error: BaseException | None = None


def iterate(stream: Scanner, on_event: Callable[[], object] = lambda: None) -> Seen:
    seen, texts = Seen(stream, [], ""), []
    try:
        for event in stream:
            seen.events.append(event)
            texts.append(stream.text() or "")
            on_event()
    except SSEScanError as error:
        seen.error = error
    seen.text = mend("".join(texts))
    assert seen.error is stream.err
    return seen


def in_memory(body: bytes, dialect: str) -> Seen:
    return iterate(Scanner([body], dialect=dialect))


def check(seen: Seen, case: Case) -> None:
    """The answer's names, text, outcome and error; and the payloads themselves, in order."""
    stream, end = seen.stream, case.end
    # Chat has no names: what a server puts into the event line says nothing there.
    names = ["" if case.dialect == "chat" else event_name(event) for event in seen.events]
    assert names == end["events"]
    assert (seen.text, str(stream.outcome), stream.dialect) == (end["text"], end["outcome"], case.dialect)
    assert [event.raw for event in seen.events] == [event.raw for event in in_memory(case.body, case.dialect).events]
    check_error(seen.error, case)


def check_error(error: BaseException | None, case: Case) -> None:
    expected = case.end["error"]
    if expected is None:
        assert error is None
        return
    assert isinstance(error, {"truncated": StreamTruncated, "decode": EventDecodeError, "api": APIError}[expected["kind"]])
    assert expected["message"] in (None, str(error))
    assert (error.events, error.outcome) == (len(case.end["events"]), case.end["outcome"])
    assert mend(error.partial_text) == case.end["text"]


def check_travel(headers, case: Case, way: str) -> None:
    """The body came as it was meant to."""
    if way == "gzip" and case.body:
        assert headers["content-encoding"] == "gzip"
        assert headers["transfer-encoding"] == "chunked"
    else:
        assert "content-encoding" not in headers
        assert int(headers["content-length"]) == len(case.body)


WAYS = {"plain": ("plain", {}), "gzip": ("gzip", {"gzip": True}), "tls": ("plain", {"tls": True})}


class TestFiles:
    """A file of nginx's: with a length, as one gzipped body, and over TLS."""

    @each_way
    @each_case
    def test_frames(self, site: Site, way: str, case: Case):
        folder, how = WAYS[way]
        source, received = site.open(f"{folder}/{case.name}", **how), io.BytesIO()
        scanner = Scanner(source, tee=received)
        frames = [{"event": e.event, "data": e.data, "id": e.id, "retry": e.retry} for e in scanner]

        assert frames == case.frames
        assert (scanner.outcome, scanner.err, received.getvalue()) == ("eof", None, case.body)
        check_travel(source.response.headers, case, way)

    @each_way
    @each_typed_case
    def test_events(self, site: Site, way: str, case: Case):
        folder, how = WAYS[way]
        stream = site.call(case.dialect, f"{folder}/{case.name}/v1", **how)

        check(iterate(stream), case)
        check_travel(stream.response.headers, case, way)

    @each_way
    @each_typed_case
    def test_text(self, site: Site, way: str, case: Case):
        folder, how = WAYS[way]
        failed = {"thread.run.failed", "thread.run.cancelled", "thread.run.expired"} & set(case.end["events"])
        stream = site.call(case.dialect, f"{folder}/{case.name}/v1", **how)
        if failed or case.end["error"]:
            with pytest.raises(SSEScanError) as caught:
                stream.reader().read()
            assert failed or mend(caught.value.partial_text) == case.end["text"]
        else:
            assert mend(stream.reader().read()) == case.end["text"]
            assert stream.outcome == case.end["outcome"]

    @each_way
    def test_one_connection_serves_one_stream_after_the_other(self, site: Site, way: str):
        folder, how = WAYS[way]
        used = []
        for case in TYPED:
            if case.end["error"] is None:
                stream = site.call(case.dialect, f"{folder}/{case.name}/v1", **how)
                iterate(stream)
                used.append(stream.response.headers["x-connection"])

        assert len(set(used)) == 1

    def test_a_certificate_that_nobody_trusts_is_a_connection_error(self, site: Site):
        with pytest.raises(APIConnectionError) as caught:
            open_stream(site.url("plain/recorded-aimock_chat/stream", tls=True), transport=site.transport)

        assert "CERTIFICATE_VERIFY_FAILED" in str(caught.value.__cause__)


@pytest.fixture(scope="session")
def slowly(site: Site) -> Iterator[dict[str, Future[Seen]]]:
    def read(case: Case) -> Seen:
        rate = len(case.body) // 3 + 1
        return iterate(site.call(case.dialect, f"slow/{rate}/{case.name}/v1"))

    with ThreadPoolExecutor(len(TYPED)) as pool:
        yield {case.name: pool.submit(read, case) for case in TYPED}


class TestSlow:
    """A rate at which each body takes two to three seconds, all of them at once over one client's pool."""

    @each_typed_case
    def test_events(self, slowly: dict[str, Future[Seen]], case: Case):
        seen = slowly[case.name].result()

        check(seen, case)
        if len(case.body) > 1000 and not seen.error:
            assert seen.stream.stats.last_s - seen.stream.stats.first_byte_s > 1


# Bytes and pauses

CUT_S = 0.05  # long enough for a block to leave alone; the tests check that it did


def delta(text: str, end: str = "\n") -> bytes:
    content = json.dumps([{"index": 0, "type": "text", "text": {"value": text}}], ensure_ascii=False)
    lines = ["event: thread.message.delta", 'data: {"id":"m","delta":{"content":%s}}' % content, "", ""]
    return end.join(lines).encode()


def done(end: str = "\n") -> bytes:
    return end.join(["event: done", "data: [DONE]", "", ""]).encode()


def paused(*pieces: bytes) -> list[bytes | float]:
    return [step for piece in pieces for step in (piece, CUT_S)]


def cut_everywhere(body: bytes, *places: bytes) -> list[bytes]:
    """The body, cut in the middle of each occurrence of `places`, which are two bytes each."""
    return re.split(b"|".join(b"(?<=%b)(?=%b)" % (re.escape(p[:1]), re.escape(p[1:])) for p in places), body)


HELLO = delta("h\u00e9llo ") + delta("\u00fcber") + done()
CRLF = delta("one", "\r\n") + delta("two", "\r\n") + done("\r\n")
RATE_LIMITED = {"error": {"message": "Slow down.", "type": "rate_limit_error", "code": "rate_limit_exceeded"}}
FAILED_STREAM = b'data: {"error":{"message":"no such luck"}}\n\ndata: [DONE]\n\n'

SPLIT: dict[str, list[bytes]] = {
    "bytes": [HELLO[at : at + 1] for at in range(len(HELLO))],
    "letters": cut_everywhere(HELLO, "\u00e9".encode(), "\u00fc".encode()),
    "crlf": cut_everywhere(CRLF, b"\r\n"),
    "unterminated": [delta("all "), delta("but this")[:-1]],
    "unterminated-letter": [delta("all "), delta("but \u00e9").partition(b"\xa9")[0]],
    "unterminated-done": [delta("all"), b"data: [DONE]"],
}
ECHOES = [
    *(echo_location(f"/split/{name}/", *(pieces if name == "bytes" else paused(*pieces))) for name, pieces in SPLIT.items()),
    echo_location("/status/500/", FAILED_STREAM, status=500),
    echo_location(
        "/status/429/",
        json.dumps(RATE_LIMITED).encode(),
        status=429,
        kind="application/json",
        # The second try is answered by a stream.
        more="add_header Retry-After 1 always; add_header X-Request-Id req_1 always; "
        "if ($http_x_stainless_retry_count = 1) { rewrite ^/status/429(/.*) /plain/recorded-aimock_chat$1 last; }",
    ),
]


class Blocks(list):
    """A tee that keeps the blocks as they came."""

    write = list.append


class TestSplit:
    """The echo module writes bytes with pauses between them."""

    def read(self, site: Site, name: str, dialect: str | None = "assistants") -> tuple[Scanner, Seen, list[bytes]]:
        blocks = Blocks()
        scanner = Scanner(site.open(f"split/{name}"), dialect=dialect, tee=blocks)
        return scanner, iterate(scanner), blocks

    @pytest.mark.parametrize(("name", "text"), [("bytes", "h\u00e9llo \u00fcber"), ("letters", "h\u00e9llo \u00fcber"), ("crlf", "onetwo")])
    def test_text(self, site: Site, name: str, text: str):
        scanner, seen, blocks = self.read(site, name)

        assert (seen.text, scanner.outcome, len(seen.events), seen.error) == (text, "done", 2, None)
        if name != "bytes":  # those come as fast as they can
            assert blocks == SPLIT[name][: len(blocks)]
        assert site.call("assistants", f"split/{name}/v1").reader().read() == text

    def test_an_event_comes_with_the_cr_of_its_blank_line(self, site: Site):
        """The LF comes in the next block, and is not waited for."""
        scanner = Scanner(site.open("split/crlf"), dialect="assistants")
        first = delta("one", "\r\n")

        assert scanner.scan()
        assert (scanner.text(), scanner.stats.bytes) == ("one", len(first) - 1)
        scanner.close()

    @pytest.mark.parametrize("name", ["unterminated", "unterminated-letter"])
    def test_an_unterminated_event_is_none(self, site: Site, name: str):
        scanner, seen, blocks = self.read(site, name)

        assert (seen.text, scanner.outcome, len(seen.events)) == ("all ", "truncated", 1)
        assert isinstance(seen.error, StreamTruncated)
        assert seen.error.partial_text == "all "
        assert blocks == SPLIT[name]

        scanner, seen, _ = self.read(site, name, dialect=None)
        assert (scanner.outcome, len(seen.events), seen.error) == ("eof", 1, None)
        assert scanner.stats.tail_bytes == len(SPLIT[name][1])

    def test_an_unterminated_end_mark_is_one(self, site: Site):
        scanner, seen, _ = self.read(site, "unterminated-done")

        assert (seen.text, scanner.outcome, seen.error) == ("all", "done", None)


class TestStatus:
    @pytest.mark.parametrize("dialect", CALLS)
    def test_500_with_a_stream_is_an_error_all_the_same(self, site: Site, dialect: str):
        with pytest.raises(InternalServerError, match="no such luck") as caught:
            site.call(dialect, "status/500/v1")

        assert (caught.value.status_code, caught.value.retryable) == (500, True)

    def test_500_without_the_client(self, site: Site):
        with pytest.raises(InternalServerError, match="no such luck"):
            site.open("status/500")

    @pytest.mark.parametrize("dialect", CALLS)
    def test_429(self, site: Site, dialect: str):
        with pytest.raises(RateLimitError, match=r"Slow down\.") as caught:
            site.call(dialect, "status/429/v1")

        error = caught.value
        assert (error.status_code, error.code, error.type) == (429, "rate_limit_exceeded", "rate_limit_error")
        assert (error.body, error.request_id, error.retryable) == (RATE_LIMITED["error"], "req_1", True)
        assert error.response.headers["retry-after"] == "1"

    def test_429_is_tried_again_when_the_server_says(self, site: Site):
        begun = time.monotonic()
        seen = iterate(site.call("chat", "status/429/v1", max_retries=1))

        check(seen, NAMED["recorded-aimock_chat"])
        assert 1 <= time.monotonic() - begun < 3

    def test_502_of_a_proxy_is_html(self, site: Site):
        with pytest.raises(InternalServerError, match="502 Bad Gateway") as caught:
            site.call("chat", "dead/v1")

        assert caught.value.status_code == 502


# Live


def frames_of(case: Case) -> list[bytes]:
    """Each with its blank line."""
    return [match[0] for match in re.finditer(rb"(?s).+?(?:\r\n\r\n|\n\n|\r\r|$)", case.body) if match[0]]


RECORDED = [case for case in TYPED if case.name.startswith("recorded-")]
LIVE = [case for case in RECORDED if len(case.body) < 10000]
TEXTS = [NAMED[name] for name in ("recorded-langchain-bridge_run", "recorded-aimock_chat", "recorded-aimock_responses")]

each_live_case = pytest.mark.parametrize("case", LIVE, ids=lambda case: case.name)
each_text = pytest.mark.parametrize("case", TEXTS, ids=lambda case: case.dialect)
each_coding = pytest.mark.parametrize("gzip", [False, True], ids=["identity", "gzip"])


def event_by_event(case: Case) -> Callable[[Wire], None]:
    """Frame i+1 is sent when the client has seen event i."""

    def script(wire: Wire) -> None:
        wire.begin("Transfer-Encoding: chunked")
        for number, frame in enumerate(frames_of(case)):
            wire.chunk(frame)
            if number < len(case.end["events"]):
                wire.wait_until_seen()
        wire.end_chunks()

    return script


class TestLive:
    """An origin behind nginx, which passes on what comes."""

    @each_coding
    @each_live_case
    def test_each_event_comes_before_the_next_is_sent(self, site: Site, case: Case, gzip: bool):
        with site.upstream.playing(event_by_event(case)) as wire:
            stream = site.call(case.dialect, "live/v1", gzip=gzip)
            seen = iterate(stream, wire.saw)

        check(seen, case)
        assert stream.response.headers.get("content-encoding") == ("gzip" if gzip else None)
        assert stream.response.headers["transfer-encoding"] == "chunked"

    @each_text
    def test_over_tls(self, site: Site, case: Case):
        with site.upstream.playing(event_by_event(case)) as wire:
            seen = iterate(site.call(case.dialect, "live/v1", tls=True), wire.saw)

        check(seen, case)

    @each_coding
    @each_text
    def test_a_reader_gives_the_text_of_each_event_before_the_next_is_sent(self, site: Site, case: Case, gzip: bool):
        texts = [text for event in in_memory(case.body, case.dialect).events if (text := event.text)]

        def script(wire: Wire) -> None:
            wire.begin("Transfer-Encoding: chunked")
            for frame in frames_of(case):
                wire.chunk(frame)
                if in_memory(frame, case.dialect).text:
                    wire.wait_until_seen()
            wire.end_chunks()

        with site.upstream.playing(script) as wire:
            reader, got = site.call(case.dialect, "live/v1", gzip=gzip).reader(), []
            while text := reader.read(1000):
                got.append(text)
                wire.saw()

        assert got == texts
