"""Find the tool call of each fragment. Some servers send no index, or the same index for all calls.

The rules:

=====================  ==========================================================================================
index, no id           the latest call with this index, else a new call
index and id           the call with both, else the latest call with this index if it has no id yet, else a new call:
                       calls that all have index 0 are distinguished by their ids
id, no index           the call with this id, else a new call
neither                the call of the previous fragment, or a new call if the fragment has a name and the arguments
                       of that call are complete
=====================  ==========================================================================================

The arguments of a call are the concatenation of its fragments. Its id and its name are not, since some servers repeat
them in every fragment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ssescan.models.dump import to_plain

from ._deltas import accumulate_delta, insert, tree_of

__all__ = ["ToolCall", "ToolCalls"]


class ToolCall:
    """One tool call. `entry` is its object in the snapshot; `index` is unique among the calls."""

    __slots__ = ("entry", "index", "sent_index")

    def __init__(self, entry: dict[str, Any], index: int, sent_index: int | None) -> None:
        self.entry = entry
        self.index = index
        #: The index that the server sent.
        self.sent_index = sent_index

    @property
    def id(self) -> str | None:
        return self.entry.get("id") or None

    @property
    def function(self) -> dict[str, Any]:
        found = tree_of(self.entry.get("function"))
        return found if isinstance(found, dict) else {}

    def add(self, fragment: dict[str, Any]) -> None:
        rest = {key: value for key, value in fragment.items() if key not in ("index", "id", "type", "function")}
        for key in ("id", "type"):
            if fragment.get(key) and not (key == "id" and self.id):
                self.entry[key] = fragment[key]
        if rest:
            accumulate_delta(self.entry, rest)
        if (function := tree_of(fragment.get("function"))) is not None:
            self._add_function(function)

    def _add_function(self, function: Any) -> None:
        name = self.function.get("name")
        if name and isinstance(function, dict) and function.get("name") == name:
            function = {key: value for key, value in function.items() if key != "name"}
        accumulate_delta(self.entry, {"function": function})


class ToolCalls:
    """The calls in `entries`, a list in a snapshot. The list is kept in the order of the indexes."""

    __slots__ = ("_calls", "_entries", "_last")

    def __init__(self, entries: list[Any]) -> None:
        self._entries = entries
        self._calls = [_existing_call(tree_of(entry), at) for at, entry in enumerate(entries)]
        #: The call of the previous fragment.
        self._last: ToolCall | None = self._calls[-1] if self._calls else None

    def add(self, fragment: Any) -> ToolCall:
        """Add a fragment to its call and return the call."""
        fragment = tree_of(fragment)
        call = self._find(fragment)
        if call is None:
            call = self._start(fragment)
        else:
            call.add(fragment)
        self._last = call
        return call

    def __iter__(self) -> Iterator[ToolCall]:
        return iter(self._calls)

    def position(self, call: ToolCall) -> int:
        """Return the position of the call in the list."""
        return self._calls.index(call)

    def _find(self, fragment: dict[str, Any]) -> ToolCall | None:
        id, sent_index, last = fragment.get("id") or None, _index_of(fragment), self._last
        if last is not None and sent_index is not None and sent_index == last.sent_index and id in (None, last.id):
            return last
        if sent_index is not None:
            return self._with_index(sent_index, id)
        if id is not None:
            return next((call for call in self._calls if call.id == id), None)
        return None if last is None or _starts_another(last, fragment) else last

    def _with_index(self, sent_index: int, id: str | None) -> ToolCall | None:
        candidates = [call for call in self._calls if call.sent_index == sent_index]
        if id is None or not candidates:
            return candidates[-1] if candidates else None
        with_id = [call for call in candidates if call.id == id]
        return with_id[-1] if with_id else candidates[-1] if candidates[-1].id is None else None

    def _start(self, fragment: dict[str, Any]) -> ToolCall:
        sent_index = _index_of(fragment)
        taken = {call.index for call in self._calls}
        index = sent_index if sent_index is not None and sent_index not in taken else max(taken, default=-1) + 1
        call = ToolCall({**to_plain(fragment), "index": index}, index, sent_index)
        at = sum(other < index for other in taken)
        self._calls.insert(at, call)
        insert(self._entries, at, call.entry)
        return call


def _existing_call(entry: dict[str, Any], at: int) -> ToolCall:
    sent_index = _index_of(entry)
    return ToolCall(entry, at if sent_index is None else sent_index, sent_index)


def _index_of(fragment: dict[str, Any]) -> int | None:
    index = fragment.get("index")
    return index if isinstance(index, int) else None


def _starts_another(last: ToolCall, fragment: dict[str, Any]) -> bool:
    function = tree_of(fragment.get("function"))
    if not isinstance(function, dict) or not function.get("name") or not last.function.get("name"):
        return False
    return _is_complete(last.function.get("arguments"))


def _is_complete(arguments: Any) -> bool:
    """Return True if the text is a complete JSON value."""
    from ssescan.models._json import loads

    if not isinstance(arguments, str) or not arguments:
        return False
    try:
        loads(arguments.encode())
    except Exception:  # every kind of failure means that it is not JSON
        return False
    return True
