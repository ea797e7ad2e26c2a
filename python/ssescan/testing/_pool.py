"""`FakePool`, its answers, and the steps and faults of an answer."""

from __future__ import annotations

import errno
import json
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import takewhile
from typing import Any, NamedTuple, Self, Union
from urllib.parse import parse_qsl, urlsplit

from urllib3 import HTTPHeaderDict
from urllib3.exceptions import NewConnectionError, ProtocolError, ReadTimeoutError

from ssescan import _core
from ssescan._signatures import readable_signature
from ssescan.errors import is_retryable
from ssescan.http.transport import Transport
from ssescan.http.urls import redacted

__all__ = [
    "CUT",
    "REFUSED",
    "RESET",
    "STALL",
    "Answer",
    "Asked",
    "Drip",
    "FakePool",
    "NoAnswerLeft",
    "Pause",
    "answers",
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


def _refused() -> Exception:
    """Return the exception of a refused connection, with the cause that it has for a real one."""
    error = NewConnectionError(None, "Connection refused")  # type: ignore[arg-type]
    error.__cause__ = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
    return error


CUT = Fault("CUT", lambda: ProtocolError("connection closed before the end of the body"))
RESET = Fault("RESET", lambda: ConnectionResetError("Connection reset by peer"))
STALL = Fault("STALL", lambda: ReadTimeoutError(None, "", "Read timed out."))  # type: ignore[arg-type]
REFUSED = Fault("REFUSED", _refused)


@readable_signature
class Drip(NamedTuple):
    """A step that sends one byte at a time.

    Attributes:
        data: The bytes.
        every_s: The pause after each byte, in seconds.
    """

    data: bytes
    every_s: float = 0.0


@readable_signature
class Pause(NamedTuple):
    """A step with no data for `seconds`. The whole pause passes, then `StreamTimeout` if a timeout is shorter. `STALL` does not wait."""

    seconds: float


Step = Union[bytes, Drip, Pause, Fault]


@readable_signature
class Answer(NamedTuple):
    """A response. `bytes(answer)` is its body.

    Attributes:
        steps: The steps of its body.
        status: The HTTP status.
        headers: The headers.
        whole: The response to a request that does not ask for a stream; None: the same response.
    """

    steps: tuple[Step, ...]
    status: int = 200
    headers: Mapping[str, str] = {}
    whole: Answer | None = None

    def __repr__(self) -> str:
        return f"<Answer {self.status}: {len(self.steps)} steps, {len(bytes(self))} bytes>"

    def __bytes__(self) -> bytes:
        """Return the body until its first fault, without pauses."""
        sent = takewhile(lambda step: not isinstance(step, Fault), self.steps)
        return b"".join(
            step.data if isinstance(step, Drip) else step for step in sent if isinstance(step, (bytes, Drip))
        )


@readable_signature
class Asked(NamedTuple):
    """A request that a `FakePool` received. The names of `headers` are in lower case."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None

    def __repr__(self) -> str:
        return f"<Asked {self.method} {redacted(self.url)}>"  # without headers, which have keys

    @property
    def path(self) -> str:
        """The path of the URL."""
        return urlsplit(self.url).path

    @property
    def query(self) -> list[tuple[str, str]]:
        """The names and values of the query, in order."""
        return parse_qsl(urlsplit(self.url).query, keep_blank_values=True)

    def _is_retry_of(self, request: Asked) -> bool:
        return (self.method, self.url, self.body) == (request.method, request.url, request.body)

    def json(self) -> Any:
        """Return the decoded body. ValueError if it is not JSON."""
        return json.loads(self.body or b"")

    @property
    def asks_for_a_stream(self) -> bool:
        """True if the header Accept or the body says so. Clients of ssescan send both."""
        if "text/event-stream" in self.headers.get("accept", ""):
            return True
        try:
            body = self.json()
        except ValueError:
            return False
        return isinstance(body, dict) and bool(body.get("stream"))


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
        *steps: Bytes, the path of a recorded file, a `Drip`, a `Pause`, or a fault.
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


Given = Union[Answer, Fault, Callable[[Asked], Union[Answer, Fault]]]


class NoAnswerLeft(AssertionError):
    """A program sent a request to a `FakePool` that has no answer left."""

    __module__ = "ssescan.testing"  # pytest shows it


class FakePool:
    """Replaces a `PoolManager` of urllib3: pass it as `http_client=` of a client. It is thread-safe.

    `answers` and the fixture `ssescan_pool` use one for all clients. There, each answer is used once.

    Args:
        *answers: One for each request, in order; the last one serves all further requests. A function takes the request
            (`Asked`) and returns the answer.

    Attributes:
        requests: The requests so far, in order.
        unanswered: Those of them for which no answer was left.

    Raises:
        ValueError: There are no answers.
        TypeError: An answer has the wrong type.
    """

    def __init__(self, *answers: Given) -> None:
        if not answers:
            raise ValueError("FakePool needs at least one answer")
        self._set_up()
        self.add(*answers, repeat=True)

    @classmethod
    def _for_all_clients(cls, answers: Iterable[Given]) -> Self:
        pool = cls.__new__(cls)
        pool._set_up()
        pool.add(*answers)
        return pool

    def _set_up(self) -> None:
        self.requests: list[Asked] = []
        self.unanswered: list[Asked] = []
        self._left: deque[Given] = deque()
        self._repeated: Given | None = None
        #: The last request that failed, and why: the next one may be its retry.
        self._failed: tuple[Asked, str] | None = None
        self._lock = threading.Lock()

    def add(self, *answers: Given, repeat: bool = False) -> None:
        """Add answers for the next requests, after those that are left.

        Args:
            *answers: Answers, faults, or functions of the request.
            repeat: True to let the last of them serve all further requests. Otherwise each is used once, and a request
                without an answer raises `NoAnswerLeft`.

        Raises:
            TypeError: An answer has the wrong type.
        """
        for answer in answers:
            if not callable(answer):
                _check_answer(answer)
        with self._lock:
            self._left += answers
            self._repeated = answers[-1] if repeat and answers else None

    def request(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None, **_: object
    ) -> _Response:
        """Return the next answer as a response of urllib3. The transport calls this.

        Raises:
            NoAnswerLeft: There is no answer left.
        """
        __tracebackhide__ = True  # pytest shows the line of the test instead
        request = Asked(method, url, {name.lower(): value for name, value in (headers or {}).items()}, body)
        answer = self._next_answer(request)
        if not isinstance(answer, (Answer, Fault)):
            answer = answer(request)
            _check_answer(answer)
        if isinstance(answer, Fault):
            self._failed = request, repr(answer)
            raise answer.error()
        if is_retryable(answer.status):
            self._failed = request, f"HTTP {answer.status}"
        if answer.whole is not None and not request.asks_for_a_stream:
            answer = answer.whole
        return _Response(answer)

    urlopen = request

    def _next_answer(self, request: Asked) -> Any:
        __tracebackhide__ = True
        with self._lock:
            self.requests.append(request)
            if self._left:
                return self._left.popleft()
            if self._repeated is not None:
                return self._repeated
            self.unanswered.append(request)
        raise self._no_answer_left(request)

    def _no_answer_left(self, request: Asked) -> NoAnswerLeft:
        answered = len(self.requests) - len(self.unanswered)
        where = f"No answer left for {request.method} {redacted(request.url)}"
        before = f"({_count(answered, 'request')} {'was' if answered == 1 else 'were'} answered before)"
        failed, cause = self._failed or (None, "")
        if failed is not None and request._is_retry_of(failed):
            return NoAnswerLeft(
                f"{where}: it is a retry, since the same request got {cause} {before}. Let that answer serve all retries "
                "with add(..., repeat=True), add another one, or make the client with max_retries=0."
            )
        return NoAnswerLeft(
            f'{where} {before}. Add one with add(ssescan.testing.chat("Hello")), or for all further requests with '
            "add(..., repeat=True)."
        )

    def clear(self) -> None:
        """Do nothing: no connections are open."""

    def __repr__(self) -> str:
        left = f"{_count(len(self._left), 'answer')} left" if self._repeated is None else "answers every request"
        return f"<FakePool: {_count(len(self.requests), 'request')}, {left}>"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _check_answer(answer: object) -> None:
    if not isinstance(answer, (Answer, Fault)):
        raise TypeError(
            f"An answer must be made by chat, responses, stream, reply, failure, ..., got {type(answer).__name__}. "
            "Pieces of a stream go into one: stream(b'...'), chat('Hel', error('overloaded'))"
        )


@contextmanager
def answers(*answers: Given) -> Iterator[FakePool]:
    """Answer the requests of all clients in a `with` block, also of clients that were made before it.

        with ssescan.testing.answers(chat("Hello")) as pool:
            assert program() == "Hello"
        assert pool.requests[0].json()["model"] == "m"

    It applies to `ssescan.openai`, `ssescan.stream`, `EventSource` and batches, in all threads of this process. No request
    reaches the network. Clients with a `FakePool` of their own keep it.

    Args:
        *answers: One for each request, in order. Each is used once; `pool.add` adds more.

    Returns:
        A context manager; its value is the `FakePool` with the requests.

    Raises:
        TypeError: An answer has the wrong type.
        NoAnswerLeft: A request was sent, and no answer was left. The program gets it first, and the end of the block raises
            it if the program did not.
    """
    pool = FakePool._for_all_clients(answers)
    own_pool = Transport._pool

    def pool_for(transport: Transport, origin: Any) -> Any:
        return transport._callers_pool if isinstance(transport._callers_pool, FakePool) else pool

    Transport._pool = pool_for  # type: ignore[assignment, method-assign]
    try:
        yield pool
    finally:
        Transport._pool = own_pool  # type: ignore[method-assign]
    if pool.unanswered:
        raise pool._no_answer_left(pool.unanswered[0])


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
