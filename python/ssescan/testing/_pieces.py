"""Shared by the builders of answers: the pieces of an answer, its tool calls and its usage.

Every id and time is fixed, so that an answer is the same in each run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Union

from ssescan._signatures import readable_signature

from ._pool import Answer, Drip, Fault, Pause, Step, failure, frame, reply, stream

__all__ = ["StreamError", "ToolCall", "error"]

CREATED_S = 1767225600  # 2026-01-01
MODEL = "test-model"
#: The tokens that an API counts in every answer, unless a test says otherwise.
USAGE = (10, 5)
#: Models send the arguments of a call in pieces.
ARGUMENTS_PIECE_CHARS = 8


@readable_signature
class ToolCall(NamedTuple):
    """A call that the model makes. A pair `(name, arguments)` is the same.

    Attributes:
        name: The name of the function.
        arguments: A mapping, which is encoded as JSON; a str is sent as it is.
        id: The id of the call; None makes "call_1", "call_2", ... by its position in the answer.
    """

    name: str
    arguments: Mapping[str, Any] | str = {}
    id: str | None = None


@readable_signature
class StreamError(NamedTuple):
    """An error that the server reports inside a stream. `error` makes one."""

    message: str
    code: str | None = None
    type: str = "server_error"


#: A part of an answer: text, a pause, a fault, an error, or bytes that are sent as they are.
Piece = Union[str, Step, StreamError]
Usage = Union[Mapping[str, Any], tuple[int, int], None]
ToolCalls = Iterable[Union[ToolCall, tuple[str, "Mapping[str, Any] | str"]]]


def error(message: str, *, code: str | None = None, type: str = "server_error") -> StreamError:
    """Return an error that the server reports inside a stream: a piece of an answer, which ends there.

    `failure` is an error instead of a stream, with an HTTP status.

    Args:
        message: The message of the error.
        code: The code of the error, or None.
        type: The type of the error, such as "overloaded_error".
    """
    return StreamError(message, code, type)


class Event(NamedTuple):
    """An event of an answer: its payload, and its name if the event line has one."""

    payload: Any
    name: str = ""


def typed(kind: str, **fields: Any) -> Event:
    return Event({"type": kind, **fields}, kind)


def answer_of(events: Iterable[Event | Step], whole: Answer | None = None) -> Answer:
    """Return a stream as an answer. `whole` is the answer to a request that does not ask for a stream."""
    steps = (frame(*event) if isinstance(event, Event) else event for event in events)
    return stream(*steps)._replace(whole=whole)


def until_error(events: Iterable[Any], error_event: Callable[[StreamError], Event]) -> Iterator[Event | Step]:
    """Yield the events and steps of an answer, which ends with its first error."""
    for event in events:
        if isinstance(event, StreamError):
            yield error_event(event)
            return
        yield event


def with_events(pieces: Sequence[Piece], events_of: Callable[[str], Iterable[Event]]) -> Iterator[Any]:
    for piece in pieces:
        if isinstance(piece, str):
            yield from events_of(piece)
        else:
            yield piece


def whole_of(pieces: Sequence[Piece], body: Any) -> Answer:
    """Return the answer to a request that does not ask for a stream: JSON, with the faults in its middle."""
    for piece in pieces:
        if isinstance(piece, StreamError):
            return failure(500, piece.message, code=piece.code, type=piece.type)
    answer = reply(body)
    content = bytes(answer)
    half = len(content) // 2
    between = [piece for piece in pieces if isinstance(piece, (Pause, Fault))]
    return answer._replace(steps=(content[:half], *between, content[half:]) if between else answer.steps)


def text_of(pieces: Sequence[Piece]) -> str:
    """Return the text of the pieces.

    Raises:
        TypeError: A piece has the wrong type.
    """
    for piece in pieces:
        if not isinstance(piece, (str, bytes, Drip, Pause, Fault, StreamError)):
            raise TypeError(f"pieces must be str, faults, errors, pauses or bytes, got {piece!r}")
    return "".join(piece for piece in pieces if isinstance(piece, str))


def has_message(pieces: Sequence[Piece], calls: Sequence[Call]) -> bool:
    """Return whether the answer has a message: it may have calls alone."""
    return bool(pieces) or not calls


class Call(NamedTuple):
    """A call as it is sent: with its arguments as JSON, and its id."""

    name: str
    arguments: str
    id: str


def calls_of(tool_calls: ToolCalls, prefix: str = "call") -> list[Call]:
    """Return the calls as they are sent.

    Raises:
        TypeError: A call is not a pair, or its arguments have the wrong type.
    """
    if isinstance(tool_calls, (str, Mapping)):
        raise TypeError(f"tool_calls must be a list of {_PAIRS}, got {tool_calls!r}")
    return [_call(given, f"{prefix}_{at}") for at, given in enumerate(tool_calls, 1)]


_PAIRS = 'pairs such as ("get_weather", {"city": "Oslo"})'


def _call(given: Any, default_id: str) -> Call:
    if not (isinstance(given, tuple) and given and isinstance(given[0], str) and len(given) < 4):
        raise TypeError(f"tool_calls must be a list of {_PAIRS}, got {given!r} in it")
    name, arguments, call_id = ToolCall(*given)
    if not isinstance(arguments, (str, Mapping)):
        raise TypeError(f"The arguments of a call must be a mapping or a str, got {arguments!r}")
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return Call(name, text, call_id or default_id)


def parts_of(arguments: str) -> list[str]:
    """Split the arguments of a call as models send them."""
    return [arguments[at : at + ARGUMENTS_PIECE_CHARS] for at in range(0, len(arguments), ARGUMENTS_PIECE_CHARS)]


def counts_of(usage: Usage, input_name: str, output_name: str, total: str | None = "total_tokens") -> Any:
    """Return the counts under the names of an API; None for no usage.

    Raises:
        TypeError: The usage is neither a mapping nor a pair of numbers.
    """
    if usage is None or isinstance(usage, Mapping):
        return usage
    if not (isinstance(usage, tuple) and len(usage) == 2 and all(isinstance(tokens, int) for tokens in usage)):
        raise TypeError(f"usage must be a mapping, or a pair of input and output tokens, got {usage!r}")
    counts = dict(zip((input_name, output_name), usage))
    return {**counts, total: sum(usage)} if total else counts


def error_object(it: StreamError) -> dict[str, Any]:
    return {"message": it.message, "type": it.type, "param": None, "code": it.code}


def chat_call(call: Call) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
