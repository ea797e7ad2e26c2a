"""The schema of dialects. Python declares a dialect as data once; the core compiles and evaluates it.

A path is written `a.b[*].c`; `[*]` stands for every element of an array. Each rule looks at one event alone: at its name, at
a string at a path, or at whether a value is null. A new provider is one file like `chat.py`, a line in `__init__.py`, and
its fixtures.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal, Mapping

from .. import _core

__all__ = ["Channel", "Dialect", "Finish", "Row"]

#: Classes that a row of any dialect may name -> their modules.
_SHARED_CLASSES = {"UnknownEvent": "ssescan.events"}


@dataclass(frozen=True)
class Channel:
    """Where a kind of text is in an event.

    Attributes:
        path: The path of the text, or several paths. The first one with a string counts.
        index: The path of the number of the choice, content part or tool call that the text belongs to, or None. It must
            be the same as `path` up to its last `[*]`.
    """

    path: str | tuple[str, ...]
    index: str | None = None

    @property
    def paths(self) -> list[str]:
        """The paths of the text, as a list."""
        return [self.path] if isinstance(self.path, str) else list(self.path)


@dataclass(frozen=True)
class Row:
    """The entry of a dialect for the events of one name.

    Attributes:
        cls: The name of their class in the dialect's `types`; None if they are not yielded.
        channels: The texts that they may contain, by channel.
        ends: How they end the stream. None: not at all. "payload": the answer is complete, and reading continues. "mark":
            the end marker, which is not yielded. "last": the event is yielded, and nothing is read after it.
        error: Paths at which the error object may be ("" is the payload itself). The events are errors of the server. They
            are yielded only if `ends` is "last".
        fails: The path of the error of an answer that failed. Iteration does not raise it, readers do.
        usage: The path of the token counts.
    """

    cls: str | None
    channels: Mapping[str, Channel] = field(default_factory=dict)
    ends: Literal["payload", "mark", "last"] | None = None
    error: tuple[str, ...] | None = None
    fails: str | None = None
    usage: str | None = None


@dataclass(frozen=True)
class Finish:
    """How payloads say that an answer is complete: every value seen at `each` had a non-empty value at `path`.

    Attributes:
        path: The path of the finish reason.
        each: The path of the number of the choice.
    """

    path: str
    each: str


@dataclass(frozen=True, eq=False)
class Dialect:
    """A family of events.

    The table is compiled once per object and freed with it. Two dialects are equal only if they are the same object.

    Attributes:
        name: The name of the dialect.
        rows: The rows by the names of events.
        default: The row of events that `rows` does not name.
        types: The module of the event classes.
        named_by: Where the name of an event is, in this order: "sse" (the event line), or a top-level key.
        payload: The key of the payload if the name came from JSON; None if the event itself is the payload.
        finish: How payloads say that an answer is complete, or None.
        index: The index of the text that is read by default; None reads all.
        claims: How `dialect="auto"` recognizes the dialect: prefixes of names, top-level keys, or `key=text` for a key with
            that string.
        error_key: A top-level key that makes an event an error if its value is truthy. A line of JSON that begins with it,
            without a field name, is an error too.
        error_key_not_in: Prefixes of names of events to which `error_key` does not apply.
        error_field: An SSE field that contains an error.
        skip: Names of events to ignore, such as keep-alives.
        name_key: The attribute of events that has their name, or None.
        data_key: The attribute of events that has their payload; None if the event itself is the payload.
    """

    name: str
    rows: Mapping[str, Row]
    default: Row
    types: str
    named_by: tuple[str, ...] = ("sse",)
    payload: str | None = None
    finish: Finish | None = None
    index: int | None = None
    claims: tuple[str, ...] = ()
    error_key: str | None = "error"
    error_key_not_in: tuple[str, ...] = ()
    error_field: str | None = "error"
    skip: tuple[str, ...] = ("ping",)
    name_key: str | None = None
    data_key: str | None = None

    def all_rows(self) -> list[tuple[str | None, Row]]:
        """Return names and rows in the order of the core's numbers. The default row is the last one and has no name."""
        return [*self.rows.items(), (None, self.default)]

    def compile(self) -> _core.Table:
        """Return the table that the core reads streams with.

        Raises:
            ValueError: A path is invalid.
        """
        return _core.Table(
            self.name,
            [self._compile_row(name, row) for name, row in self.all_rows()],
            named_by=list(self.named_by),
            payload=self.payload,
            finish=None if self.finish is None else (self.finish.path, self.finish.each),
            index=self.index,
            claims=list(self.claims),
            error_key=self.error_key,
            error_key_not_in=list(self.error_key_not_in),
            error_field=self.error_field,
            skip=list(self.skip),
            name_key=self.name_key,
            data_key=self.data_key,
        )

    def _compile_row(self, name: str | None, row: Row) -> tuple[Any, ...]:
        channels = [(kind, channel.paths, channel.index) for kind, channel in row.channels.items()]
        is_error = row.error is not None
        return name, self._class(row.cls), channels, row.ends, is_error, row.fails is not None, row.usage

    def _class(self, name: str | None) -> Any:
        if name is None:
            return None
        return getattr(import_module(_SHARED_CLASSES.get(name, self.types)), name)
