"""Models as plain dicts and lists, and as JSON text.

A dump walks the decoded JSON together with the types of the fields, so that no models are made on the way. Names and order
of the keys, and the fields that are left out, are those of pydantic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ssescan import _core

from .field_types import field_type_of

__all__ = [
    "DumpOptions",
    "copy_containers",
    "default_of",
    "dump",
    "dump_for_request",
    "dump_object",
    "json_text",
    "to_plain",
]

_ABSENT = object()
#: Types that a dump returns as they are.
_SCALARS = frozenset({str, int, float, bool, type(None)})


class DumpOptions(NamedTuple):
    """How a dump names fields, and which fields it leaves out.

    Attributes:
        wire_names: True for the names of the JSON, False for the names of the Python attributes.
        unset: True to leave out fields that are absent.
        defaults: True to leave out fields that have their default.
        none: True to leave out fields that are None.
        for_request: True to leave out the fields that a server does not accept (`__api_exclude__` of the class).
    """

    wire_names: bool
    unset: bool = False
    defaults: bool = False
    none: bool = False
    for_request: bool = False


class FieldSpec(NamedTuple):
    """A field of a class, as a dump needs it."""

    name: str
    key: str
    required: bool
    field_type: Any
    default: Any


def default_of(cls: Any, name: str) -> Any:
    """Return the value of a field that is absent."""
    for base in cls.__mro__:
        if name in vars(base):
            return getattr(vars(base)[name], "default", None)
    return None


def dump(model: _core.Node, options: DumpOptions, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    """Return the content of `model` as new dicts and lists.

    Args:
        model: The model.
        options: How fields are named, and which are left out.
        include: Names of fields, or a mapping from names to what of their value; in lists, positions or "__all__". None
            includes everything.
        exclude: The same for what to leave out. None leaves nothing out.
    """
    try:
        if include is None and exclude is None:
            return _content(type(model), _core.node_tree(model), options)
        return _chosen_content(type(model), _core.node_tree(model), options, include, exclude)
    except RecursionError:
        name = type(model).__name__
        raise ValueError(f"Cannot copy {name}: its content is nested too deeply. Its JSON is in `raw`.") from None


def dump_object(tree: dict[str, Any], options: DumpOptions, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    """Return the content of an object without a class as new dicts and lists. Takes the arguments of `dump`."""
    content: dict[str, Any] = _chosen(dict(tree), None, options, include, exclude)
    return _without_none(content) if options.none else content


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, list) else value


def dump_for_request(model: _core.Node) -> dict[str, Any]:
    """Return the content of `model` as a request sends it: the fields that are set, under their wire names."""
    return dump(model, DumpOptions(wire_names=True, unset=True, for_request=True))


def to_plain(value: Any) -> Any:
    """Return a copy in which all models are dicts, at every depth."""
    try:
        return _to_plain(value)
    except RecursionError:
        return _copied(value, _plain_container)


def copy_containers(value: Any) -> Any:
    """Return `value` with copies of its dicts and lists. Those of a model change when its fields are read."""
    try:
        return _copy_containers(value)
    except RecursionError:
        return _copied(value, _container)


def _to_plain(value: Any) -> Any:
    field_type = type(value)
    if field_type in _SCALARS:
        return value
    if isinstance(value, _core.Node):
        value = _core.node_tree(value)
    if isinstance(value, dict):
        return {key: _to_plain(item) for key, item in value.items()}
    return [_to_plain(item) for item in value] if isinstance(value, list) else value


def _copy_containers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy_containers(item) for key, item in value.items()}
    return [_copy_containers(item) for item in value] if isinstance(value, list) else value


def _copied(value: Any, copy: Callable[[Any], Any]) -> Any:
    """Return `value` with `copy` applied to all in it.

    Slower than recursion, but JSON may be nested deeper than Python can recurse.
    """
    root = [value]
    containers: list[Any] = [root]
    for container in containers:  # it grows
        items = container.items() if type(container) is dict else enumerate(container)
        for key, item in items:
            container[key] = item = copy(item)
            if type(item) in (dict, list):
                containers.append(item)
    return root[0]


def _plain_container(value: Any) -> Any:
    return _container(_core.node_tree(value) if isinstance(value, _core.Node) else value)


def _container(value: Any) -> Any:
    """Return a copy of a dict or list as a plain one; other values unchanged."""
    if isinstance(value, dict):
        return dict(value)
    return list(value) if isinstance(value, list) else value


def _content(cls: Any, tree: dict[str, Any], options: DumpOptions) -> dict[str, Any]:
    specs, keys = _specs_of(cls)
    unset, none, defaults = options.unset, options.none, options.defaults
    left_out = getattr(cls, "__api_exclude__", ()) if options.for_request else ()
    wire_names = options.wire_names
    content: dict[str, Any] = {}
    for name, key, required, field_type, default in specs:
        value = tree.get(key, _ABSENT)
        if value is _ABSENT:
            if unset:
                continue
            value = default
        if (value is None and none) or (defaults and not required and value == default) or name in left_out:
            continue
        content[key if wire_names else name] = value if type(value) in _SCALARS else _value(value, field_type, options)
    if len(content) != len(tree) or not keys.issuperset(tree):
        for key, value in tree.items():
            if key not in keys and not (none and value is None):
                content[key] = _value(value, None, options)
    return content


def _value(value: Any, field_type: Any, options: DumpOptions) -> Any:
    if isinstance(value, dict):
        field_type = _resolve_union(field_type, value)
        if isinstance(field_type, type):
            return _content(field_type, value, options)
        inner = field_type["*"] if type(field_type) is dict else None
        return {key: item if type(item) in _SCALARS else _value(item, inner, options) for key, item in value.items()}
    if isinstance(value, list):
        inner = field_type[0] if type(field_type) is list else None
        return [item if type(item) in _SCALARS else _value(item, inner, options) for item in value]
    if isinstance(value, _core.Node):
        return _content(type(value), _core.node_tree(value), options)
    if hasattr(value, "__later__"):  # a value that is computed when it is read
        return _value(value.__later__(), field_type, options)
    return _foreign(value, options)


def _resolve_union(field_type: Any, tree: dict[str, Any]) -> Any:
    """Return the class of an object in a field that is a union; other field types unchanged."""
    while type(field_type) is tuple:
        key, field_types, other = field_type
        tag = tree.get(key)
        field_type = field_types.get(tag, other) if isinstance(tag, str) else other
    return field_type


def _foreign(value: Any, options: DumpOptions) -> Any:
    """Return a value of another library; models of pydantic dump themselves."""
    if hasattr(value, "model_dump"):
        return value.model_dump(
            by_alias=options.wire_names,
            exclude_unset=options.unset,
            exclude_defaults=options.defaults,
            exclude_none=options.none,
        )
    return value


def _specs_of(cls: Any) -> tuple[list[FieldSpec], frozenset[str]]:
    """Return the fields of a class and their keys. They are made at the first dump and kept on the class."""
    made = cls.__dict__.get("__field_specs__")
    if made is None:
        fields = cls.__fields__.items()
        specs = [
            FieldSpec(
                name,
                field.key,
                field.required,
                field_type_of(field.owner, field.annotation),
                default_of(cls, name),
            )
            for name, field in fields
        ]
        made = specs, frozenset(spec.key for spec in specs)
        cls.__field_specs__ = made
    known: tuple[list[FieldSpec], frozenset[str]] = made
    return known


# Dumps with `include` or `exclude`


def _chosen_content(cls: Any, tree: dict[str, Any], options: DumpOptions, include: Any, exclude: Any) -> dict[str, Any]:
    """Dump the fields that `include` and `exclude` select."""
    specs, keys = _specs_of(cls)
    whole = _content(cls, tree, options)
    parts = [(spec.name, spec.key if options.wire_names else spec.name, spec.key, spec.field_type) for spec in specs]
    parts += [(key, key, key, None) for key in tree if key not in keys]
    content = {}
    for name, shown, key, field_type in parts:
        if shown in whole and (part := _part(include, exclude, (name,))) is not None:
            content[shown] = _chosen(tree.get(key), field_type, options, *part)
    return content


def _chosen(value: Any, field_type: Any, options: DumpOptions, include: Any, exclude: Any) -> Any:
    if include is None and exclude is None:
        return _value(value, field_type, options)
    if isinstance(value, _core.Node):
        return _chosen_content(type(value), _core.node_tree(value), options, include, exclude)
    if isinstance(value, list):
        inner = field_type[0] if type(field_type) is list else None
        items = [(item, _part(include, exclude, (at, at - len(value), "__all__"))) for at, item in enumerate(value)]
        return [_chosen(item, inner, options, *part) for item, part in items if part is not None]
    if hasattr(value, "__later__"):
        return _chosen(value.__later__(), field_type, options, include, exclude)
    if not isinstance(value, dict):
        return _value(value, field_type, options)
    field_type = _resolve_union(field_type, value)
    if isinstance(field_type, type):
        return _chosen_content(field_type, value, options, include, exclude)
    inner = field_type["*"] if type(field_type) is dict else None
    of_keys = [(key, item, _part(include, exclude, (key,))) for key, item in value.items()]
    return {key: _chosen(item, inner, options, *part) for key, item, part in of_keys if part is not None}


def _part(include: Any, exclude: Any, names: tuple[Any, ...]) -> tuple[Any, Any] | None:
    """Return the `include` and `exclude` for the value at `names`; None if the value is left out."""
    left_out = _selected(exclude, names)
    if left_out is True:
        return None
    if include is None:
        return None, left_out
    taken = _selected(include, names, denied=True)
    return None if taken is None else (None if taken is True else taken, left_out)


def _selected(choice: Any, names: tuple[Any, ...], *, denied: Any = None) -> Any:
    """Return the part of `choice` for the value at `names`: None for nothing, True for all of it, or a mapping.

    `denied` is the meaning of False in `choice`.
    """
    if choice is None:
        return None
    parts: list[Any] = [choice[name] if isinstance(choice, Mapping) else True for name in names if name in choice]
    parts = [denied if part is False or part is None else part for part in parts]
    if any(part is True or part is ... for part in parts):
        return True
    parts = [part if isinstance(part, Mapping) else dict.fromkeys(part, True) for part in parts if part]
    return {name: part[name] for part in parts for name in part} or None


# Text


def json_text(content: Any, indent: int | None) -> str:
    """Return `content` as JSON text, formatted as pydantic formats it."""
    from ._json import dumps

    if indent in (None, 2):
        return dumps(content, indent=indent == 2).decode()
    import json

    text = json.dumps(content, indent=indent, ensure_ascii=False)
    # UTF-8 cannot encode lone surrogates, so they are escaped.
    return text if text.isascii() or _is_utf8(text) else json.dumps(content, indent=indent)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
