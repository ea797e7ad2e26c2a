"""Typed classes over the native `Node`: declared in Python, made and read in Rust.

A model is a view of a decoded JSON object. Its class names the fields, with annotations and nothing
else::

    class TextDelta(Model):
        annotations: Optional[List[AnnotationDelta]] = None
        value: Optional[str] = None

A field that is absent reads as None; a key that the class does not declare is an attribute all the
same. Nested objects become models when they are looked at, not before. Models are mutable (a handler
may keep one as its snapshot), equal by class and content, and can be copied and pickled.

Annotations are evaluated at the first look at an object or array in the field, in the globals of the
class's module, so classes may refer to each other in any order.
"""

from __future__ import annotations

import sys
from reprlib import recursive_repr
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    ForwardRef,
    Iterator,
    Literal,
    Mapping,
    NamedTuple,
    Union,
    get_args,
    get_origin,
)

from . import _core

if TYPE_CHECKING:
    from typing import TypeVar

    from typing_extensions import Self, dataclass_transform

    M = TypeVar("M", bound="Model")
else:

    def dataclass_transform(**_):
        return lambda cls: cls


__all__ = ["Event", "Model", "Object", "UnknownEvent"]


class Object(dict):  # type: ignore[type-arg]
    """A JSON object that no class describes: a dict whose keys are attributes too."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            try:
                if name.startswith("__"):  # Python's own: what a server calls so must not become a method
                    raise KeyError(name)
                value = self[name]
            except KeyError:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}") from None
            if type(value) is dict:
                value = self[name] = Object(value)
            elif type(value) is list:
                value[:] = [Object(item) if type(item) is dict else item for item in value]
            return value

        def __setattr__(self, name: str, value: Any) -> None:
            self[name] = value


@dataclass_transform(kw_only_default=True)
class ModelMeta(type):
    """Turns annotations into fields."""

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> ModelMeta:
        declared = {
            field: (annotation, field not in namespace)
            for field, annotation in namespace.get("__annotations__", {}).items()
            if not field.startswith("__") and not str(annotation).startswith("ClassVar")
        }
        for field in declared:
            namespace.pop(field, None)
        namespace.setdefault("__slots__", ())
        cls = super().__new__(mcls, name, bases, namespace)
        fields: dict[str, Any] = {}
        for base in reversed(cls.__mro__[1:]):
            fields.update(base.__dict__.get("__fields__", {}))
        aliases = getattr(cls, "__aliases__", {})
        for field, (annotation, required) in declared.items():
            fields[field] = _core.Field(field, aliases.get(field, field), annotation, required, cls, _resolve)
            type.__setattr__(cls, field, fields[field])
        cls.__fields__ = fields  # type: ignore[attr-defined]
        return cls


class Model(_core.Node, metaclass=ModelMeta):
    """Base of all models. `Model(**fields)` takes the fields by their Python or wire names."""

    __fields__: ClassVar[dict[str, _core.Field]]

    def __init__(self, **fields: object) -> None:
        known = type(self).__fields__
        tree = {known[name].key if name in known else name: value for name, value in fields.items()}
        missing = [name for name, field in known.items() if field.required and field.key not in tree]
        if missing:
            raise TypeError(f"{type(self).__name__}() is missing the fields {', '.join(missing)}")
        _core.node_set_tree(self, tree)

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **fields: Any) -> Self:
        """The same without asking for the required fields."""
        known = cls.__fields__
        return _core.node_new(cls, None, {known[n].key if n in known else n: v for n, v in fields.items()}, None)

    @classmethod
    def model_validate(cls, obj: Any) -> Self:
        """A model of a mapping, or of another model's content. TypeError for anything else."""
        if isinstance(obj, _core.Node):
            obj = _plain(obj)
        if not isinstance(obj, Mapping):
            raise TypeError(f"expected a mapping for {cls.__name__}, got {type(obj).__name__}")
        return _core.node_new(cls, None, dict(obj), None)

    def to_dict(
        self,
        *,
        mode: Literal["json", "python"] = "python",
        use_api_names: bool = True,
        exclude_unset: bool = True,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        warnings: bool = True,
    ) -> dict[str, object]:
        """The content as plain dicts and lists; by default the fields that were sent, under their wire names."""
        content: dict[str, object] = _dump(self, _Left(use_api_names, exclude_unset, exclude_defaults, exclude_none))
        return content

    def to_json(
        self,
        *,
        indent: int | None = 2,
        use_api_names: bool = True,
        exclude_unset: bool = True,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        warnings: bool = True,
    ) -> str:
        """`to_dict` as JSON text."""
        content = _dump(self, _Left(use_api_names, exclude_unset, exclude_defaults, exclude_none))
        return _json_text(content, indent)

    def model_dump(
        self,
        *,
        mode: str = "python",
        by_alias: bool | None = None,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        **_: object,
    ) -> dict[str, Any]:
        """The content as plain dicts and lists; by default all fields, absent ones as None."""
        content: dict[str, Any] = _dump(self, _Left(bool(by_alias), exclude_unset, exclude_defaults, exclude_none))
        return content

    def model_dump_json(
        self,
        *,
        indent: int | None = None,
        by_alias: bool | None = None,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        **_: object,
    ) -> str:
        """`model_dump` as JSON text."""
        content = _dump(self, _Left(bool(by_alias), exclude_unset, exclude_defaults, exclude_none))
        return _json_text(content, indent)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy; shallow unless `deep`, with the fields of `update` replaced."""
        copied = self.__deepcopy__() if deep else self.__copy__()
        for name, value in (update or {}).items():
            setattr(copied, name, value)
        return copied

    @property
    def model_fields_set(self) -> set[str]:
        """Names of the fields that were sent or set, undeclared ones included."""
        names = {field.key: name for name, field in type(self).__fields__.items()}
        return {names.get(key, key) for key in _tree(self)}

    @property
    def model_extra(self) -> dict[str, Any]:
        """What was sent beyond the declared fields."""
        tree = _tree(self)
        return {key: tree[key] for key in _extra_keys(self)}  # not getattr: a key may be the name of a method

    @property
    def _request_id(self) -> str | None:
        """The server's id of the request that this is the answer to; AttributeError for what is only a part of one."""
        return _core.node_tree(self).request_id  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        for name in type(self).__fields__:
            yield name, getattr(self, name)
        yield from self.model_extra.items()

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return self is other or _is_same(self, other) or dict(Model.__iter__(self)) == dict(Model.__iter__(other))

    __hash__ = None  # type: ignore[assignment]

    @recursive_repr("...")
    def __repr__(self) -> str:
        from .errors import EventDecodeError

        try:
            content = ", ".join(
                f"{name}={value!r}" for name, value in Model.__iter__(self)
            )  # a page iterates its items
        except EventDecodeError as error:  # whoever prints an event looks for its fault; that must not raise
            content = f"raw={error.raw!r}"
        return f"{type(self).__name__}({content})"

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_extra_keys(self)})

    def __copy__(self) -> Self:
        tree = _core.node_tree(self, decode=False)
        return _core.node_new(
            type(self), _core.node_raw(self), None if tree is None else dict(tree), _core.node_row(self)
        )

    def __deepcopy__(self, memo: object = None) -> Self:
        copied: Self = _restore(*self.__reduce__()[1])
        return copied

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        row, tree = _core.node_row(self), _core.node_tree(self, decode=False)
        named = None if row is None else (row.dialect, row.name)
        return _restore, (type(self), _core.node_raw(self), None if tree is None else _plain(tree), named)


class Event(Model):
    """Base of the typed events of a stream. An event owns its payload and outlives its stream."""

    @property
    def raw(self) -> bytes:
        """The payload as it came; of an event that was not received, its content as JSON."""
        raw = _core.node_raw(self)
        return _encoded(self) if raw is None else raw

    @property
    def text(self) -> str | None:
        """The text that the event adds on the channel `text`, all its parts joined; None if it adds none.

        Raises `EventDecodeError` if the payload turns out to be no JSON.
        """
        return text_of(self)

    def json(self) -> Any:
        """The payload as plain dicts and lists. `EventDecodeError` if it is no JSON."""
        from ._json import loads

        return loads(self.raw, event_name(self))


class UnknownEvent(Event):
    """An event of a name that the dialect does not know: nothing vanishes, nothing is mis-typed."""

    @property
    def name(self) -> str:
        """The event's name on the wire."""
        return event_name(self)

    if TYPE_CHECKING:

        @property
        def event(self) -> str: ...

        @property
        def data(self) -> Any: ...

    else:
        event = name

        @property
        def data(self):
            tree = _tree(self)
            if "data" in tree:
                if type(tree["data"]) is dict:
                    tree["data"] = Object(tree["data"])
                return tree["data"]
            return Object(tree)


def event_name(event: Event) -> str:
    """The event's name on the wire; empty if it has none."""
    row = _core.node_row(event)
    return "" if row is None else row.name


def text_of(event: Event, channel: str = "text", index: Any = ...) -> str | None:
    """The text that `event` adds on `channel`, of one index, of all (None) or of the dialect's choice (...)."""
    row = _core.node_row(event)
    if row is None:
        from .dialects import row_of

        row = row_of(event)
        if row is None:
            return None
    raw = event.raw
    try:
        return _core.payload_text(row, raw, channel, None if index is ... else index, index is ...)
    except ValueError as error:
        from .errors import EventDecodeError

        why, at = error.args
        raise EventDecodeError(row.name, raw, f"{why} at byte {at}") from None


def _is_same(a: Any, b: Any) -> bool:
    """Two events that nobody has looked at, with the same payload under the same name."""
    untouched = _core.node_tree(a, decode=False) is None and _core.node_tree(b, decode=False) is None
    return untouched and _core.node_raw(a) == _core.node_raw(b) and event_name(a) == event_name(b)


def _tree(node: Model) -> dict[str, Any]:
    tree: dict[str, Any] = _core.node_tree(node)
    return tree


def _extra_keys(node: Model) -> list[str]:
    declared = {field.key for field in type(node).__fields__.values()}
    return [key for key in _tree(node) if key not in declared]


def _encoded(event: Event) -> bytes:
    from ._json import dumps

    row, tree = _core.node_row(event), _tree(event)
    wrapped = "data" in tree and (row is None or row.dialect == "assistants")
    return dumps(tree["data"] if wrapped else tree, default=_core.node_tree)


def _plain(value: Any) -> Any:
    """Dicts and lists all the way down, sharing nothing."""
    if isinstance(value, _core.Node):
        value = _core.node_tree(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


class _Left(NamedTuple):
    """How fields are named in a dump, and which are left out."""

    wire_names: bool
    unset: bool
    defaults: bool
    none: bool


def _dump(value: Any, left: _Left) -> Any:
    if isinstance(value, Model):
        value = _content(value, left)
    if isinstance(value, dict):
        items = {key: _dump(item, left) for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not None} if left.none else items
    if isinstance(value, list):
        return [_dump(item, left) for item in value]
    return value


def _content(model: Model, left: _Left) -> dict[str, Any]:
    tree, content = _tree(model), {}
    for name, field in type(model).__fields__.items():
        value = getattr(model, name)
        if (left.unset and field.key not in tree) or (left.defaults and value is None and not field.required):
            continue
        content[field.key if left.wire_names else name] = value
    return {**content, **model.model_extra}


def _json_text(content: Any, indent: int | None) -> str:
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


def _restore(cls: type[M], raw: bytes | None, tree: Any, named: tuple[str, str] | None) -> M:
    """A model from its parts: what pickle and copy call."""
    row = None
    if named is not None:
        from .dialects import row_named

        row = row_named(*named)
    return _core.node_new(cls, raw, tree if tree is None else _plain(tree), row)


# What becomes of the objects in a field: see `parse_kind` in rust/py/src/node.rs.


def _resolve(owner: type, annotation: Any) -> Any:
    """What the native field needs to know of an annotation."""
    return _spec(annotation, vars(sys.modules[owner.__module__]))


def _evaluated(tp: Any, names: dict[str, Any]) -> Any:
    """A type that may be written as a string, also inside another one; a generic model is its class."""
    if isinstance(tp, ForwardRef):
        tp = tp.__forward_arg__
    tp = eval(tp, names) if isinstance(tp, str) else tp
    return get_origin(tp) if isinstance(get_origin(tp), ModelMeta) else tp


def _spec(tp: Any, names: dict[str, Any]) -> Any:
    tp = _evaluated(tp, names)
    if isinstance(tp, ModelMeta):
        return tp
    origin, args = get_origin(tp), get_args(tp)
    if origin is list:
        return [_spec(args[0], names)]
    if origin is dict:
        return "keep"
    if origin is Union or type(tp).__name__ == "UnionType":
        return _union_spec(list(_flat(args, names)), names)
    return None


def _flat(types: Any, names: dict[str, Any]) -> Iterator[Any]:
    """The members of a union, and of the unions in it, but for None."""
    for tp in (_evaluated(tp, names) for tp in types):
        if get_origin(tp) is Union or type(tp).__name__ == "UnionType":
            yield from _flat(get_args(tp), names)
        elif tp is not type(None):
            yield tp


def _union_spec(types: list[Any], names: dict[str, Any]) -> Any:
    models = [tp for tp in types if isinstance(tp, ModelMeta)]
    if len(models) == 1 and len(types) == 1:
        return models[0]
    if models:
        return _tagged(models)
    return next((spec for tp in types if (spec := _spec(tp, names)) is not None), None)


def _tagged(models: list[Any]) -> Any:
    """A union of models is told apart by a field that has its own literal values in each of them."""
    for key in ("type", "event", "object", "role"):
        values = {model: _literals(model, key) for model in models}
        if any(values.values()):
            classes: dict[str, Any] = {}
            for model in models:
                for value in values[model]:
                    classes.setdefault(value, model)
            return key, classes, None
    return models[0]


def _literals(model: Any, name: str) -> tuple[Any, ...]:
    field = model.__fields__.get(name)
    if field is None:
        return ()
    names = vars(sys.modules[field.owner.__module__])
    members = _flat([field.annotation], names)
    return tuple(value for member in members if get_origin(member) is Literal for value in get_args(member))
