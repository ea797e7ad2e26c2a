"""Coalescing: bytes are buffered before they are read, and everything else stays as it is."""

from __future__ import annotations

import io
import threading
import time

import pytest
import urllib3

from conftest import BARE_DONE, chunk
from faultserver import CHUNKED, END, Elapsed, FaultServer, Pause, certificate, head, piece, timed
from ssescan import Scanner, StreamCancelled, StreamTimeout, StreamTruncated, Timeouts
from ssescan.batch import Limiter
from ssescan.batch._options import RunOptions
from ssescan.batch._streams import Streams
from ssescan.replay import ReplayServer

WORDS = [f"word{number} " for number in range(60)]
BODY = b"".join(chunk(word) for word in WORDS) + chunk("", finish="stop") + BARE_DONE


#: How long bytes accumulate.
COALESCE_S = 0.1
#: A busy machine may be late.
late = pytest.mark.flaky(reruns=2)


class Blocks(io.BytesIO):
    """A tee that counts the blocks."""

    count = 0

    def write(self, block) -> int:
        self.count += 1
        return super().write(block)


def opened(url: str, **options) -> Scanner:
    pool = urllib3.PoolManager(ca_certs=certificate()) if url.startswith("https") else urllib3.PoolManager()
    response = pool.request("POST", url, preload_content=False, timeout=5)
    return Scanner(response, dialect="chat", **options)


def read(url: str, **options) -> tuple[str, int]:
    """Return the text, and the number of its blocks."""
    tee = Blocks()
    with opened(url, tee=tee, **options) as stream:
        text = stream.reader().read()
        assert stream.outcome == "done"
    assert tee.getvalue() == BODY
    return text, tee.count


def most_blocks(passed: Elapsed) -> float:
    """One for each time that bytes accumulated, and some for the head and the end."""
    return passed() / COALESCE_S + 5


def test_fewer_blocks_with_the_same_bytes():
    with ReplayServer(BODY, rate=200) as server:
        _, separate = read(server.url)
        with timed() as passed:
            text, blocks = read(server.url, coalesce_s=COALESCE_S)
            assert blocks <= most_blocks(passed)

    assert text == "".join(WORDS)
    assert separate > blocks


def test_it_can_be_set_while_the_stream_is_open():
    with ReplayServer(BODY, rate=200) as server, opened(server.url) as stream, timed() as passed:
        tee = stream.tee = Blocks()
        stream.coalesce_s = COALESCE_S
        assert stream.coalesce_s == COALESCE_S
        assert sum(1 for _ in stream) == len(WORDS) + 1
        assert tee.count <= most_blocks(passed)


def test_over_tls_where_a_read_returns_one_record_at_most():
    script = [head(CHUNKED)]
    for number, word in enumerate(WORDS):
        script += [piece(chunk(word)), Pause(0.002)] if number % 10 == 0 else [piece(chunk(word))]
    script += [piece(chunk("", finish="stop") + BARE_DONE), END]

    with FaultServer(tls=True) as server:
        server.play(*script)
        text, _ = read(server.origin, coalesce_s=0.1)

    assert text == "".join(WORDS)


def test_the_first_block_is_not_waited_for():
    with ReplayServer(BODY, rate=1) as server, opened(server.url, coalesce_s=30.0) as stream:
        assert next(stream).text == WORDS[0]


@late
def test_cancel_ends_the_wait():
    with ReplayServer(BODY, rate=50) as server, opened(server.url, coalesce_s=30.0) as stream:
        next(stream)
        threading.Timer(0.1, stream.cancel).start()
        began_s = time.monotonic()
        with pytest.raises(StreamCancelled):
            list(stream)
        assert time.monotonic() - began_s < 5


@pytest.mark.parametrize("clock", ["idle", "event", "total"])
def test_clocks_hold(clock):
    first = [head(CHUNKED), piece(chunk("a"))]
    limits = Timeouts(**{"idle_s": None, "event_s": None, "total_s": None, f"{clock}_s": 0.3})

    with FaultServer() as server:
        server.play(*first, Pause(30))
        stream = opened(server.origin, coalesce_s=10.0, timeout=limits)
        with pytest.raises(StreamTimeout) as raised:
            list(stream)

    assert raised.value.clock == clock
    assert raised.value.partial_text == "a"


def test_an_end_is_seen_at_the_next_tick():
    def steps(recording):
        yield chunk("a")
        yield 0.05
        raise ConnectionAbortedError

    with ReplayServer(BODY, steps=steps) as server, opened(server.url, coalesce_s=0.2) as stream:
        with pytest.raises((StreamTruncated, ConnectionError)) as raised:
            list(stream)

    assert raised.value.partial_text == "a"


@pytest.mark.parametrize("wrong", [-1, float("nan"), float("inf"), "1", True])
def test_invalid_numbers_of_seconds(wrong):
    with pytest.raises(ValueError, match="coalesce_s must be"):
        Scanner(BODY, coalesce_s=wrong)


def test_sources_without_a_socket_have_nothing_to_buffer():
    assert Scanner(io.BytesIO(BODY), dialect="chat", coalesce_s=30.0).reader().read() == "".join(WORDS)


@pytest.mark.parametrize(
    "count, coalesce_s, expected_s",
    [(1, 0.25, 0.25), (250, 0.25, 0.25), (500, 0.25, 0.5), (5000, 0.25, 1.0), (5000, 2.0, 2.0), (5000, 0.0, 0.0)],
)
def test_with_very_many_streams_bytes_are_buffered_for_longer(count, coalesce_s, expected_s):
    streams = Streams(None, Limiter(), RunOptions(client=None, coalesce_s=coalesce_s))
    streams._open.update(dict.fromkeys(range(count)))

    assert streams.coalesce_s() == expected_s
