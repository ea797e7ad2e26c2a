"""Models as plain dicts and lists, and as JSON text.

The decoded tree is walked with the kinds of the fields, so that nothing becomes a model on the way. Names and order of
the keys, and what is left out, are those of pydantic.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ssescan import _core

from .field_types import kind_of

__all__ = ["How", "json_text", "own", "plain", "sent", "written"]

_ABSENT = object()
#: Nothing more is done with these.
_SCALARS = frozenset({str, int, float, bool, type(None)})


class How(NamedTuple):
    """How fields are named in a dump, and which are left out."""

    wire_names: bool
    unset: bool = False
    defaults: bool = False
    none: bool = False
    #: It is for a server, which does not know the fields that were added here: the `__api_exclude__` of classes.
    sent: bool = False


class _Line(NamedTuple):
    """A field of a class."""

    name: str
    key: str
    required: bool
    kind: Any


def written(model: _core.Node, how: How, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    """The content of `model` as plain dicts and lists that it does not share.

    `include`, `exclude`: names of fields, or a mapping from them to what of their value; in lists, positions or
    "__all__". None: no choice is made.
    """
    if include is None and exclude is None:
        return _content(type(model), _core.node_tree(model), how)
    return _chosen_content(type(model), _core.node_tree(model), how, include, exclude)


def sent(model: _core.Node) -> dict[str, Any]:
    """The content of `model` as it is sent when it is input of a call: what was set, under the wire names."""
    return written(model, How(wire_names=True, unset=True, sent=True))


def plain(value: Any) -> Any:
    """Dicts and lists all the way down, sharing nothing, as they came."""
    kind = type(value)
    if kind in _SCALARS:
        return value
    if isinstance(value, _core.Node):
        value = _core.node_tree(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def own(value: Any) -> Any:
    """`value` with dicts and lists of its own, since those under a model change when they are looked at."""
    if isinstance(value, dict):
        return {key: own(item) for key, item in value.items()}
    return [own(item) for item in value] if isinstance(value, list) else value


def _content(cls: Any, tree: dict[str, Any], how: How) -> dict[str, Any]:
    lines, keys = _lines_of(cls)
    unset, none, defaults = how.unset, how.none, how.defaults
    left_out = getattr(cls, "__api_exclude__", ()) if how.sent else ()
    wire_names = how.wire_names
    content: dict[str, Any] = {}
    for name, key, required, kind in lines:
        value = tree.get(key, _ABSENT)
        if value is _ABSENT:
            if unset:
                continue
            value = None
        if (value is None and (none or (defaults and not required))) or name in left_out:
            continue
        content[key if wire_names else name] = value if type(value) in _SCALARS else _value(value, kind, how)
    if len(content) != len(tree) or not keys.issuperset(tree):
        for key, value in tree.items():
            if key not in keys and not (none and value is None):
                content[key] = _value(value, None, how)
    return content


def _value(value: Any, kind: Any, how: How) -> Any:
    if isinstance(value, dict):
        kind = _told(kind, value)
        if isinstance(kind, type):
            return _content(kind, value, how)
        inner = kind["*"] if type(kind) is dict else None
        return {key: item if type(item) in _SCALARS else _value(item, inner, how) for key, item in value.items()}
    if isinstance(value, list):
        inner = kind[0] if type(kind) is list else None
        return [item if type(item) in _SCALARS else _value(item, inner, how) for item in value]
    if isinstance(value, _core.Node):
        return _content(type(value), _core.node_tree(value), how)
    if hasattr(value, "__later__"):  # made when somebody looks
        return _value(value.__later__(), kind, how)
    return _foreign(value, how)


def _told(kind: Any, tree: dict[str, Any]) -> Any:
    """The kind of an object in a field of `kind`, when the object has told which class of a union it is of."""
    while type(kind) is tuple:
        key, kinds, other = kind
        tag = tree.get(key)
        kind = kinds.get(tag, other) if isinstance(tag, str) else other
    return kind


def _foreign(value: Any, how: How) -> Any:
    """What somebody put there: models of pydantic's are written by themselves."""
    if hasattr(value, "model_dump"):
        return value.model_dump(
            by_alias=how.wire_names, exclude_unset=how.unset, exclude_defaults=how.defaults, exclude_none=how.none
        )
    return value


def _lines_of(cls: Any) -> tuple[list[_Line], frozenset[str]]:
    """The fields of a class, and their keys; made at the first dump and kept by the class itself."""
    made = cls.__dict__.get("__lines__")
    if made is None:
        fields = cls.__fields__.items()
        lines = [
            _Line(name, field.key, field.required, kind_of(field.owner, field.annotation)) for name, field in fields
        ]
        made = lines, frozenset(line.key for line in lines)
        cls.__lines__ = made
    known: tuple[list[_Line], frozenset[str]] = made
    return known


# What `include` and `exclude` choose: the same walk, as seldom as it is asked for


def _chosen_content(cls: Any, tree: dict[str, Any], how: How, include: Any, exclude: Any) -> dict[str, Any]:
    """All of it is written, and what was chosen is taken from the value that it came from."""
    lines, keys = _lines_of(cls)
    whole = _content(cls, tree, how)
    parts = [(line.name, line.key if how.wire_names else line.name, line.key, line.kind) for line in lines]
    parts += [(key, key, key, None) for key in tree if key not in keys]
    content = {}
    for name, shown, key, kind in parts:
        if shown in whole and (part := _part(include, exclude, (name,))) is not None:
            content[shown] = _chosen(tree.get(key), kind, how, *part)
    return content


def _chosen(value: Any, kind: Any, how: How, include: Any, exclude: Any) -> Any:
    if include is None and exclude is None:
        return _value(value, kind, how)
    if isinstance(value, _core.Node):
        return _chosen_content(type(value), _core.node_tree(value), how, include, exclude)
    if isinstance(value, list):
        inner = kind[0] if type(kind) is list else None
        items = [(item, _part(include, exclude, (at, at - len(value), "__all__"))) for at, item in enumerate(value)]
        return [_chosen(item, inner, how, *part) for item, part in items if part is not None]
    if hasattr(value, "__later__"):
        return _chosen(value.__later__(), kind, how, include, exclude)
    if not isinstance(value, dict):
        return _value(value, kind, how)
    kind = _told(kind, value)
    if isinstance(kind, type):
        return _chosen_content(kind, value, how, include, exclude)
    inner = kind["*"] if type(kind) is dict else None
    of_keys = [(key, item, _part(include, exclude, (key,))) for key, item in value.items()]
    return {key: _chosen(item, inner, how, *part) for key, item, part in of_keys if part is not None}


def _part(include: Any, exclude: Any, names: tuple[Any, ...]) -> tuple[Any, Any] | None:
    """What of a value that is reached by `names` is included and excluded; None if nothing of it is left."""
    left_out = _said(exclude, names)
    if left_out is True:
        return None
    if include is None:
        return None, left_out
    taken = _said(include, names, denied=True)
    return None if taken is None else (None if taken is True else taken, left_out)


def _said(choice: Any, names: tuple[Any, ...], *, denied: Any = None) -> Any:
    """What `choice` says of them: None for nothing, True for all of it, or a mapping. `denied`: what False means."""
    if choice is None:
        return None
    said: list[Any] = [choice[name] if isinstance(choice, Mapping) else True for name in names if name in choice]
    said = [denied if part is False or part is None else part for part in said]
    if any(part is True or part is ... for part in said):
        return True
    parts = [part if isinstance(part, Mapping) else dict.fromkeys(part, True) for part in said if part]
    return {name: part[name] for part in parts for name in part} or None


# Text


def json_text(content: Any, indent: int | None) -> str:
    """`content` as JSON, written as pydantic writes it."""
    from ._json import dumps

    if indent in (None, 2):
        return dumps(content, indent=indent == 2).decode()
    import json

    text = json.dumps(content, indent=indent, ensure_ascii=False)
    # Lone surrogates can't be written as UTF-8, only escaped.
    return text if text.isascii() or _is_utf8(text) else json.dumps(content, indent=indent)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
