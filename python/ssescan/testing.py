"""Responses without a server or a socket, for the tests of programs that stream.

    from ssescan.testing import CUT, FakePool, frame, stream

    pool = FakePool(stream(frame({"choices": [...]}), CUT))
    client = OpenAI(api_key="k", http_client=pool)

A `FakePool` replaces the urllib3 pool of a client. Each request gets the next of its answers, and the last answer serves
all further requests. `pool.requests` lists the requests. An answer has steps: bytes, pauses and faults.

    stream("tests/run.sse")                         a recorded file, or bytes: the whole stream
    stream("tests/run.sse", block=7)                the same stream in blocks of seven bytes
    stream(frame(...), Pause(0.1), frame(...))      events with a pause between them
    stream(Drip(b"..."))                            byte by byte
    stream(frame(...), CUT)                         the connection ends. RESET: it is reset. STALL: no more data arrives
    reply({"id": "x"})                              a response that is not a stream
    failure(429, "slow down", retry_after_ms=5)     an error as the API sends it
    CUT, RESET, STALL, REFUSED                      as an answer: no response at all

A STALL takes no time: the timeout that it would run into expires at once.
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

from . import _core

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
    """A fault of the connection. `error()` returns the exception that the transport raises for it."""

    def __init__(self, name: str, error: Callable[[], Exception]) -> None:
        self.name, self.error = name, error

    def __repr__(self) -> str:
        return self.name


CUT = Fault("CUT", lambda: ProtocolError("Connection broken: connection closed before the end of the body"))
RESET = Fault("RESET", lambda: ConnectionResetError("Connection reset by peer"))
STALL = Fault("STALL", lambda: ReadTimeoutError(None, "", "Read timed out."))  # type: ignore[arg-type]
REFUSED = Fault("REFUSED", lambda: NewConnectionError(None, "Connection refused"))  # type: ignore[arg-type]


class Drip(NamedTuple):
    """A step that sends one byte at a time.

    Attributes:
        data: The bytes.
        every_s: The pause after each byte, in seconds.
    """

    data: bytes
    every_s: float = 0.0


class Pause(NamedTuple):
    """A step that waits for `seconds`."""

    seconds: float


Step = Union[bytes, Drip, Pause, Fault]


class Answer(NamedTuple):
    """A response: the steps of its body, its status and its headers."""

    steps: tuple[Step, ...]
    status: int = 200
    headers: Mapping[str, str] = {}


class Asked(NamedTuple):
    """A request that a `FakePool` received. The names of `headers` are in lower case."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None

    @property
    def path(self) -> str:
        """The path of the URL."""
        return urlsplit(self.url).path

    @property
    def query(self) -> list[tuple[str, str]]:
        """The names and values of the query, in order."""
        return parse_qsl(urlsplit(self.url).query, keep_blank_values=True)

    def json(self) -> Any:
        """Return the decoded body. ValueError if it is not JSON."""
        return json.loads(self.body or b"")


def frame(payload: Any, event: str = "") -> bytes:
    """Return one event as bytes.

    Args:
        payload: The payload, which is encoded as JSON; a str such as "[DONE]" is sent as it is.
        event: The name of the event, or an empty string.
    """
    data = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    return _core.encode_frame(event, data.encode(), "", None)


def stream(
    *steps: Step | str | os.PathLike[str], block: int | None = None, status: int = 200, **headers: str
) -> Answer:
    """Return an event stream as an answer.

    Args:
        *steps: Bytes, a path of a recorded file, a `Drip`, a `Pause`, or a fault.
        block: The size of the blocks in which bytes are sent; None sends them in one piece.
        status: The HTTP status.
        **headers: Headers, with underscores in place of dashes.
    """
    played: list[Step] = []
    for step in steps:
        if isinstance(step, (str, os.PathLike)):
            with open(step, "rb") as file:
                step = file.read()
        played += _blocks(step, block) if isinstance(step, bytes) and block else [step]
    return Answer(tuple(played), status, {"content-type": "text/event-stream", **_named(headers)})


def reply(body: Any, *, status: int = 200, **headers: str) -> Answer:
    """Return a response that is not a stream as an answer.

    Args:
        body: The body, which is encoded as JSON; bytes are sent as they are.
        status: The HTTP status.
        **headers: Headers, with underscores in place of dashes.
    """
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return Answer((content,), status, {"content-type": "application/json", **_named(headers)})


def failure(status: int, message: str, *, code: str | None = None, type: str | None = None, **headers: Any) -> Answer:
    """Return an error of the API as an answer.

    Args:
        status: The HTTP status.
        message: The message of the error.
        code: The code of the error, or None.
        type: The type of the error, or None.
        **headers: Headers, with underscores in place of dashes: `retry_after_ms=5`.
    """
    error = {"message": message, "type": type, "param": None, "code": code}
    return reply({"error": error}, status=status, **{name: str(value) for name, value in headers.items()})


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _blocks(data: bytes, size: int) -> list[Step]:
    return [data[at : at + size] for at in range(0, len(data), size)]


class FakePool:
    """Replaces a `PoolManager` of urllib3: pass it as `http_client=` of a client. It is thread-safe.

    Args:
        *answers: One for each request, in order; the last one serves all further requests. A function takes the request
            (`Asked`) and returns the answer.

    Attributes:
        requests: The requests so far, in order.

    Raises:
        ValueError: There are no answers.
    """

    def __init__(self, *answers: Answer | Fault | Callable[[Asked], Answer | Fault]) -> None:
        if not answers:
            raise ValueError("FakePool needs at least one answer")
        self.requests: list[Asked] = []
        self._answers = answers
        self._lock = threading.Lock()

    def request(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None, **_: object
    ) -> _Response:
        """Return the next answer as a response of urllib3. The transport calls this."""
        request = Asked(method, url, {name.lower(): value for name, value in (headers or {}).items()}, body)
        with self._lock:
            at = len(self.requests)
            self.requests.append(request)
        answer = self._answers[min(at, len(self._answers) - 1)]
        if not isinstance(answer, (Answer, Fault)):
            answer = answer(request)
        if isinstance(answer, Fault):
            raise answer.error()
        return _Response(answer)

    urlopen = request

    def clear(self) -> None:
        """Do nothing: no connections are open."""


class _Response:
    """The parts of a urllib3 response that are used."""

    def __init__(self, answer: Answer) -> None:
        self.status, self.reason = answer.status, None
        self.headers = HTTPHeaderDict(answer.headers)
        self._blocks = _played(answer.steps)
        self._left = b""

    def read1(self, amount: int = -1, decode_content: bool | None = None) -> bytes:
        """Return the next 1 to `amount` bytes of the body; empty at its end."""
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
