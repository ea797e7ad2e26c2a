"""From the events of a stream to the answer that the same call has without streaming, as plain data.

`ssescan.openai.lib` adds up the chunks of a chat completion. Most chunks differ from the previous one only in their text.
The core joins such texts, so that one chunk is added for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ssescan import _core
from ssescan.accumulation.chunks import choice_index, choices_of, usage_of
from ssescan.accumulation.tool_arguments import truncated_tool_calls
from ssescan.errors import EventDecodeError, NotAnEventStream, ToolCallTruncated
from ssescan.models._json import loads
from ssescan.openai.lib.streaming._failures import failed_choice, failed_response
from ssescan.openai.lib.streaming.chat import ChatCompletionStreamState

__all__ = ["ACCUMULATORS", "Accumulator", "ChatAccumulator", "IncompleteAnswer", "check_answer", "whole_answer"]


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
    parts = body.get("output" if dialect == "responses" else "choices")
    return body if isinstance(parts, list) and parts else None


def check_answer(body: dict[str, Any], dialect: str) -> None:
    """Raise the exception of an answer that failed although its stream ended well.

    Raises:
        APIError: The finish reason means failure, or a choice has an error.
        ToolCallTruncated: The arguments of a tool call are not complete JSON.
    """
    if dialect == "responses":
        error, calls, reason = failed_response(body), body.get("output"), body.get("status")
    else:
        choices = choices_of(body)
        messages = [choice.get("message") for choice in choices]
        calls = [call for message in messages if isinstance(message, dict) for call in message.get("tool_calls") or ()]
        error, reason = failed_choice(choices), choices[0].get("finish_reason") if choices else None
    if error is None and (truncated := truncated_tool_calls(calls if isinstance(calls, list) else ())):
        error = ToolCallTruncated(truncated, reason if isinstance(reason, str) else None)
    if error is not None:
        raise error


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

    def add_all(self, stream: Any, arrivals: list[float] | None) -> None:
        _ChunkReader(self.add, "content", "delta").read_all(stream, arrivals)

    def add(self, chunk: dict[str, Any]) -> None:
        self._state._add_chunk(chunk)  # type: ignore[arg-type]

    def body(self, *, has_end_marker: bool) -> dict[str, Any]:
        body: dict[str, Any] = self._state._tree or {"choices": []}
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
        return {"usage": None, **body}


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
        choices = choices_of(chunk)
        self._body = {**self._body, **rest, "usage": usage_of(chunk, choices) or self._body.get("usage")}
        for choice in choices:
            self._add_choice(choice)

    def _add_choice(self, choice: dict[str, Any]) -> None:
        index = choice_index(choice)
        total = self._choices.setdefault(index, {"text": "", "index": index, "logprobs": None})
        if isinstance(text := choice.get("text"), str):
            self._texts.setdefault(index, []).append(text)
        total["finish_reason"] = choice.get("finish_reason") or total.get("finish_reason")
        if (error := choice.get("error")) is not None:
            total["error"] = error
        if isinstance(logprobs := choice.get("logprobs"), dict):
            total["logprobs"] = _concatenated(total["logprobs"] or {}, logprobs)

    def body(self, *, has_end_marker: bool) -> dict[str, Any]:
        _check_choices(len(self._choices), self._expected, has_end_marker)
        texts = {index: "".join(pieces) for index, pieces in self._texts.items()}
        choices = [{**self._choices[index], "text": texts.get(index, "")} for index in sorted(self._choices)]
        return {"usage": None, **self._body, "object": "text_completion", "choices": choices}


def _concatenated(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return two logprobs objects as one. Lists are concatenated; of other values the new one counts."""
    joined = {**old, **new}
    for key in old.keys() & new.keys():
        if isinstance(old[key], list) and isinstance(new[key], list):
            joined[key] = old[key] + new[key]
    return joined


class ResponseAccumulator(Accumulator):
    """Takes the `Response` from the last event of a stream."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._last: Any = None
        self._items: list[Any] = []
        self._texts: list[str] = []

    def add_all(self, stream: Any, arrivals: list[float] | None) -> None:
        # Runs of the other endpoints do not need this class, which takes 60 ms to load.
        from ssescan.openai.types.responses import ResponseOutputItemDoneEvent

        while True:
            text, event = stream._next_unlike("text", alike=True, arrivals=arrivals)
            if self._last is not None and getattr(self._last, "type", None) == "response.output_text.delta":
                self._texts.append(text or self._last.text or "")
            if event is None:
                return
            self._last = event
            if type(event) is ResponseOutputItemDoneEvent:
                self._items.append(event)

    def body(self, *, has_end_marker: bool) -> dict[str, Any]:
        body: dict[str, Any] | None = None if self._last is None else self._last.json().get("response")
        if not isinstance(body, dict):
            raise IncompleteAnswer("Expected a response in the last event, got none")
        if not body.get("output"):  # some servers omit it in the last event
            items = [event.json().get("item") for event in self._items]
            body["output"] = items or self._message()
        return body

    def _message(self) -> list[dict[str, Any]]:
        """Return a message of the pieces of text, for servers that send nothing else."""
        if not (text := "".join(self._texts)):
            return []
        part = {"type": "output_text", "text": text, "annotations": []}
        return [{"type": "message", "role": "assistant", "status": "completed", "content": [part]}]


#: Dialect -> accumulator.
ACCUMULATORS: dict[str, Callable[[Mapping[str, Any]], Accumulator]] = {
    "chat": ChatAccumulator,
    "completions": CompletionAccumulator,
    "responses": ResponseAccumulator,
}
