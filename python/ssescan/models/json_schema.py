"""JSON schemas of models, for classes of pydantic and for web frameworks that have models in their fields."""

from __future__ import annotations

import sys
from typing import Any, Literal, get_args, get_origin

from .field_types import is_model, is_union, resolved

__all__ = ["schema_of"]

_SCALARS: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def schema_of(cls: Any) -> dict[str, Any]:
    """Return the JSON schema of a class of models. Models in its fields are objects without properties in it."""
    properties, required = {}, []
    for name, info in cls.model_fields.items():
        key, owner = info.alias or name, cls.__fields__[name].owner
        properties[key] = _schema(info.annotation, vars(sys.modules[owner.__module__]))
        if info.required:
            required.append(key)
        elif info.default is not None:
            properties[key] = {**properties[key], "default": info.default}
    schema = {"type": "object", "title": cls.__name__, "properties": properties, "additionalProperties": True}
    return {**schema, "required": required} if required else schema


def _schema(tp: Any, names: dict[str, Any]) -> dict[str, Any]:
    tp = resolved(tp, names)
    origin, args = get_origin(tp), get_args(tp)
    if is_model(tp):
        return {"type": "object", "title": tp.__name__}
    if tp in _SCALARS:
        return {"type": _SCALARS[tp]}
    if origin is Literal:
        return {"enum": list(args)}
    if is_union(tp):
        return {"anyOf": [_schema(arg, names) for arg in args]}
    if list in (tp, origin):
        return {"type": "array", "items": _schema(args[0], names) if args else {}}
    return {"type": "object"} if dict in (tp, origin) else {}
