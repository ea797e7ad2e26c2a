"""From the chunks of Chat Completions to the completion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ssescan.models.dump import to_plain

from .chunks import choice_index, choices_of, delta_of, finish_reason_of, is_filter_result, usage_of
from .deltas import accumulate_delta, extend, insert, tree_of
from .foreign import raise_if_foreign
from .tool_calls import ToolCall, ToolCalls, fragments_of

__all__ = ["Choice", "Completion"]

#: Fields that identify the completion.
_IDENTIFYING = ("id", "created", "model")
#: Fields of a chunk that have rules of their own.
_NOT_COPIED = frozenset(("choices", "object", "obfuscation", "usage", *_IDENTIFYING))
#: Fields of a choice that have rules of their own.
_NOT_COPIED_OF_CHOICE = frozenset(("delta", "finish_reason", "index", "logprobs", "message"))


class Choice:
    """One choice of an unfinished completion. `tree` is its object in the completion, `message` the message in it.

    Args:
        first: The choice in the first chunk that has it.
    """

    def __init__(self, first: dict[str, Any]) -> None:
        self.tree = {key: to_plain(value) for key, value in first.items() if key not in ("delta", "message")}
        if "finish_reason" in first:
            self.tree["finish_reason"] = finish_reason_of(first)
        self.message: dict[str, Any] = {}
        self.tree["message"] = self.message
        self.calls: ToolCalls | None = None
        #: The delta of the current chunk.
        self.delta: dict[str, Any] = {}
        #: The tool call fragments of the current chunk, and the call of each.
        self.added: list[tuple[dict[str, Any], ToolCall]] = []

    def add_delta(self, delta: dict[str, Any]) -> None:
        """Add the delta of a chunk to the message."""
        self.delta, self.added = delta, []
        if "tool_calls" in delta:
            fragments = fragments_of(delta["tool_calls"])
            delta = {key: value for key, value in delta.items() if key != "tool_calls"}
            self.added = [(fragment, self._known_calls().add(fragment)) for fragment in fragments]
        accumulate_delta(self.message, delta)

    def _known_calls(self) -> ToolCalls:
        if self.calls is None:
            entries = self.message["tool_calls"] = []
            self.calls = ToolCalls(entries)
        return self.calls

    def add_rest(self, choice: dict[str, Any]) -> None:
        """Add the other fields of a chunk's choice: its finish reason, and fields that earlier chunks did not have."""
        if choice.get("finish_reason") is not None and (finish_reason := finish_reason_of(choice)):
            self.tree["finish_reason"] = finish_reason
        for key in choice.keys() - _NOT_COPIED_OF_CHOICE:
            if self.tree.get(key) is None:
                self.tree[key] = to_plain(choice[key])

    def add_logprobs(self, logprobs: dict[str, Any]) -> None:
        """Append the log probabilities of a chunk."""
        held = tree_of(self.tree.get("logprobs"))
        if not isinstance(held, dict):
            self.tree["logprobs"] = {key: to_plain(logprobs.get(key)) for key in ("content", "refusal")}
            return
        for key in ("content", "refusal"):
            if isinstance(new := logprobs.get(key), list):
                if not isinstance(held.get(key), list):
                    held[key] = []
                extend(held[key], new)


class Completion:
    """The completion that chunks add up to.

    Attributes:
        tree: The completion, which grows in place; None before the first chunk.
        choices: The choices by their indexes.

    Args:
        make_choice: Called with the first form of each choice.
    """

    def __init__(self, make_choice: Callable[[dict[str, Any]], Choice] = Choice) -> None:
        self.tree: dict[str, Any] | None = None
        self.choices: dict[int, Choice] = {}
        self._make_choice = make_choice
        #: Whether no chunk with choices has been added.
        self._is_first = True
        self._is_identified = False

    def add(self, chunk: dict[str, Any]) -> tuple[list[dict[str, Any]], bool]:
        """Add a chunk. Return its choices, and whether it is the first chunk.

        Raises:
            APIError: The chunk is an event of another API.
        """
        if is_filter_result(chunk):
            return [], self._is_first
        if self.tree is None:
            self.tree = {"system_fingerprint": None, "usage": None, "object": "chat.completion", "choices": []}
        choices = choices_of(chunk)
        if usage := usage_of(chunk, choices):
            self.tree["usage"] = to_plain(usage)
        if "choices" not in chunk:  # a keep-alive
            raise_if_foreign("chat", str(chunk.get("type") or chunk.get("event") or ""), chunk)
            return [], self._is_first
        first, self._is_first = self._is_first, False
        self._add_rest(chunk, self.tree)
        for choice in choices:
            self._add_choice(choice, self.tree["choices"], first=first)
        return choices, first

    def _add_choice(self, choice: dict[str, Any], choices: list[Any], *, first: bool) -> None:
        accumulated = self.choices.get(index := choice_index(choice))
        new = accumulated is None
        if accumulated is None:
            accumulated = self.choices[index] = self._make_choice(choice)
            insert(choices, sum(other < index for other in self.choices), accumulated.tree)
        accumulated.add_delta(delta_of(choice, accumulated.message))
        if first:
            return
        accumulated.add_rest(choice)
        if not new and isinstance(logprobs := tree_of(choice.get("logprobs")), dict):
            accumulated.add_logprobs(logprobs)

    def _add_rest(self, chunk: dict[str, Any], completion: dict[str, Any]) -> None:
        """Add the other fields. The first chunk identifies the completion; of all others the last value counts."""
        if not self._is_identified:
            for key in _IDENTIFYING:
                completion[key] = completion.get(key) or tree_of(chunk.get(key))
            self._is_identified = all(completion[key] for key in _IDENTIFYING)
        for key in chunk.keys() - _NOT_COPIED:
            if chunk[key] is not None:
                completion[key] = to_plain(chunk[key])

    def answer(self) -> dict[str, Any]:
        """Return the completion in the shape of an answer without streaming. It has no choices before the first chunk."""
        answer = self.tree or {"choices": []}
        for choice in answer["choices"]:
            message = choice["message"]
            message["role"] = "assistant"  # some servers send it in every chunk, and the parts were joined
            message.setdefault("content", None)
            message.setdefault("refusal", None)
            for call in message.get("tool_calls") or ():
                call.pop("index", None)
        return answer
