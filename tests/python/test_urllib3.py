"""The private parts of urllib3 and http.client that `http/_urllib3.py` uses. A urllib3 that changes one fails here."""

from __future__ import annotations

import http.client
import io
import socket
from typing import Any

import pytest
import urllib3

from faultserver import CHUNKED, END, FaultServer, head, length, piece
from ssescan.http import _urllib3
from ssescan.http.connections import make_pool


@pytest.fixture
def server(loopback: None):
    with FaultServer() as server:
        yield server


def get(server: FaultServer, *played: object, pool: object = None) -> urllib3.HTTPResponse:
    server.play(*played)
    pool = pool or make_pool(None, 1)
    return pool.request("GET", server.origin, preload_content=False, retries=False)


class TestResponses:
    def test_the_reader_of_an_unread_body(self, server: FaultServer):
        response = get(server, head(length(2)), b"ab")

        reader = _urllib3.buffered_reader(response)
        assert type(reader) is io.BufferedReader
        assert reader.read1(10) == b"ab"

    def test_headers_are_a_view_with_names_in_lower_case(self, server: FaultServer):
        response = get(server, head(length(2), "X-Many: a", "X-MANY: b"), b"ab")

        headers = _urllib3.Headers.of(response.headers)
        assert dict(headers)["x-many"] == "a, b"
        assert headers.get_list("X-Many") == ["a", "b"]
        assert [pair for pair in headers.multi_items() if pair[0] == "x-many"] == [("x-many", "a"), ("x-many", "b")]
        assert "'x-many': 'a, b'" in repr(headers)
        assert (headers, len(headers), headers.copy()) == (response.headers, len(response.headers), headers)
        assert dict(_urllib3.Headers.of({"A-B": "c"})) == {"a-b": "c"}
        assert list(_urllib3.Headers(_urllib3.Headers({"A-B": "c"})).copy().as_sent()) == ["A-B"]

    def test_a_body_that_was_read_from_has_no_reader(self, server: FaultServer):
        response = get(server, head(length(2)), b"ab")
        response.read(1)

        assert _urllib3.buffered_reader(response) is None

    def test_other_objects_have_none(self):
        assert _urllib3.buffered_reader(io.BytesIO()) is None
        assert _urllib3.socket_of(io.BytesIO()) is None

    def test_the_frame(self, server: FaultServer):
        assert _urllib3.frame_of_body(get(server, head(length(2)), b"ab")) == (False, 2)
        assert _urllib3.frame_of_body(get(server, head(CHUNKED), piece(b"ab"), END))[0] is True

    def test_the_socket(self, server: FaultServer):
        assert isinstance(_urllib3.socket_of(get(server, head(length(2)), b"ab")), socket.socket)
        assert isinstance(_urllib3.socket_of(get(server, head(length(2), "Connection: close"), b"ab")), socket.socket)

    def test_a_released_connection_is_used_again(self, server: FaultServer):
        pool = make_pool(None, 1)
        for _ in range(2):
            response = get(server, head(length(2)), b"ab", pool=pool)
            assert _urllib3.buffered_reader(response).read1(10) == b"ab"
            _urllib3.release(response)
        assert server.connections == 1

    @pytest.mark.parametrize("block", [False, True])
    def test_a_dropped_connection_frees_its_place(self, server: FaultServer, block: bool):
        pool = urllib3.HTTPConnectionPool("127.0.0.1", server.port, maxsize=1, block=block)
        for _ in range(2):
            server.play(head(length(2)), b"ab")
            response = pool.request("GET", "/", preload_content=False, retries=False, pool_timeout=5)
            assert _urllib3.is_blocking(response) is block
            _urllib3.drop(response)
        assert server.connections == 2


class TestRequests:
    def test_the_pools_make_our_connections_and_responses(self, server: FaultServer):
        response = get(server, head(length(2)), b"ab")

        assert type(response._fp) is _urllib3.PromptResponse
        assert issubclass(_urllib3.PromptResponse, http.client.HTTPResponse)

    def test_the_context_is_seen_by_the_connection_and_restored(self, server: FaultServer):
        seen: list[bool] = []  # whether it was connected: before the request, and when it has connected

        def on_connect(connection: Any) -> None:
            seen.append(connection.sock is not None)

        with _urllib3.request_context(on_connect=on_connect), _urllib3.request_context(send_limit_s=lambda: 5.0):
            get(server, head(length(2)), b"ab").read()
        get(server, head(length(2)), b"ab").read()

        assert seen == [False, True]

    def test_head_and_body_are_sent_together_on_a_connection_that_is_open(
        self, server: FaultServer, monkeypatch: pytest.MonkeyPatch
    ):
        sent: list[bytes] = []
        pool = make_pool(None, 1)
        get(server, head(length(2)), b"ab", pool=pool).read()
        send = http.client.HTTPConnection.send
        monkeypatch.setattr(
            http.client.HTTPConnection, "send", lambda self, data: (sent.append(data), send(self, data))
        )
        server.play(head(length(2)), b"ab")
        pool.request("POST", server.origin, body=b"{}", preload_content=False, retries=False).read()

        assert len(sent) == 1
        assert sent[0].endswith(b"\r\n\r\n{}")


class Closing(urllib3.PoolManager):
    """A pool of a caller that closes itself with its last reference."""

    def __del__(self) -> None:
        self.clear()


class TestViews:
    """Of pools of a caller, whose connections do not know the request context."""

    @pytest.mark.parametrize("of", [urllib3.PoolManager, Closing, urllib3.ProxyManager, urllib3.HTTPConnectionPool])
    def test_every_request_reports_its_connection_once_it_has_connected(self, server: FaultServer, of: type):
        seen: list[Any] = []

        def on_connect(connection: Any) -> None:
            assert connection.sock is not None
            seen.append(connection)

        options = {urllib3.ProxyManager: (server.origin,), urllib3.HTTPConnectionPool: ("127.0.0.1", server.port)}
        pool = of(*options.get(of, ()))
        for _ in range(2):
            with _urllib3.request_context(on_connect=on_connect):
                assert get(server, head(length(2)), b"ab", pool=_urllib3.watched(pool)).read() == b"ab"
        assert get(server, head(length(2)), b"ab", pool=_urllib3.watched(pool)).read() == b"ab"

        assert (len(seen), seen[0] is seen[1], server.connections) == (2, True, 1)
        assert type(pool) is of

    def test_the_pool_of_a_response_lives_as_long_as_the_response(self, server: FaultServer):
        with _urllib3.request_context(on_connect=id):
            response = get(server, head(length(2)), b"ab", pool=_urllib3.watched(urllib3.PoolManager()))
        released = response._pool
        assert response.read() == b"ab"
        assert released.pool.qsize() == released._viewed.pool.qsize() == 1

    def test_other_pools_are_used_as_they_are(self):
        class Slotted(urllib3.PoolManager):
            __slots__ = ("own",)

        for pool in (make_pool(None, 1), Slotted(), object()):
            with _urllib3.request_context(on_connect=id):
                assert _urllib3.watched(pool) is pool
        pool = urllib3.PoolManager()
        assert _urllib3.watched(pool) is pool
