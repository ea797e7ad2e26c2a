"""Accumulation: what fragments add up to. Pure functions over JSON objects, shared by all helpers.

An object may be a dict or a model that views one; snapshots grow in place, so that a delta costs what it holds
and not what was there before. Nothing of a delta becomes part of a snapshot: events stay what they were.
"""

from __future__ import annotations

from typing import Any

from ssescan import _core

__all__ = ["accumulate_delta", "append_text", "content_of", "copy_of", "extend", "insert", "tree_of"]

_SCALARS = frozenset({str, int, float, bool, type(None)})
#: Keys that say which object this is: replaced, never added up.
_SAME = ("index", "type")


def tree_of(value: Any) -> Any:
    """The dict behind a model; anything else as it is."""
    return _core.node_tree(value) if isinstance(value, _core.Node) else value


def content_of(value: Any, key: str) -> Any:
    """What stands at `key`, as plain data; None if nothing does."""
    return tree_of(tree_of(value).get(key))


def copy_of(value: Any) -> Any:
    """Dicts and lists all the way down, sharing nothing with `value`."""
    if type(value) in _SCALARS:
        return value
    value = tree_of(value)
    if isinstance(value, dict):
        return {key: copy_of(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copy_of(item) for item in value]
    return value


def accumulate_delta(acc: dict[Any, Any], delta: dict[Any, Any]) -> dict[Any, Any]:
    """Adds `delta` to `acc`, in place, and gives `acc`.

    Strings and lists of scalars are appended, numbers added, objects go into each other, and lists of objects
    by the objects' `index`. What was absent or null is taken over; what is of another kind stays as it was.
    """
    acc = tree_of(acc)
    for key, new in tree_of(delta).items():
        if key in _SAME:
            acc[key] = copy_of(new)
            continue
        old = acc.get(key)
        if old is None:
            _begin(acc, key, new)
        elif type(new) is str and type(old) is str:
            del old  # see append_text
            append_text(acc, key, new)
        else:
            _merge(acc, key, tree_of(old), tree_of(new))
    return acc


def _begin(acc: dict[Any, Any], key: Any, new: Any) -> None:
    new = tree_of(new)
    if isinstance(new, list) and _is_indexed(new):
        # The first list may already hold several fragments of one object.
        acc[key] = []
        _merge_lists(acc[key], new)
    else:
        acc[key] = copy_of(new)


def append_text(acc: dict[Any, Any], key: Any, new: str) -> None:
    # CPython grows a string in place if nobody else holds it, so the dict must let go of it first.
    text = acc[key]
    acc[key] = None
    text += new
    acc[key] = text


def _merge(acc: dict[Any, Any], key: Any, old: Any, new: Any) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        accumulate_delta(old, new)
    elif isinstance(old, list) and isinstance(new, list):
        if new:
            _merge_lists(old, new)
    elif isinstance(old, (int, float)) and isinstance(new, (int, float)):
        acc[key] = old + new


def _is_indexed(entries: list[Any]) -> bool:
    return any(isinstance(entry, dict) and "index" in entry for entry in map(tree_of, entries))


def _merge_lists(old: list[Any], new: list[Any]) -> None:
    scalars = all(isinstance(entry, (str, int, float)) for entry in old)
    if scalars and (old or not _is_indexed(new)):
        extend(old, new)
        return
    for entry in map(tree_of, new):
        _merge_entry(old, entry, _index_of(entry))


def _index_of(entry: Any) -> int:
    if not isinstance(entry, dict):
        raise TypeError(f"Unexpected list delta entry is not a dictionary: {entry}")
    if "index" not in entry:
        raise RuntimeError(f"Expected list delta entry to have an `index` key; {entry}")
    if not isinstance(entry["index"], int):
        raise TypeError(f"Unexpected, list delta entry `index` value is not an integer; {entry['index']}")
    return entry["index"]


def _merge_entry(entries: list[Any], entry: dict[Any, Any], index: int) -> None:
    try:
        old = tree_of(entries[index])
    except IndexError:
        insert(entries, index, copy_of(entry))
        return
    if not isinstance(old, dict):
        raise TypeError("not handled yet")
    accumulate_delta(old, entry)


def insert(entries: list[Any], index: int, entry: dict[str, Any]) -> None:
    """Puts an object into a list of a model that may have been looked at."""
    entries.insert(index, entry)
    _unlook(entries)


def extend(entries: list[Any], new: list[Any]) -> None:
    """The same for several, at the end; `new` is copied."""
    entries.extend(copy_of(new))
    _unlook(entries)


def _unlook(entries: list[Any]) -> None:
    # A list whose first object is plain becomes models at the next look: see `Kind::list` in node.rs.
    if entries and isinstance(entries[0], _core.Node):
        entries[0] = tree_of(entries[0])
