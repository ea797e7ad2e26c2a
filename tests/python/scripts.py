"""Bodies of event streams, written by hand: what a server says, in few words."""

from __future__ import annotations

import json
from typing import Any

__all__ = [
    "assistants",
    "call_step",
    "chat",
    "chunk",
    "created",
    "delta",
    "frames",
    "image",
    "message",
    "part",
    "refusal",
    "responses",
    "run",
    "step",
    "step_delta",
    "text",
    "tool",
]

Event = tuple[str, Any]


def frames(*events: Event) -> bytes:
    lines = [f"event: {name}\n" if name else "" for name, _ in events]
    data = [payload if isinstance(payload, str) else json.dumps(payload) for _, payload in events]
    return "".join(f"{line}data: {payload}\n\n" for line, payload in zip(lines, data)).encode()


# Assistants


def assistants(*events: Event) -> bytes:
    """A whole stream: with a run around the events, and its end mark."""
    return frames(run("created", "queued"), *events, run("completed", "completed"), ("done", "[DONE]"))


def run(state: str, status: str, **more: Any) -> Event:
    return f"thread.run.{state}", {"id": "run_1", "object": "thread.run", "thread_id": "t", "status": status, **more}


def message(id: str = "msg_1", state: str = "created", content: Any = (), status: str = "in_progress") -> Event:
    shown = {"id": id, "object": "thread.message", "role": "assistant", "content": list(content), "status": status}
    return f"thread.message.{state}", {**shown, "thread_id": "t", "created_at": 1, "metadata": {}}


def created(id: str = "msg_1") -> Event:
    return message(id)


def delta(*parts: Any, id: str = "msg_1") -> Event:
    return "thread.message.delta", {"id": id, "object": "thread.message.delta", "delta": {"content": list(parts)}}


def part(kind: str, index: int = 0, **more: Any) -> dict[str, Any]:
    return {"index": index, "type": kind, **more}


def text(value: str | None, index: int = 0, **more: Any) -> dict[str, Any]:
    return part("text", index, text={"value": value, **more})


def image(file_id: str, index: int = 0) -> dict[str, Any]:
    return part("image_file", index, image_file={"file_id": file_id})


def refusal(value: str, index: int = 0) -> dict[str, Any]:
    return part("refusal", index, refusal=value)


def step(id: str = "step_1", state: str = "created", status: str = "in_progress", details: Any = None) -> Event:
    shown = {"id": id, "object": "thread.run.step", "run_id": "run_1", "thread_id": "t", "status": status}
    details = details or {"type": "message_creation", "message_creation": {"message_id": "msg_1"}}
    return f"thread.run.step.{state}", {**shown, "type": details["type"], "step_details": details, "usage": None}


def call_step(id: str = "step_1", state: str = "created", calls: Any = (), status: str = "in_progress") -> Event:
    return step(id, state, status, {"type": "tool_calls", "tool_calls": list(calls)})


def step_delta(*calls: Any, id: str = "step_1") -> Event:
    details = {"type": "tool_calls", "tool_calls": list(calls)}
    return "thread.run.step.delta", {"id": id, "object": "thread.run.step.delta", "delta": {"step_details": details}}


def tool(index: int | None = 0, arguments: str | None = None, name: str | None = None, id: str | None = None) -> Any:
    """A fragment of a call of a function, with what is given."""
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    fragment: dict[str, Any] = {} if index is None else {"index": index}
    if id is not None:
        fragment["id"] = id
    return {**fragment, "type": "function", "function": function}


# Chat Completions


def chunk(delta: Any = None, finish: str | None = None, index: int = 0, **more: Any) -> Event:
    choice = {"index": index, "delta": delta or {}, "finish_reason": finish, **more}
    return "", {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def chat(*events: Event) -> bytes:
    return frames(*events, ("", "[DONE]"))


# Responses


def responses(*events: tuple[str, dict[str, Any]], output: Any = (), last: str = "completed") -> list[bytes]:
    """A whole stream, one frame each: numbered, with a response around the events."""
    shown = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "tools": [], "tool_choice": "auto"}
    begun = {**shown, "parallel_tool_calls": True, "status": "in_progress", "output": []}
    ended = {**begun, "status": last, "output": list(output)}
    around = [("created", {"response": begun}), *events, (last, {"response": ended})]
    return [
        frames((f"response.{name}", {"type": f"response.{name}", "sequence_number": at, **fields}))
        for at, (name, fields) in enumerate(around)
    ]
