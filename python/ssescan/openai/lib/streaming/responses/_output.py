"""The output of a response while it comes in: items, and the parts of messages.

Servers that number nothing are understood: an item without a number is told by its id, or is the last one of its
kind; a part without a number is the last one.
"""

from __future__ import annotations

from typing import Any

from ssescan.models.dump import to_plain

from .._deltas import append_text, tree_of

__all__ = ["Output"]


class Output:
    """Items by their number. Each is a plain object, which grows."""

    def __init__(self, items: list[Any]) -> None:
        self._items: dict[int, dict[str, Any]] = {at: to_plain(item) for at, item in enumerate(items)}
        self._done: dict[int, dict[str, Any]] = {}

    def add(self, event: dict[str, Any]) -> None:
        """RuntimeError for a number that is taken."""
        index, item = event.get("output_index"), to_plain(event["item"])
        if index is None:
            index = max(self._items, default=-1) + 1
        if index in self._items:
            raise RuntimeError(f"Duplicate response output index {index}.")
        self._items[index] = item

    def complete(self, event: dict[str, Any]) -> None:
        index = event.get("output_index")
        if index is None:
            id = (tree_of(event["item"]) or {}).get("id")
            index = next((at for at, item in self._items.items() if item.get("id") == id), len(self._items))
        self._done[index] = tree_of(event["item"])

    def item(self, event: dict[str, Any], kind: str) -> dict[str, Any]:
        """The item that an event adds to. RuntimeError for one that has not begun."""
        index = event.get("output_index")
        found = self._items.get(index) if index is not None else self._unnumbered(event.get("item_id"), kind)
        if found is None:
            raise RuntimeError(f"Received a content event for output index {index} before receiving its output item")
        return found

    def _unnumbered(self, id: str | None, kind: str) -> dict[str, Any] | None:
        items = list(reversed(self._items.values()))
        named = [item for item in items if id is not None and item.get("id") == id]
        return next(iter(named or [item for item in items if item.get("type") == kind]), None)

    def add_part(self, event: dict[str, Any]) -> None:
        item = self.item(event, "message")
        if item.get("type") == "message":
            _parts(item).append(to_plain(event["part"]))

    def part(self, event: dict[str, Any]) -> dict[str, Any]:
        """The text part that an event adds to; one that was never begun is begun."""
        parts = _parts(self.item(event, "message"))
        index = event.get("content_index")
        if index is None:
            index = max(len(parts) - 1, 0)
        while len(parts) <= index:
            parts.append({"type": "output_text", "text": "", "annotations": []})
        part: dict[str, Any] = parts[index]
        return part

    def add_text(self, event: dict[str, Any]) -> dict[str, Any]:
        """The part that it became part of."""
        part = self.part(event)
        _append(part, "text", event.get("delta"))
        return part

    def add_arguments(self, event: dict[str, Any]) -> dict[str, Any]:
        """The call that they became part of."""
        call = self.item(event, "function_call")
        _append(call, "arguments", event.get("delta"))
        return call

    def whole(self) -> list[dict[str, Any]]:
        """The items as they stand: as they were completed, if they were."""
        items = {**self._items, **self._done}
        return [to_plain(items[index]) for index in sorted(items)]

    def completed(self) -> list[dict[str, Any]]:
        """The items that were completed."""
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
