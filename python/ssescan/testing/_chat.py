"""`chat`: answers of the Chat Completions API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ._pieces import (
    CREATED_S,
    MODEL,
    USAGE,
    Event,
    Piece,
    ToolCalls,
    Usage,
    answer_of,
    calls_of,
    chat_call,
    counts_of,
    error_object,
    parts_of,
    text_of,
    until_error,
    whole_of,
    with_events,
)
from ._pool import Answer

__all__ = ["chat"]


def chat(
    *pieces: Piece,
    tool_calls: ToolCalls = (),
    usage: Usage = None,
    finish_reason: str | None = None,
    model: str = MODEL,
    stream: bool = True,
) -> Answer:
    """Return an answer of the Chat Completions API.

        FakePool(chat("Hel", "lo", usage=(7, 2)))
        FakePool(chat(tool_calls=[("get_weather", {"city": "Oslo"})]), chat("Sunny."))
        FakePool(chat("Hel", CUT))

    Args:
        *pieces: The text; each str is one event. A fault, an `error`, a `Pause` or bytes of an event may be between them.
        tool_calls: The calls of functions after the text: pairs `(name, arguments)`, or `ToolCall`.
        usage: The counts as the API has them, or a pair of input and output tokens. None sends no usage in a stream.
        finish_reason: None means "tool_calls" if there are any, else "stop".
        model: The name of the model.
        stream: False for JSON instead of a stream. A `FakePool` also sends JSON if the request does not ask for a stream.

    Raises:
        TypeError: A piece, a call or the usage has the wrong type.
    """
    text, calls = text_of(pieces), calls_of(tool_calls)
    reason = finish_reason or ("tool_calls" if calls else "stop")
    counts = counts_of(usage, "prompt_tokens", "completion_tokens")
    head = {"id": "chatcmpl-test", "created": CREATED_S, "model": model, "system_fingerprint": None}
    message: dict[str, Any] = {"role": "assistant", "content": text or (None if calls else ""), "refusal": None}
    if calls:
        message["tool_calls"] = [chat_call(call) for call in calls]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    body = {**head, "object": "chat.completion", "choices": [choice], "usage": counts}
    body["usage"] = counts or counts_of(USAGE, "prompt_tokens", "completion_tokens")
    whole = whole_of(pieces, body)
    if not stream:
        return whole

    def chunk(delta: dict[str, Any], finish_reason: str | None = None) -> Event:
        choices = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}]
        no_usage = {"usage": None} if counts else {}  # as the API sends it with stream_options.include_usage
        return Event({**head, "object": "chat.completion.chunk", "choices": choices, **no_usage})

    def events() -> Iterator[Any]:
        yield chunk({"role": "assistant", "content": None if calls and not text else "", "refusal": None})
        yield from with_events(pieces, lambda piece: [chunk({"content": piece})])
        for at, call in enumerate(calls):
            yield chunk({"tool_calls": [{"index": at, **chat_call(call._replace(arguments=""))}]})
            for part in parts_of(call.arguments):
                yield chunk({"tool_calls": [{"index": at, "function": {"arguments": part}}]})
        yield chunk({}, reason)
        if counts:
            yield Event({**head, "object": "chat.completion.chunk", "choices": [], "usage": counts})
        yield Event("[DONE]")

    return answer_of(until_error(events(), lambda it: Event({"error": error_object(it)})), whole)
