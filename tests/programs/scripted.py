"""The scripted server of the programs: Chat Completions, with one script for each scenario; Responses and embeddings.

The scenario is the first part of the path: a client of `http://127.0.0.1:PORT/tools/v1` is answered with a tool call.
"""

from __future__ import annotations

import base64
import json
import struct
from collections import Counter
from pathlib import Path
from typing import Any

from faultserver import CHUNKED, CUT, Request, Script, head, length, piece, stream

__all__ = ["Answers"]

STREAMS = Path(__file__).resolve().parents[1] / "streams"
USAGE = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
TEXTS = {"tools": "It is sunny in Rome.", "structured": '{"city": "Rome", "population": 3}'}
#: Arguments of a tool call by the scenario.
ARGUMENTS = {"tools": '{"city": "Rome"}', "structured": '{"city": "Rome", "population": 3}'}


class Answers:
    """The next answer of each scenario."""

    def __init__(self) -> None:
        self._asked: Counter[str] = Counter()

    def __call__(self, request: Request) -> Script:
        """Return the script for a request."""
        scenario = request.path.split("/")[1]
        self._asked[scenario] += 1
        if scenario == "retry" and self._asked[scenario] == 1:
            return _refusal("429 Too Many Requests", "Slow down.", "rate_limit_exceeded", "retry-after-ms: 1")
        if scenario == "refused":
            return _refusal("400 Bad Request", "Unknown model.", "model_not_found")
        body = json.loads(request.body)
        if request.path.endswith("/embeddings"):
            return _json({"object": "list", "model": "e", "data": _embeddings(body), "usage": USAGE})
        if request.path.endswith("/responses"):
            return _response(body)
        name = _tool_to_call(scenario, body)
        deltas = _call(name, ARGUMENTS[scenario]) if name else _text(TEXTS.get(scenario, "Hello, world."))
        if not body.get("stream"):
            return _whole(deltas)
        return _streamed(scenario, deltas, bool((body.get("stream_options") or {}).get("include_usage")))


def _refusal(status: str, message: str, code: str, *headers: str) -> Script:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return _json({"error": error}, *headers, status=status)


def _json(value: Any, *headers: str, status: str = "200 OK") -> Script:
    content = json.dumps(value).encode()
    return (head(length(len(content)), *headers, status=status, kind="application/json"), content)


def _embeddings(body: Any) -> list[Any]:
    """Return a vector for each input, as base64 if the client asks for it."""
    inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
    vector: Any = [0.5, -1.0, 2.0]
    if body.get("encoding_format") == "base64":
        vector = base64.b64encode(struct.pack("<3f", *vector)).decode()
    return [{"object": "embedding", "index": at, "embedding": vector} for at in range(len(inputs))]


def _response(body: Any) -> Script:
    """Return a response: a call of a function if there are functions and none was called yet, else a text."""
    given = body["input"] if isinstance(body["input"], list) else []
    calls = body.get("tools") and not any(item.get("type") == "function_call_output" for item in given)
    data = (STREAMS / f"responses-{'function-call' if calls else 'plain'}.sse").read_bytes()
    if body.get("stream"):
        return stream(data)
    payloads = [json.loads(line[6:]) for line in data.splitlines() if line.startswith(b"data: {")]
    items = [it["item"] for it in payloads if it["type"] == "response.output_item.done"]
    return _json({**payloads[-1]["response"], "output": items})


def _tool_to_call(scenario: str, body: Any) -> str:
    """Return the name of the first tool, if the scenario calls one and it has not been called yet."""
    tools = body.get("tools") or []
    was_called = any(message["role"] == "tool" for message in body["messages"])
    return tools[0]["function"]["name"] if scenario in ARGUMENTS and tools and not was_called else ""


def _text(text: str) -> list[Any]:
    return [{"role": "assistant", "content": ""}, *({"content": text[at : at + 6]} for at in range(0, len(text), 6))]


def _call(name: str, arguments: str) -> list[Any]:
    first = {"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": ""}}
    parts = [arguments[at : at + 6] for at in range(0, len(arguments), 6)]
    later = [{"tool_calls": [{"index": 0, "function": {"arguments": part}}]} for part in parts]
    return [{"role": "assistant", "content": None, "tool_calls": [first]}, *later]


def _finish_reason(deltas: list[Any]) -> str:
    return "tool_calls" if "tool_calls" in deltas[-1] else "stop"


def _whole(deltas: list[Any]) -> Script:
    """Return a completion that is not streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
    if "tool_calls" in deltas[0]:
        call = {key: value for key, value in deltas[0]["tool_calls"][0].items() if key != "index"}
        arguments = "".join(delta["tool_calls"][0]["function"]["arguments"] for delta in deltas)
        message["tool_calls"] = [{**call, "function": {**call["function"], "arguments": arguments}}]
    else:
        message["content"] = "".join(delta["content"] for delta in deltas)
    choice = {"index": 0, "message": message, "finish_reason": _finish_reason(deltas), "logprobs": None}
    return _json({**_common("chat.completion"), "choices": [choice], "usage": USAGE})


def _streamed(scenario: str, deltas: list[Any], with_usage: bool) -> Script:
    frames = [_chunk([{"index": 0, "delta": delta, "finish_reason": None}]) for delta in deltas]
    if scenario == "cut":
        return (head(CHUNKED), *map(piece, frames[:2]), piece(frames[2])[:-9], CUT)
    if scenario == "early_end":
        return stream(*frames[:2])
    if scenario == "stream_error":
        error = {"error": {"message": "Overloaded.", "type": "server_error", "param": None, "code": "overloaded"}}
        return stream(*frames[:2], _frame(error))
    frames.append(_chunk([{"index": 0, "delta": {}, "finish_reason": _finish_reason(deltas)}]))
    if with_usage:
        frames.append(_chunk([], usage=USAGE))
    return stream(*frames, b"data: [DONE]\n\n")


def _common(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1700000000, "model": "gpt-4o-mini"}


def _chunk(choices: list[Any], **more: Any) -> bytes:
    return _frame({**_common("chat.completion.chunk"), "choices": choices, **more})


def _frame(payload: Any) -> bytes:
    return b"data: %b\n\n" % json.dumps(payload).encode()
