"""Answers without a server or a socket, for the tests of programs that stream.

    from ssescan.testing import CUT, FakePool, frame, stream

    pool = FakePool(stream(frame({"choices": [...]}), CUT))
    client = OpenAI(api_key="k", http_client=pool)

A `FakePool` stands where a urllib3 pool would. Each request gets the next of its answers, and the last one serves all
further requests; `pool.requests` has what was asked. An answer is made of steps: bytes, and what goes wrong.

    stream("tests/run.sse")                         a recording, or bytes: a stream from its first to its last byte
    stream("tests/run.sse", block=7)                the same in blocks of seven bytes
    stream(frame(...), Pause(0.1), frame(...))      events, with a pause
    stream(Drip(b"..."))                            byte by byte
    stream(frame(...), CUT)                         the connection ends; RESET: it fails; STALL: nothing more comes
    reply({"id": "x"})                              an answer that is no stream
    failure(429, "slow down", retry_after_ms=5)     an error as the API has them
    CUT, RESET, STALL, REFUSED                      there is no answer at all

A stall takes no time: the deadline that it would run into has run out at once.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Union
from urllib.parse import parse_qsl, urlsplit

from urllib3 import HTTPHeaderDict
from urllib3.exceptions import NewConnectionError, ProtocolError, ReadTimeoutError

__all__ = [
    "CUT",
    "REFUSED",
    "RESET",
    "STALL",
    "Answer",
    "Asked",
    "Drip",
    "FakePool",
    "Pause",
    "failure",
    "frame",
    "reply",
    "stream",
]


class Fault:
    """Something that goes wrong; `error()` is the transport's exception for it."""

    def __init__(self, name: str, error: Callable[[], Exception]) -> None:
        self.name, self.error = name, error

    def __repr__(self) -> str:
        return self.name


CUT = Fault("CUT", lambda: ProtocolError("Connection broken: the connection ended before the body"))
RESET = Fault("RESET", lambda: ConnectionResetError("Connection reset by peer"))
STALL = Fault("STALL", lambda: ReadTimeoutError(None, "", "Read timed out."))  # type: ignore[arg-type]
REFUSED = Fault("REFUSED", lambda: NewConnectionError(None, "Connection refused"))  # type: ignore[arg-type]


class Drip(NamedTuple):
    """One byte at a time, with a pause behind each, in seconds."""

    data: bytes
    every_s: float = 0.0


class Pause(NamedTuple):
    """Nothing, for so long."""

    seconds: float


Step = Union[bytes, Drip, Pause, Fault]


class Answer(NamedTuple):
    """A response: its status, headers, and the steps of its body."""

    steps: tuple[Step, ...]
    status: int = 200
    headers: Mapping[str, str] = {}


class Asked(NamedTuple):
    """A request that arrived. Names of `headers` are in lower case."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def query(self) -> list[tuple[str, str]]:
        """Names and values in their order."""
        return parse_qsl(urlsplit(self.url).query, keep_blank_values=True)

    def json(self) -> Any:
        """The body, decoded. ValueError if it is no JSON."""
        return json.loads(self.body or b"")


def frame(payload: Any, event: str = "") -> bytes:
    """One event: `payload` as JSON, or as it is if it is a str (`"[DONE]"`); `event` is its name, if it has one."""
    data = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    lines = [f"event: {event}"] * bool(event) + [f"data: {line}" for line in data.split("\n")]
    return "\n".join([*lines, "", ""]).encode()


def stream(
    *steps: Step | str | os.PathLike[str], block: int | None = None, status: int = 200, **headers: str
) -> Answer:
    """An event stream. A str or a path is a file of one; `block`: bytes come in blocks of so many."""
    played: list[Step] = []
    for step in steps:
        if isinstance(step, (str, os.PathLike)):
            with open(step, "rb") as file:
                step = file.read()
        played += _blocks(step, block) if isinstance(step, bytes) and block else [step]
    return Answer(tuple(played), status, {"content-type": "text/event-stream", **_named(headers)})


def reply(body: Any, *, status: int = 200, **headers: str) -> Answer:
    """An answer that is no stream: `body` as JSON, or bytes as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return Answer((content,), status, {"content-type": "application/json", **_named(headers)})


def failure(status: int, message: str, *, code: str | None = None, type: str | None = None, **headers: Any) -> Answer:
    """An error with its status. Headers have underscores for their dashes: `retry_after_ms=5`."""
    error = {"message": message, "type": type, "param": None, "code": code}
    return reply({"error": error}, status=status, **{name: str(value) for name, value in headers.items()})


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _blocks(data: bytes, size: int) -> list[Step]:
    return [data[at : at + size] for at in range(0, len(data), size)]


class FakePool:
    """Stands where a urllib3 `PoolManager` would: `http_client=` of a client, `pool` of a `Transport`. Thread-safe.

    `answers`: one for each request, in order; the last one serves all further ones. One that can be called is given
    the request (`Asked`), and gives the answer. `requests`: what was asked, in order.
    """

    def __init__(self, *answers: Answer | Fault | Callable[[Asked], Answer | Fault]) -> None:
        if not answers:
            raise ValueError("expected at least one answer")
        self.requests: list[Asked] = []
        self._answers = answers
        self._lock = threading.Lock()

    def request(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None, **_: object
    ) -> _Response:
        """What the transport calls."""
        asked = Asked(method, url, {name.lower(): value for name, value in (headers or {}).items()}, body)
        with self._lock:
            at = len(self.requests)
            self.requests.append(asked)
        answer = self._answers[min(at, len(self._answers) - 1)]
        if not isinstance(answer, (Answer, Fault)):
            answer = answer(asked)
        if isinstance(answer, Fault):
            raise answer.error()
        return _Response(answer)

    urlopen = request

    def clear(self) -> None:
        """Nothing is kept open."""


class _Response:
    """As much of a urllib3 response as is read."""

    def __init__(self, answer: Answer) -> None:
        self.status, self.reason = answer.status, None
        self.headers = HTTPHeaderDict(answer.headers)
        self._blocks = _played(answer.steps)
        self._left = b""

    def read1(self, amount: int = -1, decode_content: bool | None = None) -> bytes:
        """What comes next, at most `amount` bytes of it; empty at the end."""
        data = self._left or next(self._blocks, b"")
        data, self._left = (data[:amount], data[amount:]) if amount > 0 else (data, b"")
        return data

    def close(self) -> None:
        self._blocks, self._left = iter(()), b""

    release_conn = drain_conn = close


def _played(steps: tuple[Step, ...]) -> Iterator[bytes]:
    for step in steps:
        if isinstance(step, Fault):
            raise step.error()
        if isinstance(step, Pause):
            time.sleep(step.seconds)
        elif isinstance(step, Drip):
            for at in range(len(step.data)):
                yield step.data[at : at + 1]
                time.sleep(step.every_s)
        elif step:
            yield step
