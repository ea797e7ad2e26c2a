"""`responses`: answers of the Responses API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any

from ._pieces import (
    CREATED_S,
    MODEL,
    USAGE,
    Call,
    Event,
    Piece,
    StreamError,
    ToolCalls,
    Usage,
    answer_of,
    calls_of,
    counts_of,
    has_message,
    parts_of,
    text_of,
    typed,
    until_error,
    whole_of,
    with_events,
)
from ._pool import Answer, Step

__all__ = ["responses"]


def responses(
    *pieces: Piece,
    tool_calls: ToolCalls = (),
    usage: Usage = USAGE,
    incomplete_reason: str | None = None,
    model: str = MODEL,
    stream: bool = True,
) -> Answer:
    """Return an answer of the Responses API.

    Args:
        *pieces: The text; each str is one event. A fault, an `error`, a `Pause` or bytes of an event may be between them.
        tool_calls: The calls of functions after the text: pairs `(name, arguments)`, or `ToolCall`.
        usage: The counts as the API has them, or a pair of input and output tokens. None sends no usage.
        incomplete_reason: "max_output_tokens" or "content_filter" for an incomplete response.
        model: The name of the model.
        stream: False for JSON instead of a stream. A `FakePool` also sends JSON if the request does not ask for a stream.

    Raises:
        TypeError: A piece, a call or the usage has the wrong type.
    """
    calls = calls_of(tool_calls)
    status = "incomplete" if incomplete_reason else "completed"
    items = [_message_item(text_of(pieces), status)] * has_message(pieces, calls)
    items += [_call_item(call, at) for at, call in enumerate(calls, 1)]
    final = _response(model, status, items, _response_counts(usage))
    final["incomplete_details"] = {"reason": incomplete_reason} if incomplete_reason else None
    whole = whole_of(pieces, final)
    if not stream:
        return whole
    begun = _response(model, "in_progress", [], None)

    def events() -> Iterator[Any]:
        yield typed("response.created", response=begun)
        yield typed("response.in_progress", response=begun)
        for at, item in enumerate(items):
            yield from _item_events(at, item, pieces)
        yield typed(f"response.{status}", response=final)

    def error_event(it: StreamError) -> Event:
        return typed("error", code=it.code, message=it.message, param=None)

    return answer_of(_numbered(until_error(events(), error_event)), whole)


def _numbered(events: Iterable[Event | Step]) -> Iterator[Event | Step]:
    numbers = count()
    for event in events:
        yield (
            event
            if not isinstance(event, Event)
            else Event({**event.payload, "sequence_number": next(numbers)}, event.name)
        )


def _response(model: str, status: str, output: list[Any], usage: Any) -> dict[str, Any]:
    return {
        "id": "resp_test",
        "object": "response",
        "created_at": CREATED_S,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "model": model,
        "output": output,
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": usage,
        "metadata": {},
    }


def _response_counts(usage: Usage) -> Any:
    counts = counts_of(usage, "input_tokens", "output_tokens")
    if not isinstance(usage, tuple):
        return counts
    details = {"cached_tokens": 0, "cache_write_tokens": 0}
    return {**counts, "input_tokens_details": details, "output_tokens_details": {"reasoning_tokens": 0}}


def _message_item(text: str, status: str) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]
    return {"id": "msg_test", "type": "message", "status": status, "role": "assistant", "content": content}


def _call_item(call: Call, at: int) -> dict[str, Any]:
    item = {"id": f"fc_{at}", "type": "function_call", "status": "completed", "arguments": call.arguments}
    return {**item, "call_id": call.id, "name": call.name}


def _item_events(output_index: int, item: dict[str, Any], pieces: Sequence[Piece]) -> Iterator[Any]:
    at = {"item_id": item["id"], "output_index": output_index}
    empty: dict[str, Any] = {"content": []} if item["type"] == "message" else {"arguments": ""}
    started = {**item, **empty, "status": "in_progress"}
    yield typed("response.output_item.added", output_index=output_index, item=started)
    if item["type"] == "message":
        yield from _content_events({**at, "content_index": 0}, item["content"][0], pieces)
    else:
        for part in parts_of(item["arguments"]):
            yield typed("response.function_call_arguments.delta", **at, delta=part)
        done = {"name": item["name"], "arguments": item["arguments"]}
        yield typed("response.function_call_arguments.done", **at, **done)
    yield typed("response.output_item.done", output_index=output_index, item=item)


def _content_events(at: dict[str, Any], part: dict[str, Any], pieces: Sequence[Piece]) -> Iterator[Any]:
    def deltas(piece: str) -> Iterator[Event]:
        yield typed("response.output_text.delta", **at, delta=piece, logprobs=[])

    yield typed("response.content_part.added", **at, part={**part, "text": ""})
    yield from with_events(pieces, deltas)
    yield typed("response.output_text.done", **at, text=part["text"], logprobs=[])
    yield typed("response.content_part.done", **at, part=part)
