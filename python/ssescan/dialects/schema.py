"""The schema of dialects. Python declares a dialect as data once; the core compiles and evaluates it.

A path is written `a.b[*].c`; `[*]` stands for every element of an array. In a payload that is an array, a path begins with
the number of an element: `[0].c`. Each rule looks at one event alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import InitVar, dataclass, field
from functools import partial
from importlib import import_module
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from .. import _core

__all__ = ["Channel", "Dialect", "Finish", "PresentKey", "Reason", "Row", "Text", "Unless", "When"]

#: Classes that a row of any dialect may name -> their modules.
_SHARED_CLASSES = {"UnknownEvent": "ssescan.events"}


class When(NamedTuple):
    """A condition on the value at a path.

    Attributes:
        path: The path of the value. If it leads to several values, the condition holds if it holds for one of them.
        value: A string, or several strings: the value must be one of them. Integers, true and false are compared as they
            are in JSON. True: the value must be true, as Python has it. None: the value must not be null or an empty string. A missing value is null.
        ignore_case: Whether strings are compared without regard to case.
    """

    path: str
    value: str | tuple[str, ...] | Literal[True] | None = None
    ignore_case: bool = False


class Unless(NamedTuple):
    """The opposite of `When`: it holds if `When` with the same arguments does not.

    Attributes:
        path: The path of the value.
        value: The value that it must not have; see `When`.
        ignore_case: Whether strings are compared without regard to case.
    """

    path: str
    value: str | tuple[str, ...] | Literal[True] | None = None
    ignore_case: bool = False


#: The white space of ASCII, as the core has it.
_BLANKS = " \t\n\r\f"

#: Strings that servers send as the finish reason of an answer that is not finished.
UNSET: Final = ("null", "none", "undefined")


class Reason(NamedTuple):
    """A condition: the value at a path is a finish reason, which is a string that is not blank.

    Attributes:
        path: The path of the value.
        unset: Strings that are not a finish reason, in any case.
    """

    path: str
    unset: tuple[str, ...] = UNSET


#: A condition on a value of an event.
Condition: TypeAlias = When | Unless | Reason


@dataclass(frozen=True)
class Text:
    """A place where a text may be.

    Attributes:
        path: The path of the text. If it ends in `[*]`, the elements themselves are the texts.
        when: A condition on a value in the same element: its path must be the same as `path` up to the last `[*]`.
        as_json: Whether a value that is not a string is a text too: its JSON, as it was sent. Null is never a text.
    """

    path: str
    when: Condition | None = None
    as_json: bool = False


@dataclass(frozen=True)
class Channel:
    """Where a kind of text is in an event.

    Attributes:
        path: The path of the text, or a `Text`, or several of them as alternatives. They may be in different arrays. In each
            element of the innermost array that all of them go through, the first alternative with a text counts, never two.
        index: The path of the number of the choice, content part or tool call that the text belongs to, or None. Every path
            of the channel must begin like it, up to the last `[*]` of the index.
        reads_first: Whether the index that is read by default is the first one with a text, instead of that of the dialect.
            Not for the channel `text`: events and the summary read that one by the index of the dialect.
    """

    path: str | Text | tuple[str | Text, ...]
    index: str | None = None
    reads_first: bool = False

    @property
    def texts(self) -> list[Text]:
        """The alternatives, as a list."""
        alternatives = self.path if isinstance(self.path, tuple) else (self.path,)
        return [Text(one) if isinstance(one, str) else one for one in alternatives]

    @property
    def paths(self) -> list[str]:
        """The paths of the text, as a list."""
        return [text.path for text in self.texts]


@dataclass(frozen=True)
class Row:
    """The entry of a dialect for the events of one name.

    Attributes:
        cls: The name of their class in the dialect's `types`; None if they are not yielded.
        channels: The texts that they may contain, by channel.
        ends: How they end the stream. None: not at all. "payload": the answer is complete, and reading continues. "mark":
            the end marker, which is not yielded. "last": the event is yielded, and nothing is read after it. "reopens": the
            answer is not complete, and an end marker does not complete it before a "payload" does.
        error: Paths at which the error object may be ("" is the payload itself, which may be plain text). The events are
            errors of the server. They are yielded only if `ends` is "last".
        fails: The path of the error of an answer that failed. Iteration does not raise it, readers do.
        usage: The path of the token counts, or several paths that end in the same key. The first one with a value counts.
        when: A condition, or several that must all hold. A name with several rows uses the first row whose conditions hold;
            its last row must have no condition.
        whole: True if the event contains the whole answer. For a whole part of it the paths of the values that identify the
            part. Such a row applies only if its text did not come before: in an event of another name, in pieces, or in an
            event for the same part. Else the next row of the name does.
    """

    cls: str | None
    channels: Mapping[str, Channel] = field(default_factory=dict)
    ends: Literal["payload", "mark", "last", "reopens"] | None = None
    error: tuple[str, ...] | None = None
    fails: str | None = None
    usage: str | tuple[str, ...] | None = None
    when: Condition | tuple[Condition, ...] = ()
    whole: bool | tuple[str, ...] = False

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions, as a tuple."""
        return (self.when,) if isinstance(self.when, (When, Unless, Reason)) else self.when


@dataclass(frozen=True)
class Finish:
    """How payloads say that an answer is complete: there was a finish reason at `path`, for every value seen at `each`.

    A finish reason is a string that is not blank. Null, numbers and objects are not finish reasons. `[DONE]` does not complete
    an answer with such a number or object, unless its finish reasons do.

    Attributes:
        path: The path of the finish reason.
        each: The path of the number of the choice; None if a stream has one answer only.
        fails: Finish reasons of an answer that failed, in any case. Iteration does not raise it, readers do.
        error: The path of an error of a choice, or several paths. An error there means the same.
        unset: Strings that are not a finish reason, in any case.
    """

    path: str
    each: str | None = None
    fails: tuple[str, ...] = ()
    error: str | tuple[str, ...] = ()
    unset: tuple[str, ...] = UNSET

    @property
    def errors(self) -> tuple[str, ...]:
        """The paths of errors, as a tuple."""
        return (self.error,) if isinstance(self.error, str) else self.error

    def has_failed(self, value: object) -> bool:
        """Return whether this finish reason means that the answer failed."""
        return isinstance(value, str) and value.lower() in map(str.lower, self.fails)

    def reason(self, value: object) -> str | None:
        """Return the value if it is a finish reason, else None."""
        if not isinstance(value, str) or not (word := value.strip(_BLANKS).lower()):
            return None
        return None if word in map(str.lower, self.unset) else value


@dataclass(frozen=True)
class PresentKey:
    """The name of an event is a key that is there: the first key that names a row and whose value is not null.

    Attributes:
        path: The keys of the object that has the key, joined by dots; "" is the payload itself.
    """

    path: str = ""


@dataclass(frozen=True, eq=False)
class Dialect:
    """A family of events.

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
        ValueError: A path is invalid, or a rule contradicts another one.
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
            ValueError: A path is invalid, or a rule contradicts another one.
        """
        _check_types(self)
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


_STRING, _STRINGS, _NONE = (str,), (tuple, list), (type(None),)
_CONDITION = (When, Unless, Reason)

#: The classes of the attributes of each part of a dialect. A string in place of a tuple would be read letter by letter.
_TYPES: dict[type, dict[str, tuple[type, ...]]] = {
    Dialect: {
        "name": _STRING,
        "types": _STRING,
        "rows": (Mapping,),
        "named_by": _STRINGS,
        "claims": _STRINGS,
        "skip": _STRINGS,
        "error_key_not_in": _STRINGS,
        "finish": (Finish, *_NONE),
    },
    Row: {
        "cls": _STRING + _NONE,
        "channels": (Mapping,),
        "error": _STRINGS + _NONE,
        "fails": _STRING + _NONE,
        "usage": _STRING + _STRINGS + _NONE,
        "when": (*_CONDITION, tuple),
    },
    Channel: {"path": (str, Text, tuple), "index": _STRING + _NONE},
    Text: {"path": _STRING, "when": _CONDITION + _NONE},
    Finish: {"path": _STRING, "fails": _STRINGS, "unset": _STRINGS},
}


def _parts(dialect: Dialect) -> Iterator[tuple[str, tuple[object, type]]]:
    """Yield the parts of a dialect and the class that each must have, with their places. Outer ones come first."""
    yield "", (dialect, Dialect)
    if dialect.finish is not None:
        yield "finish: ", (dialect.finish, Finish)
    for name, row in dialect.all_rows():
        where = "default: " if name is None else f'row "{name}": '
        yield where, (row, Row)
        for kind, channel in row.channels.items():
            yield f'{where}channel "{kind}": ', (channel, Channel)
            for text in channel.texts:
                yield f'{where}channel "{kind}": path: ', (text, Text)


def _check_types(dialect: Dialect) -> None:
    """Raise ValueError if a part of a dialect, or an attribute of it, is of another class than it must be."""
    for where, (part, cls) in _parts(dialect):
        checks: list[tuple[str, object, tuple[type, ...]]] = [("", part, (cls,))]
        if isinstance(part, cls):
            checks = [(f"{name}: ", getattr(part, name), classes) for name, classes in _TYPES[cls].items()]
        for name, value, classes in checks:
            if not isinstance(value, classes):
                wanted = " or ".join("None" if one is type(None) else one.__name__ for one in classes)
                raise ValueError(f"Invalid dialect {dialect.name}: {where}{name}expected {wanted}, got {value!r}")


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
