"""From the events of a stream to the answer that the same call has without streaming, as plain data.

`ssescan.openai.lib` adds up the chunks of a chat completion. Most chunks differ from the previous one only in their text.
The core joins such texts, so that one chunk is added for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ssescan import _core
from ssescan.models._json import loads
from ssescan.openai.lib.streaming.chat import ChatCompletionStreamState

__all__ = ["ACCUMULATORS", "Accumulator", "ChatAccumulator", "IncompleteAnswer"]


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
        self._state = ChatCompletionStreamState[Any]()
        self._usage: Any = None
        self._is_empty = True

    def add_all(self, stream: Any, arrivals: list[float] | None) -> None:
        _ChunkReader(self.add, "content", "delta").read_all(stream, arrivals)

    def add(self, chunk: dict[str, Any]) -> None:
        # Azure's asynchronous content filter sends other objects between the chunks; their `object` is "".
        if chunk.get("object") in ("chat.completion.chunk", None):
            self._is_empty = False
            self._usage = chunk.get("usage") or self._usage
            self._state._add_chunk(chunk)  # type: ignore[arg-type]

    def body(self, *, has_end_marker: bool) -> dict[str, Any]:
        body: dict[str, Any] = (
            {"choices": []} if self._is_empty else _core.node_tree(self._state.current_completion_snapshot)
        )
        _check_choices(len(body["choices"]), self._expected, has_end_marker)
        for choice in body["choices"]:
            message = choice["message"]
            message["role"] = "assistant"  # some servers send it in every chunk, and the parts were joined
            message.setdefault("content", None)
            message.setdefault("refusal", None)
            message.pop("parsed", None)
            for call in message.get("tool_calls") or ():
                call.pop("index", None)
                (call.get("function") or {}).pop("parsed_arguments", None)
        return {**body, "usage": self._usage}


class CompletionAccumulator(Accumulator):
    """Adds up chunks to a `Completion`."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._expected = _choices_of(request)
        self._body: dict[str, Any] = {}
        self._choices: dict[int, dict[str, Any]] = {}
        self._texts: dict[int, list[str]] = {}

    def add_all(self, stream: Any, arrivals: list[float] | None) -> None:
        _ChunkReader(self.add, "text", None).read_all(stream, arrivals)

    def add(self, chunk: dict[str, Any]) -> None:
        known = {key: value for key, value in chunk.items() if value is not None}
        rest = {key: value for key, value in known.items() if key not in ("choices", "obfuscation")}
        self._body = {**self._body, **rest}
        for choice in chunk.get("choices") or ():
            index = choice.get("index") or 0
            total = self._choices.setdefault(index, {"text": "", "index": index, "logprobs": None})
            self._texts.setdefault(index, []).append(choice.get("text") or "")
            total["finish_reason"] = choice.get("finish_reason") or total.get("finish_reason")
            if logprobs := choice.get("logprobs"):
                total["logprobs"] = _concatenated(total["logprobs"] or {}, logprobs)

    def body(self, *, has_end_marker: bool) -> dict[str, Any]:
        _check_choices(len(self._choices), self._expected, has_end_marker)
        choices = [{**self._choices[index], "text": "".join(self._texts[index])} for index in sorted(self._choices)]
        return {"usage": None, **self._body, "object": "text_completion", "choices": choices}


def _concatenated(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return two logprobs objects as one. Each key has a list."""
    return {key: (old.get(key) or []) + (new.get(key) or []) for key in {**old, **new}}


class ResponseAccumulator(Accumulator):
    """Takes the `Response` from the last event of a stream."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._last: Any = None
        self._items: list[Any] = []

    def add_all(self, stream: Any, arrivals: list[float] | None) -> None:
        # Runs of the other endpoints do not need this class, which takes 60 ms to load.
        from ssescan.openai.types.responses import ResponseOutputItemDoneEvent

        while (event := stream._next_unlike("text", alike=True, arrivals=arrivals)[1]) is not None:
            self._last = event
            if type(event) is ResponseOutputItemDoneEvent:
                self._items.append(event)

    def body(self, *, has_end_marker: bool) -> dict[str, Any]:
        body: dict[str, Any] | None = None if self._last is None else self._last.json().get("response")
        if not isinstance(body, dict):
            raise IncompleteAnswer("Expected a response in the last event, got none")
        if not body.get("output") and self._items:  # some servers omit it in the last event
            body["output"] = [event.json()["item"] for event in self._items]
        return body


#: Dialect -> accumulator.
ACCUMULATORS: dict[str, Callable[[Mapping[str, Any]], Accumulator]] = {
    "chat": ChatAccumulator,
    "completions": CompletionAccumulator,
    "responses": ResponseAccumulator,
}
