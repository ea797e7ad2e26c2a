"""The streams of a run: opens, counts and cancels them, and estimates how many tokens a request takes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any

from ssescan.http._urllib3 import request_context, wake
from ssescan.models._json import dumps
from ssescan.openai._call import Call
from ssescan.openai._types import omit

from ._accumulate import ChatAccumulator
from ._limiter import Limiter, Stopped
from ._options import RunOptions
from ._requests import BatchRequest, Provider, endpoint_of
from ._results import token_count

__all__ = ["Streams"]

#: More wake-ups of threads per second than this cost too much, so bytes are buffered for longer, up to a limit.
_WAKES_PER_S, _MAX_COALESCE_S = 1000, 1.0
#: For the first estimates: the bytes of a request per token, and the longest answer.
_BYTES_PER_TOKEN, _FIRST_TOKENS = 4, 500


class Streams:
    """The streams of a run, each in the thread that opened it.

    Args:
        client: The client that sends the requests.
        limiter: The rate limiter of the run.
        options: The settings of the run.
    """

    def __init__(self, client: Any, limiter: Limiter, options: RunOptions) -> None:
        self._client, self.limiter, self.options = client, limiter, options
        #: Set when the run was cancelled.
        self.stop = threading.Event()
        #: False until there was a connection to the server.
        self.server_is_reached = False
        #: Thread -> a function that ends its current wait. The lock ensures that it is not called after that wait.
        self._interrupts: dict[int, Callable[[], object]] = {}
        self._lock = threading.Lock()
        self._open: dict[int, Any] = {}
        self._past_events = 0
        self._mean_answer_tokens = 0.0
        # Load what all threads would otherwise load at the same time, each waiting for the others.
        import_module("ssescan.openai._streaming")
        ChatAccumulator({})

    def cancel(self) -> None:
        """Stop the run, from any thread. No request starts any more, and every wait for a server or a pause ends."""
        self.stop.set()
        self.limiter.wake()
        with self._lock:
            for interrupt in self._interrupts.values():
                interrupt()

    def check(self) -> None:
        """Raise `Stopped` if the run was cancelled."""
        if self.stop.is_set():
            raise Stopped

    def sleep(self, seconds: float) -> None:
        """Wait. Raise `Stopped` if the run is cancelled."""
        if self.stop.wait(seconds):
            raise Stopped

    @property
    def running(self) -> int:
        """Return the number of open streams."""
        return len(self._open)

    @property
    def events(self) -> int:
        """Return the number of events so far, those of open streams included."""
        running: list[int] = [stream.stats.events for stream in list(self._open.values())]
        return self._past_events + sum(running)

    # ---- One stream --------------------------------------------------------------------------------------------------

    def open(self, request: BatchRequest) -> Any:
        """Send a request and return its stream.

        Raises:
            Stopped: The run was cancelled.
        """
        endpoint = endpoint_of(request.url)
        assert endpoint is not None
        call = Call(
            "POST",
            endpoint.path,
            json_data=_streaming_body(request.body, asks_for_usage=endpoint.has_stream_options),
            headers={} if endpoint.provider is None else _headers_for(endpoint.provider, self._client),
            max_retries=0,
            stream=True,
            dialect=endpoint.dialect,
        )
        with self._interruptible(), request_context(on_connect=self._interrupt_connection):
            stream = self._client.request(None, call, stream=True)
        stream.coalesce_s = self.coalesce_s()
        return stream

    @contextmanager
    def watched(self, stream: Any) -> Iterator[None]:
        """Close a stream after the `with` block. Meanwhile it is counted, and `cancel` cancels it."""
        thread = threading.get_ident()
        with stream, self._interruptible():
            self._interrupt_with(stream.cancel)
            self._open[thread] = stream
            try:
                yield
            finally:
                with self._lock:
                    del self._open[thread]
                    self._past_events += stream.stats.events

    def coalesce_s(self) -> float:
        """Return how long bytes are buffered at present. A wake-up of a thread costs as much as fifty events."""
        if not self.options.coalesce_s:
            return 0.0
        return max(self.options.coalesce_s, min(self.running / _WAKES_PER_S, _MAX_COALESCE_S))

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Forget at the end of the `with` block how to interrupt this thread."""
        try:
            yield
        finally:
            with self._lock:
                self._interrupts.pop(threading.get_ident(), None)

    def _interrupt_with(self, interrupt: Callable[[], object]) -> None:
        """Let `cancel` call `interrupt` to end the wait that this thread starts. Raise `Stopped` if that was too late."""
        with self._lock:
            self._interrupts[threading.get_ident()] = interrupt
        self.check()

    def _interrupt_connection(self, connection: Any) -> None:
        """Let `cancel` shut down the connection that a request is about to be sent over."""
        self._interrupt_with(partial(wake, connection))

    # ---- Tokens ------------------------------------------------------------------------------------------------------

    def estimated_tokens(self, request: BatchRequest) -> float:
        """Return about how many tokens a request and its answer take; 0 if the limiter does not limit them."""
        if self.limiter.tpm is None:
            return 0.0
        limits = (request.body.get(name) for name in ("max_tokens", "max_completion_tokens", "max_output_tokens"))
        limit = next((tokens for tokens in map(token_count, limits) if tokens is not None), 0)
        answer = self._mean_answer_tokens or min(limit, _FIRST_TOKENS)
        return len(dumps(request.body)) / _BYTES_PER_TOKEN + answer

    def add_to_mean(self, answer_tokens: int) -> None:
        """Add the length of an answer to the running mean, for later estimates."""
        mean = self._mean_answer_tokens
        self._mean_answer_tokens += 0.1 * (answer_tokens - mean) if mean else answer_tokens


#: Headers that the client makes for OpenAI's API.
_OPENAI_HEADERS = ("Authorization", "OpenAI-Organization", "OpenAI-Project")


def _headers_for(provider: Provider, client: Any) -> dict[str, Any]:
    """Return the headers of a call: the client's key and the provider's own headers, and none of OpenAI's.

    Headers that the caller set on the client stay as they are.
    """
    headers: dict[str, Any] = {**provider.headers, **dict.fromkeys(_OPENAI_HEADERS, omit)}
    if key := client._refresh_api_key():
        headers[provider.key_header] = key
    own = {name.lower() for name in client._custom_headers}
    return {name: value for name, value in headers.items() if name.lower() not in own}


def _streaming_body(body: Mapping[str, Any], *, asks_for_usage: bool) -> dict[str, Any]:
    """Return the body of a request that streams. It asks for token counts, unless its `stream_options` are null or false."""
    streaming = {**body, "stream": True}
    options = streaming.get("stream_options", {})
    if options is None or options is False:
        del streaming["stream_options"]
    elif asks_for_usage and isinstance(options, Mapping):
        streaming["stream_options"] = {"include_usage": True, **options}
    return streaming
