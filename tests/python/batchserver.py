"""A server whose answer depends on the request, and rows for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from conftest import BARE_DONE, frame
from ssescan.openai import OpenAI
from ssescan.replay import Recording, ReplayServer, Request

EVENTS = 12


def text_of(prompt: str) -> str:
    return "".join(_words(prompt))


def _words(prompt: str) -> list[str]:
    return [f"<{prompt}>", ' "hey"', "\n", " žluťoučký", " 😀", "\\", *([" more"] * (EVENTS - 6))]


def _chunk(prompt: str, **choice: object) -> dict[str, Any]:
    inner = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": None, **choice}
    return {"id": f"id-{prompt}", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [inner]}


def chat_body(prompt: str) -> bytes:
    usage = {"prompt_tokens": 3, "completion_tokens": EVENTS, "total_tokens": EVENTS + 3}
    chunks = [
        _chunk(prompt, delta={"role": "assistant", "content": ""}),
        *(_chunk(prompt, delta={"content": word}) for word in _words(prompt)),
        _chunk(prompt, finish_reason="stop"),
        {**_chunk(prompt), "choices": [], "usage": usage},
    ]
    return b"".join(map(frame, chunks)) + BARE_DONE


def completion_body(prompt: str) -> bytes:
    def chunk(text: str, finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": finish}
        return {"id": "cmpl", "object": "text_completion", "created": 1, "model": "m", "choices": [choice]}

    return b"".join(map(frame, [*map(chunk, _words(prompt)), chunk("", "stop")])) + BARE_DONE


def response_body(prompt: str) -> bytes:
    message = {
        "id": "msg",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": text_of(prompt), "annotations": []}],
    }
    response = {
        "id": "resp",
        "object": "response",
        "created_at": 1,
        "model": "m",
        "status": "completed",
        "output": [message],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 3,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": EVENTS,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": EVENTS + 3,
        },
    }
    events: list[dict[str, Any]] = [
        {"type": "response.output_text.delta", "delta": word, "output_index": 0, "content_index": 0, "item_id": "msg"}
        for word in _words(prompt)
    ]
    events.append({"type": "response.completed", "response": response})
    numbered = [{**event, "sequence_number": number} for number, event in enumerate(events)]
    return b"".join(frame(event, str(event["type"])) for event in numbered)


def message_body(prompt: str) -> bytes:
    usage = {"input_tokens": 3, "cache_creation_input_tokens": 4, "cache_read_input_tokens": 50, "output_tokens": 1}
    start = {"id": "msg", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None}
    deltas = ({"type": "text_delta", "text": word} for word in _words(prompt))
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**start, "usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": EVENTS}},
        {"type": "message_stop"},
    ]
    return b"".join(frame(event, str(event["type"])) for event in events)


BODIES = {
    "/v1/chat/completions": (chat_body, lambda body: body["messages"][0]["content"]),
    "/v1/completions": (completion_body, lambda body: body["prompt"]),
    "/v1/responses": (response_body, lambda body: body["input"]),
    "/v1/messages": (message_body, lambda body: body["messages"][0]["content"]),
}


def prompt_of(request: Request) -> str:
    return BODIES[request.path][1](json.loads(request.body))


def answer(request: Request) -> Recording:
    body_of, prompt_in = BODIES[request.path]
    prompt = prompt_in(json.loads(request.body))
    return Recording(prompt, body_of(prompt))


def refuse(status: int, **headers: str) -> Recording:
    body = {"error": {"message": f"no: {status}", "type": "t", "code": "c"}}
    return Recording("no", json.dumps(body).encode(), status, {"Content-Type": "application/json", **headers})


def rows(count: int, begin: int = 0, url: str = "/v1/chat/completions") -> Iterator[dict[str, Any]]:
    """Lines of a batch file: `row 0`, `row 1`, ... which is also what they ask."""
    for number in range(begin, begin + count):
        yield row(f"row {number}", url)


def row(name: str, url: str = "/v1/chat/completions") -> dict[str, Any]:
    body = {"model": "m", "messages": [{"role": "user", "content": name}]}
    return {"custom_id": name, "method": "POST", "url": url, "body": body}


def lines(batch: Iterable[Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in batch)


@contextmanager
def served(answers: Any = answer, **options: Any) -> Iterator[tuple[ReplayServer, OpenAI]]:
    """A server and a client of it."""
    with ReplayServer(answers, **options) as server, client_of(server) as client:
        yield server, client


def client_of(server: ReplayServer, **options: Any) -> OpenAI:
    return OpenAI(**{"api_key": "k", "base_url": f"{server.url}/v1", "timeout": 10, **options})
