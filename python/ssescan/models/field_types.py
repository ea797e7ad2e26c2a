"""What becomes of the objects and arrays in a field of a model: annotation -> what `_core.Field` wants to know.

A kind is a class; `(key, {value: kind}, class or None)`, classes that are told apart by a key; `[kind]`, a list of
them; `{"*": kind}`, a mapping to them; "keep", a plain dict; or None, an `Object`. `parse_kind` in
rust/py/src/node.rs reads the same.
"""

from __future__ import annotations

import sys
from typing import Any, ForwardRef, Iterator, Literal, Union, get_args, get_origin

from ssescan import _core

__all__ = ["annotations_of", "evaluated", "kind_of"]


def annotations_of(namespace: dict[str, Any]) -> dict[str, Any]:
    """The annotations in the body of a class that is being made. Python 3.14 has a function there instead (PEP 649)."""
    if "__annotations__" in namespace or sys.version_info < (3, 14):
        found: dict[str, Any] = namespace.get("__annotations__", {})
        return found
    import annotationlib  # type: ignore[import-not-found, unused-ignore]

    annotate = annotationlib.get_annotate_from_class_namespace(namespace)
    if annotate is None:
        return {}
    # What is not defined yet is a ForwardRef, as it would be if it had been written as a string.
    made: dict[str, Any] = annotationlib.call_annotate_function(annotate, annotationlib.Format.FORWARDREF)
    return made


def is_model(tp: Any) -> bool:
    return isinstance(tp, type) and issubclass(tp, _core.Node)


def kind_of(owner: type, annotation: Any) -> Any:
    """The kind of a field of the class `owner`."""
    return _kind(annotation, vars(sys.modules[owner.__module__]))


def evaluated(tp: Any, names: dict[str, Any]) -> Any:
    """A type that may be written as a string, also inside another one; a generic model is its class."""
    if isinstance(tp, ForwardRef):
        tp = tp.__forward_arg__
    tp = eval(tp, names) if isinstance(tp, str) else tp
    return get_origin(tp) if is_model(get_origin(tp)) else tp


def _kind(tp: Any, names: dict[str, Any]) -> Any:
    tp = evaluated(tp, names)
    if is_model(tp):
        return tp
    origin, args = get_origin(tp), get_args(tp)
    if origin is list:
        return [_kind(args[0], names)]
    if origin is dict:
        inner = _kind(args[1], names)
        return "keep" if inner in (None, "keep") else {"*": inner}
    if _is_union(tp):
        return _of_union(list(_flat(args, names)), names)
    return None


def _is_union(tp: Any) -> bool:
    return get_origin(tp) is Union or type(tp).__name__ == "UnionType"


def _flat(types: Any, names: dict[str, Any]) -> Iterator[Any]:
    """The members of a union, and of the unions in it, but for None."""
    for tp in (evaluated(tp, names) for tp in types):
        if _is_union(tp):
            yield from _flat(get_args(tp), names)
        elif tp is not type(None):
            yield tp


def _of_union(types: list[Any], names: dict[str, Any]) -> Any:
    models = [tp for tp in types if is_model(tp)]
    if len(models) == 1 and len(types) == 1:
        return models[0]
    if models:
        return _tagged(models)
    return next((kind for tp in types if (kind := _kind(tp, names)) is not None), None)


#: What tells the classes of a union apart, in this order.
_TAGS = ("type", "event", "object", "role")


def _tagged(models: list[Any], tags: tuple[str, ...] = _TAGS) -> Any:
    """A union of models is told apart by a field that has its own literal values in each of them.

    Where several have the same value the next field decides, and at the end the class that allows the fewest values:
    a message of the role "assistant" is a `ResponseOutputMessage` rather than one that may be of any role.
    """
    for at, tag in enumerate(tags):
        values = {model: _literals(model, tag) for model in models}
        if any(values.values()):
            having: dict[Any, list[Any]] = {}
            for model in sorted(models, key=lambda model: len(values[model])):
                for value in values[model]:
                    having.setdefault(value, []).append(model)
            kinds = {value: _tagged(found, tags[at + 1 :]) for value, found in having.items()}
            return tag, kinds, None if tags is _TAGS else models[0]
    return models[0]


def _literals(model: Any, name: str) -> tuple[Any, ...]:
    field = model.__fields__.get(name)
    if field is None:
        return ()
    names = vars(sys.modules[field.owner.__module__])
    members = _flat([field.annotation], names)
    return tuple(value for member in members if get_origin(member) is Literal for value in get_args(member))
