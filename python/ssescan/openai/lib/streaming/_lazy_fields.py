"""Fields whose value is made when somebody looks: most events are looked at for their delta alone."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

from ssescan.models import Model

from .._partial_json import partial_json
from ._deltas import copy_of

__all__ = ["LazyValue", "list_prefix", "lazy_fields", "json_prefix", "text_prefix"]

M = TypeVar("M", bound="type[Model]")


class LazyValue:
    """A value that is not made yet."""

    __slots__ = ("_make", "keep")

    def __init__(self, make: Callable[[], Any], *, keep: bool = True) -> None:
        self._make = make
        #: Whether the field keeps it. A text that still grows is copied by its next piece if anybody holds it.
        self.keep = keep

    def __later__(self) -> Any:
        """The value."""
        return self._make()

    def __reduce__(self) -> tuple[Any, ...]:
        return _itself, (self._make(),)


def _itself(value: Any) -> Any:
    return value


class _LazyField:
    """A field that is looked at through its `LazyValue`."""

    def __init__(self, field: Any) -> None:
        self._field = field

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        value = self._field.__get__(instance, owner)
        if isinstance(value, LazyValue):
            if not value.keep:
                return value.__later__()
            self._field.__set__(instance, value.__later__())
            return self._field.__get__(instance, owner)  # objects in it become models
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        self._field.__set__(instance, value)


def lazy_fields(*names: str) -> Callable[[M], M]:
    """The fields `names` of a model may hold a `LazyValue`."""

    def mark(cls: M) -> M:
        for name in names:
            type.__setattr__(cls, name, _LazyField(cls.__fields__[name]))
        return cls

    return mark


def text_prefix(holder: dict[str, Any], key: str) -> Any:
    """What the growing text at `key` is now, to be looked at later; None if there is none."""
    text = holder.get(key)
    if not isinstance(text, str):
        return text
    length = len(text)
    return LazyValue(lambda: holder[key][:length], keep=False)


def json_prefix(holder: dict[str, Any], key: str) -> Any:
    """What is complete of the JSON at `key` now, to be looked at later; None if there is none."""
    text = text_prefix(holder, key)
    return LazyValue(lambda: partial_json(text.__later__())) if isinstance(text, LazyValue) else None


def list_prefix(entries: list[Any]) -> LazyValue:
    """What is in a growing list now, to be looked at later."""
    length = len(entries)
    return LazyValue(lambda: copy_of(entries[:length]))
