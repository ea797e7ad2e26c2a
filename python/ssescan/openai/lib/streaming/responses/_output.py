"""The output of an unfinished response: its items, and the content parts of its messages.

Some servers send no indexes. Then an item is found by its id, or it is the last one of its type. A part without an
index is the last one.
"""

from __future__ import annotations

from typing import Any

from ssescan.models.dump import to_plain

from .._deltas import append_text, tree_of

__all__ = ["Output"]


class Output:
    """The items of a response by their indexes. Each is a dict that grows in place."""

    def __init__(self, items: list[Any]) -> None:
        self._items: dict[int, dict[str, Any]] = {at: to_plain(item) for at, item in enumerate(items)}
        self._done: dict[int, dict[str, Any]] = {}

    def add(self, event: dict[str, Any]) -> None:
        """Add an item. Raise RuntimeError if there is one with its index already."""
        index, item = event.get("output_index"), to_plain(event["item"])
        if index is None:
            index = max(self._items, default=-1) + 1
        if index in self._items:
            raise RuntimeError(f"Duplicate response output index {index}.")
        self._items[index] = item

    def complete(self, event: dict[str, Any]) -> None:
        """Store the complete item."""
        index = event.get("output_index")
        if index is None:
            id = (tree_of(event["item"]) or {}).get("id")
            index = next((at for at, item in self._items.items() if item.get("id") == id), len(self._items))
        self._done[index] = tree_of(event["item"])

    def item(self, event: dict[str, Any], item_type: str) -> dict[str, Any]:
        """Return the item of an event. Raise RuntimeError if it was never added."""
        index = event.get("output_index")
        found = self._items.get(index) if index is not None else self._without_index(event.get("item_id"), item_type)
        if found is None:
            raise RuntimeError(f"Received a content event for output index {index} before receiving its output item")
        return found

    def _without_index(self, id: str | None, item_type: str) -> dict[str, Any] | None:
        items = list(reversed(self._items.values()))
        with_id = [item for item in items if id is not None and item.get("id") == id]
        return next(iter(with_id or [item for item in items if item.get("type") == item_type]), None)

    def add_part(self, event: dict[str, Any]) -> None:
        """Add a content part to a message."""
        item = self.item(event, "message")
        if item.get("type") == "message":
            _parts(item).append(to_plain(event["part"]))

    def part(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return the text part of an event. Add the part if it was never added."""
        parts = _parts(self.item(event, "message"))
        index = event.get("content_index")
        if index is None:
            index = max(len(parts) - 1, 0)
        while len(parts) <= index:
            parts.append({"type": "output_text", "text": "", "annotations": []})
        part: dict[str, Any] = parts[index]
        return part

    def add_text(self, event: dict[str, Any]) -> dict[str, Any]:
        """Add a piece of text. Return its part."""
        part = self.part(event)
        _append(part, "text", event.get("delta"))
        return part

    def add_arguments(self, event: dict[str, Any]) -> dict[str, Any]:
        """Add a piece of arguments. Return the function call."""
        call = self.item(event, "function_call")
        _append(call, "arguments", event.get("delta"))
        return call

    def snapshot(self) -> list[dict[str, Any]]:
        """Return copies of all items, complete or not."""
        items = {**self._items, **self._done}
        return [to_plain(items[index]) for index in sorted(items)]

    def completed(self) -> list[dict[str, Any]]:
        """Return copies of the complete items."""
        return [to_plain(self._done[index]) for index in sorted(self._done)]


def _parts(item: dict[str, Any]) -> list[Any]:
    if item.get("content") is None:
        item["content"] = []
    parts: list[Any] = item["content"]
    return parts


def _append(holder: dict[str, Any], key: str, delta: Any) -> None:
    if not isinstance(holder.get(key), str):
        holder[key] = ""
    append_text(holder, key, delta or "")
