"""The families of events that streams are read with.

A dialect is declared as data in a file of its own (see `schema`) and loaded when first asked for.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from .schema import Channel, Dialect, Finish, Row

if TYPE_CHECKING:
    from .. import _core

__all__ = ["Channel", "Dialect", "Finish", "NAMES", "Row", "get", "table_of"]

#: The dialects that come with the library, in the order in which `auto` asks them.
NAMES = ("assistants", "responses", "completions", "chat")


def get(dialect: str | Dialect) -> Dialect:
    """The dialect of a name, or the one given. ValueError for a name that is not known."""
    if isinstance(dialect, Dialect):
        return dialect
    if dialect not in NAMES:
        known = ", ".join(repr(name) for name in (*NAMES, "auto"))
        raise ValueError(f"unknown dialect {dialect!r}: expected {known}, a Dialect, or None for plain events")
    found: Dialect = import_module(f".{dialect}", __name__).DIALECT
    return found


#: A dialect that somebody made for one stream is not kept for ever.
_tables: WeakKeyDictionary[Dialect, _core.Table] = WeakKeyDictionary()


def table_of(dialect: Dialect) -> _core.Table:
    """The compiled table, made once for each dialect."""
    made = _tables.get(dialect)
    if made is None:
        made = _tables[dialect] = dialect.compile()
    return made


def row_named(dialect: str, name: str) -> Any:
    """The row of an event of that name, or None: what an unpickled event is given."""
    if dialect in NAMES:
        return table_of(get(dialect)).row(name)
    made = (table for known, table in list(_tables.items()) if known.name == dialect)
    return next((table.row(name) for table in made), None)


def row_of(event: Any) -> Any:
    """The row of an event that was made by hand, told from its class."""
    cls: object = type(event)
    found = _row_of_class(cls)
    return None if found is None else row_named(*found)


@cache
def _row_of_class(cls: Hashable) -> tuple[str, str] | None:
    name_of_class = getattr(cls, "__name__", None)
    for dialect in map(get, NAMES):
        for name, row in dialect.all_rows():
            if row.cls is not None and row.cls == name_of_class:
                return dialect.name, name or ""
    return None
