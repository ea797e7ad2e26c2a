"""What several test modules use: bodies written by hand, blocks cut in every way, sources that tell what happened."""

from __future__ import annotations

import gc
import json
import os
import random
import re
import signal
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from faultserver import FaultServer, certificate

# A shell that starts the tests in the background has them ignore Ctrl-C, which some of them are about.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline: nothing in the suite may depend on how fast the machine is. Derandomised: a failure is there again.
settings.register_profile(
    "ssescan", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ssescan")

# Each client of `openai` loads the certificates that a machine trusts. One certificate is loaded in a hundredth of the time.
os.environ.setdefault("SSL_CERT_FILE", certificate())


#: Why a test may be skipped. Any other skip fails the run, so that a check that stops running is noticed.
ALLOWED_SKIPS = (
    "no IPv6 here",
    "a short body and a complete one look the same here",
    "ijson has no such backend here",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="fail if any test is skipped")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    allowed = () if config.getoption("--no-skips") else ALLOWED_SKIPS
    for report in terminalreporter.getreports("skipped"):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if not reason.startswith(allowed or ("\0",)):
            terminalreporter.write_line(f"{report.nodeid} was skipped, which is not allowed: {reason}", red=True)
            terminalreporter._session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_collection_finish(session: pytest.Session) -> None:
    """Freeze the heap: thousands of collected tests need not be walked by every `gc.collect` in a test."""
    gc.collect()
    gc.freeze()


def frame(payload: object, name: str = "", *, id: str | None = None) -> bytes:
    """One frame; a payload that is no str is written as JSON."""
    text = payload if isinstance(payload, str) else json.dumps(payload, separators=(",", ":"))
    lines = [f"event: {name}"] * bool(name) + [f"id: {id}"] * (id is not None)
    return "\n".join([*lines, *(f"data: {line}" for line in text.split("\n")), "", ""]).encode()


def delta(text: str | None, index: int = 0) -> bytes:
    """A message delta of the Assistants API; without a text it adds none."""
    content = [] if text is None else [{"index": index, "type": "text", "text": {"value": text, "annotations": []}}]
    payload = {"id": "msg_1", "object": "thread.message.delta", "delta": {"content": content}}
    return frame(payload, "thread.message.delta")


def run(state: str, **more: object) -> bytes:
    return frame({"id": "run_1", "object": "thread.run", "status": state, **more}, f"thread.run.{state}")


def chunk(content: str | None = None, *, index: int = 0, finish: str | None = None, **more: object) -> bytes:
    """A chunk of a chat completion with one choice; `more` goes into its delta."""
    inner = {**({} if content is None else {"content": content}), **more}
    return frame({"id": "c", "choices": [{"index": index, "delta": inner, "finish_reason": finish}]})


def output(text: str, index: int = 0) -> bytes:
    """A text delta of the Responses API."""
    name = "response.output_text.delta"
    return frame({"type": name, "delta": text, "output_index": index, "content_index": 0, "sequence_number": 1}, name)


#: The answer of most tests that are not about answers: a text, and what finishes it.
HI = chunk("Hi")
FINISH = chunk(finish="stop")
DONE = frame("[DONE]", "done")
BARE_DONE = frame("[DONE]")
COMPLETED = frame(
    {"type": "response.completed", "response": {"id": "r", "usage": {"total_tokens": 3}}}, "response.completed"
)


def gzipped(*events: bytes) -> list[bytes]:
    """One gzip body: each event flushed, so that it can be read at once and even repeated, and then the body's end."""
    packer = zlib.compressobj(wbits=31)
    return [*(packer.compress(event) + packer.flush(zlib.Z_FULL_FLUSH) for event in events), packer.flush()]


def bytewise(body: bytes) -> list[bytes]:
    return [body[at : at + 1] for at in range(len(body))]


def cut(body: bytes, size: int) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


def cut_at_random(body: bytes, seed: object) -> list[bytes]:
    """Blocks of up to 40 bytes, empty ones among them; the same for the same seed."""
    draw, blocks, at = random.Random(str(seed)), [], 0
    while at < len(body):
        size = draw.choice((0, 1, 2, 3, draw.randint(4, 40)))
        blocks.append(body[at : at + size])
        at += size
    return blocks


def places_of(body: bytes, *, every: bool) -> Iterable[int]:
    """Where to split or truncate a body: at every byte, or around the end of each frame and at some random bytes.

    The core's own tests (tests/rust/fixtures.rs) split every fixture at every byte; `make soak` does it here too.
    """
    if every:
        return range(len(body) + 1)
    ends = [end + shift for end in ends_of_frames(body) for shift in (-1, 0, 1)]
    draw = random.Random(len(body))
    places = {0, len(body), *ends, *(draw.randint(0, len(body)) for _ in range(20))}
    return sorted(place for place in places if 0 <= place <= len(body))


def ends_of_frames(body: bytes) -> list[int]:
    return [match.end() for match in re.finditer(rb"\r\n\r\n|\n\n|\r\r", body)]


#: Every byte takes minutes in Python, and says no more than the core's tests do.
at_each_place = pytest.mark.parametrize(
    "every", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["borders", "every byte"]
)


class Asked:
    """An iterator of blocks that counts what it was asked for, and may end with an exception."""

    def __init__(self, blocks: Iterable[bytes], then: BaseException | None = None) -> None:
        self.blocks = iter(blocks)
        self.then = then
        self.count = 0
        self.bytes = 0
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        for block in self.blocks:
            self.count += 1
            self.bytes += len(block)
            return block
        if self.then is not None:
            raise self.then
        raise StopIteration

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault server is asked without a proxy, and its certificate trusted."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("SSL_CERT_FILE", certificate())


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def server(request: pytest.FixtureRequest, loopback: None) -> Iterator[FaultServer]:
    with FaultServer(tls=request.param) as server:
        yield server


@pytest.fixture
def no_garbage() -> Iterator[None]:
    """The collector is off and has nothing to do, so that what is freed was freed by its last reference."""
    gc.collect()
    gc.freeze()  # so that the collections of a test need not walk what is there
    gc.disable()
    yield
    gc.enable()
