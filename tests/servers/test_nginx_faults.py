"""What a proxy makes of faults: nginx in front of the fault server, in the ways in which it is set up in front of models.

A user must see the same as without it: a cut answer is cut, however clean nginx ends it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import urllib3
from nginx import Nginx

from conftest import BARE_DONE, COMPLETED, DONE, FINISH, HI, delta, output, run
from faultserver import (
    CALLS,
    CHUNKED,
    CLOSE,
    CUT,
    RESET,
    STALL,
    FaultServer,
    Flood,
    Pause,
    Script,
    Seen,
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
from ssescan import StreamBroken, StreamTimeout, StreamTruncated, Timeouts
from ssescan.errors import APIConnectionError, InternalServerError
from ssescan.openai import OpenAI

# The first test may have to install nginx.
pytestmark = pytest.mark.timeout(600)

OK = stream(HI, BARE_DONE)
GOOD = Sees("done", None, "Hi")
BROKEN = Sees("broken", StreamBroken, "Hi", 1)
CUT_OFF = Sees("truncated", StreamTruncated, "Hi", 1)

#: How nginx passes answers on: a location for each, behind which the path goes on to the fault server.
WAYS = {
    "live": "proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering off;",
    "buffered": "proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering on;",
    "old": "proxy_buffering off;",  # HTTP/1.0 is what nginx speaks unless told otherwise
    "old-buffered": "proxy_buffering on;",
    "gzip": "proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering off; gzip on;",
    "gzip-buffered": "proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering on; gzip on;",
    "impatient": "proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering off; proxy_read_timeout 300ms;",
    "impatient-gzip": "proxy_buffering off; proxy_read_timeout 300ms; gzip on;",
    "impatient-buffered": "proxy_buffering on; proxy_read_timeout 300ms;",
    "forgetful": "proxy_http_version 1.1; proxy_buffering off; keepalive_timeout 100ms;",
}  # fmt: skip
each_way = pytest.mark.parametrize("way", [way for way in WAYS if "impatient" not in way])


@dataclass
class Site:
    """nginx, the fault server behind it, and clients that go through the one to the other."""

    nginx: Nginx
    origin: FaultServer
    trusting: urllib3.PoolManager
    #: Plain, or over TLS to nginx.
    tls: bool = False

    def client(self, way: str, **options: object) -> OpenAI:
        origin = f"https://localhost:{self.nginx.tls_port}" if self.tls else f"http://127.0.0.1:{self.nginx.port}"
        headers = {"Accept-Encoding": "gzip"} if "gzip" in way else {}
        given = {"http_client": self.trusting} if self.tls else {}
        usual = {
            "max_retries": 0,
            "timeout": Timeouts(connect_s=5, idle_s=5, event_s=5, total_s=10),
            "default_headers": headers,
        }
        return self.origin.client(**{"base_url": f"{origin}/faults-{way}", **usual, **given, **options})

    def see(self, way: str, dialect: str = "chat", *, by_reader: bool = False, **options: object) -> Seen:
        return watch(lambda: CALLS[dialect](self.client(way, **options)), by_reader=by_reader)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("nginx-faults")
    with FaultServer() as origin, pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "*")
        locations = [
            f"location /faults-{way}/ {{ {how} proxy_pass http://127.0.0.1:{origin.port}/; }}".encode()
            for way, how in WAYS.items()
        ]
        with (
            Nginx(folder, locations, UPSTREAM_PORT=origin.port, STREAMS=folder) as nginx,
            urllib3.PoolManager(ca_certs=certificate()) as pool,
        ):
            yield Site(nginx, origin, pool)


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def site(running: Site, request: pytest.FixtureRequest) -> Iterator[Site]:
    running.tls = request.param
    running.origin.requests.clear()
    yield running
    for client in running.origin._clients:
        client.close()


class TestWhole:
    @each_way
    @pytest.mark.parametrize("by_reader", [False, True], ids=["events", "reader"])
    @pytest.mark.parametrize(
        ("dialect", "events", "outcome"),
        [
            ("chat", (HI, FINISH, BARE_DONE), "done"),
            ("chat", (HI, FINISH), "finished"),
            ("assistants", (delta("Hi"), run("completed"), DONE), "done"),
            ("assistants", (delta("Hi"), run("completed")), "finished"),
            ("responses", (output("Hi"), COMPLETED), "done"),
        ],
    )
    def test_an_answer(
        self, site: Site, way: str, by_reader: bool, dialect: str, events: tuple[bytes, ...], outcome: str
    ):
        site.origin.play(*stream(*events))
        check(site.see(way, dialect, by_reader=by_reader), Sees(outcome, None, "Hi"))

    @pytest.mark.parametrize("way", ["gzip", "gzip-buffered"])
    def test_gzip_only_for_those_who_ask(self, site: Site, way: str):
        site.origin.play(*OK)
        asked = site.see(way)
        check(asked, GOOD)
        assert asked.stream.response.headers["content-encoding"] == "gzip"

        plain = site.see(way, default_headers={})
        check(plain, GOOD)
        assert "content-encoding" not in plain.stream.response.headers

    @each_way
    def test_one_connection_for_all(self, site: Site, way: str):
        """nginx keeps it, whatever the origin does with its own."""
        site.origin.play(*OK)
        client, used = site.client(way), set()
        for _ in range(10):
            seen = watch(lambda: CALLS["chat"](client))
            check(seen, GOOD)
            used.add(seen.stream.response.headers["x-connection"])

        assert len(used) == 1


class TestCut:
    """The origin breaks off; what nginx makes of it depends on how it is set up, what a user sees does not."""

    @each_way
    @pytest.mark.parametrize("by_reader", [False, True], ids=["events", "reader"])
    @pytest.mark.parametrize(
        ("script", "sees"),
        [
            (stream(HI), CUT_OFF),
            ((head("Connection: close"), HI, CLOSE), CUT_OFF),
            ((head("Connection: close", version="1.0"), HI, CLOSE), CUT_OFF),
            ((head(CHUNKED), piece(HI), Pause(0.05), RESET), BROKEN),
            ((head(CHUNKED), piece(HI), Pause(0.05), CUT), BROKEN),
            ((head(CHUNKED), piece(HI), b"fff\r\ndata: {", Pause(0.05), CUT), BROKEN),
            ((head(length(10**6)), HI, Pause(0.05), CUT), BROKEN),
            ((head("Connection: close"), HI, Pause(0.05), RESET), BROKEN),
        ],
        ids=["clean", "closed", "closed-1.0", "reset", "cut", "cut-in-a-chunk", "short", "closed-by-reset"],
    )
    def test_an_answer(self, site: Site, way: str, by_reader: bool, script: Script, sees: Sees):
        site.origin.play(*script)
        seen = site.see(way, by_reader=by_reader)

        assert type(seen.error) in (StreamBroken, StreamTruncated)
        assert isinstance(seen.error, APIConnectionError)
        if "buffered" not in way and not way.startswith("old"):
            check(seen, sees)
            return
        # A proxy that buffers may throw away what it holds, and one that speaks HTTP/1.0 may find the cut right.
        check(seen, Sees(str(seen.stream.outcome), type(seen.error), seen.text))
        assert seen.text in ("", "Hi")

    @pytest.mark.parametrize("way", ["impatient", "impatient-gzip", "impatient-buffered"])
    @pytest.mark.parametrize("by_reader", [False, True], ids=["events", "reader"])
    def test_by_nginx_itself(self, site: Site, way: str, by_reader: bool):
        """`proxy_read_timeout`: the origin thinks for longer than nginx waits."""
        site.origin.play(
            head(CHUNKED) if way == "impatient" else head("Connection: close"),
            piece(HI) if way == "impatient" else HI,
            STALL,
        )
        with timed() as passed:
            seen = site.see(way, by_reader=by_reader)
            assert passed.on_idle() < 2

        assert type(seen.error) is StreamBroken
        check(seen, Sees("broken", StreamBroken, "" if "buffered" in way and not seen.text else "Hi"))

    @pytest.mark.parametrize("way", ["impatient", "impatient-gzip"])
    def test_a_whole_answer_cut_by_nginx_is_whole(self, site: Site, way: str):
        site.origin.play(head("Connection: close"), HI, FINISH, STALL)

        check(site.see(way), Sees("finished", None, "Hi", 2))

    @pytest.mark.parametrize("way", ["live", "gzip", "old"])
    @pytest.mark.parametrize("clock", ["idle", "event", "total"])
    def test_clocks(self, site: Site, way: str, clock: str):
        """Pings pass through nginx, and so do the clocks."""
        flow = STALL if clock == "idle" else Flood(b": ping\n\n", 0.03)
        site.origin.play(head("Connection: close"), HI, flow)
        limits = {"connect_s": 5.0, "idle_s": 60.0, "event_s": 60.0, "total_s": 60.0, f"{clock}_s": 0.4}
        with timed() as passed:
            seen = site.see(way, timeout=Timeouts(**limits))
            assert passed() >= 0.4 and passed.on_idle() <= 0.64

        check(seen, Sees("timeout", StreamTimeout, "Hi", told={"clock": clock}))

    @pytest.mark.parametrize("way", ["live", "gzip", "old"])
    def test_who_leaves_is_noticed(self, site: Site, way: str):
        """Closing a stream ends it at the origin, too: nobody pays for what nobody reads."""
        site.origin.play(head("Connection: close"), HI, Flood(HI, 0.01))
        with CALLS["chat"](site.client(way)) as events:
            next(events)

        assert site.origin.is_left()


class TestNoAnswer:
    @each_way
    def test_a_bad_gateway_is_tried_again(self, site: Site, way: str, monkeypatch: pytest.MonkeyPatch):
        slept: list[float] = []
        monkeypatch.setattr("ssescan.openai._base_client.time.sleep", slept.append)
        site.origin.play_each((RESET,), OK)
        seen = site.see(way, max_retries=1)

        check(seen, GOOD)
        assert len(site.origin.requests) == 2
        assert len(slept) <= 1  # nginx may have tried again itself

    @each_way
    def test_its_page_is_the_message(self, site: Site, way: str):
        site.origin.play(RESET)

        check(
            site.see(way),
            Sees(
                "",
                InternalServerError,
                says="Error code: 502 - 502 Bad Gateway",
                told={"status_code": 502, "retryable": True},
            ),
        )

    def test_a_head_that_does_not_come(self, site: Site):
        site.origin.play(STALL)
        told = {"status_code": 504, "retryable": True}

        check(site.see("impatient"), Sees("", InternalServerError, says="504 Gateway Time-out", told=told))


class TestIdleConnections:
    """`keepalive_timeout`: nginx closes what is idle for 100 ms."""

    def test_one_that_is_known_to_be_closed(self, site: Site):
        site.origin.play(*OK)
        client, used = site.client("forgetful"), set()
        for _ in range(3):
            seen = watch(lambda: CALLS["chat"](client))
            check(seen, GOOD)
            used.add(seen.stream.response.headers["x-connection"])
            time.sleep(0.25)

        assert len(used) == 3

    @pytest.mark.parametrize("retries", [0, 2])
    def test_one_that_dies_before_the_first_byte(self, site: Site, monkeypatch: pytest.MonkeyPatch, retries: int):
        """The FIN comes between urllib3's look at the connection and the request: here the look is taken away."""
        slept: list[float] = []
        site.origin.play(*OK)
        client = site.client("forgetful", max_retries=retries)
        first = watch(lambda: CALLS["chat"](client))
        check(first, GOOD)
        time.sleep(0.25)
        with monkeypatch.context() as patch:
            patch.setattr("urllib3.connectionpool.is_connection_dropped", lambda connection: False)
            patch.setattr("ssescan.openai._base_client.time.sleep", slept.append)
            again = watch(lambda: CALLS["chat"](client))

        assert len(slept) == (1 if retries else 0)
        if retries:
            check(again, GOOD)
            assert again.stream.response.headers["x-connection"] != first.stream.response.headers["x-connection"]
            assert [request.method for request in site.origin.requests] == ["POST", "POST"]
        else:
            check(again, Sees("", APIConnectionError))

    def test_in_the_race_itself(self, site: Site):
        """Around the moment at which nginx closes: some find the connection dying, none fails."""
        site.origin.play(*OK)
        client = site.client("forgetful", max_retries=3)
        for n in range(20):
            check(watch(lambda: CALLS["chat"](client)), GOOD)
            time.sleep(0.095 + 0.0005 * n)
