"""The schema of dialects. Python declares a dialect as data once; the core compiles and evaluates it.

A path is written `a.b[*].c`; `[*]` stands for every element of an array. In a payload that is an array, a path begins with
the number of an element: `[0].c`. Each rule looks at one event alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic

from .. import _core
from .checks import check_declaration
from .parts import UNSET, Channel, Condition, Finish, PresentKey, Reason, Row, Text, Unless, When

__all__ = [
    "UNSET",
    "Channel",
    "Condition",
    "Dialect",
    "Finish",
    "PresentKey",
    "Reason",
    "Row",
    "Text",
    "Unless",
    "When",
]

#: Classes that a row of any dialect may name -> their modules.
_SHARED_CLASSES = {"UnknownEvent": "ssescan.events"}


if TYPE_CHECKING:
    from typing_extensions import TypeVar

    #: The class of the events, for checkers.
    E = TypeVar("E", default=Any)
else:
    from typing import TypeVar

    E = TypeVar("E")


@dataclass(frozen=True, eq=False)
class Dialect(Generic[E]):
    """A family of events.

    For checkers, name the classes of the events: `Dialect[Piece | End](...)`. Then a loop over a stream of this dialect has
    events of these classes.

    The declaration is checked when the object is made. Classes are loaded by the first stream, which raises for one that is
    missing. Two dialects are equal only if they are the same object.

    Args:
        check: False to check the declaration when the first stream uses it, as the built-in dialects do. `compile` checks
            it too.

    Attributes:
        name: The name of the dialect.
        rows: The rows by the names of events: a row, or several with conditions.
        default: The row of events that `rows` does not name, or several with conditions.
        types: The module of the event classes.
        named_by: Where the name of an event is, in this order: "sse" (the event line), a top-level key, or a `PresentKey`.
        payload: The key of the payload if the name came from JSON; None if the event itself is the payload.
        finish: How payloads say that an answer is complete, or None.
        index: The index of the text that is read by default; None reads all.
        done_completes: Whether `[DONE]` completes an answer of which an event was seen. If not, an answer must say itself
            that it is complete; `[DONE]` only ends the stream.
        claims: How `dialect="auto"` recognizes the dialect: prefixes of names, top-level keys, or `key=text` for a key with
            that string.
        error_key: A top-level key that makes an event an error if its value is truthy; also in the first element of a
            payload that is an array. A line of JSON without a field name is an event if it has the key, or is claimed.
        error_key_not_in: Prefixes of names of events to which `error_key` does not apply.
        error_field: An SSE field that contains an error.
        skip: Names of events to ignore, such as keep-alives.
        name_key: The attribute of events that has their name, or None.
        data_key: The attribute of events that has their payload; None if the event itself is the payload.

    Raises:
        ValueError: A path is invalid, an attribute has the wrong type, or a rule contradicts another one.
    """

    name: str
    rows: Mapping[str, Row | tuple[Row, ...]]
    default: Row | tuple[Row, ...]
    types: str
    named_by: tuple[str | PresentKey, ...] = ("sse",)
    payload: str | None = None
    finish: Finish | None = None
    index: int | None = None
    done_completes: bool = False
    claims: tuple[str, ...] = ()
    error_key: str | None = "error"
    error_key_not_in: tuple[str, ...] = ()
    error_field: str | None = "error"
    skip: tuple[str, ...] = ("ping",)
    name_key: str | None = None
    data_key: str | None = None
    check: InitVar[bool] = True

    def __post_init__(self, check: bool) -> None:
        if check:
            self.compile()

    def all_rows(self) -> list[tuple[str | None, Row]]:
        """Return names and rows in the order of the core's numbers. The default rows are the last ones and have no name."""
        named: list[tuple[str | None, Row | tuple[Row, ...]]] = [*self.rows.items(), (None, self.default)]
        return [(name, row) for name, rows in named for row in (rows if isinstance(rows, tuple) else (rows,))]

    def compile(self) -> _core.Table:
        """Return the table that the core reads streams with. It loads each class when it is first needed.

        Raises:
            ValueError: A path is invalid, an attribute has the wrong type, or a rule contradicts another one.
        """
        check_declaration(self)
        where = self.name, self.types
        classes = [None if row.cls is None else partial(_class_of, *where, row.cls) for _, row in self.all_rows()]
        return _core.Table(self.name, self.declaration(), classes, name_key=self.name_key, data_key=self.data_key)

    def declaration(self) -> dict[str, Any]:
        """Return the part of the dialect that the core evaluates, as plain dicts, lists and strings."""
        return {
            "named_by": [_name_declaration(by) for by in self.named_by],
            "payload": self.payload,
            "finish": None if self.finish is None else _finish_declaration(self.finish),
            "index": self.index,
            "done_completes": self.done_completes,
            "claims": list(self.claims),
            "error_key": self.error_key,
            "error_key_not_in": list(self.error_key_not_in),
            "error_field": self.error_field,
            "skip": list(self.skip),
            "rows": [_row_declaration(name, row) for name, row in self.all_rows()],
        }


def _class_of(dialect: str, types: str, name: str) -> Any:
    module = _SHARED_CLASSES.get(name, types)
    try:
        return getattr(import_module(module), name)
    except AttributeError as error:
        raise AttributeError(f"Invalid dialect {dialect}: {error}") from None


def _name_declaration(by: str | PresentKey) -> tuple[str, str]:
    if isinstance(by, PresentKey):
        return "present", by.path
    return ("sse", "") if by == "sse" else ("key", by)


def _finish_declaration(finish: Finish) -> dict[str, Any]:
    return {
        "path": finish.path,
        "each": finish.each,
        "unset": list(finish.unset),
        "fails": list(finish.fails),
        "error": list(finish.errors),
    }


def _row_declaration(name: str | None, row: Row) -> dict[str, Any]:
    return {
        "name": name,
        "channels": [_channel_declaration(name, channel) for name, channel in row.channels.items()],
        "ends": row.ends,
        "error": row.error is not None,
        "fails": row.fails is not None,
        "usage": [row.usage] if isinstance(row.usage, str) else list(row.usage or ()),
        "when": [_when_declaration(when) for when in row.conditions],
        "whole": None if row.whole is False else list(() if row.whole is True else row.whole),
    }


def _channel_declaration(name: str, channel: Channel) -> dict[str, Any]:
    texts = [
        {"path": text.path, "when": text.when and _when_declaration(text.when), "as_json": text.as_json}
        for text in channel.texts
    ]
    return {"name": name, "texts": texts, "index": channel.index, "reads_first": channel.reads_first}


def _when_declaration(when: Condition) -> dict[str, Any]:
    is_reason = isinstance(when, Reason)
    value, ignore_case = (when.unset, True) if isinstance(when, Reason) else (when.value, when.ignore_case)
    strings = value if isinstance(value, (str, tuple)) else ()
    return {
        "path": when.path,
        "is_true": value is True,
        "is_reason": is_reason,
        "strings": [strings] if isinstance(strings, str) else list(strings),
        "ignore_case": ignore_case,
        "negated": isinstance(when, Unless),
    }
