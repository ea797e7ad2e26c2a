"""The dialects: one file for each family of events, data only (see `schema`). A dialect is loaded when it is first used."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from importlib import import_module
from typing import Any, Literal, TypeAlias, get_args
from weakref import WeakKeyDictionary

from .. import _core
from .schema import Channel, Dialect, Finish, PresentKey, Reason, Row, Text, Unless, When

__all__ = [
    "Channel",
    "Dialect",
    "DialectName",
    "Finish",
    "NAMES",
    "PresentKey",
    "Reason",
    "Row",
    "Text",
    "Unless",
    "When",
    "claiming",
    "get",
    "table_of",
]

#: The built-in dialects, in the order in which `auto` tries them.
_BuiltIn: TypeAlias = Literal[
    "assistants",
    "responses",
    "agents",
    "images",
    "transcription",
    "speech",
    "completions",
    "chat",
    "anthropic",
    "gemini",
    "cohere",
]
NAMES: tuple[str, ...] = get_args(_BuiltIn)
#: The names that a stream takes as its dialect, for checkers.
DialectName: TypeAlias = Literal[_BuiltIn, "auto"]


def get(dialect: str | Dialect) -> Dialect:
    """Return the dialect of this name; a `Dialect` is returned as it is.

    Raises:
        ValueError: The name is unknown.
    """
    if isinstance(dialect, Dialect):
        return dialect
    if dialect not in NAMES:
        known = ", ".join(repr(name) for name in (*NAMES, "auto"))
        raise ValueError(f"Unknown dialect {dialect!r} (available: {known}, a Dialect, or None)")
    return _built_in(dialect)


@cache
def _built_in(name: str) -> Dialect:
    found: Dialect = import_module(f".{name}", __name__).DIALECT
    return found


def claiming(payload: bytes) -> str | None:
    """Return the name of the built-in dialect that claims a payload, as `auto` does, or None."""
    from ..errors import EventDecodeError
    from ..models._json import loads

    try:
        document = loads(payload)
    except EventDecodeError:
        return None
    if not isinstance(document, dict):
        return None
    for dialect in map(get, NAMES):
        names = [document.get(key) for key in dialect.named_by if isinstance(key, str)]
        for claim in dialect.claims:
            key, _, text = claim.partition("=")
            named = any(isinstance(name, str) and name.startswith(claim) for name in names)
            if named or (key in document and text in ("", document[key])):
                return dialect.name
    return None


#: Weak keys, so that a dialect that was made for one stream is freed with it.
_tables: WeakKeyDictionary[Dialect, _core.Table] = WeakKeyDictionary()


def table_of(dialect: Dialect) -> _core.Table:
    """Return the compiled table of a dialect. It is made once per dialect."""
    made = _tables.get(dialect)
    if made is None:
        made = _tables[dialect] = dialect.compile()
    return made


def row_named(dialect: str, name: str, index: int | None = None) -> Any:
    """Return the row of an event that is unpickled, or None.

    Args:
        dialect: The name of the dialect.
        name: The name of the event.
        index: The index of the row; None for the last row of the name.
    """
    if dialect in NAMES:
        return table_of(get(dialect)).row(name, index)
    made = (table for known, table in list(_tables.items()) if known.name == dialect)
    return next((table.row(name, index) for table in made), None)


def dialect_of(cls: Any, likely: str | None = None) -> str | None:
    """Return the name of the built-in dialect whose events are of a class, or None. `likely` is searched first."""
    known = str(getattr(cls, "__module__", "")).startswith("ssescan.")
    found = _row_of_class(cls, likely) if known else None
    return None if found is None else found[0]


def row_of(event: Any) -> Any:
    """Return the row of an event that was made by hand, found by the event's class, or None."""
    cls: object = type(event)
    found = _row_of_class(cls)
    return None if found is None else row_named(*found)


@cache
def _row_of_class(cls: Hashable, likely: str | None = None) -> tuple[str, str] | None:
    name_of_class = getattr(cls, "__name__", None)
    for dialect in map(get, NAMES if likely is None else (likely, *NAMES)):  # each is loaded only when it is needed
        for name, row in dialect.all_rows():
            if row.cls is not None and row.cls == name_of_class:
                return dialect.name, name or ""
    return None
