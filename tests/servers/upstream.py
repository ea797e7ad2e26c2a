"""An HTTP origin that plays a script, byte by byte and step by step, for a proxy to stand in front of.

A script is a function that gets the `Wire`: it says what goes over the wire, and may wait until the test has
seen what came of it. So what is prompt is shown by an order of steps, not by a clock.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

__all__ = ["Upstream", "Wire"]

# Nothing here takes long; who waits for this long waits in vain.
PATIENCE_S = 5


class Wire:
    """The origin's end of one connection; `request` is head and body as they came."""

    def __init__(self) -> None:
        self.request = b""
        self._socket: socket.socket | None = None
        self._seen = threading.Semaphore(0)

    # For the test

    def saw(self) -> None:
        """The client has got what `wait_until_seen` waits for."""
        self._seen.release()

    # For the script

    def begin(self, *headers: str, status: str = "200 OK") -> None:
        lines = [f"HTTP/1.1 {status}", "Content-Type: text/event-stream", *headers, "", ""]
        self.send("\r\n".join(lines).encode())

    def send(self, data: bytes) -> None:
        self._open.sendall(data)

    def chunk(self, data: bytes) -> None:
        if data:
            self.send(b"%x\r\n%b\r\n" % (len(data), data))

    def end_chunks(self) -> None:
        self.send(b"0\r\n\r\n")

    def wait_until_seen(self) -> None:
        if not self._seen.acquire(timeout=PATIENCE_S):
            raise AssertionError("the client did not get what was sent")

    def wait_until_left(self) -> None:
        """Waits for the other side to close the connection."""
        with contextlib.suppress(ConnectionError):  # a reset is a way to leave, too
            assert self._open.recv(1) == b"", "the other side sent something more"

    def reset(self) -> None:
        """Ends the connection by an RST."""
        self._open.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        self._open.close()

    @property
    def _open(self) -> socket.socket:
        assert self._socket is not None, "nobody has connected"
        return self._socket

    def _accept(self, listener: socket.socket) -> None:
        self._socket, _ = listener.accept()
        self._socket.settimeout(PATIENCE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._socket.makefile("rb") as file:
            head = [*iter(file.readline, b"\r\n"), b"\r\n"]
            lengths = [int(line.split(b":")[1]) for line in head if line.lower().startswith(b"content-length:")]
            self.request = b"".join(head) + file.read(*lengths or [0])


class Upstream:
    """Listens on `port` of 127.0.0.1; each `playing` answers one request."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE_S)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Upstream:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._listener.close()

    @contextlib.contextmanager
    def playing(self, script: Callable[[Wire], None]) -> Iterator[Wire]:
        """The next request is answered by `script`, which runs beside the block. Raises what it raised."""
        wire = Wire()
        with ThreadPoolExecutor(1) as beside:
            playing = beside.submit(self._play, wire, script)
            yield wire
            playing.result()

    def _play(self, wire: Wire, script: Callable[[Wire], None]) -> None:
        wire._accept(self._listener)
        try:
            script(wire)
        finally:
            wire.close()
