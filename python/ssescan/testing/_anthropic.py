"""`anthropic`: answers of Anthropic's Messages API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from ._pieces import (
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
from ._pool import Answer

__all__ = ["anthropic"]


def anthropic(
    *pieces: Piece,
    tool_calls: ToolCalls = (),
    usage: Usage = USAGE,
    stop_reason: str | None = None,
    model: str = MODEL,
    stream: bool = True,
) -> Answer:
    """Return an answer of Anthropic's Messages API.

    Args:
        *pieces: The text; each str is one event. A fault, an `error`, a `Pause` or bytes of an event may be between them.
        tool_calls: The uses of tools after the text: pairs `(name, input)`, or `ToolCall`. Ids are "toolu_1", ...
        usage: The counts as the API has them, or a pair of input and output tokens. None counts 0 tokens.
        stop_reason: None means "tool_use" if there are tools, else "end_turn".
        model: The name of the model.
        stream: False for JSON instead of a stream. A `FakePool` also sends JSON if the request does not ask for a stream.

    Raises:
        TypeError: A piece, a call or the usage has the wrong type.
    """
    calls = calls_of(tool_calls, "toolu")
    reason = stop_reason or ("tool_use" if calls else "end_turn")
    counts = counts_of(usage or (0, 0), "input_tokens", "output_tokens", total=None) or {}
    message: dict[str, Any] = {"id": "msg_test", "type": "message", "role": "assistant", "model": model, "content": []}
    message |= {"stop_reason": None, "stop_sequence": None, "usage": {**counts, "output_tokens": 1}}
    content = [{"type": "text", "text": text_of(pieces)}] * has_message(pieces, calls)
    content += [_tool_use(call, _input(call)) for call in calls]
    whole = whole_of(pieces, {**message, "content": content, "stop_reason": reason, "usage": counts})
    if not stream:
        return whole

    def block(index: int, start: dict[str, Any], deltas: Iterable[Any]) -> Iterator[Any]:
        yield typed("content_block_start", index=index, content_block=start)
        yield from deltas
        yield typed("content_block_stop", index=index)

    def text_delta(piece: str) -> Iterator[Event]:
        yield typed("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})

    def events() -> Iterator[Any]:
        yield typed("message_start", message=message)
        yield typed("ping")
        indexes = count()
        if has_message(pieces, calls):
            yield from block(next(indexes), {"type": "text", "text": ""}, with_events(pieces, text_delta))
        for call, index in zip(calls, indexes):
            deltas = [{"type": "input_json_delta", "partial_json": part} for part in ("", *parts_of(call.arguments))]
            sent = [typed("content_block_delta", index=index, delta=delta) for delta in deltas]
            yield from block(index, _tool_use(call, {}), sent)
        yield typed("message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage=counts)
        yield typed("message_stop")

    def error_event(it: StreamError) -> Event:
        return typed("error", error={"type": it.type, "message": it.message})

    return answer_of(until_error(events(), error_event), whole)


def _input(call: Call) -> Any:
    try:
        return json.loads(call.arguments)
    except ValueError:  # in a stream it may be invalid, and JSON has an object
        return {}


def _tool_use(call: Call, arguments: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": arguments}
