"""From the events of an agent's session to the session, its turns and their items."""

from __future__ import annotations

from typing import Any

from .deltas import append_text, index_of

__all__ = ["Session"]

_TURN = "agent.session.turn."
_MESSAGE = ("message", "content", "content_index", "output_text")
_REASONING = ("reasoning", "summary", "summary_index", "summary_text")
#: The subject of an event -> the type of its item, the key of the parts, the key of a part's index, the type of the part.
_PARTS = {
    **dict.fromkeys(("content_part", "output_text"), _MESSAGE),
    **dict.fromkeys(("reasoning_summary_part", "reasoning_summary_text"), _REASONING),
}


class Session:
    """The session that events add up to. Each event becomes part of it.

    Attributes:
        session: The session as the server last sent it, or None.
        turns: The turns by id.
    """

    def __init__(self) -> None:
        self.session: dict[str, Any] | None = None
        self.turns: dict[str, dict[str, Any]] = {}
        #: The items by turn and id, since some servers count them in each turn. Lists of parts are apart, by index.
        self._items: dict[tuple[str, str], dict[str, Any]] = {}
        self._parts: dict[tuple[str, str], dict[str, dict[int, Any]]] = {}
        self._turn = ""

    def add(self, name: str, event: dict[str, Any]) -> None:
        """Add an event."""
        subject, _, change = name.removeprefix(_TURN).rpartition(".")
        if isinstance(session := event.get("session"), dict):
            self.session = session
        elif isinstance(turn := event.get("turn"), dict):
            held = self.turns.setdefault(str(turn.get("id") or event.get("turn_id")), {})
            held |= {"usage": event.get("usage") or held.get("usage"), **_known(turn)}
        elif subject == "item" and isinstance(item := event.get("item"), dict):
            self._add_item(self._key(event, item), item)
        elif subject in _PARTS:
            self._add_part(event, change, *_PARTS[subject])
        elif name == "agent.output.command_execution_output.delta":
            _append(self._item(self._key(event, {}), "command_execution"), "output", event.get("delta"))

    def _key(self, event: dict[str, Any], item: dict[str, Any]) -> tuple[str, str]:
        """Return the key of the item of an event. Events may leave out the turn, which is the previous one then."""
        self._turn = str(event.get("turn_id") or item.get("turn_id") or self._turn)
        return self._turn, str(event.get("item_id") or item.get("id") or event.get("output_index"))

    def _item(self, key: tuple[str, str], item_type: str) -> dict[str, Any]:
        """Return an item. Add it if the server did not send the event that adds it."""
        role = {"role": "assistant"} if item_type == "message" else {}
        return self._items.setdefault(key, {"id": key[1], "type": item_type, "turn_id": key[0], **role})

    def _add_item(self, key: tuple[str, str], item: dict[str, Any]) -> None:
        """Add a new or complete item. What the server leaves out of a complete item stays."""
        lists = self._parts.setdefault(key, {})
        for name in ("content", "summary"):
            if isinstance(parts := item.get(name), list):
                del item[name]
                lists[name] = dict(enumerate(parts)) or lists.get(name, {})
        self._items.setdefault(key, {}).update(_known(item))

    def _add_part(
        self, event: dict[str, Any], change: str, item_type: str, name: str, index_key: str, part_type: str
    ) -> None:
        key = self._key(event, {})
        self._item(key, item_type)
        parts = self._parts.setdefault(key, {}).setdefault(name, {})
        index = index_of({"index": event.get(index_key)})
        index = max(parts, default=0) if index is None else index
        if not isinstance(parts.get(index), dict):
            parts[index] = {"type": part_type, "text": ""}
        if change == "delta":
            _append(parts[index], "text", event.get("delta"))
        elif isinstance(part := event.get("part", {"text": event.get("text")}), dict):
            parts[index].update({key: value for key, value in part.items() if value})

    def items(self) -> list[dict[str, Any]]:
        """Return the items, in the order in which they started."""
        return [
            item | {name: [parts[at] for at in sorted(parts)] for name, parts in self._parts.get(key, {}).items()}
            for key, item in self._items.items()
        ]


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _append(holder: dict[str, Any], key: str, delta: Any) -> None:
    if isinstance(delta, str):
        if not isinstance(holder.get(key), str):
            holder[key] = ""
        append_text(holder, key, delta)
