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

import re
from copy import copy
from reprlib import recursive_repr
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Iterator,
    Literal,
    Mapping,
    NamedTuple,
    Self,
    TypeVar,
    dataclass_transform,
)

from ssescan import _core
from ssescan.errors import EventDecodeError

from .dump import How, json_text, own, plain, written
from .field_types import annotations_of, evaluated, kind_of

M = TypeVar("M", bound="Model")


__all__ = ["FieldInfo", "Model", "ModelMeta", "Object", "ValidationError", "restore", "row_name", "tree_of"]


class ValidationError(ValueError, TypeError):
    """A model can't be made of what was given."""


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
            for field, annotation in annotations_of(namespace).items()
            if not field.startswith("__") and not _is_of_the_class(annotation)
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
            fields[field] = _core.Field(field, aliases.get(field, field), annotation, required, cls, kind_of)
            type.__setattr__(cls, field, fields[field])
        cls.__fields__ = fields  # type: ignore[attr-defined]
        return cls

    @property
    def model_fields(cls) -> dict[str, FieldInfo]:
        """The declared fields by their Python names."""
        return {name: FieldInfo.of(field) for name, field in cls.__fields__.items()}  # type: ignore[attr-defined]


def _is_of_the_class(annotation: Any) -> bool:
    return re.match(r"(typing\.)?ClassVar\b", str(annotation)) is not None


class FieldInfo(NamedTuple):
    """What is known of a declared field. `alias`: its name on the wire, if that is another one."""

    annotation: Any
    alias: str | None
    required: bool
    default: Any = None

    @classmethod
    def of(cls, field: _core.Field) -> FieldInfo:
        import sys

        annotation = evaluated(field.annotation, vars(sys.modules[field.owner.__module__]))
        return cls(annotation, None if field.key == field.name else field.key, field.required)

    def is_required(self) -> bool:
        return self.required


class Model(_core.Node, metaclass=ModelMeta):
    """Base of all models. `Model(**fields)` takes the fields by their Python or wire names."""

    __fields__: ClassVar[dict[str, _core.Field]]

    def __init__(self, /, **fields: object) -> None:
        known = type(self).__fields__
        tree = {known[name].key if name in known else name: own(value) for name, value in fields.items()}
        missing = [name for name, field in known.items() if field.required and field.key not in tree]
        if missing:
            raise ValidationError(f"{type(self).__name__}() is missing the fields {', '.join(missing)}")
        _core.node_set_tree(self, tree)

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **fields: Any) -> Self:
        """The same without asking for the required fields."""
        known = cls.__fields__
        tree = {known[name].key if name in known else name: own(value) for name, value in fields.items()}
        return _core.node_new(cls, None, tree, None)

    construct = model_construct

    @classmethod
    def model_validate(cls, obj: Any, **_: object) -> Self:
        """A model of a mapping, or of another model's content; one of this class is itself.

        What the mapping holds is not looked at. `ValidationError` for anything else.
        """
        if isinstance(obj, cls):
            return obj
        if isinstance(obj, _core.Node):
            obj = plain(obj)
        if not isinstance(obj, Mapping):
            raise ValidationError(f"expected a mapping for {cls.__name__}, got {type(obj).__name__}")
        return _core.node_new(cls, None, {key: own(value) for key, value in obj.items()}, None)

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **_: object) -> Self:
        """A model of a JSON object. `ValidationError` for what is none."""
        from ._json import loads

        raw = json_data.encode("utf-8", "surrogatepass") if isinstance(json_data, str) else bytes(json_data)
        try:
            tree = loads(raw)
        except EventDecodeError as error:
            raise ValidationError(f"expected JSON for {cls.__name__}: {error}") from error
        return _core.node_new(cls, None, tree, None) if type(tree) is dict else cls.model_validate(tree)

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
        return written(self, How(use_api_names, exclude_unset, exclude_defaults, exclude_none))

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
        return json_text(written(self, How(use_api_names, exclude_unset, exclude_defaults, exclude_none)), indent)

    def model_dump(
        self,
        *,
        mode: str = "python",
        include: Any = None,
        exclude: Any = None,
        by_alias: bool | None = None,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        **_: object,
    ) -> dict[str, Any]:
        """The content as plain dicts and lists; by default all fields, absent ones as None.

        `include`, `exclude`: names of fields, or a mapping from them to what of their value; in lists, positions
        or "__all__".
        """
        how = How(bool(by_alias), exclude_unset, exclude_defaults, exclude_none)
        return written(self, how, include, exclude)

    def model_dump_json(self, *, indent: int | None = None, **how: Any) -> str:
        """`model_dump` as JSON text."""
        return json_text(self.model_dump(**how), indent)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy; shallow unless `deep`, with the fields of `update` replaced."""
        copied = self.__deepcopy__() if deep else self.__copy__()
        for name, value in (update or {}).items():
            setattr(copied, name, value)
        return copied

    if not TYPE_CHECKING:  # as old programs spell it

        def dict(self, **how):
            """`model_dump`, as it was called before."""
            _is_deprecated("dict", "model_dump")
            return self.model_dump(**how)

        def json(self, **how):
            """`model_dump_json`, as it was called before. Events have their payload there."""
            _is_deprecated("json", "model_dump_json")
            return self.model_dump_json(**how)

        def copy(self, **how):
            """`model_copy`, as it was called before."""
            _is_deprecated("copy", "model_copy")
            return self.model_copy(**how)

        @classmethod
        def parse_obj(cls, obj):
            """`model_validate`, as it was called before."""
            _is_deprecated("parse_obj", "model_validate")
            return cls.model_validate(obj)

    @property
    def model_fields_set(self) -> set[str]:
        """Names of the fields that were sent or set, undeclared ones included."""
        names = {field.key: name for name, field in type(self).__fields__.items()}
        return {names.get(key, key) for key in tree_of(self)}

    @property
    def model_extra(self) -> dict[str, Any]:
        """What was sent beyond the declared fields."""
        tree = tree_of(self)
        return {key: tree[key] for key in _extra_keys(self)}  # not getattr: a key may be the name of a method

    @property
    def _request_id(self) -> str | None:
        """The `x-request-id` of the response that this model shows; AttributeError for what is only a part of one."""
        tree = _core.node_tree(self, decode=False)
        if not hasattr(tree, "request_id"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute '_request_id'")
        found: str | None = tree.request_id
        return found

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> Any:
        """So that models of pydantic's may have fields that are models of ours."""
        from pydantic_core import core_schema as schema  # type: ignore[import-not-found, unused-ignore]

        dumped = schema.plain_serializer_function_ser_schema(lambda model: model.model_dump())
        return schema.no_info_plain_validator_function(cls.model_validate, serialization=dumped)

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
        try:
            content = ", ".join(
                f"{name}={value!r}" for name, value in Model.__iter__(self)
            )  # a page iterates its items
        except EventDecodeError as error:  # whoever prints an event looks for its fault; that must not raise
            content = f"raw={error.raw!r}"
        return f"{type(self).__name__}({content})"

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        return iter(self)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_extra_keys(self)})

    def __copy__(self) -> Self:
        tree = _core.node_tree(self, decode=False)
        if type(tree) is dict:
            tree = {**tree}
        elif tree is not None:
            tree = copy(tree)  # one that knows its response
        return _core.node_new(type(self), _core.node_raw(self), tree, _core.node_row(self))

    def __deepcopy__(self, memo: object = None) -> Self:
        make, parts = self.__reduce__()
        copied: Self = make(*parts)
        return copied

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return restore, (type(self), *self._parts())

    def _parts(self) -> tuple[bytes | None, dict[str, Any] | None]:
        """The payload and the decoded content, as far as each is there."""
        tree = _core.node_tree(self, decode=False)
        return _core.node_raw(self), None if tree is None else plain(tree)


def _is_deprecated(name: str, now: str) -> None:
    import warnings

    warnings.warn(f"The `{name}` method is deprecated; use `{now}` instead.", DeprecationWarning, stacklevel=3)


def _is_same(a: Any, b: Any) -> bool:
    """Two events that nobody has looked at, with the same payload under the same name."""
    untouched = _core.node_tree(a, decode=False) is None and _core.node_tree(b, decode=False) is None
    return untouched and _core.node_raw(a) == _core.node_raw(b) and row_name(a) == row_name(b)


def tree_of(node: Model) -> dict[str, Any]:
    tree: dict[str, Any] = _core.node_tree(node)
    return tree


def _extra_keys(node: Model) -> list[str]:
    declared = {field.key for field in type(node).__fields__.values()}
    return [key for key in tree_of(node) if key not in declared]


def restore(cls: type[M], raw: bytes | None, tree: Any, row: Any = None) -> M:
    """Make a model from its parts: what pickle and copy call."""
    return _core.node_new(cls, raw, tree if tree is None else plain(tree), row)


def row_name(node: Model) -> str:
    """Return the wire name of the row that `node` was read with; empty if there is none."""
    row = _core.node_row(node)
    return "" if row is None else row.name
