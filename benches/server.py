"""The server of the benches, a process of its own: chunked event streams, one event a chunk.

    python server.py EVENTS EVENTS_OF_CHUNK [CERTIFICATE_AND_KEY]

Prints its port. What it sends depends on the first part of the path, whatever the method:

    /burst/NAME/...                  a workload, at once: it was framed before, so the server is never the limit
    /paced/STREAMS/EVENTS/RUN/...    one event; when so many streams have come, the others, 20 a second
    /held/...                        one event, and nothing until the client goes
"""

from __future__ import annotations

import socket
import ssl
import sys
import threading
import time
from typing import Any

import workloads

EVENTS_PER_S = 20
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


class Group:
    """Streams that are paced together."""

    def __init__(self, size: int, events: int) -> None:
        self.size = size
        self.frames = [chunk(frame) for frame in workloads.deltas(events).frames]
        self.sockets: list[Any] = []
        self.done = threading.Event()
        self._lock = threading.Lock()

    def join(self, connection: Any) -> None:
        connection.sendall(HEAD + self.frames[0])
        with self._lock:
            self.sockets.append(connection)
            last = len(self.sockets) == self.size
        if last:
            self._pace()
        self.done.wait()

    def _pace(self) -> None:
        """Spreads the sends evenly over time."""
        start, sent = time.monotonic() + 0.1, 0
        for frame in self.frames[1:]:
            for connection in self.sockets:
                if sent % 10 == 0:
                    time.sleep(max(0.0, start + sent / (self.size * EVENTS_PER_S) - time.monotonic()))
                sent += 1
                _send(connection, frame)
        for connection in self.sockets:
            _send(connection, END)
        self.done.set()


def _send(connection: Any, data: bytes) -> None:
    try:
        connection.sendall(data)
    except OSError:
        pass  # it has read what it wanted


class Server:
    def __init__(self, bodies: dict[str, bytes], tls: ssl.SSLContext | None) -> None:
        self.bodies = bodies
        self.tls = tls
        self.groups: dict[str, Group] = {}
        self.lock = threading.Lock()

    def serve(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()

    def _serve_one(self, connection: Any) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as requests:
                while path := _request(requests):
                    self._answer(connection, path)
        except OSError:
            pass

    def _answer(self, connection: Any, path: list[str]) -> None:
        if path[0] == "burst":
            connection.sendall(self.bodies[path[1]])
        elif path[0] == "paced":
            with self.lock:
                group = self.groups.setdefault(path[3], Group(int(path[1]), int(path[2])))
            group.join(connection)
        else:
            connection.sendall(HEAD + chunk(workloads.deltas(1).frames[0]))
            connection.recv(1)


def _request(lines: Any) -> list[str]:
    """Reads a request; the parts of its path, none at the end."""
    first = lines.readline().split()
    length = 0
    while (line := lines.readline()).strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    lines.read(length)
    return first[1].decode().strip("/").split("/") if first else []


def main() -> None:
    events, large = int(sys.argv[1]), int(sys.argv[2])
    made = [workloads.deltas(events), workloads.small_chunks(events), workloads.chunks(large)]
    bodies = {one.name: HEAD + b"".join(chunk(frame) for frame in one.frames) + END for one in made}
    tls = None
    if len(sys.argv) > 3:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(sys.argv[3])
    Server(bodies, tls).serve()


if __name__ == "__main__":
    main()
