"""What becomes of connections: kept behind an end mark, dropped with an abandoned stream, never shared by a fork."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3
from urllib3.util.wait import wait_for_read

from conftest import BARE_DONE, COMPLETED, DONE, FINISH, HI, chunk, delta, gzipped, output, run
from faultserver import (
    CALLS,
    CHUNKED,
    CLOSE,
    CUT,
    END,
    RESET,
    STALL,
    FaultServer,
    Flood,
    Gate,
    Pause,
    Script,
    Sees,
    certificate,
    check,
    head,
    length,
    piece,
    settled,
    sockets_to,
    stream,
    timed,
    watch,
)
from ssescan import Scanner, Timeouts
from ssescan.errors import APIConnectionError
from ssescan.http import reuse
from ssescan.http.body import BodyReader
from ssescan.http.reuse import MAX_QUEUED
from ssescan.http.socket_reader import SocketReader
from ssescan.openai import OpenAI

pytestmark = pytest.mark.usefixtures("loopback")

GOOD = Sees("done", None, "Hi")
ENDS = {
    "chat": (HI, BARE_DONE),
    "assistants": (delta("Hi"), run("completed"), DONE),
    "responses": (output("Hi"), COMPLETED),
}


def late(*events: bytes, seconds: float) -> Script:
    """The last chunk comes so much later than the end mark."""
    return (head(CHUNKED), *map(piece, events), Pause(seconds), END)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each read of the rest of a body may wait. Unlike elapsed time, it is the same on a busy machine."""
    found: list[float] = []
    receive_within = SocketReader.receive_within

    def noted(reader: SocketReader, seconds: float) -> bytes | None:
        found.append(seconds)
        return receive_within(reader, seconds)

    monkeypatch.setattr(SocketReader, "receive_within", noted)
    return found


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of a body is waited for as long as a busy machine takes to send it."""
    monkeypatch.setattr(reuse, "MAX_TAIL_S", 30)


#: Elapsed time that no machine needs for a request, and that a wait for something that never arrives exceeds.
NEVER_S = 10


class TestBehindTheEndMark:
    @pytest.mark.usefixtures("patient")
    @pytest.mark.parametrize("dialect", ENDS)
    @pytest.mark.parametrize("late_s", [0.0, 0.003, 0.05])
    def test_fifty_streams_use_one_connection(self, server: FaultServer, dialect: str, late_s: float):
        server.play(*late(*ENDS[dialect], seconds=late_s))
        client = server.client()
        for _ in range(50 if dialect == "chat" else 10):
            check(watch(lambda: CALLS[dialect](client)), GOOD)

        assert server.connections == 1

    @pytest.mark.usefixtures("patient")
    def test_a_hundred_streams_of_all_delays(self, server: FaultServer):
        server.play_each(*(late(HI, BARE_DONE, seconds=0.05 * n / 99) for n in range(100)))
        client = server.client()
        for _ in range(100):
            check(watch(lambda: CALLS["chat"](client)), GOOD)

        assert server.connections == 1

    @pytest.mark.usefixtures("patient")
    @pytest.mark.parametrize("coding", ["length", "gzip"])
    def test_other_ends_that_are_late(self, server: FaultServer, coding: str):
        body = HI + BARE_DONE + b": bye\n\n"
        script: Script = (head(length(len(body))), body[:-3], Pause(0.02), body[-3:])
        if coding == "gzip":
            first, rest = gzipped(body)
            script = (head(CHUNKED, "Content-Encoding: gzip"), piece(first), Pause(0.02), piece(rest), END)
        server.play(*script)
        client = server.client()
        for _ in range(10):
            check(watch(lambda: CALLS["chat"](client)), GOOD)

        assert server.connections == 1

    @pytest.mark.parametrize("status", ["204 X", "304 X", "200 OK", "101 Switching Protocols"])
    @pytest.mark.parametrize("more", [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"x", b""])
    def test_bytes_after_a_response_without_a_body(self, server: FaultServer, status: str, more: bytes):
        """They are never part of the next response."""
        server.play_each((head(length(0), status=status, kind=None) + more,), stream(HI, BARE_DONE))
        client = server.client()
        assert watch(lambda: CALLS["chat"](client)).error is not None
        check(watch(lambda: CALLS["chat"](client)), GOOD)

        assert server.connections == (2 if more or status.startswith("101") else 1)

    def test_a_reset_after_a_response_without_a_body(self, server: FaultServer):
        server.play(head(length(0), status="304 X"), RESET)
        with urllib3.PoolManager(ca_certs=certificate()) as pool:
            raw = pool.request("GET", server.origin, preload_content=False, redirect=False)
            assert wait_for_read(raw.connection.sock, 5)  # the reset has arrived
            body = BodyReader(raw)

        assert body.read() == b""
        assert settled(lambda: sockets_to(server.port) == [])

    def test_the_iterator_does_not_wait(self, server: FaultServer, waits: list[float]):
        server.play(*late(HI, BARE_DONE, seconds=60))
        client = server.client()
        for by_reader in (False, True):
            with timed() as passed:
                check(watch(lambda: CALLS["chat"](client), by_reader=by_reader), GOOD)  # noqa: B023
                assert passed() < NEVER_S
            # The second request may wait for the connection of the first one.
            assert max(waits, default=0) <= 0.1 * by_reader

    @pytest.mark.parametrize(
        "tail",
        [(STALL,), (Flood(piece(b": x\n\n"), 0.001),), (Flood(piece(b": x\n\n" * 5000)),)],
        ids=["lingers", "drips", "floods"],
    )
    def test_who_lingers_loses_the_connection(self, server: FaultServer, waits: list[float], tail: Script):
        """Not more than 100 ms and 64 KiB for each, and those only when a connection is needed."""
        server.play(head(CHUNKED), piece(HI), piece(BARE_DONE), *tail)
        client = server.client()
        with timed() as passed:
            for _ in range(5):
                check(watch(lambda: CALLS["chat"](client)), GOOD)
            assert passed() < NEVER_S

        assert waits and max(waits) <= 0.1
        assert server.connections == 5
        client.close()
        assert sockets_to(server.port) == []

    def test_a_program_that_thinks_pays_nothing(self, server: FaultServer, waits: list[float]):
        """The time is over when the next connection is needed."""
        server.play(head(CHUNKED), piece(HI), piece(BARE_DONE), STALL)
        client = server.client()
        with timed() as passed:
            for _ in range(3):
                check(watch(lambda: CALLS["chat"](client)), GOOD)
                time.sleep(0.12)
            assert passed() < NEVER_S

        assert waits and not any(waits)
        assert len(sockets_to(server.port)) == 1

    def test_another_server_is_not_waited_for(self, server: FaultServer, waits: list[float]):
        server.play(head(CHUNKED), piece(HI), piece(BARE_DONE), STALL)
        client = server.client()
        with FaultServer() as other:
            other.play(*stream(HI, BARE_DONE))
            check(watch(lambda: CALLS["chat"](client)), GOOD)
            client.base_url = other.origin + "/"
            with timed() as passed:
                check(watch(lambda: CALLS["chat"](client)), GOOD)
                assert passed() < NEVER_S
        assert not any(waits)

    @pytest.mark.usefixtures("patient")
    def test_one_connection_is_enough_for_one_request(self):
        """Of several that were set aside, the first whose end comes is taken; the others keep their time."""
        with FaultServer() as server:
            server.play(*late(HI, BARE_DONE, seconds=0.05))
            client = server.client()
            streams = [CALLS["chat"](client) for _ in range(8)]
            for events in streams:
                assert len(list(events)) == 1
            for _ in range(8):
                check(watch(lambda: CALLS["chat"](client)), GOOD)

        assert server.connections == 8

    def test_not_without_bound(self):
        with FaultServer() as server:
            server.play(head(CHUNKED), piece(HI), piece(BARE_DONE), STALL)
            client = server.client()
            streams = [CALLS["chat"](client) for _ in range(MAX_QUEUED + 10)]
            for events in streams:
                assert len(list(events)) == 1

            assert len(sockets_to(server.port)) == MAX_QUEUED

    def test_places_that_others_wait_for(self):
        """A pool that counts its connections: nobody may ever ask again for the one that was set aside."""
        with FaultServer() as server, urllib3.PoolManager(maxsize=2, block=True) as pool:
            server.play(*late(HI, BARE_DONE, seconds=0.05))
            client = server.client(http_client=pool)
            with ThreadPoolExecutor(6) as beside:
                reading = [beside.submit(watch, lambda: CALLS["chat"](client)) for _ in range(6)]
                for each in reading:
                    check(each.result(10), GOOD)

    @pytest.mark.usefixtures("patient")
    def test_many_threads(self, server: FaultServer):
        server.play(*late(HI, BARE_DONE, seconds=0.01))
        client = server.client()
        with ThreadPoolExecutor(16) as beside:
            for seen in beside.map(lambda _: watch(lambda: CALLS["chat"](client)), range(160)):
                check(seen, GOOD)

        assert server.connections <= 2 * 16

    def test_a_response_of_somebody_elses_pool(self, server: FaultServer):
        """Nobody is told when it is needed again, so only what is there at once saves its connection."""
        server.play_each(stream(HI, BARE_DONE), late(HI, BARE_DONE, seconds=0.1), stream(HI, BARE_DONE))
        with urllib3.PoolManager(ca_certs=certificate()) as pool:
            for connections in (1, 1, 2):
                response = pool.request("GET", server.origin, preload_content=False)
                assert len(list(Scanner(response, dialect="chat"))) == 1
                assert server.connections == connections

    def test_a_clean_end_frees_the_connection(self, server: FaultServer):
        server.play(*stream(HI, FINISH))
        client = server.client()
        for _ in range(5):
            check(watch(lambda: CALLS["chat"](client)), Sees("finished", None, "Hi"))

        assert server.connections == 1

    def test_a_server_that_closes_each_time(self, server: FaultServer):
        server.play(head("Connection: close"), HI, BARE_DONE, CLOSE)
        client = server.client()
        for _ in range(3):
            check(watch(lambda: CALLS["chat"](client)), GOOD)

        assert server.connections == 3


# Abandoned


def broken_off(events: Scanner) -> None:
    for _ in events:
        break


def failed_in(events: Scanner) -> None:
    try:
        for _ in events:
            raise LookupError
    except LookupError:
        pass


ABANDONS: dict[str, Callable[[Scanner], object]] = {
    "unread": lambda events: None,
    "break": broken_off,
    "exception": failed_in,
    "next": next,
    "scan": Scanner.scan,
    "reader": lambda events: events.reader().read(1),
    "iterator": lambda events: next(iter(events)),
}


many = pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.soak)])


@pytest.mark.usefixtures("no_garbage")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
class TestAbandoned:
    @pytest.mark.parametrize("how", ABANDONS)
    @pytest.mark.parametrize(
        "script", [(head(CHUNKED), piece(HI), STALL), (head("Connection: close"), HI, STALL)], ids=["chunked", "closed"]
    )
    def test_the_socket_goes_with_the_stream(self, server: FaultServer, how: str, script: Script):
        """In the same statement, without the garbage collector."""
        server.play(*script)
        events = CALLS["chat"](server.client())
        ABANDONS[how](events)
        assert len(sockets_to(server.port)) == 1
        gone = weakref.ref(events)
        del events

        assert gone() is None
        assert sockets_to(server.port) == []

    def test_a_reader_keeps_it(self, server: FaultServer):
        server.play(head(CHUNKED), piece(HI), STALL)
        reader = CALLS["chat"](server.client()).reader()
        assert reader.read(1) == "H"
        assert len(sockets_to(server.port)) == 1
        del reader

        assert sockets_to(server.port) == []

    def test_an_event_does_not(self, server: FaultServer):
        server.play(head(CHUNKED), piece(HI), STALL)
        event = next(CALLS["chat"](server.client()))

        assert sockets_to(server.port) == []
        assert event.text == "Hi"

    def test_a_cycle_does_until_it_is_collected(self, server: FaultServer):
        server.play(head(CHUNKED), piece(HI), STALL)
        events = CALLS["chat"](server.client())
        next(events)
        events.__dict__["itself"] = events
        del events
        assert len(sockets_to(server.port)) == 1
        gc.collect()

        assert sockets_to(server.port) == []

    @many
    def test_many(self, count: int):
        """With a client that has had enough of waiting for connections long before that."""
        with FaultServer() as server:
            server.play(head(CHUNKED), piece(HI), STALL)
            client = server.client()
            before = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
            ways = list(ABANDONS.values())
            for n in range(count):
                ways[n % len(ways)](CALLS["chat"](client))
                assert sockets_to(server.port) == [] or n % 100
            assert sockets_to(server.port) == []
            if sys.platform == "linux":  # those of the server are gone, too
                assert settled(lambda: len(os.listdir("/proc/self/fd")) <= before)
        assert server.connections == count

    @many
    def test_many_from_a_small_pool(self, count: int):
        with FaultServer() as server, urllib3.PoolManager(maxsize=4, block=True) as pool:
            server.play(head(CHUNKED), piece(HI), STALL)
            client = server.client(http_client=pool)
            with timed() as passed:
                for _ in range(count):
                    next(CALLS["chat"](client))
                assert passed() < 60
            assert sockets_to(server.port) == []

    def test_not_under_the_lock_of_the_pool(self, server: FaultServer):
        """The collector may find a stream in the middle of what the pool does, in the thread that holds its lock."""
        server.play(head(CHUNKED), piece(HI), STALL)
        events = CALLS["chat"](server.client())
        with events._source.response.raw._pool.pool.mutex:
            del events

        assert sockets_to(server.port) == []

    def test_not_under_the_lock_of_a_pool_that_counts_either(self, server: FaultServer):
        server.play(head(CHUNKED), piece(HI), STALL)
        with urllib3.PoolManager(maxsize=1, block=True, ca_certs=certificate()) as pool:
            client = server.client(http_client=pool)
            events = CALLS["chat"](client)
            with events._source.response.raw._pool.pool.mutex:
                del events
            assert sockets_to(server.port) == []
            next(CALLS["chat"](client))  # its place is free again

    @pytest.mark.parametrize(
        "script", [(RESET,), (CUT,), (b"HTTP/1.1 20", STALL), (b"garbage\r\n\r\n", STALL), (b"HTTP/1.1 ", RESET)]
    )
    def test_a_request_that_failed_leaves_nothing_to_collect(self, server: FaultServer, script: Script):
        server.play(*script)
        client = server.client(timeout=0.05)
        for _ in range(10):
            assert isinstance(watch(lambda: CALLS["chat"](client)).error, APIConnectionError)

        assert sockets_to(server.port) == []
        assert gc.collect() < 10  # less than one for each: the server has some, too

    def test_nor_does_it_touch_what_its_caller_was_handling(self, server: FaultServer):
        """The caller's exception is behind ours, with frames that go on, and locals that its debugger shows."""
        server.play(CUT)
        client = server.client()

        def attempts() -> Iterator[ValueError]:
            for number in range(3):
                try:
                    raise ValueError(number)
                except ValueError as error:
                    kept = error
                yield kept

        seen, kept = [], []
        for attempt in attempts():
            try:
                raise attempt
            except ValueError as error:
                seen.append(error.args[0])
                kept.append(error)
                assert isinstance(watch(lambda: CALLS["chat"](client)).error, APIConnectionError)

        assert seen == [0, 1, 2]
        assert all(error.__traceback__.tb_next.tb_frame.f_locals for error in kept)

    def test_a_failure_releases_it_while_the_stream_lives(self, server: FaultServer):
        server.play(*stream(HI)[:-1], b"zz")
        events = CALLS["chat"](server.client())
        while events.scan():
            pass

        assert events.outcome == "broken"
        assert sockets_to(server.port) == []

    def test_a_refused_stream_releases_it(self, server: FaultServer):
        server.play(head(CHUNKED, kind="text/html"), piece(b"<p>"), Flood(piece(b"x" * 9000)))
        seen = watch(
            lambda: CALLS["chat"](server.client(timeout=Timeouts(connect_s=1, idle_s=1, event_s=1, total_s=1)))
        )

        assert seen.error is not None
        assert sockets_to(server.port) == []


class TestWarning:
    def test_one_that_nobody_closed(self, server: FaultServer):
        server.play(head(CHUNKED), piece(HI), STALL)
        events = CALLS["chat"](server.client())
        next(events)
        with pytest.warns(ResourceWarning, match="unclosed stream <Stream chat"):
            del events

    @pytest.mark.parametrize("end", ["with", "close", "cancel", "done", "failed", "reader"])
    def test_none_for_others(self, server: FaultServer, end: str):
        server.play(*stream(HI, *[BARE_DONE] * (end != "failed")))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            events = CALLS["chat"](server.client())
            if end == "with":
                with events:
                    next(events)
            elif end == "reader":
                with events.reader() as reader:
                    reader.read(1)
            elif end in ("close", "cancel"):
                getattr(events, end)()
            else:
                while events.scan():
                    pass
            del events


LEFT_OPEN = """
import sys
from ssescan.openai import OpenAI
events = OpenAI(api_key="k", base_url=sys.argv[1]).chat.completions.create(model="m", messages=[], stream=True)
next(events)
events.itself = events
"""


def test_a_program_that_ends_is_silent():
    """The interpreter takes everything down, the stream among it, which can import nothing any more."""
    with FaultServer() as server:
        server.play(head(CHUNKED), piece(HI), STALL)
        command = [sys.executable, "-c", LEFT_OPEN, server.origin]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=30)

    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_response_can_be_closed_after_its_file():
    """The garbage collector finalizes the parts of a stream in any order."""
    with FaultServer() as server:
        server.play(head(CHUNKED), piece(HI), STALL)
        events = CALLS["chat"](server.client())
        next(events)
        raw = events.response.raw
        raw._fp.fp.close()
        raw.close()

        assert raw._fp.closed
        events.close()


# Forks


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
class TestFork:
    def in_child(self, do: Callable[[], bool]) -> bool:
        """What `do` gives in a forked child."""
        child = os.fork()
        if child == 0:
            try:
                os._exit(0 if do() else 1)
            except BaseException:
                os._exit(2)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status) == 0
            time.sleep(0.01)
        os.kill(child, 9)
        os.waitpid(child, 0)
        raise AssertionError("the child hangs")

    def test_a_child_opens_its_own_sockets(self, server: FaultServer):
        server.play(*stream(HI, BARE_DONE))
        client = server.client()
        check(watch(lambda: CALLS["chat"](client)), GOOD)
        assert server.connections == 1

        assert self.in_child(lambda: watch(lambda: CALLS["chat"](client)).text == "Hi")
        assert server.connections == 2
        for _ in range(3):  # the parent's connection is as it was
            check(watch(lambda: CALLS["chat"](client)), GOOD)
        assert server.connections == 2

    def test_what_was_set_aside_is_not_the_childs(self, server: FaultServer):
        server.play(*late(HI, BARE_DONE, seconds=0.08))
        client = server.client()
        check(watch(lambda: CALLS["chat"](client)), GOOD)

        assert self.in_child(lambda: watch(lambda: CALLS["chat"](client)).text == "Hi")
        assert server.connections == 2

    @pytest.mark.parametrize("end", ["close", "cancel", "del"])
    def test_a_stream_of_the_parents_survives_the_child(self, server: FaultServer, end: str):
        """Whatever the child does to its copy; also while a thread of the parent reads."""
        server.play(head(CHUNKED), piece(HI), Pause(0.4), piece(HI), piece(BARE_DONE), END)
        streams = [CALLS["chat"](server.client())]
        next(streams[0])
        with ThreadPoolExecutor(1) as beside:
            reading = beside.submit(lambda: [event.text for event in streams[0]])
            assert settled(lambda: streams[0]._busy)

            def in_child() -> bool:
                events = streams.pop()
                if end != "del":
                    getattr(events, end)()
                del events
                return True

            assert self.in_child(in_child)
            assert reading.result(5) == ["Hi"]


# Memory

SOAK = """
import gc, resource, sys
from ssescan import Scanner, SSEScanError
from ssescan.openai import OpenAI
import warnings
warnings.simplefilter("ignore", ResourceWarning)

client = OpenAI(api_key="k", base_url=sys.argv[1], max_retries=0)
broken = OpenAI(api_key="k", base_url=sys.argv[1] + "/broken", max_retries=0)
count = int(sys.argv[2])

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

def use(n):
    way = n % 7
    events = (broken if way == 6 else client).chat.completions.create(model="m", messages=[], stream=True)
    if way == 0:
        for event in events: event.choices[0].delta.content
    elif way == 1:
        events.reader().read()
    elif way == 2:
        next(events)
    elif way == 3:
        with events: next(events)
    elif way == 4:
        next(events); events.cancel()
    else:
        while events.scan(): events.text()

for n in range(600): use(n)
gc.collect(); gc.disable()
before = resident()
for n in range(count): use(n)
grown = resident() - before
print(grown, gc.collect())
"""


@pytest.mark.soak
class TestSoak:
    @pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
    @pytest.mark.timeout(300)
    def test_streams_leave_nothing_behind(self):
        """Read, abandoned, closed, cancelled and broken ones, with the collector off: nothing waits for it."""
        events = chunk(" there"), FINISH, BARE_DONE
        with FaultServer() as server:
            server.plays = [
                lambda request: (*stream(HI)[:-1], CUT) if "broken" in request.path else stream(HI, *events)
            ]
            command = [sys.executable, "-c", SOAK, server.origin, "10000"]
            ran = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "NO_PROXY": "*"})
        assert (ran.returncode, ran.stderr) == (0, "")
        grown, collected = map(int, ran.stdout.split())

        assert grown < 5_000_000
        assert collected < 100, "cycles are left for the collector"


class TestClients:
    def test_one_tls_context_for_all_of_them(self):
        """Making one takes longer than a request."""
        with FaultServer(tls=True) as server:
            server.play(*stream(HI, BARE_DONE))
            check(watch(lambda: CALLS["chat"](server.client())), GOOD)
            with timed() as passed:
                clients = [OpenAI(api_key="k", base_url=server.origin) for _ in range(100)]
                pools = {
                    id(client._transport._pool(server.origin).connection_pool_kw["ssl_context"]) for client in clients
                }
                assert passed.on_idle() < 1
        assert len(pools) == 1

    @pytest.mark.usefixtures("no_garbage")
    def test_a_closed_client_holds_nothing_though_others_hold_its_pool(self, server: FaultServer):
        server.play(*stream(HI, BARE_DONE))
        client = server.client()
        events = CALLS["chat"](client)
        check(watch(lambda: events), GOOD)
        kept = events.response.raw._pool
        client.close()

        assert kept is not None
        assert sockets_to(server.port) == []

    def test_a_closed_client_holds_nothing(self, server: FaultServer):
        server.play(*late(HI, BARE_DONE, seconds=0.02))
        with server.client() as client:
            for _ in range(3):
                check(watch(lambda: CALLS["chat"](client)), GOOD)
        assert sockets_to(server.port) == []

    def test_nor_does_it_when_streams_end_that_outlive_it(self, server: FaultServer):
        """Behind an end mark nobody will ever need the connection again."""
        gate = Gate()
        begun: Script = (head(CHUNKED), piece(HI), piece(BARE_DONE), STALL)
        server.play_each(begun, begun, (gate, *begun))
        client = server.client()
        streams = [CALLS["chat"](client) for _ in range(2)]
        with ThreadPoolExecutor(1) as beside:
            late = beside.submit(lambda: CALLS["chat"](client))
            assert settled(lambda: len(server.requests) == 3)
            client.close()
            gate.opened.set()
            streams.append(late.result(5))
        for events in streams:
            check(watch(lambda: events), GOOD)  # noqa: B023

        assert sockets_to(server.port) == []

    def test_a_pool_of_the_callers_is_not_closed(self, server: FaultServer):
        server.play(*stream(HI, BARE_DONE))
        with urllib3.PoolManager(ca_certs=certificate()) as pool:
            for _ in range(2):
                with server.client(http_client=pool) as client:
                    check(watch(lambda: CALLS["chat"](client)), GOOD)  # noqa: B023
            assert server.connections == 1
