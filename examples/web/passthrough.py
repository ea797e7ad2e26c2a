"""Pass events on as they are: those of a model to a client of the same API, or those of any feed to a browser."""

import json
from collections.abc import Generator

from frames import logger

import ssescan
from ssescan import Scanner, ServerSentEvent, SSEScanError, StreamCancelled, Timeouts
from ssescan.openai import Stream
from ssescan.openai.types.chat import ChatCompletionChunk


def passed_on(stream: Stream[ChatCompletionChunk]) -> Generator[bytes, None, None]:
    """Yield the events of a stream that `ask` returned, as the API sent them. Closing the iterator ends the request."""
    try:
        with stream:
            for event in stream:
                yield event.encode()
        yield b"data: [DONE]\n\n"
    except SSEScanError as error:
        report(error)
        code = "rate_limit_exceeded" if error.status_code == 429 else "server_error"
        problem = {"message": "The answer failed.", "type": code, "code": code}
        yield ServerSentEvent(data=json.dumps({"error": problem})).encode()


def open_feed(url: str, last_event_id: str = "") -> Scanner[ServerSentEvent]:
    """Open a feed at the event after the last one that the browser has. It may be without an event for any time."""
    return ssescan.stream(url, last_event_id=last_event_id, timeout=Timeouts(event_s=None))


def feed(events: Scanner[ServerSentEvent]) -> Generator[bytes, None, None]:
    """Yield the events of a feed. After a failure the response ends, and the EventSource of a browser connects again."""
    try:
        with events:
            for event in events:
                yield event.encode()
    except SSEScanError as error:
        report(error)


def report(error: SSEScanError) -> None:
    if not isinstance(error, StreamCancelled):  # this server stops, or the browser has left
        logger.warning("stream failed: %s, request %s", error, error.request_id)
