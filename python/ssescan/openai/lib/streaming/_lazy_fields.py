"""Fields whose value is computed when it is first read.

Most programs read only the delta of an event, so its snapshot and its parsed JSON are not computed in advance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ssescan.models import Model
from ssescan.models.dump import to_plain

from .._partial_json import partial_json

__all__ = ["LazyValue", "json_prefix", "lazy_fields", "list_prefix", "text_prefix"]

M = TypeVar("M", bound="type[Model]")


class LazyValue:
    """A value that is computed by a call of `compute`."""

    __slots__ = ("_compute", "keep")

    def __init__(self, compute: Callable[[], Any], *, keep: bool = True) -> None:
        self._compute = compute
        #: Whether the field stores the computed value. False for a growing text: CPython appends to a text in place
        #: only while nothing else refers to it, and a slice of the whole text is the text itself.
        self.keep = keep

    def __later__(self) -> Any:
        """Compute the value. `models.dump` recognizes lazy values by this method."""
        return self._compute()

    def __reduce__(self) -> tuple[Any, ...]:
        return _identity, (self._compute(),)


def _identity(value: Any) -> Any:
    return value


class _LazyField:
    """A model's field that computes a `LazyValue` when it is read."""

    def __init__(self, field: Any) -> None:
        self._field = field

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        value = self._field.__get__(instance, owner)
        if isinstance(value, LazyValue):
            if not value.keep:
                return value.__later__()
            self._field.__set__(instance, value.__later__())
            return self._field.__get__(instance, owner)  # the field makes models of the objects in the value
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        self._field.__set__(instance, value)


def lazy_fields(*names: str) -> Callable[[M], M]:
    """Let the fields `names` of the decorated model hold a `LazyValue`."""

    def mark(cls: M) -> M:
        for name in names:
            type.__setattr__(cls, name, _LazyField(cls.__fields__[name]))
        return cls

    return mark


def text_prefix(holder: dict[str, Any], key: str) -> Any:
    """Return the current value of the growing text at `key`, lazily. A value that is not a text is returned as it is."""
    text = holder.get(key)
    if not isinstance(text, str):
        return text
    length = len(text)
    return LazyValue(lambda: holder[key][:length], keep=False)


def json_prefix(holder: dict[str, Any], key: str) -> LazyValue | None:
    """Return the complete part of the growing JSON text at `key`, lazily. Return None if there is no text."""
    text = text_prefix(holder, key)
    return LazyValue(lambda: partial_json(text.__later__())) if isinstance(text, LazyValue) else None


def list_prefix(entries: list[Any]) -> LazyValue:
    """Return a copy of the current entries of a growing list, lazily."""
    length = len(entries)
    return LazyValue(lambda: to_plain(entries[:length]))
