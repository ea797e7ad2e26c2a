"""From the events of a stream to the answer that the same call has without streaming, as plain data.

`ssescan.accumulation` adds up the events. Most events differ from the previous one only in their text. The core joins such
texts, so that one event is added for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ssescan import _core
from ssescan.accumulation import anthropic, completions
from ssescan.accumulation.chat import Completion
from ssescan.accumulation.responses import Response, is_used
from ssescan.accumulation.surrogates import join_halves
from ssescan.errors import EventDecodeError, NotAnEventStream
from ssescan.events import event_name
from ssescan.models._json import loads

from ._answers import ANSWERS

__all__ = ["ACCUMULATORS", "Accumulator", "ChatAccumulator", "IncompleteAnswer", "whole_answer"]


class IncompleteAnswer(Exception):
    """The stream ended well, but parts of the answer are missing. The text says which."""


class Accumulator:
    """Adds up the events of one stream.

    Args:
        request: The body of the request.
    """

    def __init__(self, request: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def add_all(self, stream: Any, arrivals: list[float] | None) -> None:
        """Read a stream to its end, and add its events. `arrivals` gets the time at which each event arrived."""
        raise NotImplementedError

    def body(self, *, has_end_marker: bool) -> dict[str, Any]:
        """Return the answer.

        Args:
            has_end_marker: Whether the stream had an end marker. Without it, every choice of the request must be there.

        Raises:
            IncompleteAnswer: The answer is not complete.
        """
        raise NotImplementedError


def whole_answer(refusal: NotAnEventStream, dialect: str) -> dict[str, Any] | None:
    """Return the answer of a server that ignored `stream: true` and sent JSON; None if the body is something else."""
    try:
        body = loads(refusal.raw or b"")
    except EventDecodeError:
        return None
    if not isinstance(body, dict) or body.get("error") is not None:
        return None
    return body if ANSWERS[dialect](body).is_whole else None


class _ChunkReader:
    """Reads the chunks of a stream. Chunks that differ only in the text of their one choice are read as one.

    Args:
        add: Called with each chunk.
        key: The key of the text.
        parent: The key of the object in the choice that has the text; None if the choice itself has it.
    """

    def __init__(self, add: Callable[[dict[str, Any]], object], key: str, parent: str | None) -> None:
        self._add, self._key, self._parent = add, key, parent

    def read_all(self, stream: Any, arrivals: list[float] | None) -> None:
        chunk: Any = None
        is_mergeable = False
        while True:
            text, event = stream._next_unlike("text", alike=is_mergeable, arrivals=arrivals)
            if chunk is not None:
                if text:
                    self._text_holder(chunk)[self._key] = text
                self._add(chunk)
            if event is None:
                return
            raw: Any = _core.node_raw(event)
            chunk = loads(raw)
            is_mergeable = self._is_mergeable(chunk)

    def _is_mergeable(self, chunk: Any) -> bool:
        """Return whether a chunk adds a text to one choice, and nothing that must be added for each chunk."""
        choices = chunk.get("choices")
        if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0], dict) or chunk.get("usage"):
            return False
        choice, holder = choices[0], self._text_holder(chunk)
        if not isinstance(holder, dict) or not isinstance(holder.get(self._key), str):
            return False
        in_holder = {key for key, value in holder.items() if value is not None} - {"role"}
        in_choice = {key for key, value in choice.items() if value is not None} - {"index"}
        return in_holder | in_choice <= {self._key, self._parent, "index"}

    def _text_holder(self, chunk: dict[str, Any]) -> Any:
        choice = chunk["choices"][0]
        return choice if self._parent is None else choice.get(self._parent)


def _choices_of(request: Mapping[str, Any]) -> int:
    """Return how many choices a request asks for, as far as it is known."""
    n, prompts = request.get("n"), request.get("prompt")
    has_prompts = isinstance(prompts, list) and prompts and not isinstance(prompts[0], int)
    return (n if isinstance(n, int) else 1) * (len(prompts) if has_prompts else 1)  # type: ignore[arg-type]


def _check_choices(count: int, expected: int, has_end_marker: bool) -> None:
    least = 1 if has_end_marker else max(expected, 1)
    if count < least:
        raise IncompleteAnswer(f"Expected {least} choice{'s' * (least != 1)}, got {count}")


class ChatAccumulator(Accumulator):
    """Adds up chunks to a `ChatCompletion`."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._expected = _choices_of(request)
        self._completion = Completion()

    def add_all(self, stream: Any, arrivals: list[float] | None) -> None:
        _ChunkReader(self.add, "content", "delta").read_all(stream, arrivals)

    def add(self, chunk: dict[str, Any]) -> None:
        self._completion.add(chunk)

    def body(self, *, has_end_marker: bool) -> dict[str, Any]:
        body = self._completion.answer()
        _check_choices(len(body["choices"]), self._expected, has_end_marker)
        return join_halves({"usage": None, **body})


class CompletionAccumulator(Accumulator):
    """Adds up chunks to a `Completion`."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._expected = _choices_of(request)
        self._completion = completions.Completion()

    def add_all(self, stream: Any, arrivals: list[float] | None) -> None:
        _ChunkReader(self.add, "text", None).read_all(stream, arrivals)

    def add(self, chunk: dict[str, Any]) -> None:
        self._completion.add(chunk)

    def body(self, *, has_end_marker: bool) -> dict[str, Any]:
        body = self._completion.answer()
        _check_choices(len(body["choices"]), self._expected, has_end_marker)
        return join_halves(body)


#: The event that adds a piece of text.
_TEXT = "response.output_text.delta"


class ResponseAccumulator(Accumulator):
    """Adds up events to a `Response`. Pieces of text that differ only in their text are added as one."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._response = Response()
        self._has_last = False

    def add_all(self, stream: Any, arrivals: list[float] | None) -> None:
        last: dict[str, Any] = {}
        name = ""
        while True:
            text, event = stream._next_unlike("text", alike=name == _TEXT, arrivals=arrivals)
            if text and name == _TEXT:
                last["delta"] = text
            if name:
                self._response.add(name, last)
            if event is None:
                self._has_last = isinstance(last.get("response"), dict)
                return
            name = event_name(event)
            last = event.json() if is_used(name) else {}

    def body(self, *, has_end_marker: bool) -> dict[str, Any]:
        if not self._has_last:
            raise IncompleteAnswer("Expected a response in the last event, got none")
        return join_halves(self._response.answer())


#: The event that adds a piece to a block.
_DELTA = "content_block_delta"
#: The keys of a piece of text.
_TEXT_DELTA = {"type", "text"}


class MessageAccumulator(Accumulator):
    """Adds up events to a `Message` of Anthropic. Pieces of text that differ only in their text are added as one."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._message = anthropic.Message()

    def add_all(self, stream: Any, arrivals: list[float] | None) -> None:
        last: dict[str, Any] = {}
        name = ""
        while True:
            is_text = name == _DELTA and isinstance(delta := last.get("delta"), dict) and delta.keys() <= _TEXT_DELTA
            text, event = stream._next_unlike("text", alike=is_text, arrivals=arrivals)
            if text and is_text:
                last["delta"]["text"] = text
            if name:
                self._message.add(name, last)
            if event is None:
                return
            last = event.json()
            name = str(last.get("type") or event_name(event))

    def body(self, *, has_end_marker: bool) -> dict[str, Any]:
        body = self._message.answer()
        if not body["content"] and body.get("stop_reason") is None:
            raise IncompleteAnswer("Expected content or a stop reason, got neither")
        return join_halves(body)


#: Dialect -> accumulator.
ACCUMULATORS: dict[str, Callable[[Mapping[str, Any]], Accumulator]] = {
    "chat": ChatAccumulator,
    "completions": CompletionAccumulator,
    "responses": ResponseAccumulator,
    "anthropic": MessageAccumulator,
}
