"""Responses without a server or a socket, for the tests of programs that stream.

    from ssescan.testing import CUT, FakePool, chat

    pool = FakePool(chat("Hel", "lo"))
    client = OpenAI(api_key="k", http_client=pool)

A `FakePool` replaces the urllib3 pool of a client. Each request gets the next of its answers, and the last answer serves
all further requests. `pool.requests` lists the requests. `answers` does this for all clients, and so does the fixture
`ssescan_pool` of the pytest plugin. There, each answer is used once.

    chat("Hel", "lo", usage=(7, 2))                 a complete stream of Chat Completions. responses, assistants, anthropic
    chat(tool_calls=[("f", {"x": 1})])              a call of a function
    chat("Hello", stream=False)                     JSON, which a request without stream=True gets anyway
    chat("Hel", error("overloaded"))                the server reports an error inside the stream
    chat("Hel", CUT)                                the connection ends. RESET: it is reset. STALL: no more data arrives
    chat("Hel", Pause(0.1), "lo")                   a pause between two events

    stream("tests/run.sse")                         a recorded file, or bytes: the whole stream
    stream("tests/run.sse", block=7)                the same stream in blocks of seven bytes
    stream(frame(...), Drip(b"..."))                events of any dialect; Drip sends them byte by byte
    reply({"id": "x"})                              a response that is not a stream
    failure(429, "slow down", retry_after_ms=5)     an error as the API sends it
    CUT, RESET, STALL, REFUSED                      as an answer: no response at all

An answer has `steps`: bytes, pauses and faults. `bytes(answer)` is the body of the response. A STALL takes no time: the
timeout that it would run into expires at once, also in place of an answer.
"""

from ._anthropic import anthropic
from ._assistants import assistants
from ._chat import chat
from ._pieces import StreamError, ToolCall, error
from ._pool import (
    CUT,
    REFUSED,
    RESET,
    STALL,
    Answer,
    Asked,
    Drip,
    FakePool,
    NoAnswerLeft,
    Pause,
    answers,
    failure,
    frame,
    reply,
    stream,
)
from ._responses import responses

__all__ = [
    "CUT",
    "REFUSED",
    "RESET",
    "STALL",
    "Answer",
    "Asked",
    "Drip",
    "FakePool",
    "NoAnswerLeft",
    "Pause",
    "StreamError",
    "ToolCall",
    "answers",
    "anthropic",
    "assistants",
    "chat",
    "error",
    "failure",
    "frame",
    "reply",
    "responses",
    "stream",
]
