"""From a question to the events that the page reads: pieces of text, then the end or an error."""

import json
from collections.abc import Generator

from ssescan import ServerSentEvent, SSEScanError, Timeouts
from ssescan.openai import OpenAI

# One client for the whole process: it is thread-safe and keeps its connections. It reads OPENAI_API_KEY and OPENAI_BASE_URL.
client = OpenAI(timeout=Timeouts(first_event_s=60, event_s=20))

#: No cache keeps the answer, and nginx does not collect it.
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def frames(question: str, model: str = "gpt-5.2") -> Generator[bytes, None, None]:
    """Yield the frames of an event stream. When the browser leaves, the server closes this iterator, which ends the request."""
    try:
        messages = [{"role": "user", "content": question}]
        with client.chat.completions.create(model=model, messages=messages, stream=True) as stream:
            for text in stream.texts():
                yield ServerSentEvent("text", json.dumps(text)).encode()
            yield ServerSentEvent("end", json.dumps(stream.finish_reason)).encode()
    except SSEScanError as error:  # the status was sent long ago, so the error is an event
        yield ServerSentEvent("failure", json.dumps(str(error))).encode()
