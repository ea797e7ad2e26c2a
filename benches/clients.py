"""The peers over HTTP: each opens a stream by a URL, with its own client and its defaults.

Certificates and numbers of connections come from the environment or are unlimited, so that what is measured
is the reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Callable, Iterable, Iterator

import peers
from workloads import Workload

MANY = 1000


@dataclass(frozen=True)
class Client:
    name: str
    level: str
    open: Callable[[str, Workload], Iterable[Any]]
    text: peers.Text
    ours: bool = False
    #: The package of a client whose reading is native code. Such clients speak the chat dialect only.
    native: str = ""

    def speaks(self, workload: Workload) -> bool:
        return not self.native or workload.dialect == "chat"

    def run(self, url: str, workload: Workload) -> None:
        text = self.text
        if self.level == "text":
            for event in self.open(url, workload):
                text(workload, event)
        else:
            for _ in self.open(url, workload):
                pass

    def whole_text(self, url: str, workload: Workload) -> str:
        return "".join(self.text(workload, event) or "" for event in self.open(url, workload))


@cache
def _pool() -> Any:
    import urllib3

    return urllib3.PoolManager(maxsize=MANY)


def _response(url: str) -> Any:
    return _pool().request("POST", url, body=b"{}", preload_content=False)


# Ours


@lru_cache(maxsize=8)
def _our_client(url: str) -> Any:
    from ssescan.openai import OpenAI

    return OpenAI(api_key="none", base_url=url)


def _ours(url: str, workload: Workload) -> Any:
    return _call(_our_client(url), workload)


def _call(client: Any, workload: Workload) -> Any:
    if workload.dialect == "assistants":
        return client.beta.threads.create_and_run(assistant_id="asst_abc123", stream=True)
    return client.chat.completions.create(model="gpt-4o", messages=[], stream=True)


def _our_text(url: str, workload: Workload) -> Iterator[str]:
    reader = _ours(url, workload).reader()
    return iter(lambda: reader.read(1 << 20), "")


def _our_frames(url: str, workload: Workload) -> Any:
    from ssescan import Scanner

    return Scanner(_response(url))


# The others


def _bare(url: str, workload: Workload) -> Iterable[bytes]:
    return _response(url).stream(65536)


def _bare_text(workload: Workload, frame: bytes) -> str | None:
    return next(peers.by_hand(workload, (frame,)), None)  # one frame is one chunk


def _by_hand(url: str, workload: Workload) -> Iterator[str]:
    return peers.by_hand(workload, _bare(url, workload))


@lru_cache(maxsize=8)
def _openai_client(url: str) -> Any:
    import openai

    return openai.OpenAI(api_key="none", base_url=url)


def _openai(url: str, workload: Workload) -> Any:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Assistants
        return _call(_openai_client(url), workload)


@cache
def _httpx2_client() -> Any:
    import httpx2

    return httpx2.Client(limits=httpx2.Limits(max_connections=None), timeout=60)


def _anthropic(url: str, workload: Workload) -> Iterator[Any]:
    from anthropic._streaming import Stream

    with _httpx2_client().stream("POST", url, content=b"{}") as response:
        yield from Stream.raw_events(response)


def _httpx2(url: str, workload: Workload) -> Iterator[Any]:
    with _httpx2_client().sse(url, method="POST", content=b"{}") as events:
        yield from events


@cache
def _httpx_client() -> Any:
    import httpx

    return httpx.Client(limits=httpx.Limits(max_connections=None), timeout=60)


def _httpx_sse(url: str, workload: Workload) -> Iterator[Any]:
    from httpx_sse import connect_sse

    with connect_sse(_httpx_client(), "POST", url, content=b"{}") as source:
        yield from source.iter_sse()


def _sseclient(url: str, workload: Workload) -> Iterator[Any]:
    from sseclient import SSEClient

    return SSEClient(_response(url).stream(65536)).events()


@cache
def _session() -> Any:
    import requests

    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=MANY))
    return session


def _requests_sse(url: str, workload: Workload) -> Iterator[Any]:
    from requests_sse import EventSource

    with EventSource(url, method="POST", session=_session(), data=b"{}") as source:
        yield from peers.until_done(source)


def _launchdarkly(url: str, workload: Workload) -> Iterator[Any]:
    from ld_eventsource import SSEClient
    from ld_eventsource.config import ConnectStrategy

    return peers.until_done(SSEClient(ConnectStrategy.http(url, pool=_pool())).events)


# Native clients: their whole way from the socket to the chunk is Rust.

_REQUEST = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], "stream": True}


@lru_cache(maxsize=8)
def _f3dx_client(url: str) -> Any:
    import f3dx

    return f3dx.OpenAI(api_key="none", base_url=url, http2=False)


def _f3dx(url: str, workload: Workload) -> Any:
    return _f3dx_client(url).chat_completions_create_stream(_REQUEST)


@lru_cache(maxsize=8)
def _aimux_model(url: str) -> Any:
    import aimux

    return aimux.openai("none", "gpt-4o", url)


def _aimux(url: str, workload: Workload) -> Any:
    import aimux

    return aimux.stream_text_as_openai(_aimux_model(url), "hi")


@lru_cache(maxsize=8)
def _rusty_provider(url: str) -> Any:
    import rusty_agent_sdk

    return rusty_agent_sdk.Provider("gpt-4o", api_key="none", base_url=url)


def _rusty(url: str, workload: Workload) -> Any:
    return _rusty_provider(url).stream_text("hi")


def _dict_text(workload: Workload, chunk: Any) -> str | None:
    found: str | None = chunk["choices"][0]["delta"].get("content") if chunk["choices"] else None
    return found


def _own_text(workload: Workload, event: Any) -> str | None:
    """The text that the core finds, whatever the dialect."""
    found: str | None = event.text
    return found


CLIENTS = [
    Client("ssescan, Scanner over a urllib3 response", "frames", _our_frames, peers.data_text, True),
    Client("urllib3 stream(), no events made", "frames", _bare, _bare_text),
    Client("anthropic, its decoder over httpx2", "frames", _anthropic, peers.data_text),
    Client("httpx-sse", "frames", _httpx_sse, peers.data_text),
    Client("httpx2 EventSource", "frames", _httpx2, peers.data_text),
    Client("sseclient-py over urllib3", "frames", _sseclient, peers.data_text),
    Client("requests-sse", "frames", _requests_sse, peers.data_text),
    Client("launchdarkly-eventsource", "frames", _launchdarkly, peers.data_text),
    Client("ssescan.openai, typed events", "typed", _ours, peers.typed_text, True),
    Client("openai, typed events", "typed", _openai, peers.typed_text),
    Client("ssescan.openai, typed events and their text", "text", _ours, peers.typed_text, True),
    Client("ssescan.openai, typed events and event.text", "text", _ours, _own_text, True),
    Client("ssescan.openai, reader().read(n)", "text", _our_text, peers.itself, True),
    Client("urllib3 stream(), split, orjson, index", "text", _by_hand, peers.itself),
    Client("f3dx, dicts", "typed", _f3dx, _dict_text, native="f3dx"),
    Client("arcships-aimux, dicts", "typed", _aimux, _dict_text, native="arcships-aimux"),
    Client("f3dx, dicts and their text", "text", _f3dx, _dict_text, native="f3dx"),
    Client("arcships-aimux, dicts and their text", "text", _aimux, _dict_text, native="arcships-aimux"),
    Client("rusty-agent-sdk, text", "text", _rusty, peers.itself, native="rusty-agent-sdk"),
]
