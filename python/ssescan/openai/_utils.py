"""Functions that programs import from `_utils` of the `openai` package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._encoding import by_alias
from ._types import NotGiven, Omit

__all__ = ["is_dict", "is_given", "is_list", "is_mapping", "maybe_transform"]


def is_given(value: Any) -> bool:
    """Return False for the markers of an argument that was not passed."""
    return not isinstance(value, (NotGiven, Omit))


def is_dict(value: object) -> bool:
    """Return whether a value is a dict."""
    return isinstance(value, dict)


def is_list(value: object) -> bool:
    """Return whether a value is a list."""
    return isinstance(value, list)


def is_mapping(value: object) -> bool:
    """Return whether a value is a mapping."""
    return isinstance(value, Mapping)


def maybe_transform(data: object, expected_type: object) -> Any:
    """Return the body of a request for `client.post`, with pydantic models as dicts.

    Args:
        data: The arguments of a call, or None.
        expected_type: The `TypedDict` of the arguments. Its keys are sent as they are.
    """
    return by_alias(data)
