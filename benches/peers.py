"""Python packages that read event streams, each entered with blocks of bytes in memory.

A peer yields one object for each event, and `text` returns the text that such an object adds. There are three levels.
`frames` are events whose JSON is not read. `typed` are objects of the event's class. `text` is a pass in which the text
of every event is read too.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Callable, Iterable, Iterator

import orjson
from workloads import DONE, HEAD, TEXT_OF, Workload

Text = Callable[[Workload, Any], "str | None"]


@dataclass(frozen=True)
class Peer:
    name: str
    level: str
    events: Callable[[Workload, list[bytes]], Iterable[Any]]
    text: Text
    #: The package whose version counts; empty for the standard library.
    package: str = ""

    @property
    def ours(self) -> bool:
        return self.package == "ssescan"

    def run(self, workload: Workload, blocks: list[bytes]) -> None:
        """Read the whole body. This is measured."""
        text = self.text
        if self.level == "text":
            for event in self.events(workload, blocks):
                text(workload, event)
        else:
            for _ in self.events(workload, blocks):
                pass

    def whole_text(self, workload: Workload, blocks: list[bytes]) -> str:
        """Return the text that the peer sees. A peer that sees another text is not measured."""
        return "".join(self.text(workload, event) or "" for event in self.events(workload, blocks))


# Ours


def _untyped(workload: Workload, blocks: list[bytes]) -> Iterable[Any]:
    from ssescan import Scanner

    return Scanner(iter(blocks))


def _typed(workload: Workload, blocks: list[bytes]) -> Iterable[Any]:
    from ssescan import Scanner

    return Scanner(iter(blocks), dialect=workload.dialect)


def _reader(workload: Workload, blocks: list[bytes]) -> Iterable[str]:
    from ssescan import Scanner

    return (Scanner(iter(blocks), dialect=workload.dialect).reader().read(),)


# Plain Python


def _split(workload: Workload, blocks: list[bytes]) -> list[bytes]:
    return (blocks[0] if len(blocks) == 1 else b"".join(blocks)).split(b"\n\n")


def _plain(workload: Workload, blocks: list[bytes]) -> Iterable[str]:
    """The fastest plain Python that we know: the whole body, split, orjson, index, join."""
    head, loads = HEAD[workload.dialect], orjson.loads
    skip = len(head)
    frames = [frame for frame in b"".join(blocks).split(b"\n\n")[:-2] if frame.startswith(head)]
    if workload.dialect == "assistants":  # written out, since a call of text_of would slow it down
        return ("".join([loads(frame[skip:])["delta"]["content"][0]["text"]["value"] for frame in frames]),)
    return ("".join([loads(frame[skip:])["choices"][0]["delta"]["content"] for frame in frames]),)


def frames_of(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield frames as they arrive, in linear time, whatever the blocks: a loop written by hand around urllib3."""
    parts, last = [b""], b""
    for block in blocks:
        parts.append(block)
        if b"\n\n" in last[-1:] + block:
            *frames, rest = b"".join(parts).split(b"\n\n")
            yield from frames
            parts, block = [rest], rest
        last = block


def by_hand(workload: Workload, blocks: Iterable[bytes]) -> Iterator[str]:
    head, text_of = HEAD[workload.dialect], TEXT_OF[workload.dialect]
    for frame in frames_of(blocks):
        data = frame[len(head) :]
        if frame.startswith(head) and data != b"[DONE]":
            yield text_of(orjson.loads(data))


# The packages


def httpx2_response(blocks: Iterable[bytes]) -> Any:
    import httpx2

    request = httpx2.Request("POST", "http://localhost")
    return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=iter(blocks), request=request)


def openai_type(workload: Workload) -> Any:
    from openai.types.beta import AssistantStreamEvent
    from openai.types.chat import ChatCompletionChunk

    return AssistantStreamEvent if workload.dialect == "assistants" else ChatCompletionChunk


def _openai(workload: Workload, blocks: list[bytes]) -> Iterable[Any]:
    from openai import OpenAI, Stream

    return Stream(cast_to=openai_type(workload), response=httpx2_response(blocks), client=OpenAI(api_key="none"))


def _anthropic(workload: Workload, blocks: list[bytes]) -> Iterable[Any]:
    from anthropic._streaming import SSEDecoder

    return SSEDecoder().iter_bytes(iter(blocks))


def _httpx_sse(workload: Workload, blocks: list[bytes]) -> Iterable[Any]:
    import httpx
    from httpx_sse import EventSource

    headers = {"content-type": "text/event-stream"}
    return EventSource(httpx.Response(200, headers=headers, content=iter(blocks))).iter_sse()


def _httpx2(workload: Workload, blocks: list[bytes]) -> Iterable[Any]:
    import httpx2

    return httpx2.EventSource(httpx2_response(blocks), max_event_size=None)


def _sseclient(workload: Workload, blocks: list[bytes]) -> Iterable[Any]:
    from sseclient import SSEClient

    return SSEClient(iter(blocks)).events()


class _Session:
    """A `requests.Session` whose every response has these blocks."""

    def __init__(self, blocks: list[bytes]) -> None:
        self.blocks = blocks

    def stream(self, amount: int, decode_content: bool) -> Iterator[bytes]:
        return iter(self.blocks)

    def request(self, method: str, url: str, **options: Any) -> Any:
        import requests

        response = requests.Response()
        response.status_code, response.url, response.raw = 200, url, self
        response.headers["content-type"] = "text/event-stream"
        return response

    def close(self) -> None:
        pass


def _requests_sse(workload: Workload, blocks: list[bytes]) -> Iterable[Any]:
    from requests_sse import EventSource

    source = EventSource("http://localhost", session=_Session(blocks))
    source.connect()
    return until_done(source)


def until_done(events: Iterable[Any]) -> Iterator[Any]:
    """For those who reconnect at the end of the body."""
    for event in events:
        if event.data == "[DONE]":
            return
        yield event


def _launchdarkly(workload: Workload, blocks: list[bytes]) -> Iterable[Any]:
    from ld_eventsource import SSEClient
    from ld_eventsource.config import ConnectionClient, ConnectionResult, ConnectStrategy

    class Strategy(ConnectStrategy):
        def create_client(self, logger: Any) -> ConnectionClient:
            return Client()

    class Client(ConnectionClient):
        def connect(self, last_event_id: str | None) -> ConnectionResult:
            return ConnectionResult(iter(blocks), None)

    return SSEClient(Strategy()).events


# The text that an object adds


def data_text(workload: Workload, event: Any) -> str | None:
    """Return the text of an event whose data is a str, by orjson and an index."""
    data = event.data
    return None if data.startswith("[DONE]") else TEXT_OF[workload.dialect](orjson.loads(data))


def typed_text(workload: Workload, event: Any) -> str | None:
    if workload.dialect == "assistants":
        found: str | None = event.data.delta.content[0].text.value
    else:
        found = event.choices[0].delta.content
    return found


def itself(workload: Workload, text: str) -> str:
    return text


def _split_text(workload: Workload, frame: bytes) -> str | None:
    head, mark = HEAD[workload.dialect], DONE[workload.dialect].rstrip()
    if frame == mark or not frame.startswith(head):
        return None
    return TEXT_OF[workload.dialect](orjson.loads(frame[len(head) :]))


PEERS = [
    Peer("ssescan, events", "frames", _untyped, data_text, "ssescan"),
    Peer("bytes.split, no events made", "frames", _split, _split_text),
    Peer("anthropic, its decoder", "frames", _anthropic, data_text, "anthropic"),
    Peer("httpx-sse", "frames", _httpx_sse, data_text, "httpx-sse"),
    Peer("httpx2 EventSource", "frames", _httpx2, data_text, "httpx2"),
    Peer("sseclient-py", "frames", _sseclient, data_text, "sseclient-py"),
    Peer("requests-sse", "frames", _requests_sse, data_text, "requests-sse"),
    Peer("launchdarkly-eventsource", "frames", _launchdarkly, data_text, "launchdarkly-eventsource"),
    Peer("ssescan, typed events", "typed", _typed, typed_text, "ssescan"),
    Peer("openai, typed events", "typed", _openai, typed_text, "openai"),
    Peer("ssescan, typed events and their text", "text", _typed, typed_text, "ssescan"),
    Peer("ssescan, reader().read()", "text", _reader, itself, "ssescan"),
    Peer("plain Python: split the whole body, orjson, index", "text", _plain, itself, "orjson"),
    Peer("plain Python: split each block, orjson, index", "text", by_hand, itself, "orjson"),
    Peer("openai, typed events and their text", "text", _openai, typed_text, "openai"),
]


def versions(others: Iterable[str] = ()) -> dict[str, str]:
    """Return the versions of all packages that are measured, of `others`, and of their dependencies, if installed."""
    packages = {peer.package for peer in PEERS if peer.package} | {"urllib3", "requests", "httpx", "pydantic", *others}
    found = {}
    for package in sorted(packages):
        with suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found
