"""The output of an unfinished response: its items, and the content parts of its messages.

Some servers send no indexes, wrong ones, or no events that add items and parts. An item is found by its id, else by its
index, else it is the last one of its type. A part without an index is the last one. What was never added is added.
"""

from __future__ import annotations

from typing import Any

from ssescan.models._json import dumps
from ssescan.models.dump import to_plain

from .deltas import append_text, content_of, extend, index_of, tree_of
from .tool_calls import fragments_of

__all__ = ["TEXT_OF_ITEMS", "TEXT_OF_PARTS", "WHOLE_TEXT_OF_ITEMS", "WHOLE_TEXT_OF_PARTS", "Output"]

#: Pieces of text -> the type of their item, and the key of the text.
TEXT_OF_ITEMS = {
    "response.function_call_arguments.delta": ("function_call", "arguments"),
    "response.mcp_call_arguments.delta": ("mcp_call", "arguments"),
    "response.custom_tool_call_input.delta": ("custom_tool_call", "input"),
    "response.code_interpreter_call_code.delta": ("code_interpreter_call", "code"),
}
#: Pieces of text -> the type of their part, and the key of the text.
TEXT_OF_PARTS = {
    "response.output_text.delta": ("output_text", "text"),
    "response.refusal.delta": ("refusal", "refusal"),
}
#: Complete texts -> the type of their item or part, and the key of the text.
WHOLE_TEXT_OF_ITEMS = {f"{name.removesuffix('delta')}done": keys for name, keys in TEXT_OF_ITEMS.items()}
WHOLE_TEXT_OF_PARTS = {f"{name.removesuffix('delta')}done": keys for name, keys in TEXT_OF_PARTS.items()}
#: The most parts that one event adds to a message. A larger index is wrong.
_MOST_NEW_PARTS = 64


class Output:
    """The items of a response by their indexes. Each is a dict that grows in place."""

    def __init__(self, items: Any) -> None:
        self._items: dict[int, dict[str, Any]] = dict(enumerate(_objects(items)))
        #: Complete items.
        self._done: dict[int, dict[str, Any]] = {}

    def add(self, event: dict[str, Any]) -> None:
        """Add an item. If it was added before, only its fields are added."""
        item = to_plain(event["item"])
        if not isinstance(item, dict):
            return
        index = _index(event, "output_index")
        known = self._items.get(index) if index is not None else None
        if known is not None and known.get("id") == item.get("id"):
            known.update({key: value for key, value in item.items() if value})
        else:
            self._items[self._next_index() if index is None or known is not None else index] = item

    def complete(self, event: dict[str, Any]) -> None:
        """Store the complete item."""
        item = to_plain(event["item"])
        if not isinstance(item, dict):
            return
        index = _index(event, "output_index")
        if index is None or self._items.get(index, item).get("id") != item.get("id"):
            with_id = [at for at, known in self._items.items() if _has_id(known, item.get("id"))]
            index = with_id[0] if with_id else index
        self._done[self._next_index() if index is None else index] = item

    def replace(self, items: Any) -> None:
        """Replace complete items by those of a later snapshot."""
        for item in _objects(items):
            for index, done in self._done.items():
                if _identity(done) == _identity(item):
                    self._done[index] = item

    def _next_index(self) -> int:
        return max((*self._items, *self._done), default=-1) + 1

    def item(self, event: dict[str, Any], item_type: str) -> dict[str, Any]:
        """Return the item of an event. Add it if it was never added."""
        index, id = _index(event, "output_index"), event.get("item_id")
        found = self._items.get(index) if index is not None else None
        if found is None or not _has_id(found, id):
            found = self._with_id(id) or found or (self._last(item_type) if index is None else None)
        if found is None:
            found = {"id": id, "type": item_type, "status": "in_progress"}
            found |= {"role": "assistant", "content": []} if item_type == "message" else {}
            self._items[self._next_index() if index is None else index] = found
        return found

    def _with_id(self, id: Any) -> dict[str, Any] | None:
        return next((item for item in reversed(self._items.values()) if _has_id(item, id)), None)

    def _last(self, item_type: str) -> dict[str, Any] | None:
        return next((item for item in reversed(self._items.values()) if item.get("type") == item_type), None)

    def add_part(self, event: dict[str, Any]) -> None:
        """Add a content part to a message."""
        item, part = self.item(event, "message"), to_plain(event.get("part"))
        if item.get("type") == "message" and isinstance(part, dict):
            _parts(item).append(part)

    def part(self, event: dict[str, Any], part_type: str = "output_text") -> dict[str, Any]:
        """Return the part of an event. Add the part if it was never added."""
        parts = _parts(self.item(event, "message"))
        index, last = _index(event, "content_index"), max(len(parts) - 1, 0)
        if index is None or index > last + _MOST_NEW_PARTS:
            index = last
        while len(parts) <= index:
            parts.append(
                {"type": part_type, "text": "", "annotations": []}
                if part_type == "output_text"
                else {"type": part_type}
            )
        if not isinstance(parts[index], dict):
            parts[index] = {"type": part_type}
        part: dict[str, Any] = parts[index]
        return part

    def add_text(self, event: dict[str, Any]) -> None:
        """Add a piece of text to its item or part."""
        if event["type"] in TEXT_OF_PARTS:
            part_type, key = TEXT_OF_PARTS[event["type"]]
            delta = content_of(event, "delta")
            # Some servers send a part as the delta.
            _append(self.part(event, part_type), key, delta.get("text") if isinstance(delta, dict) else delta)
        else:
            item_type, key = TEXT_OF_ITEMS[event["type"]]
            _append(self.item(event, item_type), key, _json_text(event.get("delta")))

    def add_annotation(self, event: dict[str, Any]) -> None:
        """Add an annotation to its part."""
        part = self.part(event)
        if not isinstance(part.get("annotations"), list):
            part["annotations"] = []
        extend(part["annotations"], [event.get("annotation")])

    def complete_text(self, event: dict[str, Any]) -> None:
        """Store the complete text of an item. That of a part is stored if it did not come in pieces."""
        if event["type"] in WHOLE_TEXT_OF_ITEMS:
            item_type, key = WHOLE_TEXT_OF_ITEMS[event["type"]]
            if text := _json_text(event.get(key)):
                self.item(event, item_type)[key] = text
        else:
            part_type, key = WHOLE_TEXT_OF_PARTS[event["type"]]
            if isinstance(text := event.get(key), str):
                part = self.part(event, part_type)
                part[key] = part.get(key) or text

    def complete_part(self, event: dict[str, Any]) -> None:
        """Store a complete part of a message, unless its text came before."""
        whole = to_plain(event.get("part"))
        keys = [
            key
            for part_type, key in TEXT_OF_PARTS.values()
            if isinstance(whole, dict) and whole.get("type") == part_type
        ]
        for key in keys:
            part = self.part(event, whole["type"])
            if whole.get(key) and not part.get(key):
                part.update(whole)

    def snapshot(self) -> list[dict[str, Any]]:
        """Return copies of all items, complete or not."""
        items = {**self._items, **self._done}
        return [to_plain(_filled(items[index], self._items.get(index))) for index in sorted(items)]

    def completed(self, output: Any) -> list[Any]:
        """Return the output of the completed response.

        Args:
            output: The output in the last event. Some servers leave it out, or send it without items or texts.
        """
        if not output or not isinstance(output, list):
            return [{**item, "status": "completed"} if _is_open(item) else item for item in self.snapshot()]
        added = {_identity(item): item for item in self.snapshot()}
        return [
            _filled(item, added.get(_identity(item))) if isinstance(item, dict) else item
            for item in map(tree_of, output)
        ]


def _is_open(item: dict[str, Any]) -> bool:
    return item.get("status") == "in_progress"


def _objects(items: Any) -> list[dict[str, Any]]:
    return [item for item in to_plain(items) or [] if isinstance(item, dict)] if isinstance(items, list) else []


def _index(event: dict[str, Any], key: str) -> int | None:
    return index_of({"index": event.get(key)})


def _has_id(item: dict[str, Any], id: Any) -> bool:
    return id is not None and item.get("id") == id


def _identity(item: dict[str, Any]) -> tuple[str, ...]:
    """Return what stays the same in all snapshots of an item. The ids of calls may differ, so their `call_id` counts."""
    key = "call_id" if item.get("call_id") else "id"
    return str(item.get("type")), str(item.get(key))


def _filled(item: dict[str, Any], added: dict[str, Any] | None) -> dict[str, Any]:
    """Return an item with the text that its deltas added, if it has no text itself."""
    if added is None or added is item or added.get("type") != item.get("type"):
        return item
    if item.get("type") == "message":
        return {**item, "content": added["content"]} if _has_text(added) and not _has_text(item) else item
    keys = [key for item_type, key in TEXT_OF_ITEMS.values() if item_type == item.get("type")]
    return {**item, **{key: added[key] for key in keys if added.get(key) and not item.get(key)}}


def _has_text(message: dict[str, Any]) -> bool:
    parts = fragments_of(message.get("content"))
    return any(part.get(key) for part in parts for _, key in TEXT_OF_PARTS.values())


def _parts(item: dict[str, Any]) -> list[Any]:
    if not isinstance(item.get("content"), list):
        item["content"] = []
    parts: list[Any] = item["content"]
    return parts


def _json_text(value: Any) -> Any:
    """Return the JSON of an object, and any other value unchanged. Some servers send objects in the place of their JSON."""
    return dumps(to_plain(value)).decode() if isinstance(tree_of(value), (dict, list)) else value


def _append(holder: dict[str, Any], key: str, delta: Any) -> None:
    if not isinstance(holder.get(key), str):
        holder[key] = ""
    if isinstance(delta, str):
        append_text(holder, key, delta)
