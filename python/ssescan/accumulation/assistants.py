"""From the events of an Assistants run to the run, its steps and its messages."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from ssescan.models.dump import to_plain

from .deltas import accumulate_delta, accumulate_entry, content_of, find_entry, index_of, insert, object_at, tree_of
from .tool_calls import ToolCall, ToolCalls, fragments_of

__all__ = ["Run", "add_part", "add_to_step", "parts_of", "place", "unknown_message", "unknown_step"]


def parts_of(message: Any) -> list[Any]:
    """Return the content of a message, which grows in place."""
    tree = tree_of(message)
    if not isinstance(tree.get("content"), list):
        tree["content"] = []
    parts: list[Any] = tree["content"]
    return parts


def place(fragment: Any, parts: list[Any]) -> tuple[int, bool]:
    """Return the position of the fragment's part, and whether it is there. Without an index it is the last part."""
    index = index_of(tree_of(fragment))
    return find_entry(parts, max(len(parts) - 1, 0) if index is None else index)


def add_part(parts: list[Any], fragment: Any) -> bool:
    """Add a fragment to its part. Return True if it is the first one of the part."""
    at, is_there = place(fragment, parts)
    if not is_there:
        insert(parts, at, to_plain(fragment))
        return True
    accumulate_entry(parts[at], fragment)
    return False


def add_to_step(step: dict[str, Any], data: Any, calls_of_steps: dict[str, ToolCalls]) -> list[ToolCall]:
    """Add a delta to a step. Return the tool call of each of its fragments.

    Args:
        step: The step, which grows in place.
        data: The payload of the event.
        calls_of_steps: The calls of each step, by its id. The step is added.
    """
    delta = object_at(data, "delta")
    details = object_at(delta, "step_details")
    fragments = fragments_of(details.get("tool_calls"))
    if not fragments:
        accumulate_delta(step, delta)
        return []
    rest = {key: value for key, value in details.items() if key != "tool_calls"}
    accumulate_delta(step, {**delta, "step_details": rest})
    id = tree_of(data).get("id")
    if id not in calls_of_steps:
        calls_of_steps[id] = ToolCalls(_calls_of(step))
    return [calls_of_steps[id].add(fragment) for fragment in fragments]


def _calls_of(step: dict[str, Any]) -> list[Any]:
    details = content_of(step, "step_details")
    if not isinstance(details.get("tool_calls"), list):
        details["tool_calls"] = []
    calls: list[Any] = details["tool_calls"]
    return calls


def unknown_message(id: Any) -> dict[str, Any]:
    """Return a message for deltas, if the server did not send the event that creates it."""
    return {"id": id, "object": "thread.message", "role": "assistant", "status": "in_progress", "content": []}


def unknown_step(id: Any) -> dict[str, Any]:
    """Return a step for deltas, if the server did not send the event that creates it."""
    return {"id": id, "object": "thread.run.step", "status": "in_progress", "step_details": {}}


class Run:
    """The state of a run that events add up to.

    Attributes:
        run: The run as the server last sent it, or None.
        messages: The messages by their ids.
        steps: The steps by their ids.
    """

    def __init__(self) -> None:
        self.run: dict[str, Any] | None = None
        self.messages: dict[Any, dict[str, Any]] = {}
        self.steps: dict[Any, dict[str, Any]] = {}
        self._calls: dict[str, ToolCalls] = {}

    def add(self, name: str, data: dict[str, Any]) -> None:
        """Add an event. Its data becomes part of the state."""
        id = data.get("id")
        id = id if isinstance(id, Hashable) else str(id)
        if name == "thread.message.delta":
            parts = parts_of(self.messages.setdefault(id, unknown_message(id)))
            for fragment in fragments_of(object_at(data, "delta").get("content")):
                add_part(parts, fragment)
        elif name == "thread.run.step.delta":
            add_to_step(self.steps.setdefault(id, unknown_step(id)), data, self._calls)
        elif name.startswith("thread.message."):
            self.messages[id] = data
        elif name.startswith("thread.run.step."):
            self.steps[id] = data
            self._calls.pop(str(id), None)
        elif name.startswith("thread.run."):
            self.run = data
