"""From a question to the events that the page reads: pieces of text, then the end or an error."""

import json
import logging
from collections.abc import Generator

from ssescan import ServerSentEvent, SSEScanError, StreamCancelled, Timeouts
from ssescan.openai import OpenAI, Stream
from ssescan.openai.types.chat import ChatCompletionChunk

# One client for the whole process: it is thread-safe and keeps its connections. It reads OPENAI_API_KEY and OPENAI_BASE_URL.
client = OpenAI(timeout=Timeouts(first_event_s=120, event_s=120))

logger = logging.getLogger(__name__)

#: No cache keeps the answer, and nginx does not buffer it.
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def ask(question: str) -> Stream[ChatCompletionChunk]:
    """Send the request. Return the stream as soon as the model has accepted it."""
    messages = [{"role": "user", "content": question}]
    return client.chat.completions.create(model="gpt-5.5", messages=messages, stream=True)


def frames(question: str) -> Generator[bytes, None, None]:
    """Yield the frames of an event stream: the answer to a question. Closing the iterator ends the request."""
    try:
        stream = ask(question)
    except SSEScanError as error:  # the status was sent long ago, so the error is an event
        yield failure_frame(error)
    else:
        yield from frames_of(stream)


def frames_of(stream: Stream[ChatCompletionChunk]) -> Generator[bytes, None, None]:
    """Yield the frames of a stream that `ask` returned. Closing the iterator ends the request."""
    try:
        with stream:
            for text in stream.texts():
                yield ServerSentEvent("text", json.dumps(text)).encode()
            yield ServerSentEvent("end", json.dumps(stream.finish_reason)).encode()
    except SSEScanError as error:
        yield failure_frame(error)


def failure_frame(error: SSEScanError) -> bytes:
    is_cancelled = isinstance(error, StreamCancelled)  # this server stops, or the browser has left
    if not is_cancelled:
        logger.warning("answer failed: %s, request %s", error, error.request_id)  # may quote the server: not for users
    kind = "timeout" if isinstance(error, TimeoutError) else error.outcome or "refused"
    return ServerSentEvent("failure", json.dumps({"kind": kind, "retry": error.retryable or is_cancelled})).encode()
