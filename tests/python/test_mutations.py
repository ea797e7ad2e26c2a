"""Answers with random damage, from the status line to the last chunk: whatever came of one, the next one is itself.

So no connection is used again that something may still stand on, only exceptions of ours come, and nothing is left open.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator

import pytest

from conftest import BARE_DONE, FINISH, HI, chunk, frame
from faultserver import (
    CALLS,
    CHUNKED,
    CLOSE,
    END,
    RESET,
    FaultServer,
    Script,
    Sees,
    check,
    head,
    length,
    piece,
    settled,
    sockets_to,
    stream,
    watch,
)
from ssescan import SSEScanError, Timeouts
from ssescan.errors import APIConnectionError

pytestmark = [pytest.mark.usefixtures("loopback"), pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")]

LIMITS = Timeouts(connect_s=1, idle_s=0.15, event_s=0.15, total_s=0.5)
#: For answers that are right: a busy machine is late at times.
PATIENCE_S = 10.0
ENDS = ([FINISH], [BARE_DONE], [FINISH, BARE_DONE], [], [frame({"error": {"message": "m"}})])
STATUSES = ("200 OK", "429 X", "500 X", "204 X", "304 X", "302 X\r\nLocation: /x", "103 X")
PARTS = (b"\r\n", b"\n", b"0\r\n\r\n", b"ffffffff\r\n", b"HTTP/1.1 200 OK\r\n\r\n", BARE_DONE, CHUNKED.encode() + b"\r\n", b"Content-Length: 3\r\n")  # fmt: skip


def answer(draw: random.Random) -> bytes:
    """A good one, in one of the ways in which HTTP frames it."""
    events = [*(chunk(f"t{n}") for n in range(draw.randint(0, 4))), *draw.choice(ENDS)]
    body = b"".join(events)
    packed = gzip.compress(body)
    return draw.choice(
        (
            head(CHUNKED) + b"".join(map(piece, events)) + END,
            head(length(len(body))) + body,
            head("Connection: close") + body,
            head(CHUNKED, "Content-Encoding: gzip") + b"".join(piece(packed[at : at + 9]) for at in range(0, len(packed), 9)) + END,
            head(CHUNKED, kind=draw.choice((None, "application/json"))) + b"".join(map(piece, events)) + END,
            head(length(len(body)), status=draw.choice(STATUSES)) + body,
        )
    )  # fmt: skip


def damaged(data: bytes, draw: random.Random) -> bytes:
    for _ in range(draw.choice((0, 1, 1, 2, 3))):
        at = draw.randrange(len(data) + 1)
        data = draw.choice(
            (
                data[:at] + bytes([draw.choice((0, 10, 13, 32, 48, 58, 255))]) + data[at + 1 :],
                data[:at] + data[at + draw.randint(1, 20) :],
                data[:at] + draw.choice(PARTS) + data[at:],
                data[:at],
                data + data[at : at + 30],
            )
        )
    return data


def scripts(first: int, count: int) -> Iterator[tuple[int, Script]]:
    for seed in range(first, first + count):
        draw = random.Random(seed)
        data = damaged(answer(draw), draw)
        at = draw.randrange(len(data) + 1)
        yield seed, (data[:at], data[at:], *draw.choice(((), (CLOSE,), (RESET,))))


@pytest.mark.parametrize(("first", "count"), [(0, 120), pytest.param(120, 3000, marks=pytest.mark.soak)])
@pytest.mark.timeout(900)
def test_the_next_one_is_itself(first: int, count: int):
    with FaultServer() as server:
        for seed, script in scripts(first, count):
            client = server.client(timeout=LIMITS)
            server.play_each(script, stream(HI, BARE_DONE))
            seen = watch(lambda: CALLS["chat"](client), by_reader=seed % 2 == 0)  # noqa: B023
            assert seen.error is None or isinstance(seen.error, SSEScanError), seed
            server.play(*stream(HI, BARE_DONE))
            patient = client.with_options(timeout=PATIENCE_S)
            again = watch(lambda: CALLS["chat"](patient))  # noqa: B023
            if isinstance(again.error, APIConnectionError):
                # The connection's end, or more than its end, came at this very moment: that is what retries are for.
                assert again.stream is None
                again = watch(lambda: CALLS["chat"](patient))  # noqa: B023
            check(again, Sees("done", None, "Hi", 1))
            client.close()
            del seen, again
            assert settled(lambda: sockets_to(server.port) == []), seed
