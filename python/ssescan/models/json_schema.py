"""JSON schemas of models, for classes of pydantic and for web frameworks that have models in their fields."""

from __future__ import annotations

import json
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
        elif info.default is not None and _is_json(info.default):
            properties[key] = {**properties[key], "default": info.default}
    schema = {"type": "object", "title": cls.__name__, "properties": properties, "additionalProperties": True}
    return {**schema, "required": required} if required else schema


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def _schema(tp: Any, names: dict[str, Any], around: tuple[Any, ...] = ()) -> dict[str, Any]:
    """Return the schema of a type inside the types `around`. One that contains itself, by its name, allows anything there."""
    tp = resolved(tp, names)
    if tp in around:
        return {}
    around = (*around, tp)
    origin, args = get_origin(tp), get_args(tp)
    if is_model(tp):
        return {"type": "object", "title": tp.__name__}
    if tp in _SCALARS:
        return {"type": _SCALARS[tp]}
    if origin is Literal:
        return {"enum": list(args)}
    if is_union(tp):
        return {"anyOf": [_schema(arg, names, around) for arg in args]}
    if list in (tp, origin):
        return {"type": "array", "items": _schema(args[0], names, around) if args else {}}
    return {"type": "object"} if dict in (tp, origin) else {}
