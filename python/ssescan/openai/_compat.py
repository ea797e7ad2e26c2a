"""Functions of models, at their module path in the `openai` package. They take models of ssescan and of pydantic."""

from __future__ import annotations

from functools import cached_property
from typing import Any, TypeVar

__all__ = ["PYDANTIC_V1", "cached_property", "model_copy", "model_dump", "model_json", "model_parse", "parse_obj"]

M = TypeVar("M")

#: For programs that ask which version of pydantic the models are like.
PYDANTIC_V1 = False


def model_copy(model: M, *, deep: bool = False) -> M:
    """Return a copy of a model; with `deep`, of the models in it too."""
    copied: M = model.model_copy(deep=deep)  # type: ignore[attr-defined]
    return copied


def model_dump(model: Any, **options: Any) -> dict[str, Any]:
    """Return a model as a dict. The options are those of `model_dump` of the model."""
    dumped: dict[str, Any] = model.model_dump(**options)
    return dumped


def model_json(model: Any, *, indent: int | None = None) -> str:
    """Return a model as JSON."""
    text: str = model.model_dump_json(indent=indent)
    return text


def model_parse(model: type[M], data: Any) -> M:
    """Return a model of a class with these values."""
    made: M = model.model_validate(data)  # type: ignore[attr-defined]
    return made


parse_obj = model_parse
