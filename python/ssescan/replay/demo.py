"""The recording of `ssescan demo`: one run of the Assistants API, with every event of a plain answer.

The stream is built at run time, so that the text can be read and edited here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import cycle
from typing import Any

ASSISTANT_ID = "asst_demo"

# Broken by hand at 76 columns: a stream cannot be wrapped by the program that prints it as it comes.
TEXT = """\
Server-sent events are a way for a web server to send a client a sequence
of messages over one ordinary HTTP response. The client makes a request and
the server answers with the content type text/event-stream, but it does not
finish the answer. It keeps the connection open and writes a few lines
whenever it has something to say. The format was specified for browsers as
part of HTML, where a script receives the messages through an object called
EventSource.

The format is plain text in UTF-8. Each line holds the name of a field, a
colon and a value. The field "data" carries the payload, "event" names the
kind of message, "id" marks a place from which a client may later resume,
and "retry" tells it how many milliseconds to wait before it connects
again. A line that begins with a colon is a comment, and servers send such
lines to keep an idle connection alive. A blank line ends the message.
Whatever follows the last blank line when the response ends is discarded.

Because a response is a stream of bytes, the pieces that a client receives
need not agree with the messages that the server wrote. A piece may end in
the middle of a line, between the two bytes of a line end, or inside a
character that takes several bytes. A parser therefore keeps the beginning
of an unfinished line and continues with it when the next piece arrives.

Services built on language models use this format to show an answer while
it is being generated. Each message then contains a small JSON document
with the next few words, and the client joins them in the order of their
arrival. The format itself has no mark for a complete answer, so these
services add one of their own. A client that waits for this mark can tell
an answer that is finished from one that was cut off on the way.
"""

_CREATED_S = 1767225600  # 2026-01-01: a recording shows the same times whenever it is played
_TAKEN_S = 5
_WORDS_PER_DELTA = (1, 2, 1, 1, 3, 2, 1)  # models' deltas vary; a fixed pattern makes every demo the same


def recording() -> bytes:
    """Return the body of the stream: UTF-8, LF line ends, `event: done` at the end. About 220 events."""
    return b"".join(_frame(name, data) for name, data in _events())


def _frame(name: str, data: Any) -> bytes:
    payload = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\ndata: {payload}\n\n".encode()


def _events() -> Iterator[tuple[str, Any]]:
    yield "thread.created", _thread()
    for status in ("created", "queued", "in_progress"):
        yield f"thread.run.{status}", _run("queued" if status == "created" else status)
    for status in ("created", "in_progress"):
        yield f"thread.run.step.{status}", _step("in_progress")
    for status in ("created", "in_progress"):
        yield f"thread.message.{status}", _message("in_progress", [])
    for piece in _pieces(TEXT):
        yield "thread.message.delta", _delta(piece)
    yield "thread.message.completed", _message("completed", [{"type": "text", "text": _text(TEXT)}])
    yield "thread.run.step.completed", _step("completed")
    yield "thread.run.completed", _run("completed")
    yield "done", "[DONE]"


def _pieces(text: str) -> Iterator[str]:
    """Cut text into pieces of one to three words, each word with the white space before it, as models do."""
    words = re.findall(r"\s*\S+|\s+", text)
    sizes = cycle(_WORDS_PER_DELTA)
    while words:
        size = next(sizes)
        yield "".join(words[:size])
        del words[:size]


def _thread() -> dict[str, Any]:
    return {"id": "thread_demo", "object": "thread", "created_at": _CREATED_S, "metadata": {}, "tool_resources": {}}


def _run(status: str) -> dict[str, Any]:
    return {
        "id": "run_demo",
        "object": "thread.run",
        "created_at": _CREATED_S,
        "assistant_id": ASSISTANT_ID,
        "thread_id": "thread_demo",
        "status": status,
        "started_at": None if status == "queued" else _CREATED_S,
        "expires_at": _CREATED_S + 600,
        "cancelled_at": None,
        "failed_at": None,
        "completed_at": _completed_at(status),
        "required_action": None,
        "last_error": None,
        "incomplete_details": None,
        "model": "demo",
        "instructions": "Explain server-sent events.",
        "tools": [],
        "tool_choice": "auto",
        "parallel_tool_calls": True,
        "response_format": "auto",
        "truncation_strategy": {"type": "auto", "last_messages": None},
        "temperature": 1.0,
        "top_p": 1.0,
        "max_prompt_tokens": None,
        "max_completion_tokens": None,
        "metadata": {},
        "usage": _usage(status),
    }


def _step(status: str) -> dict[str, Any]:
    return {
        "id": "step_demo",
        "object": "thread.run.step",
        "created_at": _CREATED_S,
        "assistant_id": ASSISTANT_ID,
        "thread_id": "thread_demo",
        "run_id": "run_demo",
        "type": "message_creation",
        "status": status,
        "step_details": {"type": "message_creation", "message_creation": {"message_id": "msg_demo"}},
        "expired_at": None,
        "cancelled_at": None,
        "failed_at": None,
        "completed_at": _completed_at(status),
        "last_error": None,
        "metadata": {},
        "usage": _usage(status),
    }


def _message(status: str, content: list[Any]) -> dict[str, Any]:
    return {
        "id": "msg_demo",
        "object": "thread.message",
        "created_at": _CREATED_S,
        "assistant_id": ASSISTANT_ID,
        "thread_id": "thread_demo",
        "run_id": "run_demo",
        "status": status,
        "role": "assistant",
        "content": content,
        "attachments": [],
        "incomplete_at": None,
        "incomplete_details": None,
        "completed_at": _completed_at(status),
        "metadata": {},
    }


def _delta(piece: str) -> dict[str, Any]:
    content = [{"index": 0, "type": "text", "text": _text(piece)}]
    return {"id": "msg_demo", "object": "thread.message.delta", "delta": {"content": content}}


def _text(value: str) -> dict[str, Any]:
    return {"value": value, "annotations": []}


def _completed_at(status: str) -> int | None:
    return _CREATED_S + _TAKEN_S if status == "completed" else None


def _usage(status: str) -> dict[str, int] | None:
    if status != "completed":
        return None
    words = len(TEXT.split())
    return {"prompt_tokens": 6, "completion_tokens": words, "total_tokens": 6 + words}
