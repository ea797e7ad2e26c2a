"""Raw responses: one program runs with ssescan and with `openai`."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pydantic
import pytest

from both import Noted, body, both
from faultserver import CHUNKED, END, FaultServer, Gate, Pause, Script, head, length, piece
from scripts import assistants, chat, chunk, created, delta, text
from ssescan.errors import RateLimitError
from ssescan.openai import Stream
from ssescan.openai._response import APIResponse, StreamAlreadyConsumed

MODEL = {"id": "m", "object": "model", "created": 1, "owned_by": "me"}
STREAM = chat(chunk({"content": "Hi"}), chunk({"content": "é!"}), chunk(finish="stop"))


def shown(data: bytes, *headers: str, kind: str = "application/json", status: str = "200 OK") -> Script:
    return (head(length(len(data)), "X-Request-Id: req_7", *headers, kind=kind, status=status), data)


def raw(package: Any, client: Any, noted: Noted) -> None:
    response = client.models.with_raw_response.retrieve("m")
    noted("response", response.status_code, response.headers["X-Request-ID"], response.request_id, response.method)
    noted(
        "url", str(response.url).rpartition("/")[2], response.http_version, response.is_closed, response.retries_taken
    )
    noted("body", response.content, response.text, isinstance(response.elapsed, timedelta))
    noted("parsed", response.parse(), response.parse() is response.parse(), response.parse()._request_id)
    noted("as text", response.parse(to=str))


def raw_from_the_client(package: Any, client: Any, noted: Noted) -> None:
    noted("parsed", client.with_raw_response.models.retrieve("m").parse())
    with client.with_streaming_response.models.retrieve("m") as response:
        noted("parsed", response.parse())


def raw_error(package: Any, client: Any, noted: Noted) -> None:
    client.models.with_raw_response.retrieve("")


def streaming(package: Any, client: Any, noted: Noted) -> None:
    manager = client.models.with_streaming_response.retrieve("m")
    with manager as response:
        noted("closed", response.is_closed, response.status_code, response.request_id)
        noted("body", response.read(), response.text(), response.json())
        noted("parsed", response.parse())


def in_pieces(package: Any, client: Any, noted: Noted) -> None:
    with client.models.with_streaming_response.retrieve("m") as response:
        noted("bytes", *response.iter_bytes(7))
    with client.models.with_streaming_response.retrieve("m") as response:
        noted("text", "".join(response.iter_text()))
    with client.models.with_streaming_response.retrieve("m") as response:
        noted("text", *response.iter_text(5))
    with client.models.with_streaming_response.retrieve("m") as response:
        noted("lines", *response.iter_lines())
        try:
            noted("again", response.read())
        except package.OpenAIError as error:
            noted("again", type(error).__name__)


@pytest.mark.parametrize("program", [raw, raw_from_the_client, raw_error, streaming, in_pieces])
def test_of_a_whole_answer(program: Any):
    ours, theirs = both(program, shown(json.dumps(MODEL, indent=1).encode()))
    assert ours == theirs


def as_text(package: Any, client: Any, noted: Noted) -> None:
    noted("cast", client.get("/x", cast_to=str))
    noted("raw", client.models.with_raw_response.retrieve("m").text)
    with client.models.with_streaming_response.retrieve("m") as response:
        noted("text", response.text())
    with client.models.with_streaming_response.retrieve("m") as response:
        noted("pieces", "".join(response.iter_text()))


@pytest.mark.parametrize("kind", [
    "text/plain", "text/plain; charset=latin-1", 'text/plain; Charset="ISO-8859-1"; x=y', "text/plain; charset=UTF-16LE",
    "text/plain; charset=klingon", "text/plain; charset=", "application/json; charset=latin-1",
])  # fmt: skip
def test_of_a_charset(kind: str):
    ours, theirs = both(as_text, shown('"ä\u20ac"'.encode(), kind=kind))
    assert ours == theirs


@pytest.mark.parametrize("charset", ["hex", "idna", "undefined", "a\tb"])
def test_of_a_charset_that_is_for_no_text(charset: str):
    with FaultServer() as server:
        server.play(*shown("ä".encode(), kind=f"text/plain; charset={charset}"))
        assert server.client().get("/x", cast_to=str) == "ä"


def follow(package: Any, client: Any, noted: Noted) -> None:
    given = {"model": "m", "messages": [], "stream": True}
    response = client.chat.completions.with_raw_response.create(**given)
    noted("response", response.headers["x-request-id"])
    for event in response.parse():
        noted("event", event)
    with client.chat.completions.with_streaming_response.create(**given) as response:
        for event in response.parse():
            noted("event", event)
    with client.chat.completions.with_streaming_response.create(**given) as response:
        noted("lines", *response.iter_lines())


def test_of_a_stream():
    ours, theirs = both(follow, shown(STREAM, kind="text/event-stream; charset=utf-8"))
    assert ours == theirs


def lines_of(package: Any, client: Any, noted: Noted) -> None:
    with client.models.with_streaming_response.retrieve("m") as response:
        noted("lines", *response.iter_lines())


@pytest.mark.parametrize(
    "data", [b"a\nb", b"a\r\nb\r\n", b"a\rb\r", b"\n\n", b"", b"a\n\n", "é\u2028x\n".encode(), b"\r", b"a\r\r\n"]
)
@pytest.mark.parametrize("cut", [1, 2, 99])
def test_lines(data: bytes, cut: int):
    pieces = [data[at : at + cut] for at in range(0, len(data), cut)]
    ours, theirs = both(lines_of, (head(CHUNKED, kind="text/plain"), *map(piece, pieces), END))
    assert ours == theirs


def test_lines_come_as_soon_as_they_are_there():
    gate = Gate()
    with FaultServer() as server:
        server.play(head(CHUNKED, kind="text/plain"), piece(b"one\ntw"), gate, piece(b"o\n") + END)
        with server.client().models.with_streaming_response.retrieve("m") as response:
            lines = response.iter_lines()
            assert next(lines) == "one"
            gate.opened.set()
            assert list(lines) == ["two"]


def test_of_a_class_of_ones_own():
    def program(package: Any, client: Any, noted: Noted) -> None:
        class Mine(package.BaseModel):
            owned_by: str

        noted("mine", client.models.with_raw_response.retrieve("m").parse(to=Mine).owned_by)

    ours, theirs = both(program, shown(json.dumps(MODEL).encode()))
    assert ours == theirs == [("mine", "me")]


def test_of_what_is_parsed():
    class Place(pydantic.BaseModel):
        city: str

    def program(package: Any, client: Any, noted: Noted) -> None:
        given = {"model": "m", "messages": [], "response_format": Place}
        response = client.chat.completions.with_raw_response.parse(**given)
        noted("raw", response.request_id, response.parse().choices[0].message.parsed)

    message = {"role": "assistant", "content": '{"city": "Rome"}'}
    sent = {"id": "c", "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}
    ours, theirs = both(program, shown(json.dumps(sent).encode()))
    assert ours == theirs == [("raw", "req_7", {"city": "Rome"})]


def test_errors_are_raised_as_ever():
    with FaultServer() as server:
        server.play(*shown(b'{"error": {"message": "slow down"}}', status="429 Too Many"))
        with pytest.raises(RateLimitError), server.client().models.with_streaming_response.retrieve("m"):
            pass
        with pytest.raises(RateLimitError):
            server.client().models.with_raw_response.retrieve("m")


def test_nothing_is_sent_before_the_block():
    with FaultServer() as server:
        server.play(*shown(b"{}"))
        server.client().models.with_streaming_response.retrieve("m")
        assert server.requests == []


def test_a_block_that_reads_nothing_lets_go():
    with FaultServer() as server:
        server.play(*body(STREAM))
        create = server.client().chat.completions.with_streaming_response.create
        with create(model="m", messages=[], stream=True) as response:
            assert isinstance(response, APIResponse)
            stream = response.parse()
        assert response.is_closed and stream.outcome == "cancelled"


def test_a_body_is_taken_once():
    with FaultServer() as server:
        server.play(*shown(b"{}"))
        with server.client().models.with_streaming_response.retrieve("m") as response:
            list(response.iter_bytes())
            with pytest.raises(StreamAlreadyConsumed):
                list(response.iter_lines())


FIRST = (piece(STREAM[:20]), piece(STREAM[20:]) + END)
SECOND_TIMES: dict[str, Any] = {
    "pieces, parsed": lambda response: (next(response.iter_bytes(10)), response.parse()),
    "lines, parsed": lambda response: (next(response.iter_lines()), next(response.parse())),
    "pieces, read": lambda response: (next(response.iter_bytes(10)), response.read()),
    "parsed, pieces": lambda response: (next(response.parse()), next(response.iter_bytes())),
    "parsed, read": lambda response: (next(response.parse()), response.read()),
    "parsed twice": lambda response: (next(response.parse()), response.parse(to=Stream[Any])),
    "parsed, its content": lambda response: (next(response.parse()), response.http_response.content),
}


@pytest.mark.parametrize("how", SECOND_TIMES)
def test_a_body_has_one_reader(how: str):
    """A second iterator would wait forever, or lose the data that the first one has read."""
    with FaultServer() as server:
        server.play(head(CHUNKED), piece(STREAM[:20]), Pause(0.1), piece(STREAM[20:]) + END)
        create = server.client(timeout=5).chat.completions.with_streaming_response.create
        with create(model="m", messages=[], stream=True) as response, pytest.raises(StreamAlreadyConsumed):
            SECOND_TIMES[how](response)


def test_a_body_of_a_raw_response_too():
    with FaultServer() as server:
        server.play(head(CHUNKED), piece(STREAM) + END)
        response = server.client().chat.completions.with_raw_response.create(model="m", messages=[], stream=True)
        next(response.parse())
        for read in (lambda: response.text, lambda: response.content):
            with pytest.raises(StreamAlreadyConsumed):
                read()
        response.parse().close()


def test_a_whole_body_is_read_as_often_as_one_likes():
    with FaultServer() as server:
        server.play(*shown(json.dumps(MODEL).encode()))
        with server.client().models.with_streaming_response.retrieve("m") as response:
            assert response.read() == response.read() == b"".join(response.iter_bytes())
            assert response.parse().id == response.json()["id"] == "m"


def test_helpers_show_the_response():
    with FaultServer() as server:
        script = assistants(created(), delta(text("Hi")))
        server.play(head(CHUNKED, "X-Request-Id: req_9"), piece(script) + END)
        given: dict[str, Any] = {"assistant_id": "a", "stream": True}
        with pytest.warns(DeprecationWarning):
            stream = server.client().beta.threads.runs.with_raw_response.create("t", **given).parse()
        assert stream.response.request_id == "req_9"
        assert [event.event for event in stream][-1] == "thread.run.completed"
