"""The use of pydantic: JSON schemas of classes, and objects parsed from JSON.

pydantic is imported when the caller passes one of its classes, not before. The messages of the exceptions are those of
`openai`, on purpose.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["is_model", "is_parseable", "name_and_schema", "strict", "to_strict_json_schema", "validate_json"]


def is_model(cls: Any) -> bool:
    """Return True for a class of pydantic models."""
    # Without an import of pydantic there is no such class.
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and isinstance(cls, type) and issubclass(cls, pydantic.BaseModel)


def is_parseable(cls: Any) -> bool:
    """Return True for a class into which answers can be parsed: a pydantic model or a pydantic dataclass."""
    return is_model(cls) or hasattr(cls, "__pydantic_config__")


def validate_json(cls: Any, text: str) -> Any:
    """Return an object of `cls`. Raise ValidationError for text that does not match, TypeError for another class."""
    if is_model(cls):
        return cls.model_validate_json(text)
    return _adapter(cls, "Unable to automatically parse response format type").validate_json(text)


def name_and_schema(cls: Any) -> tuple[str, dict[str, Any]]:
    """Return the name and the JSON schema of `cls` for a request. Raise TypeError for a class that is not pydantic's."""
    if is_model(cls):
        return cls.__name__, to_strict_json_schema(cls)
    adapter = _adapter(cls, "Unsupported response_format type -")
    return cls.__name__, to_strict_json_schema(adapter)


def _adapter(cls: Any, problem: str) -> Any:
    if not is_parseable(cls):
        raise TypeError(f"{problem} {cls}")
    import pydantic

    return pydantic.TypeAdapter(cls)


def to_strict_json_schema(cls: Any) -> dict[str, Any]:
    """Return the strict JSON schema of a model or a `TypeAdapter`."""
    schema = cls.model_json_schema() if is_model(cls) else cls.json_schema()
    strict(schema, schema)
    return dict(schema)


def strict(schema: dict[str, Any], root: dict[str, Any]) -> None:
    """Change `schema` in place to the form that the API's strict mode accepts.

    All properties become required, and other properties are forbidden. Defaults of None are removed. A reference that
    has other keys beside it is replaced by the schema to which it refers.

    Args:
        schema: The schema, or a part of it.
        root: The schema in which references are resolved.
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
    """Return the schemas directly inside a schema."""
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
    referred = _resolve(schema.pop("$ref"), root)
    for key, value in referred.items():
        schema.setdefault(key, value)
    strict(schema, root)


def _resolve(reference: Any, root: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(reference, str) or not reference.startswith("#/"):
        raise ValueError(f"Unexpected $ref format {reference!r}; Does not start with #/")
    found: Any = root
    for key in reference[2:].split("/"):
        found = found[key]
    if not isinstance(found, dict):
        raise ValueError(f"Expected `$ref: {reference}` to resolved to a dictionary but got {found}")
    return found
