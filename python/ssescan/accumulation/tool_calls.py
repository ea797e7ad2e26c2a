"""Find the tool call of each fragment.

Some servers send no index, the same index for all calls, no ids, or another id in every fragment. The rules:

1. A fragment belongs to the call with its index and its id, else to the latest call with its index. Without an index it
   belongs to the call with its id, else to the previous call.
2. A fragment without a name continues this call, whatever its id.
3. A fragment with another name starts a new call. There is one exception: the name itself may be split, if the call has
   no arguments yet and the fragment has no other id.
4. A fragment with the same name starts a new call if the arguments so far are complete, and it has another id.
5. So does one without an id, if its arguments neither repeat nor extend those of the call.

The arguments of a call are the concatenation of its fragments. Complete arguments cannot grow, so another object replaces
them. Ids and names are set, since some servers repeat them in every fragment.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Any

from ssescan.models.dump import to_plain

from .deltas import accumulate_entry, append_text, index_of, insert, tree_of
from .tool_arguments import decoded

__all__ = ["ToolCall", "ToolCalls", "arguments_text", "fragments_of"]

#: The kinds of calls that have a name: their key in the call, and the key of their text.
_BODIES = {"function": "arguments", "custom": "input"}
#: Keys of a fragment that have rules of their own.
_NOT_ADDED = frozenset(("index", "id", "type", *_BODIES))


def arguments_text(arguments: Any) -> str | None:
    """Return the arguments in a fragment as text. Some servers send a JSON object."""
    if arguments is None or isinstance(arguments, str):
        return arguments
    from ssescan.models._json import dumps

    return dumps(to_plain(tree_of(arguments))).decode()


def fragments_of(value: Any) -> list[dict[str, Any]]:
    """Return the fragments in the value of `tool_calls`. Entries that are not objects are left out."""
    value = tree_of(value)
    entries = [value] if isinstance(value, dict) else value if isinstance(value, list) else []
    return [entry for entry in map(tree_of, entries) if isinstance(entry, dict)]


_OPENING = ("{", "[", '"')
_OUTSIDE = re.compile(r'["{}\[\]]')
_IN_STRING = re.compile(r'\\(?:.|$)|"', re.DOTALL)


class _Nesting:
    """How deeply nested the end of a growing JSON text is. Each character is read once."""

    __slots__ = ("_at", "_depth", "_in_string")

    def __init__(self) -> None:
        self._at, self._depth, self._in_string = 0, 0, False

    def is_complete(self, text: str) -> bool:
        """Return True if the objects, arrays and strings of the text are closed, and there is one at least."""
        while match := (_IN_STRING if self._in_string else _OUTSIDE).search(text, self._at):
            token = match[0]
            if token == "\\":  # the escaped character is in the next fragment
                self._at = match.start()
                break
            self._at = match.end()
            if token == '"':
                self._in_string = not self._in_string
            elif len(token) == 1:
                self._depth += 1 if token in "{[" else -1
        return self._at > 0 and self._depth == 0 and not self._in_string


class ToolCall:
    """One tool call. `entry` is its object in the snapshot; `index` is unique among the calls."""

    __slots__ = ("_nesting", "entry", "ids", "index")

    def __init__(self, entry: dict[str, Any], index: int) -> None:
        self.entry = entry
        self.index = index
        #: Every id that a fragment had. The first one is the id of the call.
        self.ids = {entry["id"]} if _id_of(entry) else set()
        self._nesting = _Nesting()

    @property
    def function(self) -> dict[str, Any]:
        return self._body("function")

    def _body(self, key: str) -> dict[str, Any]:
        found = tree_of(self.entry.get(key))
        return found if isinstance(found, dict) else {}

    @property
    def name(self) -> str | None:
        return _name_of(self.entry)

    def add(self, fragment: dict[str, Any], id: str | None) -> None:
        if id:
            if not self.ids:
                self.entry["id"] = id
            self.ids.add(id)
        if fragment.get("type"):
            self.entry["type"] = fragment["type"]
        if rest := fragment.keys() - _NOT_ADDED:
            accumulate_entry(self.entry, {key: fragment[key] for key in fragment if key in rest})
        for key, text_key in _BODIES.items():
            if key in fragment and isinstance(body := tree_of(fragment.get(key)), dict):
                self._add_body(key, text_key, body)

    def _add_body(self, key: str, text_key: str, body: dict[str, Any]) -> None:
        if not isinstance(held := tree_of(self.entry.get(key)), dict):
            held = self.entry[key] = {}
        if rest := body.keys() - {"name", text_key}:
            accumulate_entry(held, {name: body[name] for name in body if name in rest})
        if name := body.get("name"):
            held["name"] = _joined_name(held.get("name"), name)
        text = arguments_text(body.get(text_key))
        if text is None:
            return
        if not held.get(text_key) or (text_key == "arguments" and _starts_object(text) and self.is_complete()):
            held[text_key] = text
            self._nesting = _Nesting()
        else:
            append_text(held, text_key, text)

    def is_complete(self) -> bool:
        """Return True if the arguments are a complete JSON object, array or string."""
        arguments = self.function.get("arguments")
        return isinstance(arguments, str) and arguments[:1] in _OPENING and self._nesting.is_complete(arguments)

    def is_continued_by(self, fragment: dict[str, Any], id: str | None, name: str) -> bool:
        """Return False if a fragment with a name starts another call. See the rules at the top of this file."""
        if not self.name:
            return True
        has_same_id = id in self.ids
        has_other_id = bool(id and self.ids and not has_same_id)
        if name != self.name:
            body = self.function or self._body("custom")
            has_text = any(body.get(key) for key in _BODIES.values())
            begun = has_text or (not has_same_id and any(key in body for key in _BODIES.values()))
            return not has_other_id and not begun
        if has_same_id or not self.is_complete():
            return True
        return not has_other_id and self._is_repeated_by(fragment)

    def _is_repeated_by(self, fragment: dict[str, Any]) -> bool:
        """Return True if the arguments of the fragment have all members of those of this call, or are not an object."""
        text = arguments_text((tree_of(fragment.get("function")) or {}).get("arguments"))
        if not text or not _starts_object(text):
            return True
        old, new = decoded(self.function["arguments"]), decoded(text)
        if not isinstance(old, dict) or not old:
            return True
        return isinstance(new, dict) and all(key in new and new[key] == value for key, value in old.items())


def _starts_object(text: str) -> bool:
    return text.lstrip().startswith("{")


def _id_of(fragment: dict[str, Any]) -> str | None:
    id = fragment.get("id")
    return id if isinstance(id, str) and id else None


def _name_of(fragment: dict[str, Any]) -> str | None:
    for key in _BODIES:
        body = tree_of(fragment[key]) if key in fragment else None
        if isinstance(body, dict) and isinstance(name := body.get("name"), str) and name:
            return name
    return None


def _joined_name(old: Any, new: str) -> str:
    """Return the name after another fragment of it. Servers repeat names, extend them, or send them in pieces."""
    if not isinstance(old, str) or not isinstance(new, str):
        return new
    return new if new.startswith(old) else old + new


class ToolCalls:
    """The calls in `entries`, a list in a snapshot. The list is kept in the order of the indexes."""

    __slots__ = ("_by_id", "_by_index", "_by_index_and_id", "_calls", "_entries", "_indexes", "_last")

    def __init__(self, entries: list[Any]) -> None:
        self._entries = entries
        self._calls: list[ToolCall] = []
        self._indexes: list[int] = []
        #: The latest call of each index that the server sent, of each id, and of both.
        self._by_index: dict[int, ToolCall] = {}
        self._by_id: dict[str, ToolCall] = {}
        self._by_index_and_id: dict[tuple[int, str], ToolCall] = {}
        #: The call of the previous fragment.
        self._last: ToolCall | None = None
        # Calls that a step was created with have no index. Their fragments count from 0.
        for at, entry in enumerate(map(tree_of, entries)):
            if not isinstance(entry, dict):
                continue
            index = index_of(entry)
            index = at if index is None else index
            self._remember(ToolCall(entry, index), index, _id_of(entry))

    def add(self, fragment: Any) -> ToolCall:
        """Add a fragment to its call and return the call."""
        fragment = tree_of(fragment)
        index, id, name = index_of(fragment), _id_of(fragment), _name_of(fragment)
        call = self._candidate(index, id, name)
        if call is not None and (name is None or call.is_continued_by(fragment, id, name)):
            call.add(fragment, id)
            self._note(call, index, id)
        else:
            call = self._start(fragment, index, id)
        return call

    def __iter__(self) -> Iterator[ToolCall]:
        return iter(self._calls)

    def position(self, call: ToolCall) -> int:
        """Return the position of the call in the list."""
        return bisect_left(self._indexes, call.index)

    def _candidate(self, index: int | None, id: str | None, name: str | None) -> ToolCall | None:
        """Return the call to which a fragment belongs, unless its name starts another one."""
        last = self._last
        if index is None:
            return self._by_id.get(id, last) if id else last
        found = (id and self._by_index_and_id.get((index, id))) or self._by_index.get(index)
        if found or last is None or name:
            return found or None
        if id:
            return self._by_id.get(id)
        # Some servers count fragments instead of calls.
        return None if last.is_complete() else last

    def _start(self, fragment: dict[str, Any], sent_index: int | None, id: str | None) -> ToolCall:
        index = sent_index
        if index is None or self._has(index):
            index = self._indexes[-1] + 1 if self._indexes else 0
        call = ToolCall({**to_plain(fragment), "index": index}, index)
        for key, text_key in _BODIES.items():
            if isinstance(body := call.entry.get(key), dict) and text_key in body:
                body[text_key] = arguments_text(body[text_key])
        insert(self._entries, bisect_left(self._indexes, index), call.entry)
        self._remember(call, sent_index, id)
        return call

    def _has(self, index: int) -> bool:
        at = bisect_left(self._indexes, index)
        return at < len(self._indexes) and self._indexes[at] == index

    def _remember(self, call: ToolCall, sent_index: int | None, id: str | None) -> None:
        self._calls.insert(bisect_left(self._indexes, call.index), call)
        insort(self._indexes, call.index)
        self._note(call, sent_index, id)

    def _note(self, call: ToolCall, sent_index: int | None, id: str | None) -> None:
        if sent_index is not None:
            self._by_index[sent_index] = call
        if id:
            self._by_id[id] = call
        if sent_index is not None and id:
            self._by_index_and_id[sent_index, id] = call
        self._last = call
