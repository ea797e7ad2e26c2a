"""`Model`: typed classes that are declared in Python and read in Rust (`_core.Node`).

A model shows a decoded JSON object. Its class declares the fields by annotations::

    class TextDelta(Model):
        annotations: Optional[List[AnnotationDelta]] = None
        value: Optional[str] = None

A field that is absent is None. A key that the class does not declare is an attribute too. Nested objects become models when
they are read. Models are mutable, equal by class and content, and can be copied and pickled.

An annotation is evaluated when an object or array in the field is read first, in the globals of the class's module. So
classes may refer to each other in any order.
"""

from __future__ import annotations

import re
import sys
from copy import copy
from functools import cache
from reprlib import recursive_repr
from types import FrameType
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

from .dump import DumpOptions, copy_containers, default_of, dump, dump_object, json_text, to_plain
from .field_types import annotations_of, field_type_of, resolved

M = TypeVar("M", bound="Model")


__all__ = ["FieldInfo", "Model", "ModelMeta", "Object", "ValidationError", "restore", "row_name", "tree_of"]


class ValidationError(ValueError, TypeError):
    """A model cannot be made from these values."""


@cache
def _serializer() -> Any:
    from pydantic_core import SchemaSerializer, core_schema  # type: ignore[import-not-found, unused-ignore]

    dumped = core_schema.plain_serializer_function_ser_schema(lambda model: model.model_dump())
    return SchemaSerializer(core_schema.any_schema(serialization=dumped))


class Dumpable:
    """Methods that return the content as plain dicts and lists, or as JSON text."""

    __slots__ = ()

    def _dump(self, options: DumpOptions, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        raise NotImplementedError

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
        """Return the content as plain dicts and lists.

        Args:
            mode: Accepted for compatibility; it changes nothing.
            use_api_names: True for the wire names of fields, False for the names of their attributes.
            exclude_unset: True to leave out fields that are absent.
            exclude_defaults: True to leave out fields that have their default.
            exclude_none: True to leave out fields that are None.
            warnings: Accepted for compatibility; it changes nothing.
        """
        return self._dump(DumpOptions(use_api_names, exclude_unset, exclude_defaults, exclude_none))

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
        """Return the content as JSON text.

        Args:
            indent: The spaces of indentation; None for one line.
            use_api_names: True for the wire names of fields, False for the names of their attributes.
            exclude_unset: True to leave out fields that are absent.
            exclude_defaults: True to leave out fields that have their default.
            exclude_none: True to leave out fields that are None.
            warnings: Accepted for compatibility; it changes nothing.
        """
        return json_text(self._dump(DumpOptions(use_api_names, exclude_unset, exclude_defaults, exclude_none)), indent)

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
        """Return the content as plain dicts and lists. By default all fields are there, absent ones as None.

        Args:
            mode: Accepted for compatibility; it changes nothing.
            include: Names of fields, or a mapping from names to what of their value; in lists, positions or "__all__".
            exclude: The same for what to leave out.
            by_alias: True for the wire names of fields.
            exclude_unset: True to leave out fields that are absent.
            exclude_defaults: True to leave out fields that have their default.
            exclude_none: True to leave out fields that are None.
        """
        how = DumpOptions(bool(by_alias), exclude_unset, exclude_defaults, exclude_none)
        return self._dump(how, include, exclude)

    def model_dump_json(self, *, indent: int | None = None, **how: Any) -> str:
        """Return the content as JSON text. Takes the arguments of `model_dump`, and `indent`."""
        return json_text(self.model_dump(**how), indent)


class Object(Dumpable, dict):  # type: ignore[type-arg]
    """A JSON object without a class of its own: a dict whose keys are attributes too."""

    __slots__ = ()

    def _dump(self, options: DumpOptions, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return dump_object(self, options, include, exclude)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy.

        Args:
            update: Keys to replace in the copy.
            deep: True to copy nested objects too.
        """
        return type(self)({**(copy_containers(self) if deep else self), **(update or {})})

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            try:
                if name.startswith("__"):  # names of Python's protocols: a server's key must not become a method
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


#: The default of a field that must be there.
_REQUIRED: Any = object()


def _written(name: str, value: Any) -> tuple[str, Any]:
    """Return the wire name and the default of a field. Of `Field()` of pydantic these two are taken."""
    if type(value).__name__ != "FieldInfo" or type(value).__module__ != "pydantic.fields":
        return name, value
    return value.alias or name, _REQUIRED if value.is_required() else value.get_default(call_default_factory=True)


class WithDefault:
    """A field whose value is not None if it is absent.

    Args:
        field: The field.
        default: The value of the field if it is absent.
    """

    def __init__(self, field: _core.Field, default: Any) -> None:
        self._field, self.default = field, default

    def __get__(self, model: Any, owner: Any = None) -> Any:
        if model is None:
            return self._field
        value = self._field.__get__(model, owner)
        return copy_containers(self.default) if value is None and self._field.key not in tree_of(model) else value

    def __set__(self, model: Any, value: Any) -> None:
        self._field.__set__(model, value)

    def __delete__(self, model: Any) -> None:
        self._field.__delete__(model)


@dataclass_transform(kw_only_default=True)
class ModelMeta(type):
    """Metaclass of models: turns annotations into fields."""

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> ModelMeta:
        is_local = "<locals>" in namespace.get("__qualname__", "")
        scope = sys._getframe(1) if is_local else None
        declared = {
            field: (_defined_in(scope, annotation), _written(field, namespace.pop(field, _REQUIRED)))
            for field, annotation in annotations_of(namespace).items()
            if not field.startswith("__") and not _is_of_the_class(annotation)
        }
        namespace.setdefault("__slots__", ())
        cls = super().__new__(mcls, name, bases, namespace)
        fields: dict[str, Any] = {}
        for base in reversed(cls.__mro__[1:]):
            fields.update(base.__dict__.get("__fields__", {}))
        aliases = getattr(cls, "__aliases__", {})
        for field, (annotation, (key, default)) in declared.items():
            required, key = default is _REQUIRED, aliases.get(field, key)
            fields[field] = _core.Field(field, key, annotation, required, cls, field_type_of)
            default = None if required else default
            type.__setattr__(cls, field, fields[field] if default is None else WithDefault(fields[field], default))
        cls.__fields__ = fields  # type: ignore[attr-defined]
        return cls

    @property
    def model_fields(cls) -> dict[str, FieldInfo]:
        """The declared fields by their Python names."""
        return {name: FieldInfo.of(field, default_of(cls, name)) for name, field in cls.__fields__.items()}  # type: ignore[attr-defined]


def _defined_in(scope: FrameType | None, annotation: Any) -> Any:
    """Return the type that an annotation names in a function; the annotation itself outside of one.

    The names of a function are gone when the first field is read. A name that is not defined yet is left as it is.
    """
    if scope is None or not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, scope.f_globals, scope.f_locals)
    except NameError:
        return annotation


def _is_of_the_class(annotation: Any) -> bool:
    return re.match(r"(typing\.)?ClassVar\b", str(annotation)) is not None


class FieldInfo(NamedTuple):
    """A declared field of a model.

    Attributes:
        annotation: The type.
        alias: The name on the wire, if it differs from the name of the attribute.
        required: True if the field must be there.
        default: The value of a field that is absent.
    """

    annotation: Any
    alias: str | None
    required: bool
    default: Any = None

    @classmethod
    def of(cls, field: _core.Field, default: Any) -> FieldInfo:
        """Return the info of a native field with this default."""
        annotation = resolved(field.annotation, vars(sys.modules[field.owner.__module__]))
        return cls(annotation, None if field.key == field.name else field.key, field.required, default)

    def is_required(self) -> bool:
        """Return whether the field must be there."""
        return self.required


class Model(_core.Node, Dumpable, metaclass=ModelMeta):
    """Base of all models.

    Args:
        **fields: The fields, by the names of their attributes or by their wire names.

    Raises:
        ValidationError: A required field is missing.
    """

    __fields__: ClassVar[dict[str, _core.Field]]

    def __init__(self, /, **fields: object) -> None:
        known = type(self).__fields__
        tree = {known[name].key if name in known else name: copy_containers(value) for name, value in fields.items()}
        missing = [name for name, field in known.items() if field.required and field.key not in tree]
        if missing:
            raise ValidationError(f"{type(self).__name__}() is missing required fields: {', '.join(missing)}")
        _core.node_set_tree(self, tree)

    def _dump(self, options: DumpOptions, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return dump(self, options, include, exclude)

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **fields: Any) -> Self:
        """Return a model with these fields, without checking that the required ones are there."""
        known = cls.__fields__
        tree = {known[name].key if name in known else name: copy_containers(value) for name, value in fields.items()}
        return _core.node_new(cls, None, tree, None)

    construct = model_construct

    @classmethod
    def model_validate(cls, obj: Any, **_: object) -> Self:
        """Return a model with the content of a mapping or of another model. The values are not checked.

        Args:
            obj: A mapping, a model, or an instance of this class, which is returned as it is.

        Raises:
            ValidationError: `obj` is something else.
        """
        if isinstance(obj, cls):
            return obj
        if isinstance(obj, _core.Node):
            obj = to_plain(obj)
        if not isinstance(obj, Mapping):
            raise ValidationError(f"expected a mapping for {cls.__name__}, got {type(obj).__name__}")
        return _core.node_new(cls, None, {key: copy_containers(value) for key, value in obj.items()}, None)

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **_: object) -> Self:
        """Return a model with the content of a JSON object.

        Raises:
            ValidationError: `json_data` is not a JSON object.
        """
        from ._json import loads

        raw = json_data.encode("utf-8", "surrogatepass") if isinstance(json_data, str) else bytes(json_data)
        try:
            tree = loads(raw)
        except EventDecodeError as error:
            raise ValidationError(f"expected JSON for {cls.__name__}: {error}") from error
        return _core.node_new(cls, None, tree, None) if type(tree) is dict else cls.model_validate(tree)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy.

        Args:
            update: Fields to replace in the copy.
            deep: True to copy nested objects too.
        """
        copied = self.__deepcopy__() if deep else self.__copy__()
        for name, value in (update or {}).items():
            setattr(copied, name, value)
        return copied

    if not TYPE_CHECKING:  # deprecated names of pydantic 1

        def dict(self, **how):
            """Deprecated name of `model_dump`."""
            _is_deprecated("dict", "model_dump")
            return self.model_dump(**how)

        def json(self, **how):
            """Deprecated name of `model_dump_json`. For events, `json` returns the payload."""
            _is_deprecated("json", "model_dump_json")
            return self.model_dump_json(**how)

        def copy(self, **how):
            """Deprecated name of `model_copy`."""
            _is_deprecated("copy", "model_copy")
            return self.model_copy(**how)

        @classmethod
        def parse_obj(cls, obj):
            """Deprecated name of `model_validate`."""
            _is_deprecated("parse_obj", "model_validate")
            return cls.model_validate(obj)

    if not TYPE_CHECKING:  # checkers would take it for the one of the class

        @property
        def model_fields(self) -> dict[str, FieldInfo]:
            """The declared fields by their Python names."""
            return type(self).model_fields

    @property
    def model_fields_set(self) -> set[str]:
        """The names of the fields that are present, undeclared ones included."""
        names = {field.key: name for name, field in type(self).__fields__.items()}
        return {names.get(key, key) for key in tree_of(self)}

    @property
    def model_extra(self) -> dict[str, Any]:
        """The keys that the class does not declare, with their values."""
        tree = tree_of(self)
        return {key: tree[key] for key in _extra_keys(self)}  # not getattr: a key may be the name of a method

    @property
    def _request_id(self) -> str | None:
        """The `x-request-id` of the response that this model shows. AttributeError for a part of a response."""
        tree = _core.node_tree(self, decode=False)
        if not hasattr(tree, "request_id"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute '_request_id'")
        found: str | None = tree.request_id
        return found

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> Any:
        """Let pydantic models have fields that are models of ssescan."""
        from pydantic_core import core_schema as schema  # type: ignore[import-not-found, unused-ignore]

        dumped = schema.plain_serializer_function_ser_schema(lambda model: model.model_dump())
        return schema.no_info_plain_validator_function(cls.model_validate, serialization=dumped)

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: object, _handler: object) -> Any:
        """Let pydantic and web frameworks describe models of ssescan."""
        from .json_schema import schema_of

        return schema_of(cls)

    if not TYPE_CHECKING:  # checkers have their own idea of both

        @property
        def __pydantic_serializer__(self) -> Any:
            """Let pydantic serialize models whose type it does not know, as in fields that are `Any`."""
            return _serializer()

        @property
        def __dict__(self) -> dict[str, Any]:
            """The fields by name, without keys that the class does not declare. It is a copy."""
            return {name: getattr(self, name) for name in type(self).__fields__}

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        tree_of(self)  # all of it is read, so decode it at once
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
        except EventDecodeError as error:  # a damaged event must be printable
            content = f"raw={error.raw!r}"
        except RecursionError:  # JSON may be nested deeper than Python can recurse
            content = "..."
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
            tree = copy(tree)  # a dict subclass that refers to its response
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
        return _core.node_raw(self), None if tree is None else to_plain(tree)


def _is_deprecated(name: str, now: str) -> None:
    import warnings

    warnings.warn(f"The `{name}` method is deprecated; use `{now}` instead.", DeprecationWarning, stacklevel=3)


def _is_same(a: Any, b: Any) -> bool:
    """Return whether two events that were not decoded yet have the same name and payload."""
    untouched = _core.node_tree(a, decode=False) is None and _core.node_tree(b, decode=False) is None
    return untouched and _core.node_raw(a) == _core.node_raw(b) and row_name(a) == row_name(b)


def tree_of(node: Model) -> dict[str, Any]:
    """Return the decoded JSON object that a model shows."""
    tree: dict[str, Any] = _core.node_tree(node)
    return tree


def _extra_keys(node: Model) -> list[str]:
    declared = {field.key for field in type(node).__fields__.values()}
    return [key for key in tree_of(node) if key not in declared]


def restore(cls: type[M], raw: bytes | None, tree: Any, row: Any = None) -> M:
    """Make a model from its parts: what pickle and copy call."""
    return _core.node_new(cls, raw, tree if tree is None else to_plain(tree), row)


def row_name(node: Model) -> str:
    """Return the wire name of the row that `node` was read with, or an empty string."""
    row = _core.node_row(node)
    return "" if row is None else row.name
