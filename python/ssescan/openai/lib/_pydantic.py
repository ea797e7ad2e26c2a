"""What pydantic is needed for: schemas of classes, and objects of them. It is imported when a class is given, not before."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["is_model", "is_parseable", "name_and_schema", "strict", "to_strict_json_schema", "validate_json"]


def is_model(cls: Any) -> bool:
    """A class of pydantic models. Nobody has one who has not imported pydantic."""
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and isinstance(cls, type) and issubclass(cls, pydantic.BaseModel)


def is_parseable(cls: Any) -> bool:
    """A class that answers can be made objects of: a model, or a dataclass of pydantic's."""
    return is_model(cls) or hasattr(cls, "__pydantic_config__")


def validate_json(cls: Any, text: str) -> Any:
    """An object of `cls`. pydantic's ValidationError if the text is not one; TypeError for another class."""
    if is_model(cls):
        return cls.model_validate_json(text)
    return _adapter(cls, "Unable to automatically parse response format type").validate_json(text)


def name_and_schema(cls: Any) -> tuple[str, dict[str, Any]]:
    """What the API is told of `cls`. TypeError for a class that pydantic does not know."""
    if is_model(cls):
        return cls.__name__, to_strict_json_schema(cls)
    adapter = _adapter(cls, "Unsupported response_format type -")
    return cls.__name__, to_strict_json_schema(adapter)


def _adapter(cls: Any, otherwise: str) -> Any:
    if not is_parseable(cls):
        raise TypeError(f"{otherwise} {cls}")
    import pydantic

    return pydantic.TypeAdapter(cls)


def to_strict_json_schema(cls: Any) -> dict[str, Any]:
    """The JSON schema of a model or a `TypeAdapter`, made strict."""
    schema = cls.model_json_schema() if is_model(cls) else cls.json_schema()
    strict(schema, schema)
    return dict(schema)


def strict(schema: dict[str, Any], root: dict[str, Any]) -> None:
    """Changes `schema` to what the API's strict mode accepts; references are looked up in `root`.

    Every property is required, no others are allowed, defaults of None are dropped, and a reference with keys
    beside it is replaced by what it refers to.
    """
    if not isinstance(schema, dict):
        raise TypeError(f"Expected {schema} to be a dictionary")
    if schema.get("type") == "object":
        schema.setdefault("additionalProperties", False)
    if isinstance(schema.get("properties"), dict):
        schema["required"] = list(schema["properties"])
    for part in _parts(schema):
        strict(part, root)
    all_of = schema.get("allOf")
    if isinstance(all_of, list) and len(all_of) == 1:
        schema.update(all_of[0])
        del schema["allOf"]
    if "default" in schema and schema["default"] is None:
        del schema["default"]
    if schema.get("$ref") and len(schema) > 1:
        _replace_reference(schema, root)


def _parts(schema: dict[str, Any]) -> list[Any]:
    """The schemas in a schema."""
    found: list[Any] = []
    for key in ("$defs", "definitions", "properties"):
        if isinstance(schema.get(key), dict):
            found += schema[key].values()
    if isinstance(schema.get("items"), dict):
        found.append(schema["items"])
    for key in ("anyOf", "allOf"):
        if isinstance(schema.get(key), list):
            found += schema[key]
    return found


def _replace_reference(schema: dict[str, Any], root: dict[str, Any]) -> None:
    referred = _at(schema.pop("$ref"), root)
    for key, value in referred.items():
        schema.setdefault(key, value)
    strict(schema, root)


def _at(reference: Any, root: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(reference, str) or not reference.startswith("#/"):
        raise ValueError(f"Unexpected $ref format {reference!r}; Does not start with #/")
    found: Any = root
    for key in reference[2:].split("/"):
        found = found[key]
    if not isinstance(found, dict):
        raise ValueError(f"Expected `$ref: {reference}` to resolved to a dictionary but got {found}")
    return found
