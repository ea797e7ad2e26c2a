"""The service that LaunchDarkly's SSE contract tests drive: it runs an `EventSource` for them.

    python tests/servers/sse_contract_service.py PORT

The tests say which stream to open. The service reports each event, comment and error to a callback URL of
the tests, numbered in order. sse_contract.sh runs it with the tests, test_sse_contract.py without them.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from ssescan import EventSource, ServerSentEvent, Timeouts

#: `event-type-listeners` is for clients that must subscribe to each type of event. An `EventSource` yields all of them.
CAPABILITIES = [
    "bom",
    "comments",
    "headers",
    "last-event-id",
    "payload-size-stress-testable",
    "post",
    "read-timeout",
    "report",
    "restart",
    "server-directed-shutdown-request",
]

CALLBACK_TIMEOUT_S = 5.0


class Entity:
    """One stream of the tests, read in a thread of its own until it is closed."""

    def __init__(self, params: dict[str, Any]) -> None:
        self._params = params
        self._callback = urlsplit(params["callbackUrl"])
        self._callbacks = 0
        self._is_closed = False
        self._source = self._open(params.get("lastEventId") or "")
        threading.Thread(target=self._run, daemon=True).start()

    def _open(self, last_event_id: str) -> EventSource:
        params, options = self._params, {}
        if params.get("initialDelayMs") is not None:
            options["initial_delay_s"] = params["initialDelayMs"] / 1000
        if params.get("readTimeoutMs") is not None:
            options["timeout"] = Timeouts(idle_s=params["readTimeoutMs"] / 1000, event_s=None)
        return EventSource(
            params["streamUrl"],
            method=params.get("method") or "GET",
            content=params.get("body"),
            headers=params.get("headers"),
            last_event_id=last_event_id,
            on_error=lambda error: self._report({"kind": "error", "error": str(error)}),
            on_comment=lambda text: self._report({"kind": "comment", "comment": text}),
            **options,
        )

    def _run(self) -> None:
        while not self._is_closed:
            source = self._source
            try:
                for event in source:
                    self._report({"kind": "event", "event": self._shown(event)})
            except Exception as error:
                self._report({"kind": "error", "error": str(error)})
            if source is self._source:
                return  # it ended by itself: `restart` would have replaced it

    @staticmethod
    def _shown(event: ServerSentEvent) -> dict[str, str]:
        return {"type": event.event, "data": event.data, "id": event.id}

    def _report(self, message: dict[str, Any]) -> None:
        """Send a message to the tests. A message after the end could block in them, and is not sent."""
        if self._is_closed:
            return
        self._callbacks += 1
        connection = http.client.HTTPConnection(self._callback.netloc, timeout=CALLBACK_TIMEOUT_S)
        with suppress(OSError):
            connection.request("POST", f"{self._callback.path}/{self._callbacks}", json.dumps(message))
            connection.getresponse().read()
        connection.close()

    def restart(self) -> None:
        """Drop the connection, and open another one that resumes after the last event."""
        before = self._source
        self._source = self._open(before.last_event_id)
        before.close()

    def close(self) -> None:
        """End the stream."""
        self._is_closed = True
        self._source.close()


class Service(ThreadingHTTPServer):
    """The service. `entities` has the open streams by path."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.entities: dict[str, Entity] = {}
        self._lock = threading.Lock()
        self._made = 0

    def add(self, params: dict[str, Any]) -> str:
        """Open a stream and return its path."""
        with self._lock:
            self._made += 1
            path = f"/streams/{self._made}"
        self.entities[path] = Entity(params)
        return path

    def stop(self) -> None:
        """End all streams and the service."""
        for entity in list(self.entities.values()):
            entity.close()
        threading.Thread(target=self.shutdown).start()


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of the tests."""

    protocol_version = "HTTP/1.1"
    server: Service

    def do_GET(self) -> None:
        self._answer(200, {"name": "ssescan", "capabilities": CAPABILITIES})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            params = json.loads(body)
            if self.path == "/":
                self._answer(201, location=self.server.add(params))
                return
            command: Callable[[], None] = {"restart": self._entity().restart}[params["command"]]
            command()
            self._answer(202)
        except LookupError as error:
            self._answer(404 if error.args == (self.path,) else 400)
        except (TypeError, ValueError):
            self._answer(400)

    def do_DELETE(self) -> None:
        if self.path == "/":
            self._answer(204)
            self.server.stop()
        elif self.path in self.server.entities:
            self.server.entities.pop(self.path).close()
            self._answer(204)
        else:
            self._answer(404)

    def _entity(self) -> Entity:
        return self.server.entities[self.path]

    def _answer(self, status: int, body: Any = None, *, location: str | None = None) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if location is not None:
            self.send_header("Location", location)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


def main() -> None:
    with Service(int(sys.argv[1])) as service:
        service.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    main()
