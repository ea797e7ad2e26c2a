"""From the annotation of a field to its field type: what the objects and arrays in that field become.

A field type is one of these; `parse_kind` in rust/py/src/node.rs reads them:

* a class: an object becomes an instance of it
* `(key, {value: field type}, class or None)`: a union of classes that the string at `key` distinguishes
* `[field type]`: a list
* `{"*": field type}`: a mapping
* "keep": a plain dict
* None: an object becomes an `Object`
"""

from __future__ import annotations

import sys
from typing import Annotated, Any, ForwardRef, Iterator, Literal, Union, get_args, get_origin

from ssescan import _core

__all__ = ["annotations_of", "field_type_of", "is_model", "is_union", "resolved"]


def annotations_of(namespace: dict[str, Any]) -> dict[str, Any]:
    """Return the annotations in the body of a class that is being made. Python 3.14 has a function there (PEP 649)."""
    if "__annotations__" in namespace or sys.version_info < (3, 14):
        found: dict[str, Any] = namespace.get("__annotations__", {})
        return found
    import annotationlib  # type: ignore[import-not-found, unused-ignore]

    annotate = annotationlib.get_annotate_from_class_namespace(namespace)
    if annotate is None:
        return {}
    # A name that is not defined yet becomes a ForwardRef, as if the annotation were a string.
    made: dict[str, Any] = annotationlib.call_annotate_function(annotate, annotationlib.Format.FORWARDREF)
    return made


def is_model(tp: Any) -> bool:
    """Return whether a type is a model class."""
    return isinstance(tp, type) and issubclass(tp, _core.Node)


def field_type_of(owner: type, annotation: Any) -> Any:
    """Return the field type of a field of the class `owner`."""
    return _field_type(annotation, vars(sys.modules[owner.__module__]))


def resolved(tp: Any, names: dict[str, Any]) -> Any:
    """Return the type that an annotation names.

    A string or a ForwardRef is looked up. For a generic model with arguments, the result is its class. The annotations in
    `Annotated` are dropped.
    """
    if isinstance(tp, ForwardRef):
        tp = tp.__forward_arg__
    tp = eval(tp, names) if isinstance(tp, str) else tp
    if get_origin(tp) is Annotated:
        return resolved(get_args(tp)[0], names)
    return get_origin(tp) if is_model(get_origin(tp)) else tp


def _field_type(tp: Any, names: dict[str, Any]) -> Any:
    tp = resolved(tp, names)
    if is_model(tp):
        return tp
    origin, args = get_origin(tp), get_args(tp)
    if origin is list:
        return [_field_type(args[0], names)] if args else None
    if origin is dict or tp is dict:
        inner = _field_type(args[1], names) if args else None
        return "keep" if inner in (None, "keep") else {"*": inner}
    if is_union(tp):
        return _of_union(list(_flat(args, names)), names)
    return None


def is_union(tp: Any) -> bool:
    """Return whether a type is a union."""
    return get_origin(tp) is Union or type(tp).__name__ == "UnionType"


def _flat(types: Any, names: dict[str, Any]) -> Iterator[Any]:
    """Yield the members of a union and of the unions in it, without None."""
    for tp in (resolved(tp, names) for tp in types):
        if is_union(tp):
            yield from _flat(get_args(tp), names)
        elif tp is not type(None):
            yield tp


def _of_union(types: list[Any], names: dict[str, Any]) -> Any:
    models = [tp for tp in types if is_model(tp)]
    if len(models) == 1 and len(types) == 1:
        return models[0]
    if models:
        return _tagged(models)
    return next((field_type for tp in types if (field_type := _field_type(tp, names)) is not None), None)


#: The fields that distinguish the classes of a union, in this order.
_TAGS = ("type", "event", "object", "role", "action")


def _tagged(models: list[Any], tags: tuple[str, ...] = _TAGS) -> Any:
    """Return the field type of a union of models: the literal values of one field distinguish them.

    Where several models allow the same value, the next field decides. At the end the class that allows the fewest values
    is taken: a message of the role "assistant" is a `ResponseOutputMessage`, not a message of any role.
    """
    for at, tag in enumerate(tags):
        values = {model: _literals(model, tag) for model in models}
        if any(values.values()):
            by_value: dict[Any, list[Any]] = {}
            for model in sorted(models, key=lambda model: len(values[model])):
                for value in values[model]:
                    by_value.setdefault(value, []).append(model)
            field_types = {value: _tagged(found, tags[at + 1 :]) for value, found in by_value.items()}
            return tag, field_types, None if tags is _TAGS else models[0]
    # Classes of a program may have another field of literals.
    own = {name for model in models for name in model.__fields__ if _literals(model, name)} if tags is _TAGS else ()
    return _tagged(models, tuple(sorted(own))) if own else models[0]


def _literals(model: Any, name: str) -> tuple[Any, ...]:
    field = model.__fields__.get(name)
    if field is None:
        return ()
    names = vars(sys.modules[field.owner.__module__])
    members = _flat([field.annotation], names)
    return tuple(value for member in members if get_origin(member) is Literal for value in get_args(member))
