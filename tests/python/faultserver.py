"""An HTTP origin on the loopback that does wrong what it is told to do wrong.

A case is a row: what is played behind a request, and what a user must see of it.

    Row("reset", (head(CHUNKED), piece(chunk("Hi")), RESET), Sees("broken", StreamBroken, "Hi"))

A script is a list of steps, and what is missing from it is the fault: a body without its end, a length that lies,
bytes that come one by one. A script that does not end the connection leaves it open for the next request, so that
reuse can be counted.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import ssl
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, Union

from ssescan import Scanner, SSEScanError
from ssescan.openai import OpenAI

__all__ = [
    "CHUNKED",
    "CLOSE",
    "CUT",
    "END",
    "RESET",
    "STALL",
    "Drip",
    "Elapsed",
    "FaultServer",
    "Flood",
    "Gate",
    "Pause",
    "Request",
    "Row",
    "Script",
    "Seen",
    "Sees",
    "Turns",
    "certificate",
    "check",
    "head",
    "length",
    "piece",
    "settled",
    "sockets_to",
    "stream",
    "timed",
    "watch",
]

# Who waits for this long waits in vain; nothing that is meant to happen takes a second.
LINGER_S = 30.0


# Steps


@dataclass(frozen=True)
class Pause:
    """Nothing, for so long."""

    seconds: float


@dataclass(frozen=True)
class Drip:
    """One byte at a time, with a pause behind each."""

    data: bytes
    every_s: float


@dataclass(frozen=True)
class Flood:
    """The same again and again, until the client leaves."""

    data: bytes
    every_s: float = 0.0


@dataclass(frozen=True)
class Gate:
    """Nothing, until the test opens it."""

    opened: threading.Event = field(default_factory=threading.Event)


class Turns:
    """Gates, each opened when the client has seen what stands before it."""

    def __init__(self) -> None:
        self._gates: deque[Gate] = deque()

    def gate(self) -> Gate:
        self._gates.append(Gate())
        return self._gates[-1]

    def saw(self) -> None:
        """The client has got what the next gate waits for."""
        if self._gates:
            self._gates.popleft().opened.set()


@dataclass(frozen=True)
class Ending:
    """How a connection ends."""

    name: str


#: FIN; over TLS with a close_notify before it.
CLOSE = Ending("close")
#: FIN; over TLS without a close_notify, as when a process dies.
CUT = Ending("cut")
#: RST.
RESET = Ending("reset")
#: Nothing more, until the client leaves.
STALL = Ending("stall")

Step = Union[bytes, Pause, Drip, Flood, Gate, Ending]
Script = tuple[Step, ...]
Answer = Callable[["Request"], Script]

CHUNKED = "Transfer-Encoding: chunked"
#: The last chunk, without trailers.
END = b"0\r\n\r\n"


def head(*headers: str, status: str = "200 OK", kind: str | None = "text/event-stream", version: str = "1.1") -> bytes:
    """A status line and headers; no media type if `kind` is None."""
    typed = [] if kind is None else [f"Content-Type: {kind}"]
    return "\r\n".join([f"HTTP/{version} {status}", *typed, *headers, "", ""]).encode()


def length(size: int) -> str:
    return f"Content-Length: {size}"


def piece(data: bytes) -> bytes:
    """One HTTP chunk; none for no data, which would be the last one."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def stream(*events: bytes) -> Script:
    """A whole answer: each event a chunk, and the last chunk right behind the last event."""
    return (head(CHUNKED), *(piece(event) for event in events[:-1]), *(piece(event) + END for event in events[-1:]))


# The server


@dataclass(frozen=True)
class Request:
    """What arrived, and over which connection, counted from 0."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass
class FaultServer:
    """Listens on `port` of 127.0.0.1 from when it is made until it is closed."""

    tls: bool = False
    plays: list[Script | Answer] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    #: Connections that were accepted.
    connections: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self._listener.getsockname()[1]
        self._context: ssl.SSLContext | None = None
        if self.tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate(), Path(certificate()).with_name("key.pem"))
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._clients: list[OpenAI] = []
        self._closing = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}" if self.tls else f"http://127.0.0.1:{self.port}"

    def play(self, *script: Step) -> None:
        """Every request from now on gets this script."""
        self.plays = [script]

    def play_each(self, *plays: Script | Answer) -> None:
        """The next requests get one each, in order, and further ones the last."""
        self.plays = list(plays)

    def is_left(self) -> bool:
        """Everybody has left, or will be noticed to have."""
        return settled(lambda: not self._open)

    def client(self, **options: Any) -> OpenAI:
        """One that tries once, unless told otherwise; closed with the server."""
        self._clients.append(OpenAI(**{"api_key": "k", "base_url": self.origin, "max_retries": 0, **options}))
        return self._clients[-1]

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self._closing.set()
        shut(self._listener)
        self._listener.close()
        with self._lock:
            for sock in self._open:
                shut(sock)

    def __enter__(self) -> FaultServer:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            number, self.connections = self.connections, self.connections + 1
            threading.Thread(target=self._serve, args=(sock, number), daemon=True).start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        try:
            sock.settimeout(LINGER_S)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context:
                sock = self._context.wrap_socket(sock, server_side=True)
            with self._lock:
                self._open.add(sock)
            with sock.makefile("rb") as reader:
                for request in requests_of(reader, number):
                    if not Player(sock, self._closing).plays(self._next(request)):
                        return
        except (OSError, ValueError):
            pass  # the client left, which is its right
        finally:
            with self._lock:
                self._open.discard(sock)
            sock.close()

    def _next(self, request: Request) -> Script:
        with self._lock:
            self.requests.append(request)
            play = self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]
        return play(request) if callable(play) else play


def requests_of(reader: Any, connection: int) -> Iterator[Request]:
    """The requests of one connection, while the client sends any."""
    while line := reader.readline():
        method, path, _ = line.decode("latin-1").split(" ", 2)
        lines = iter(reader.readline, b"\r\n")
        pairs = (header.decode("latin-1").strip().split(":", 1) for header in lines)
        headers = {name.lower(): value.strip() for name, value in pairs}
        chunked = headers.get("transfer-encoding") == "chunked"
        body = b"".join(_chunks(reader)) if chunked else reader.read(int(headers.get("content-length", 0)))
        yield Request(method, path, headers, body, connection)


def _chunks(reader: Any) -> Iterator[bytes]:
    while size := int(reader.readline().split(b";")[0], 16):
        yield reader.read(size)
        reader.readline()
    reader.readline()


@dataclass
class Player:
    """Plays a script over one connection."""

    sock: socket.socket
    closing: threading.Event

    def plays(self, script: Script) -> bool:
        """True: the connection is still open for another request."""
        for step in script:
            if isinstance(step, bytes):
                self.sock.sendall(step)
            elif isinstance(step, Ending):
                getattr(self, f"_{step.name}")()
                return False
            else:
                self._take_time(step)
        return True

    def _take_time(self, step: Pause | Drip | Flood | Gate) -> None:
        if isinstance(step, Pause):
            self.closing.wait(step.seconds)
        elif isinstance(step, Gate):
            end = time.monotonic() + LINGER_S
            while not step.opened.wait(0.02):
                if self.closing.is_set() or time.monotonic() > end:
                    raise OSError("nobody opened the gate")  # the client left; its test sees a cut
        elif isinstance(step, Drip):
            for at in range(len(step.data)):
                self.sock.sendall(step.data[at : at + 1])
                self.closing.wait(step.every_s)
        else:
            end = time.monotonic() + LINGER_S
            while not self.closing.is_set() and time.monotonic() < end:
                self.sock.sendall(step.data)
                if step.every_s:
                    self.closing.wait(step.every_s)

    def _close(self) -> None:
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.settimeout(1)
            with suppress(TimeoutError):
                self.sock = self.sock.unwrap()
        self._cut()

    def _cut(self) -> None:
        shut(self.sock, socket.SHUT_WR)
        self._stall()

    def _reset(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # The reader of requests holds the descriptor; closing what is below it sends the RST.
        os.close(self.sock.detach())

    def _stall(self) -> None:
        """Closing with unread bytes would be a reset, so the client goes first."""
        with suppress(OSError):
            while self.sock.recv(65536):
                pass


def shut(sock: socket.socket, how: int = socket.SHUT_RDWR) -> None:
    """Not the TLS socket's own shutdown, which takes its TLS object away under whoever uses it."""
    with suppress(OSError):  # the other side was faster
        socket.socket.shutdown(sock, how)


_CERTIFICATE = """
[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = localhost
[extensions]
subjectAltName = DNS:localhost, IP:127.0.0.1
basicConstraints = critical, CA:TRUE
keyUsage = critical, digitalSignature, keyCertSign
subjectKeyIdentifier = hash
"""


@cache
def certificate() -> str:
    """A certificate for localhost, its key beside it in `key.pem`; made once, with the openssl command.

    A client trusts it when SSL_CERT_FILE says so.
    """
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "openssl.conf").write_text(_CERTIFICATE, "ascii")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    files = ["-config", "openssl.conf", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run([*command.split(), *files], cwd=folder, check=True, capture_output=True)
    return str(folder / "cert.pem")


# What a user sees


CALLS: dict[str, Callable[[OpenAI], Scanner]] = {
    "assistants": lambda client: client.beta.threads.runs.create("t", assistant_id="a", stream=True),
    "chat": lambda client: client.chat.completions.create(model="m", messages=[], stream=True),
    "completions": lambda client: client.completions.create(model="m", prompt="", stream=True),
    "responses": lambda client: client.responses.create(model="m", input="", stream=True),
}


@dataclass(frozen=True)
class Sees:
    """What a user must see: the stream's outcome, the exception, and the text that was handed out."""

    outcome: str
    error: type[BaseException] | None = None
    text: str = ""
    events: int | None = None
    #: Whether the connection serves the next request.
    reused: bool = False
    #: What the exception's attributes are.
    told: dict[str, Any] = field(default_factory=dict)
    #: What its message says.
    says: str = ""


@dataclass(frozen=True)
class Row:
    """A case: what is played, and what is seen of it."""

    name: str
    script: Script
    sees: Sees
    dialect: str = "chat"


@dataclass
class Seen:
    """What was seen of a stream: None if opening it failed."""

    stream: Scanner | None
    error: BaseException | None
    text: str
    events: int


def watch(make: Callable[[], Scanner], *, by_reader: bool = False) -> Seen:
    """Reads the stream that `make` opens to its end, and takes down what came of it."""
    made, texts = None, []
    try:
        made = make()
        for part in iter(partial(made.reader().read, 3), "") if by_reader else (made.text() for _ in made):
            texts.append(part or "")
    except (SSEScanError, OSError) as error:
        return Seen(made, error, "".join(texts), made.stats.events if made else 0)
    return Seen(made, None, "".join(texts), made.stats.events)


def check(seen: Seen, sees: Sees) -> None:
    """Everything that must hold, whatever the fault."""
    error, made = seen.error, seen.stream
    assert type(error) is (sees.error or type(None)), f"{error!r}: {error}"
    assert seen.text == sees.text
    assert sees.events in (None, seen.events)
    assert sees.says in str(error)
    if made is not None:
        assert (made.outcome, made.err) == (sees.outcome, error)
    if isinstance(error, SSEScanError):
        assert (error.partial_text, error.events) == (seen.text, seen.events)
        assert error.outcome == (sees.outcome if made is not None else None)
        assert {name: getattr(error, name) for name in sees.told} == sees.told


# What a client holds


def sockets_to(port: int) -> list[int]:
    """The descriptors of this process that are connected to `port`: those of clients, not of the server."""
    found = []
    for fd in map(int, os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd")):
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(fd).st_mode) and peer_of(fd) == port:
                found.append(fd)
    return sorted(found)


def peer_of(fd: int) -> int | None:
    with socket.socket(fileno=os.dup(fd)) as sock:
        return sock.getpeername()[1] if sock.family in (socket.AF_INET, socket.AF_INET6) else None


def settled(condition: Callable[[], bool], within_s: float = 5.0) -> bool:
    """Whether the condition holds, now or soon: for what the other side has to notice first."""
    end = time.monotonic() + within_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return condition()


class Elapsed:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._began_s, self._queued_ns = time.monotonic(), _queued_ns()

    def __call__(self) -> float:
        return time.monotonic() - self._began_s

    def on_idle(self) -> float:
        """Return it less the time in which the threads of this process waited for a processor.

        An upper limit is compared with it: on an idle machine there is no difference, and on a busy one the program is late.
        """
        queued_ns = sum(now - self._queued_ns.get(thread, 0) for thread, now in _queued_ns().items())
        return self() - queued_ns / 1e9


def _queued_ns() -> dict[str, int]:
    """Return how long each thread of this process was ready to run and waited for a processor. Only Linux reports it."""
    found = {}
    for file in Path("/proc/self/task").glob("*/schedstat"):
        with suppress(OSError):  # the thread has ended
            found[file.parent.name] = int(file.read_text().split()[1])
    return found


@contextmanager
def timed() -> Iterator[Elapsed]:
    """Time a block."""
    yield Elapsed()
