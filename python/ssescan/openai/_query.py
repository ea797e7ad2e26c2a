"""Values as pairs of strings: in a query, and in the fields of a multipart body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ._types import NotGiven, Omit

__all__ = ["string_pairs"]


def string_pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield pairs of strings: lists become `name[]`, objects `name[key]`, and None is omitted."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from string_pairs(f"{name}[{key}]", item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from string_pairs(f"{name}[]", item)
    elif value is not None and not isinstance(value, (Omit, NotGiven)):
        yield name, str(value).lower() if isinstance(value, bool) else str(value)
