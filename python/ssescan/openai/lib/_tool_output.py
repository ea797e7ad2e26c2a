"""Return values of tool functions, as text for the model."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from .._encoding import PlainValues, encoded

__all__ = ["output_text"]

#: The classes of pandas for missing values.
_MISSING = frozenset({"NAType", "NaTType"})
#: Classes whose text is their value.
_TEXTS = (Decimal, PurePath, timedelta)


def output_text(value: Any, name: str) -> str:
    """Return the text that is sent for a returned value: a text as it is, any other value as JSON.

    Args:
        value: The value.
        name: The name of the function, for the message of the exception.

    Raises:
        TypeError: The value cannot be sent without a decision of the program, such as a data frame.
    """
    if isinstance(value, str):
        return value
    try:
        if isinstance(value, bytes):
            raise TypeError("Object of type bytes is not JSON serializable")
        return encoded(value, _ReturnedValues()).decode()
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"Cannot send the value that {name!r} returned: {str(error).rstrip('.')}. Return text, or values that JSON has."
        ) from error


class _ReturnedValues(PlainValues):
    """Returns the JSON values of the objects of numpy too, and of sets, decimal numbers, dates, paths and durations."""

    def __call__(self, value: Any) -> Any:
        if type(value).__name__ in _MISSING:
            return None
        if _has_labels(value):
            # Its items alone would lose the labels of its rows.
            raise TypeError(
                f"a {type(value).__name__} has more than one form in JSON; call its to_dict, such as "
                '`frame.reset_index().to_dict("records")` or `series.to_dict()`'
            )
        if isinstance(value, _TEXTS):
            return str(value)
        if isinstance(value, Set):
            return list(value)
        if callable(isoformat := getattr(value, "isoformat", None)):
            return isoformat()
        if hasattr(value, "dtype") and callable(tolist := getattr(value, "tolist", None)):
            # The items of an array of times would be numbers of nanoseconds.
            return tolist() if getattr(value.dtype, "kind", "") not in "mM" else value.astype(str).tolist()
        return super().__call__(value)


def _has_labels(value: Any) -> bool:
    return hasattr(value, "to_dict") and hasattr(value, "__iter__") and not isinstance(value, Mapping)
