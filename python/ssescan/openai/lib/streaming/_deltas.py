"""Add fragments to snapshots: pure functions over JSON objects, shared by all helpers.

An object is a dict, or a model that views one. Snapshots grow in place, so the cost of a delta does not depend on the
size of the snapshot. A snapshot shares no dict or list with a delta, so events never change.

The messages of the exceptions are those of `openai`, on purpose.
"""

from __future__ import annotations

from typing import Any

from ssescan import _core
from ssescan.models.dump import to_plain

__all__ = ["accumulate_delta", "append_text", "content_of", "extend", "insert", "tree_of"]

#: Keys that identify an object. Their values are replaced, never appended or added.
_IDENTIFYING = ("index", "type")


def tree_of(value: Any) -> Any:
    """Return the dict that a model views. Return any other value unchanged."""
    return _core.node_tree(value) if isinstance(value, _core.Node) else value


def content_of(value: Any, key: str) -> Any:
    """Return the value at `key` of an object, or the dict that it views. Return None if the key is missing."""
    return tree_of(tree_of(value).get(key))


def accumulate_delta(acc: dict[Any, Any], delta: dict[Any, Any]) -> dict[Any, Any]:
    """Add `delta` to `acc` in place and return `acc`.

    Strings and lists of scalars are appended. Numbers are added. Objects are merged key by key, and lists of objects
    by the `index` of the objects. A missing or null value is replaced. A value of another type stays unchanged.

    Raises:
        TypeError: A list of objects has an entry that is not an object, or an index that is not an integer.
        RuntimeError: An entry in a list of objects has no index.
    """
    acc = tree_of(acc)
    for key, new in tree_of(delta).items():
        if key in _IDENTIFYING:
            acc[key] = to_plain(new)
            continue
        old = acc.get(key)
        if old is None:
            _set(acc, key, new)
        elif type(new) is str and type(old) is str:
            del old  # see append_text
            append_text(acc, key, new)
        else:
            _merge(acc, key, tree_of(old), tree_of(new))
    return acc


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
        insert(entries, index, to_plain(entry))
        return
    if not isinstance(old, dict):
        raise TypeError("not handled yet")
    accumulate_delta(old, entry)


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
