"""What a dialect is: data. Python declares a table once, the core compiles and evaluates it.

Paths are written `a.b[*].c`; `[*]` is every element of an array. What can be said is what looks at one
event alone: its name, the string at a path, a non-null value. A new provider is one file like
`chat.py`, a line in `__init__.py`, and a folder of fixtures.
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
    """Where a kind of text stands: a path, or alternatives of which the first string counts.

    `index` is the path of whose text it is (choice, content part, tool call). It must share everything
    in front of its last `[*]` with the text's path.
    """

    path: str | tuple[str, ...]
    index: str | None = None

    @property
    def paths(self) -> list[str]:
        return [self.path] if isinstance(self.path, str) else list(self.path)


@dataclass(frozen=True)
class Row:
    """What the events of one name are.

    `cls`: name of their class in the dialect's `types`, None if they are never handed out.
    `ends`: None; "payload": the answer is complete, reading goes on; "mark": the end mark, not handed
    out; "last": handed out, and nothing is read after it.
    `error`: paths at which the error object may stand ("" is the payload itself): the event is an error
    of the server. It is handed out only if it `ends` as "last".
    `fails`: path of the error of an answer that ended badly without being an error: readers raise it.
    `usage`: path of the token counts.
    """

    cls: str | None
    channels: Mapping[str, Channel] = field(default_factory=dict)
    ends: Literal["payload", "mark", "last"] | None = None
    error: tuple[str, ...] | None = None
    fails: str | None = None
    usage: str | None = None


@dataclass(frozen=True)
class Finish:
    """The answer is complete when every value seen at `each` had a non-null, non-empty value at `path`."""

    path: str
    each: str


@dataclass(frozen=True, eq=False)
class Dialect:
    """A family of events. Its table is compiled once and lives as long as it does; two dialects are two.

    `types`: module of the classes; `default`: the row of events that `rows` does not name.
    `named_by`: where the name is, in this order: "sse" (the event line), or a top-level key.
    `payload`: the key that holds the payload when the name came from JSON.
    `index`: the index that text is taken of unless asked otherwise; None means all.
    `claims`: prefixes of names, top-level keys, and `key=text` for a key with that string, by which
    `dialect="auto"` knows the dialect.
    `error_key`: a truthy top-level key makes an event an error, but for names that begin with one of
    `error_key_not_in`, and so does a line of JSON that begins with it, without any field.
    `error_field`: an SSE field that holds an error.
    `skip`: names of events that are none (keep-alives).
    `name_key`, `data_key`: events show their name in this field, and their payload in that one instead
    of being it.
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
        """Names and rows as the core numbers them; the default row is the last one and has no name."""
        return [*self.rows.items(), (None, self.default)]

    def compile(self) -> _core.Table:
        """The table that the core reads streams with. ValueError for a path that is none."""
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
