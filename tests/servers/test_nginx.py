"""Recorded streams through a real nginx: whole, gzipped, over TLS, slowly, byte by byte, and proxied live.

What must come out is what the fixture's answer says, however the bytes travelled. Nothing here looks at a clock to
show that events are prompt: the server waits until the client has seen one before it sends the next.
"""

from __future__ import annotations

import io
import json
import random
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate, chain

import pytest
import urllib3
from answers import Seen, check, check_text, frames_of, in_memory, iterate
from nginx import Nginx, echo_location

from faultserver import (
    CALLS,
    CHUNKED,
    CLOSE,
    CUT,
    END,
    RESET,
    STALL,
    FaultServer,
    Script,
    Turns,
    certificate,
    head,
    length,
    piece,
)
from fixtures import CASES as ALL_CASES
from fixtures import STREAMS, Case
from ssescan import NotAnEventStream, Scanner, SSEScanError, StreamBroken, StreamCancelled, StreamTruncated
from ssescan.http.transport import Transport
from ssescan.openai import APIConnectionError, APITimeoutError, InternalServerError, OpenAI, RateLimitError
from ssescan.opening import open_stream

# The first test may have to install nginx.
pytestmark = pytest.mark.timeout(600)

#: The folders of `tests/streams` test what payloads mean, which a proxy does not change.
CASES = [case for case in ALL_CASES if "/" not in case.name]
NAMED = {case.name: case for case in CASES}
# The framing cases are about single bytes of lines, which know nothing of how they travelled.
CARRIED = [case for case in CASES if not case.name.startswith("framing-")]
TYPED = [case for case in CASES if case.dialect]
TEXTS = [NAMED[name] for name in ("recorded-langchain-bridge_run", "recorded-aimock_chat", "recorded-aimock_responses")]
each_case = pytest.mark.parametrize("case", CARRIED, ids=lambda case: case.name)
each_typed_case = pytest.mark.parametrize("case", TYPED, ids=lambda case: case.name)


def delta(text: str, end: str = "\n") -> bytes:
    content = json.dumps([{"index": 0, "type": "text", "text": {"value": text}}], ensure_ascii=False)
    lines = ["event: thread.message.delta", f'data: {{"id":"m","delta":{{"content":{content}}}}}', "", ""]
    return end.join(lines).encode()


def done(end: str = "\n") -> bytes:
    return end.join(["event: done", "data: [DONE]", "", ""]).encode()


class Blocks(list):
    """A tee that keeps the blocks as they came."""

    write = list.append


def large_case() -> Case:
    """An answer of 1.7 MB, a third of that when compressed: its blocks are what the network makes of them."""
    draw = random.Random(1)
    texts = [f"ü😀 {draw.randbytes(draw.randint(0, 150)).hex()} " for _ in range(6000)]
    frames = [*map(delta, texts), done()]
    end = {"dialect": "assistants", "outcome": "done", "text": "".join(texts), "error": None}
    return Case("large", b"".join(frames), [], {**end, "events": ["thread.message.delta"] * len(texts)})


LARGE = large_case()


@dataclass(frozen=True)
class Way:
    """Where nginx.conf has the files, how they are asked for, and how the bodies' framing shows."""

    folder: str
    how: dict[str, bool]
    headers: set[str]


WAYS = {
    "plain": Way("plain", {}, {"content-length"}),
    "chunked": Way("chunked", {}, {"transfer-encoding"}),
    "closed": Way("closed", {}, set()),
    "gzip": Way("gzip", {"gzip": True}, {"content-encoding", "transfer-encoding"}),
    "gzip-closed": Way("gzip-closed", {"gzip": True}, {"content-encoding"}),
    "tls": Way("plain", {"tls": True}, {"content-length"}),
}
TLS_CLOSED = Way("closed", {"tls": True}, set())
each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())


@dataclass(frozen=True)
class Site:
    """The server, and how to ask it."""

    nginx: Nginx
    upstream: FaultServer
    trusting: urllib3.PoolManager
    transport: Transport
    clients: list[OpenAI]

    def url(self, path: str, *, tls: bool = False) -> str:
        origin = f"https://localhost:{self.nginx.tls_port}" if tls else f"http://127.0.0.1:{self.nginx.port}"
        return f"{origin}/{path}"

    def client(self, path: str, *, tls: bool = False, gzip: bool = False, **options: object) -> OpenAI:
        headers = {"Accept-Encoding": "gzip"} if gzip else {}
        pool = self.trusting if tls else self.transport
        options = {"http_client": pool, "max_retries": 0, "default_headers": headers, **options}
        self.clients.append(OpenAI(api_key="k", base_url=self.url(path, tls=tls), **options))
        return self.clients[-1]

    def call(self, dialect: str, path: str, **options: object) -> Scanner:
        """A stream by the client's own call for this dialect; without the client if it has none."""
        if dialect not in CALLS:
            return Scanner(self.open(path.removesuffix("/v1"), **options), dialect=dialect)
        return CALLS[dialect](self.client(path, **options))

    def open(self, path: str, *, tls: bool = False, gzip: bool = False):
        """The same bytes without the client: a source for Scanner."""
        headers = {"accept-encoding": "gzip"} if gzip else {}
        transport = Transport(self.trusting) if tls else self.transport
        return open_stream(self.url(f"{path}/stream", tls=tls), headers=headers, transport=transport)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("nginx")
    streams = shutil.copytree(STREAMS, folder / "streams")
    (streams / "large.sse").write_bytes(LARGE.body)
    trusting = urllib3.PoolManager(ca_certs=certificate())
    with pytest.MonkeyPatch.context() as patch, FaultServer() as upstream:
        patch.setenv("NO_PROXY", "*")
        patch.setenv("no_proxy", "*")
        with Nginx(folder, ECHOES, STREAMS=streams, UPSTREAM_PORT=upstream.port) as nginx:
            site = Site(nginx, upstream, trusting, Transport(), [])
            yield site
            for client in site.clients:
                client.close()
            trusting.clear()


def check_travel(headers: Mapping[str, str], case: Case, way: Way) -> None:
    """The body came as it was meant to. An empty one has a length, however it was asked for."""
    framing = {"content-length", "transfer-encoding", "content-encoding"}
    assert not case.body or framing & {name.lower() for name in headers} == way.headers


class TestFiles:
    """Files of nginx's: with a length, chunked, ended by the connection's end, gzipped, and over TLS."""

    @each_way
    @each_case
    def test_frames(self, site: Site, way: Way, case: Case):
        source, received = site.open(f"{way.folder}/{case.name}", **way.how), io.BytesIO()
        scanner = Scanner(source, tee=received)
        frames = [{"event": e.event, "data": e.data, "id": e.id, "retry": e.retry} for e in scanner]

        assert frames == case.frames
        assert (scanner.outcome, scanner.err, received.getvalue()) == ("eof", None, case.body)
        check_travel(source.response.headers, case, way)

    @each_way
    @each_typed_case
    def test_events_and_text(self, site: Site, way: Way, case: Case):
        stream = site.call(case.dialect, f"{way.folder}/{case.name}/v1", **way.how)

        check(iterate(stream), case)
        check_travel(stream.response.headers, case, way)
        check_text(site.call(case.dialect, f"{way.folder}/{case.name}/v1", **way.how), case)

    @pytest.mark.parametrize("case", TEXTS, ids=lambda case: case.dialect)
    def test_tls_ends_with_the_connection(self, site: Site, case: Case):
        """Apart from the rest, since each of these takes a handshake."""
        self.test_events_and_text(site, TLS_CLOSED, case)

    @each_way
    def test_a_body_of_many_blocks(self, site: Site, way: Way):
        """They end where they like, as the network has it."""
        blocks = Blocks()
        seen = iterate(Scanner(site.open(f"{way.folder}/large", **way.how), dialect="assistants", tee=blocks))

        check(seen, LARGE)
        assert sum(not block.endswith(b"\n\n") for block in blocks) > 3
        check_text(site.call("assistants", f"{way.folder}/large/v1", **way.how), LARGE)

    @pytest.mark.parametrize("name", ["plain", "chunked", "gzip", "tls"])
    def test_one_connection_serves_one_stream_after_the_other(self, site: Site, name: str):
        way, used = WAYS[name], []
        for case in TYPED:
            if case.end["error"] is None:
                stream = site.call(case.dialect, f"{way.folder}/{case.name}/v1", **way.how)
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
        rate = len(case.body) // 3 + 150  # the headers count, too
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

# Long enough for a block to leave alone.
PAUSE_S = 0.05


def paused(pieces: list[bytes]) -> list[bytes | float]:
    return [step for piece in pieces for step in (piece, PAUSE_S)]


def ends_of(pieces: list[bytes]) -> set[int]:
    return set(accumulate(map(len, pieces)))


def cut_everywhere(body: bytes, *places: bytes) -> list[bytes]:
    """The body, cut in the middle of each occurrence of `places`, which are two bytes each."""
    return re.split(b"|".join(b"(?<=%b)(?=%b)" % (re.escape(p[:1]), re.escape(p[1:])) for p in places), body)


HELLO = delta("héllo ") + delta("über") + done()
CRLF = delta("one", "\r\n") + delta("two", "\r\n") + done("\r\n")
RATE_LIMITED = {"error": {"message": "Slow down.", "type": "rate_limit_error", "code": "rate_limit_exceeded"}}
FAILED_STREAM = b'data: {"error":{"message":"no such luck"}}\n\ndata: [DONE]\n\n'

SPLIT: dict[str, list[bytes]] = {
    "letters": cut_everywhere(HELLO, "é".encode(), "ü".encode()),
    "crlf": cut_everywhere(CRLF, b"\r\n"),
    "unterminated": [delta("all "), delta("but this")[:-1]],
    "unterminated-letter": [delta("all "), delta("but é").partition(b"\xa9")[0]],
    "unterminated-done": [delta("all"), b"data: [DONE]"],
}
ECHOES = [
    echo_location("/bytewise/", *(HELLO[at : at + 1] for at in range(len(HELLO)))),
    *(echo_location(f"/split/{name}/", *paused(pieces)) for name, pieces in SPLIT.items()),
    echo_location("/other/page/", b"<html><title>Log in, please</title></html>", kind="text/html"),
    echo_location("/other/json/", b'{"error":{"message":"no such model"}}', kind="application/json"),
    echo_location("/other/name/", HELLO, kind="application/octet-stream"),
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


class TestSplit:
    """The echo module writes bytes with pauses between them."""

    def read(self, site: Site, name: str, dialect: str | None = "assistants") -> tuple[Scanner, Seen]:
        blocks = Blocks()
        scanner = Scanner(site.open(f"split/{name}"), dialect=dialect, tee=blocks)
        seen = iterate(scanner)
        # A machine that dozes over a pause gets two pieces at once; but none is cut elsewhere.
        assert len(blocks) > 1
        assert ends_of(blocks) <= ends_of(SPLIT[name])
        return scanner, seen

    @pytest.mark.parametrize(("name", "text"), [("letters", "héllo über"), ("crlf", "onetwo")])
    def test_text(self, site: Site, name: str, text: str):
        scanner, seen = self.read(site, name)

        assert (seen.text, scanner.outcome, len(seen.events), seen.error) == (text, "done", 2, None)
        assert site.call("assistants", f"split/{name}/v1").reader().read() == text

    def test_each_byte_in_a_chunk_of_its_own(self, site: Site):
        stream = site.call("assistants", "bytewise/v1")

        assert (stream.reader().read(), stream.outcome) == ("héllo über", "done")

    @pytest.mark.parametrize("name", ["unterminated", "unterminated-letter"])
    def test_an_unterminated_event_is_none(self, site: Site, name: str):
        scanner, seen = self.read(site, name)

        assert (seen.text, scanner.outcome, len(seen.events)) == ("all ", "truncated", 1)
        assert isinstance(seen.error, StreamTruncated)
        assert seen.error.partial_text == "all "

        scanner, seen = self.read(site, name, dialect=None)
        assert (scanner.outcome, len(seen.events), seen.error) == ("eof", 1, None)
        assert scanner.stats.tail_bytes == len(SPLIT[name][1])

    def test_an_unterminated_end_mark_is_one(self, site: Site):
        scanner, seen = self.read(site, "unterminated-done")

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
        assert time.monotonic() - begun >= 1

    @pytest.mark.parametrize(("name", "said"), [("page", "Log in, please"), ("json", "no such model")])
    def test_200_with_something_else(self, site: Site, name: str, said: str):
        with pytest.raises(NotAnEventStream, match=said) as caught:
            iterate(site.call("chat", f"other/{name}/v1"))

        assert caught.value.status_code == 200

    def test_200_with_a_stream_by_another_name(self, site: Site):
        seen = iterate(site.call("assistants", "other/name/v1"))

        assert (seen.text, seen.stream.outcome) == ("héllo über", "done")

    @pytest.mark.parametrize("status", [307, 308])
    def test_a_redirected_post_stays_one(self, site: Site, status: int):
        turns = Turns()
        site.upstream.play(*event_by_event(TEXTS[0], turns))
        seen = iterate(site.call("assistants", f"moved/{status}/v1"), turns.saw)

        check(seen, TEXTS[0])
        request = site.upstream.requests[-1]
        assert (request.method, request.path) == ("POST", "/live/v1/threads/t/runs")
        assert request.headers["authorization"] == "Bearer k"
        assert json.loads(request.body) == {"assistant_id": "a", "stream": True}

    def test_502_of_a_proxy_is_html(self, site: Site):
        with pytest.raises(InternalServerError, match="502 Bad Gateway") as caught:
            site.call("chat", "dead/v1")

        assert caught.value.status_code == 502


# Live


LIVE = [case for case in TYPED if case.name.startswith("recorded-")]

each_live_case = pytest.mark.parametrize("case", LIVE, ids=lambda case: case.name)
each_text = pytest.mark.parametrize("case", TEXTS, ids=lambda case: case.dialect)
each_way_through = pytest.mark.parametrize("how", [{}, {"gzip": True}, {"tls": True}], ids=["plain", "gzip", "tls"])


def event_by_event(case: Case, turns: Turns) -> Script:
    """Frame i+1 is sent when the client has seen event i."""
    seen = len(case.end["events"])
    steps = [[piece(frame), *([turns.gate()] if n < seen else [])] for n, frame in enumerate(frames_of(case))]
    return (head(CHUNKED), *chain.from_iterable(steps), END)


class TestLive:
    """An origin behind nginx, which passes on what comes."""

    @each_way_through
    @each_live_case
    def test_each_event_comes_before_the_next_is_sent(self, site: Site, case: Case, how: dict):
        turns = Turns()
        site.upstream.play(*event_by_event(case, turns))
        stream = site.call(case.dialect, "live/v1", **how)

        check(iterate(stream, turns.saw), case)
        assert stream.response.headers.get("content-encoding") == ("gzip" if "gzip" in how else None)
        assert stream.response.headers["transfer-encoding"] == "chunked"

    @each_way_through
    @each_text
    def test_a_reader_gives_the_text_of_each_event_before_the_next_is_sent(self, site: Site, case: Case, how: dict):
        frames, turns = list(frames_of(case)), Turns()
        so_far = [in_memory(b"".join(frames[:count]), case.dialect).text for count in range(len(frames) + 1)]
        texts = [text.removeprefix(before) for before, text in zip(so_far, so_far[1:])]
        steps = ([piece(frame), *([turns.gate()] if text else [])] for frame, text in zip(frames, texts))
        site.upstream.play(head(CHUNKED), *chain.from_iterable(steps), END)
        reader, got = site.call(case.dialect, "live/v1", **how).reader(), []
        while text := reader.read(1000):
            got.append(text)
            turns.saw()

        assert got == [text for text in texts if text]

    @each_way_through
    def test_an_event_comes_with_the_cr_of_its_blank_line(self, site: Site, how: dict):
        """The LF comes in the next block, and is not waited for."""
        first, rest, turns = delta("one", "\r\n"), delta("two", "\r\n") + done("\r\n"), Turns()
        site.upstream.play(head(CHUNKED), piece(first[:-1]), turns.gate(), piece(b"\n" + rest), END)
        seen = iterate(site.call("assistants", "live/v1", **how), turns.saw)

        assert (seen.text, seen.stream.outcome) == ("onetwo", "done")


@dataclass(frozen=True)
class Cut:
    """How an answer is framed, and how it ends in the middle of an event."""

    header: str
    write: Callable[[bytes], bytes]
    end: Callable[[bytes], Script]
    error: type[SSEScanError] = StreamBroken


CUTS = {
    "reset": Cut(CHUNKED, piece, lambda half: (piece(half), RESET)),
    "inside-a-chunk": Cut(CHUNKED, piece, lambda half: (b"%x\r\n%b" % (len(half) + 9, half), CUT)),
    "inside-a-chunk-head": Cut(CHUNKED, piece, lambda half: (piece(half), b"1", CUT)),
    "between-chunks": Cut(CHUNKED, piece, lambda half: (piece(half), CUT)),
    "short": Cut(length(99999), bytes, lambda half: (half, CUT)),
    # These two end as HTTP says, so that only the dialect can tell.
    "last-chunk": Cut(CHUNKED, piece, lambda half: (piece(half), END), StreamTruncated),
    "close": Cut("Connection: close", bytes, lambda half: (half, CLOSE), StreamTruncated),
}
# A reset may overtake what was sent before it.
ORDERLY = {name: cut for name, cut in CUTS.items() if name != "reset"}
each_cut = pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS.keys())
each_orderly_cut = pytest.mark.parametrize("cut", ORDERLY.values(), ids=ORDERLY.keys())


def cut_off(case: Case, count: int, cut: Cut, turns: Turns | None = None) -> Script:
    """The first `count` frames, then half of the next one, then the cut."""
    frames = frames_of(case)
    steps = [[cut.write(frame), *([turns.gate()] if turns else [])] for frame in frames[:count]]
    behind = b"".join(frames[count : count + 1])
    return (head(cut.header), *chain.from_iterable(steps), *cut.end(behind[: len(behind) // 2]))


def check_cut(error: SSEScanError, stream: Scanner, case: Case, count: int, cut: Cut) -> None:
    assert type(error) is cut.error
    assert str(stream.outcome) == error.outcome == ("broken" if cut.error is StreamBroken else "truncated")
    whole = in_memory(b"".join(frames_of(case)[:count]), case.dialect)
    assert (error.events, error.partial_text) == (count, whole.text)
    assert case.end["text"].startswith(whole.text)
    assert error.retryable


class TestCut:
    """The origin goes away in the middle: never a complete outcome, and never a lost event."""

    @each_way_through
    @each_text
    @each_cut
    @pytest.mark.parametrize("count", [0, 1, 5])
    def test_events(self, site: Site, case: Case, how: dict, cut: Cut, count: int):
        turns = Turns()
        site.upstream.play(*cut_off(case, count, cut, turns))
        seen = iterate(site.call(case.dialect, "live/v1", **how), turns.saw)

        assert len(seen.events) == count
        check_cut(seen.error, seen.stream, case, count, cut)
        assert seen.text == seen.error.partial_text

    @each_way_through
    @each_text
    @each_orderly_cut
    def test_a_reader_raises(self, site: Site, case: Case, how: dict, cut: Cut):
        """Everything is sent at once here: what stands in front of the cut is not lost."""
        site.upstream.play(*cut_off(case, 6, cut))
        stream = site.call(case.dialect, "live/v1", **how)
        with pytest.raises(SSEScanError) as caught:
            stream.reader().read()

        check_cut(caught.value, stream, case, 6, cut)

    @each_way_through
    @each_text
    @each_cut
    def test_what_is_complete_stays_complete(self, site: Site, case: Case, how: dict, cut: Cut):
        """The payloads said that the answer is whole, before the end mark was cut."""
        count = len(case.end["events"])
        turns = Turns()
        site.upstream.play(*cut_off(case, count, cut, turns))
        seen = iterate(site.call(case.dialect, "live/v1", **how), turns.saw)

        assert (seen.text, seen.error) == (case.end["text"], None)
        assert seen.stream.outcome == ("done" if case.dialect == "responses" else "finished")

    def test_a_proxy_that_loses_patience_is_no_end(self, site: Site):
        case, silent = TEXTS[0], Cut(CHUNKED, piece, lambda _: (STALL,))
        site.upstream.play(*cut_off(case, 5, silent))
        seen = iterate(site.call(case.dialect, "impatient/v1"))

        check_cut(seen.error, seen.stream, case, 5, silent)
        assert site.upstream.is_left()


class TestLeaving:
    """Who stops reading stops the origin, through the proxy."""

    def begin(self, site: Site) -> None:
        site.upstream.play(head(CHUNKED), piece(HELLO[: HELLO.index(b"\n\n") + 2]), STALL)

    @each_way_through
    def test_close(self, site: Site, how: dict):
        self.begin(site)
        with site.call("assistants", "live/v1", **how) as stream:
            assert next(stream).text == "héllo "

        assert (stream.outcome, stream.err) == ("cancelled", None)
        assert site.upstream.is_left()

    @each_way_through
    def test_cancel_wakes_a_reader(self, site: Site, how: dict):
        self.begin(site)
        with ThreadPoolExecutor(1) as beside:
            stream = site.call("assistants", "live/v1", **how)
            reading = beside.submit(iterate, stream)
            while stream.stats.events < 1 or not reading.running():
                time.sleep(0.001)
            stream.cancel()
            seen = reading.result()

        assert (stream.outcome, seen.text, type(seen.error)) == ("cancelled", "héllo ", StreamCancelled)
        assert site.upstream.is_left()

    def test_a_timeout(self, site: Site):
        self.begin(site)
        stream = site.call("assistants", "live/v1", timeout=0.5)
        seen = iterate(stream)

        assert (stream.outcome, seen.error.clock, seen.error.partial_text) == ("timeout", "idle", "héllo ")
        assert site.upstream.is_left()

    def test_an_origin_that_does_not_answer(self, site: Site):
        site.upstream.play(STALL)
        with pytest.raises(APITimeoutError):
            site.call("assistants", "live/v1", timeout=0.3)

        assert site.upstream.is_left()

    @each_way_through
    def test_the_end_mark_is_the_end(self, site: Site, how: dict):
        """The body goes on, but nothing waits for it."""
        turns = Turns()
        site.upstream.play(head(CHUNKED), piece(HELLO), turns.gate(), END)
        seen = iterate(site.call("assistants", "live/v1", **how))
        turns.saw()

        assert (seen.text, seen.stream.outcome) == ("héllo über", "done")
