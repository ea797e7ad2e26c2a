"""An HTTP origin on the loopback that does wrong what it is told to do wrong.

A case is a row: what the server plays behind a request, and what a user must see of it. A script is a list of
steps, and what is missing from it is the fault: a body without its end, a length that lies, bytes that come one
by one, a connection that is reset.

    server.play(head(CHUNKED), piece(delta("Hi")), RESET)

A script that ends without a step that ends the connection leaves it open for the next request, so that reuse can
be counted. Each request gets the next script of `plays`, the last one again and again.
"""

from __future__ import annotations

import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

__all__ = [
    "CHUNKED",
    "CLOSE",
    "CUT",
    "END",
    "LINGER_S",
    "RESET",
    "STALL",
    "Answer",
    "Drip",
    "FaultServer",
    "Flood",
    "Pause",
    "Request",
    "Script",
    "head",
    "length",
    "make_certificate",
    "piece",
    "sockets_to",
    "stream",
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

Answer = Callable[["Request"], "Script"]
Step = bytes | Pause | Drip | Flood | Ending
Script = tuple[Step, ...]

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
    """A whole answer: each event a chunk, and the last chunk at once behind the last event."""
    return (head(CHUNKED), *(piece(event) for event in events), END)


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
    """Listens on `port` of 127.0.0.1 from when it is made; `tls` is a folder with what `make_certificate` made."""

    tls: Path | None = None
    plays: list[Script | Answer] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    #: Connections that were accepted.
    connections: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._context: ssl.SSLContext | None = None
        if self.tls is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(self.tls / "cert.pem", self.tls / "key.pem")
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
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

    def close(self) -> None:
        self._closing.set()
        self._listener.close()
        with self._lock:
            for sock in self._open:
                shut(sock)

    def __enter__(self) -> FaultServer:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            number, self.connections = self.connections, self.connections + 1
            threading.Thread(target=self._serve, args=(sock, number), daemon=True).start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        sock.settimeout(LINGER_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open.add(sock)
        try:
            spoken = self._context.wrap_socket(sock, server_side=True) if self._context else sock
            with spoken, spoken.makefile("rb") as reader:
                for request in requests_of(reader, number):
                    script = self._next(request)
                    if not Player(spoken, self._closing).plays(script):
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


def requests_of(reader, connection: int) -> Iterator[Request]:
    """The requests of one connection, while the client sends any."""
    while line := reader.readline():
        method, path, _ = line.decode("latin-1").split(" ", 2)
        lines = iter(reader.readline, b"\r\n")
        pairs = (header.decode("latin-1").strip().split(":", 1) for header in lines)
        headers = {name.lower(): value.strip() for name, value in pairs}
        yield Request(method, path, headers, reader.read(int(headers.get("content-length", 0))), connection)


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
            elif isinstance(step, Pause):
                self.closing.wait(step.seconds)
            elif isinstance(step, Drip):
                self.drip(step)
            elif isinstance(step, Flood):
                self.flood(step)
            else:
                getattr(self, f"_{step.name}")()
                return False
        return True

    def drip(self, step: Drip) -> None:
        for at in range(len(step.data)):
            self.sock.sendall(step.data[at : at + 1])
            self.closing.wait(step.every_s)

    def flood(self, step: Flood) -> None:
        end = time.monotonic() + LINGER_S
        while not self.closing.is_set() and time.monotonic() < end:
            self.sock.sendall(step.data)
            if step.every_s:
                self.closing.wait(step.every_s)

    def _close(self) -> None:
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.settimeout(1)
            self.sock = self.sock.unwrap()
        shut(self.sock, socket.SHUT_WR)

    def _cut(self) -> None:
        shut(self.sock, socket.SHUT_WR)

    def _reset(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.close()
        else:
            socket.socket.close(self.sock)

    def _stall(self) -> None:
        self.sock.recv(1)


def shut(sock: socket.socket, how: int = socket.SHUT_RDWR) -> None:
    """Not the TLS socket's own shutdown, which takes its TLS object away under whoever uses it."""
    try:
        socket.socket.shutdown(sock, how)
    except OSError:
        pass  # the other side was faster


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


def make_certificate(folder: Path) -> Path:
    """Makes `cert.pem` and `key.pem` for localhost in `folder`, with the openssl command."""
    (folder / "openssl.conf").write_text(_CERTIFICATE, "ascii")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    files = ["-config", "openssl.conf", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run([*command.split(), *files], cwd=folder, check=True, capture_output=True)
    return folder


# What the client holds


def sockets_to(port: int) -> list[int]:
    """The descriptors of this process that are connected to `port`."""
    import os

    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            with socket.socket(fileno=os.dup(int(name))) as sock:
                if sock.getpeername()[1] == port:
                    found.append(int(name))
        except OSError:
            pass  # no socket, or not connected, or closed since
    return sorted(found)


@contextmanager
def timed() -> Iterator[Callable[[], float]]:
    """Seconds since the block began."""
    began = time.monotonic()
    yield lambda: time.monotonic() - began
