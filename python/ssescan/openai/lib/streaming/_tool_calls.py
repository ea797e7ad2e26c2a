"""Which tool call a fragment belongs to. Servers number them well, not at all, or all alike.

What holds for the fragments that have been seen:

=====================  ==========================================================================================
index, no id           the call that was last begun under this index, else a new one
index and id           the call of both; one under this index that has had no id yet; else a new one, so that calls
                       which are all numbered 0 are told apart by their ids
id, no index           the call of this id, else a new one
neither                the call before; a new one if the fragment has a name and that call's arguments are complete
=====================  ==========================================================================================

A call's arguments are the concatenation of its fragments. Its id and its name are not: some servers repeat them.
"""

from __future__ import annotations

from typing import Any, Iterator

from ssescan.models.dump import to_plain

from ._deltas import accumulate_delta, insert, tree_of

__all__ = ["ToolCall", "ToolCalls"]


class ToolCall:
    """One call: `entry` is what is known of it, and `index` its number, no two calls' alike."""

    __slots__ = ("entry", "index", "wire")

    def __init__(self, entry: dict[str, Any], index: int, wire: int | None) -> None:
        self.entry = entry
        self.index = index
        #: The number that the server gave it.
        self.wire = wire

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
    """The calls in `entries`, a list of objects in a snapshot, which it keeps in the order of their numbers."""

    __slots__ = ("_calls", "_entries", "_last")

    def __init__(self, entries: list[Any]) -> None:
        self._entries = entries
        self._calls = [_known(tree_of(entry), at) for at, entry in enumerate(entries)]
        #: The call of the fragment before.
        self._last: ToolCall | None = self._calls[-1] if self._calls else None

    def add(self, fragment: Any) -> ToolCall:
        """Adds a fragment to the call that it belongs to, and gives that."""
        fragment = tree_of(fragment)
        call = self._find(fragment)
        if call is None:
            call = self._begin(fragment)
        else:
            call.add(fragment)
        self._last = call
        return call

    def __iter__(self) -> Iterator[ToolCall]:
        return iter(self._calls)

    def position(self, call: ToolCall) -> int:
        """Where it stands in the list."""
        return self._calls.index(call)

    def _find(self, fragment: dict[str, Any]) -> ToolCall | None:
        id, wire, last = fragment.get("id") or None, _number(fragment), self._last
        if last is not None and wire is not None and wire == last.wire and id in (None, last.id):
            return last
        if wire is not None:
            return self._of_number(wire, id)
        if id is not None:
            return next((call for call in self._calls if call.id == id), None)
        return None if last is None or _begins_another(last, fragment) else last

    def _of_number(self, wire: int, id: str | None) -> ToolCall | None:
        alike = [call for call in self._calls if call.wire == wire]
        if id is None or not alike:
            return alike[-1] if alike else None
        of_id = [call for call in alike if call.id == id]
        return of_id[-1] if of_id else alike[-1] if alike[-1].id is None else None

    def _begin(self, fragment: dict[str, Any]) -> ToolCall:
        wire = _number(fragment)
        taken = {call.index for call in self._calls}
        index = wire if wire is not None and wire not in taken else max(taken, default=-1) + 1
        call = ToolCall({**to_plain(fragment), "index": index}, index, wire)
        at = sum(known < index for known in taken)
        self._calls.insert(at, call)
        insert(self._entries, at, call.entry)
        return call


def _known(entry: dict[str, Any], at: int) -> ToolCall:
    number = _number(entry)
    return ToolCall(entry, at if number is None else number, number)


def _number(fragment: dict[str, Any]) -> int | None:
    index = fragment.get("index")
    return index if isinstance(index, int) else None


def _begins_another(last: ToolCall, fragment: dict[str, Any]) -> bool:
    function = tree_of(fragment.get("function"))
    if not isinstance(function, dict) or not function.get("name") or not last.function.get("name"):
        return False
    return _is_complete(last.function.get("arguments"))


def _is_complete(arguments: Any) -> bool:
    """The text is a whole JSON value."""
    from ssescan.models._json import loads

    if not isinstance(arguments, str) or not arguments:
        return False
    try:
        loads(arguments.encode())
    except Exception:  # of whatever kind: it is not JSON
        return False
    return True
