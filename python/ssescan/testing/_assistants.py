"""`assistants`: runs of the Assistants API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ._pieces import (
    CREATED_S,
    MODEL,
    USAGE,
    Call,
    Event,
    Piece,
    ToolCalls,
    Usage,
    answer_of,
    calls_of,
    chat_call,
    counts_of,
    error_object,
    has_message,
    parts_of,
    text_of,
    until_error,
    with_events,
)
from ._pool import Answer

__all__ = ["assistants"]


def assistants(*pieces: Piece, tool_calls: ToolCalls = (), usage: Usage = USAGE, model: str = MODEL) -> Answer:
    """Return a run of the Assistants API as a stream. With calls it ends with `thread.run.requires_action`.

    Args:
        *pieces: The text; each str is one event. A fault, an `error`, a `Pause` or bytes of an event may be between them.
        tool_calls: The calls of functions after the text: pairs `(name, arguments)`, or `ToolCall`.
        usage: The counts as the API has them, or a pair of input and output tokens. None sends no usage.
        model: The name of the model.

    Raises:
        TypeError: A piece, a call or the usage has the wrong type.
    """
    calls = calls_of(tool_calls)
    counts = counts_of(usage, "prompt_tokens", "completion_tokens")

    def events() -> Iterator[Any]:
        for name, status in (("created", "queued"), ("queued", "queued"), ("in_progress", "in_progress")):
            yield Event(_run(status, model), f"thread.run.{name}")
        if has_message(pieces, calls):
            yield from _message_step(pieces, counts)
        if not calls:
            yield Event(_run("completed", model, usage=counts), "thread.run.completed")
        else:
            yield from _calls_step(calls)
            outputs = {"tool_calls": [chat_call(call) for call in calls]}
            action = {"type": "submit_tool_outputs", "submit_tool_outputs": outputs}
            yield Event(_run("requires_action", model, required_action=action), "thread.run.requires_action")
        yield Event("[DONE]", "done")

    return answer_of(until_error(events(), lambda it: Event(error_object(it), "error")))


_RUN_IDS = {"assistant_id": "asst_test", "thread_id": "thread_test"}


def _run(status: str, model: str, *, usage: Any = None, required_action: Any = None) -> dict[str, Any]:
    return {
        "id": "run_test",
        "object": "thread.run",
        "created_at": CREATED_S,
        **_RUN_IDS,
        "status": status,
        "started_at": None if status == "queued" else CREATED_S,
        "expires_at": CREATED_S + 600,
        "cancelled_at": None,
        "failed_at": None,
        "completed_at": _completed_at(status),
        "required_action": required_action,
        "last_error": None,
        "incomplete_details": None,
        "model": model,
        "instructions": "",
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
        "usage": usage,
    }


def _step(at: int, status: str, details: dict[str, Any], usage: Any = None) -> dict[str, Any]:
    return {
        "id": f"step_{at}",
        "object": "thread.run.step",
        "created_at": CREATED_S,
        **_RUN_IDS,
        "run_id": "run_test",
        "type": details["type"],
        "status": status,
        "step_details": details,
        "expired_at": None,
        "cancelled_at": None,
        "failed_at": None,
        "completed_at": _completed_at(status),
        "last_error": None,
        "metadata": {},
        "usage": usage,
    }


def _message(status: str, content: list[Any]) -> dict[str, Any]:
    return {
        "id": "msg_test",
        "object": "thread.message",
        "created_at": CREATED_S,
        **_RUN_IDS,
        "run_id": "run_test",
        "status": status,
        "role": "assistant",
        "content": content,
        "attachments": [],
        "incomplete_at": None,
        "incomplete_details": None,
        "completed_at": _completed_at(status),
        "metadata": {},
    }


def _completed_at(status: str) -> int | None:
    return CREATED_S if status == "completed" else None


def _message_step(pieces: Sequence[Piece], usage: Any) -> Iterator[Any]:
    details = {"type": "message_creation", "message_creation": {"message_id": "msg_test"}}
    for name in ("created", "in_progress"):
        yield Event(_step(1, "in_progress", details), f"thread.run.step.{name}")
    for name in ("created", "in_progress"):
        yield Event(_message("in_progress", []), f"thread.message.{name}")

    def deltas(piece: str) -> Iterator[Event]:
        delta = {"content": [{"index": 0, "type": "text", "text": {"value": piece, "annotations": []}}]}
        yield Event({"id": "msg_test", "object": "thread.message.delta", "delta": delta}, "thread.message.delta")

    yield from with_events(pieces, deltas)
    content = [{"type": "text", "text": {"value": text_of(pieces), "annotations": []}}]
    yield Event(_message("completed", content), "thread.message.completed")
    yield Event(_step(1, "completed", details, usage), "thread.run.step.completed")


def _calls_step(calls: Sequence[Call]) -> Iterator[Event]:
    details = {"type": "tool_calls", "tool_calls": []}
    for name in ("created", "in_progress"):
        yield Event(_step(2, "in_progress", details), f"thread.run.step.{name}")
    for at, call in enumerate(calls):
        start = chat_call(call._replace(arguments=""))
        start["function"]["output"] = None
        rest = [{"type": "function", "function": {"arguments": part}} for part in parts_of(call.arguments)]
        for part in (start, *rest):
            delta = {"step_details": {"type": "tool_calls", "tool_calls": [{"index": at, **part}]}}
            payload = {"id": "step_2", "object": "thread.run.step.delta", "delta": delta}
            yield Event(payload, "thread.run.step.delta")
