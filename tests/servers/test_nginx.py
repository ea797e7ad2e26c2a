"""Recorded streams through a real nginx: whole, gzipped, over TLS, slowly, byte by byte, and proxied live.

What must come out is what the fixture's answer says, however the bytes travelled. Nothing here looks at a clock to
show that events are prompt: the server waits until the client has seen one before it sends the next.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
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
    assert [event_name(event) for event in seen.events] == end["events"]
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

    @pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
    def test_one_connection_serves_one_stream_after_the_other(self, site: Site, tls: bool):
        used = set()
        for case in TYPED:
            if case.end["error"] is None:
                stream = site.call(case.dialect, f"plain/{case.name}", tls=tls)
                iterate(stream)
                used.add(stream.response.headers["x-connection"])

        assert len(used) == 1

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
ECHOES: list[bytes] = []
