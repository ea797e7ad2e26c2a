"""Checks of a declaration before it is compiled: each attribute has the class that it must have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .parts import Channel, Finish, PresentKey, Reason, Row, Text, Unless, When

__all__ = ["check_declaration"]

_CONDITIONS = (When, Unless, Reason)


class _Kind(NamedTuple):
    """The values that an attribute may have.

    Attributes:
        wanted: The kind in words.
        classes: The classes of single values.
        elements: The classes of the elements of a container, or of the keys of a mapping. A string in place of a tuple would
            be read letter by letter.
        containers: The classes of containers.
        also: More values, such as None.
        hint: What to write instead of another value.
        may_be_empty: Whether a container may be empty.
    """

    wanted: str
    classes: tuple[type, ...] = ()
    elements: tuple[type, ...] = ()
    containers: tuple[type, ...] = (tuple, list)
    also: tuple[object, ...] = ()
    hint: str = ""
    may_be_empty: bool = True

    def accepts(self, value: object) -> bool:
        """Return whether an attribute may have this value."""
        if any(value is one for one in self.also):
            return True
        if isinstance(value, (bool, *_CONDITIONS)):  # bool is a subclass of int, and conditions are tuples
            return type(value) in self.classes
        if isinstance(value, (tuple, list, Mapping)) and isinstance(value, self.containers):
            may_be = bool(self.elements) and (self.may_be_empty or len(value) > 0)
            return may_be and all(isinstance(one, self.elements) for one in value)
        return isinstance(value, self.classes)

    def problem(self, name: str, value: object) -> str:
        """Return what is wrong with a value of the attribute `name`."""
        return f"{name}: expected {self.wanted}, got {value!r}.{self.hint}"


_BOOL, _STRING, _STRINGS = _Kind("bool", (bool,)), _Kind("str", (str,)), _Kind("tuple or list of str", (), (str,))
_STRING_OR_NONE = _Kind("str or None", (str,), also=(None,))
_STRING_OR_STRINGS = _Kind("str or tuple or list of str", (str,), (str,))
_CONDITION = {
    "path": _STRING,
    "value": _Kind(
        *("str, tuple of str, True or None", (str,), (str,), (tuple,), (True, None)),
        ' Write a number, true or false as text: When(path, "1").',
        may_be_empty=False,
    ),
    "ignore_case": _BOOL,
}

#: The attributes of a dialect.
_DIALECT = {
    "name": _STRING,
    "types": _STRING,
    "rows": _Kind("Mapping with keys that are str", (), (str,), (Mapping,)),
    "named_by": _Kind("tuple or list of str or PresentKey", (), (str, PresentKey)),
    "payload": _STRING_OR_NONE,
    "finish": _Kind("Finish or None", (Finish,), also=(None,)),
    "index": _Kind("int or None", (int,), also=(None,)),
    "done_completes": _BOOL,
    "claims": _STRINGS,
    "error_key": _STRING_OR_NONE,
    "error_key_not_in": _STRINGS,
    "error_field": _STRING_OR_NONE,
    "skip": _STRINGS,
    "name_key": _STRING_OR_NONE,
    "data_key": _STRING_OR_NONE,
}

#: The attributes of its parts.
_KINDS: dict[type, dict[str, _Kind]] = {
    Row: {
        "cls": _STRING_OR_NONE,
        "channels": _Kind("Mapping with keys that are str", (), (str,), (Mapping,)),
        "ends": _STRING_OR_NONE,
        "error": _Kind("tuple or list of str, or None", (), (str,), also=(None,), may_be_empty=False),
        "fails": _STRING_OR_NONE,
        "usage": _Kind("str, tuple or list of str, or None", (str,), (str,), also=(None,)),
        "when": _Kind("When, Unless, Reason or a tuple of them", _CONDITIONS, _CONDITIONS, (tuple,)),
        "whole": _Kind("bool or tuple or list of str", (bool,), (str,)),
    },
    Channel: {
        "path": _Kind("str, Text or a tuple of them", (str, Text), (str, Text), (tuple,)),
        "index": _STRING_OR_NONE,
        "reads_first": _BOOL,
    },
    Text: {
        "path": _STRING,
        "when": _Kind("When, Unless, Reason or None", _CONDITIONS, also=(None,)),
        "as_json": _BOOL,
    },
    Finish: {
        "path": _STRING,
        "each": _STRING_OR_NONE,
        "fails": _STRINGS,
        "error": _STRING_OR_STRINGS,
        "unset": _STRINGS,
    },
    PresentKey: {"path": _STRING},
    When: _CONDITION,
    Unless: _CONDITION,
    Reason: {"path": _STRING, "unset": _STRINGS},
}


def check_declaration(dialect: Any) -> None:
    """Raise ValueError if a part of a `Dialect`, or an attribute of it, is of another class than it must be."""
    for where, part, cls in _parts(dialect):
        problem = f"expected {cls.__name__}, got {part!r}"
        if isinstance(part, cls):
            kinds = _KINDS.get(cls, _DIALECT)
            wrong = next((name for name, kind in kinds.items() if not kind.accepts(getattr(part, name))), None)
            if wrong is None and not (isinstance(part, Row) and _lacks_class(part)):
                continue
            problem = _NO_CLASS if wrong is None else kinds[wrong].problem(wrong, getattr(part, wrong))
        raise ValueError(f"Invalid dialect {dialect.name}: {where}{problem}")


def _parts(dialect: Any) -> Iterator[tuple[str, object, type]]:
    """Yield the parts of a dialect with their places, and the class that each must have. Outer ones come first."""
    yield "", dialect, type(dialect)
    yield from (("named_by: ", by, PresentKey) for by in dialect.named_by if not isinstance(by, str))
    if dialect.finish is not None:
        yield "finish: ", dialect.finish, Finish
    for name, row in dialect.all_rows():
        where = "default: " if name is None else f'row "{name}": '
        yield where, row, Row
        yield from ((f"{where}when: ", condition, type(condition)) for condition in row.conditions)
        for kind, channel in row.channels.items():
            yield f'{where}channel "{kind}": ', channel, Channel
            for text in channel.texts:
                yield f'{where}channel "{kind}": path: ', text, Text
                if text.when is not None:
                    yield f'{where}channel "{kind}": path: when: ', text.when, type(text.when)


_NO_CLASS = (
    "cls is None, but the events are yielded. Name a class, such as UnknownEvent. "
    "To ignore events, list their names in skip= of the dialect."
)


def _lacks_class(row: Row) -> bool:
    """Return whether the events of a row are yielded but have no class."""
    is_yielded = row.ends != "mark" if row.error is None else row.ends == "last"
    return row.cls is None and is_yielded
