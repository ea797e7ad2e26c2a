"""`BaseModel`, `FinalRequestOptions` and `construct_type`, under their names in the `openai` package."""

from __future__ import annotations

from typing import Any

from ssescan.models import Model as BaseModel

from ._call import Call as FinalRequestOptions

__all__ = ["BaseModel", "FinalRequestOptions", "construct_type", "construct_type_unchecked"]


def construct_type(*, value: object, type_: Any) -> Any:
    """Return decoded JSON as an object of a type, without validation.

    Args:
        value: The decoded JSON.
        type_: A class of models, or a type that a field can have, such as a union of classes or a list of one.
    """
    from ._decoding import cast

    return cast(type_, value)


construct_type_unchecked = construct_type
