"""Add fragments to snapshots: pure functions over JSON objects, shared by all helpers.

An object is a dict, or a model that views one. Snapshots grow in place, so the cost of a delta does not depend on the
size of the snapshot. A snapshot shares no dict or list with a delta, so events never change.

Servers send many shapes, so nothing here raises: what cannot be added is appended to its list, or left out.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from ssescan import _core
from ssescan.models.dump import to_plain

__all__ = [
    "accumulate_delta",
    "accumulate_entry",
    "append_text",
    "content_of",
    "extend",
    "find_entry",
    "index_of",
    "insert",
    "object_at",
    "tree_of",
]

#: Keys that identify an object or say what it is. Their values are replaced, never appended or added.
_IDENTIFYING = frozenset(("index", "type", "id", "role", "format", "object", "status"))
#: Keys of objects in lists that are replaced too.
_IDENTIFYING_IN_LISTS = _IDENTIFYING | {"name", "url"}
#: Keys of objects in lists whose text always grows. Another text that is sent again is a constant.
_GROWING = frozenset(("text", "arguments", "data", "summary", "value", "input", "logs", "thinking", "content"))
#: The number of entries that are searched for a repeated one, for each new entry.
_SEARCHED = 256


def tree_of(value: Any) -> Any:
    """Return the dict that a model views. Return any other value unchanged."""
    return _core.node_tree(value) if isinstance(value, _core.Node) else value


def content_of(value: Any, key: str) -> Any:
    """Return the value at `key` of an object, or the dict that it views. Return None if the key is missing."""
    return tree_of(tree_of(value).get(key))


def object_at(value: Any, key: str) -> dict[str, Any]:
    """Return the object at `key` of an object, or the dict that it views. Return an empty dict for other values."""
    found = content_of(value, key)
    return found if isinstance(found, dict) else {}


def accumulate_delta(acc: dict[Any, Any], delta: dict[Any, Any]) -> dict[Any, Any]:
    """Add `delta` to `acc` in place and return `acc`.

    Strings are appended, except those that identify the object. Numbers are added. Objects are merged key by key. Objects
    in lists are merged if they have the same `index`; objects without an index are appended, unless they repeat another
    one. A missing or null value is replaced. A value of another type stays unchanged.
    """
    _accumulate(acc, delta, in_list=False)
    return acc


def accumulate_entry(acc: dict[Any, Any], delta: dict[Any, Any]) -> dict[Any, Any]:
    """Add `delta` to `acc`, an object in a list, in place and return `acc`.

    Other than in `accumulate_delta`, names, URLs and numbers are replaced, and so is a text that is sent again.
    """
    _accumulate(acc, delta, in_list=True)
    return acc


def _accumulate(acc: Any, delta: Any, *, in_list: bool) -> None:
    acc, delta = tree_of(acc), tree_of(delta)
    if not isinstance(acc, dict) or not isinstance(delta, dict):
        return
    for key, new in delta.items():
        if acc.get(key) is None:
            _set(acc, key, new)
        elif new is None:
            if key in ("index", "type"):  # as in openai
                acc[key] = None
        elif _is_identifying(key, in_list):
            if new != "":
                acc[key] = to_plain(new)
        elif type(new) is str and type(acc[key]) is str:
            if not (in_list and key not in _GROWING and acc[key] == new) and not (key == "name" and acc[key] == new):
                append_text(acc, key, new)
        else:
            _merge(acc, key, tree_of(acc[key]), tree_of(new), in_list=in_list)


def _is_identifying(key: Any, in_list: bool) -> bool:
    if not in_list:
        return key in _IDENTIFYING
    return key in _IDENTIFYING_IN_LISTS or (isinstance(key, str) and key.endswith(("_id", "signature")))


def _set(acc: dict[Any, Any], key: Any, new: Any) -> None:
    new = tree_of(new)
    if isinstance(new, list) and _is_indexed(new):
        # The first list may already contain several fragments of one object.
        acc[key] = []
        _merge_lists(acc[key], new)
    else:
        acc[key] = to_plain(new)


def append_text(acc: dict[Any, Any], key: Any, new: str) -> None:
    """Append to the text at `key`. The cost does not depend on the length of that text."""
    # CPython appends to a string in place if there is no other reference to it, so the dict must drop its own first.
    text = acc[key]
    acc[key] = None
    text += new
    acc[key] = text


def _merge(acc: dict[Any, Any], key: Any, old: Any, new: Any, *, in_list: bool) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        _accumulate(old, new, in_list=in_list)
    elif isinstance(old, list) and isinstance(new, list):
        _merge_lists(old, new)
    elif isinstance(old, (int, float)) and isinstance(new, (int, float)):
        acc[key] = new if in_list else old + new


def _is_indexed(entries: list[Any]) -> bool:
    return any(index_of(entry) is not None for entry in map(tree_of, entries))


def index_of(entry: Any) -> int | None:
    """Return the index of an object in a list, or None. Some servers send it as a text."""
    index = entry.get("index") if isinstance(entry, dict) else None
    if index is None or (type(index) is int and index >= 0):
        return index
    if isinstance(index, str) and index.isascii() and index.isdigit() and len(index) < 10:
        return int(index)
    if isinstance(index, float) and index.is_integer():
        index = int(index)
    return index if type(index) is int and index >= 0 else None


def _merge_lists(old: list[Any], new: list[Any]) -> None:
    if not _is_indexed(new) and len(new) >= len(old) > 0 and _is_same(old, new):
        new = new[len(old) :]  # the whole list is sent again, perhaps with more entries
    recent = [tree_of(entry) for entry in old[-_SEARCHED:]]
    for entry in map(tree_of, new):
        index = index_of(entry)
        if index is not None:
            _merge_entry(old, entry, index)
        elif not isinstance(entry, dict) or entry not in recent:
            extend(old, [entry])


def _is_same(old: list[Any], new: list[Any]) -> bool:
    """Return True if `new` starts with the entries of `old`, which are objects."""
    return all(isinstance(tree_of(entry), dict) and tree_of(entry) == tree_of(other) for entry, other in zip(old, new))


def _merge_entry(entries: list[Any], entry: dict[str, Any], index: int) -> None:
    at, is_there = find_entry(entries, index)
    if is_there:
        _accumulate(entries[at], entry, in_list=True)
    else:
        insert(entries, at, to_plain(entry))


def find_entry(entries: list[Any], index: int) -> tuple[int, bool]:
    """Return the position of the object with this index, and whether it is there. Else it is where to insert the object.

    The index of an object that has none is its position.
    """
    at = index
    if index >= len(entries) or index_of(tree_of(entries[index])) not in (index, None):
        at = bisect_left(entries, index, key=lambda entry: index_of(tree_of(entry)) or 0)
    held = tree_of(entries[at]) if at < len(entries) else None
    return at, isinstance(held, dict) and index_of(held) in (index, None)


def insert(entries: list[Any], index: int, entry: dict[str, Any]) -> None:
    """Insert an object into a list of a model, even if the list has been read before."""
    entries.insert(index, entry)
    _reset_view(entries)


def extend(entries: list[Any], new: list[Any]) -> None:
    """Append copies of objects to a list of a model, even if the list has been read before."""
    entries.extend(to_plain(new))
    _reset_view(entries)


def _reset_view(entries: list[Any]) -> None:
    # Reading a list whose first entry is a dict turns its entries into models again: see `list` in rust/py/src/node.rs.
    if entries and isinstance(entries[0], _core.Node):
        entries[0] = tree_of(entries[0])
