"""From a question to the events that the page reads: pieces of text, then the end or an error."""

import json
import logging
from collections.abc import Generator

from ssescan import ServerSentEvent, SSEScanError, Timeouts
from ssescan.openai import OpenAI

# One client for the whole process: it is thread-safe and keeps its connections. It reads OPENAI_API_KEY and OPENAI_BASE_URL.
client = OpenAI(timeout=Timeouts(first_event_s=60, event_s=20))

logger = logging.getLogger(__name__)

#: No cache keeps the answer, and nginx does not collect it.
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def frames(question: str, model: str = "gpt-5.5") -> Generator[bytes, None, None]:
    """Yield the frames of an event stream. Closing the iterator ends the request."""
    try:
        messages = [{"role": "user", "content": question}]
        with client.chat.completions.create(model=model, messages=messages, stream=True) as stream:
            for text in stream.texts():
                yield ServerSentEvent("text", json.dumps(text)).encode()
            yield ServerSentEvent("end", json.dumps(stream.finish_reason)).encode()
    except SSEScanError as error:  # the status was sent long ago, so the error is an event
        logger.warning("answer failed: %s, request %s", error, error.request_id)  # may quote the server: not for users
        failure = {"kind": error.outcome or "refused", "retry": error.retryable}
        yield ServerSentEvent("failure", json.dumps(failure)).encode()
