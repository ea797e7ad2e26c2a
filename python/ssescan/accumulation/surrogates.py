"""Surrogate halves that met when two pieces of text were joined."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["join_halves"]

_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def _joined(text: str) -> str:
    """Return the text with each pair of surrogate halves as one character."""
    if text.isascii() or not _PAIR.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def join_halves(tree: dict[str, Any]) -> dict[str, Any]:
    """Join the halves in all texts of a tree of dicts and lists, in place, and return the tree."""
    rest: list[Any] = [tree]
    while rest:
        holder = rest.pop()
        items = holder.items() if isinstance(holder, dict) else enumerate(holder) if isinstance(holder, list) else ()
        for key, item in list(items):
            if isinstance(item, str):
                holder[key] = _joined(item)
            else:
                rest.append(item)
    return tree
