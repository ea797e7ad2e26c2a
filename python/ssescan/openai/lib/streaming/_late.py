"""Fields whose value is made when somebody looks: most events are looked at for their delta alone."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

from ssescan.models import Model

from .._partial_json import partial_json
from ._deltas import copy_of

__all__ = ["Later", "first_later", "late", "partial_later", "text_until"]

M = TypeVar("M", bound="type[Model]")


class Later:
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


class _Late:
    """A field that is looked at through its `Later`."""

    def __init__(self, field: Any) -> None:
        self._field = field

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        value = self._field.__get__(instance, owner)
        if isinstance(value, Later):
            if not value.keep:
                return value.__later__()
            self._field.__set__(instance, value.__later__())
            return self._field.__get__(instance, owner)  # objects in it become models
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        self._field.__set__(instance, value)


def late(*names: str) -> Callable[[M], M]:
    """The fields `names` of a model may hold a `Later`."""

    def mark(cls: M) -> M:
        for name in names:
            type.__setattr__(cls, name, _Late(cls.__fields__[name]))
        return cls

    return mark


def text_until(holder: dict[str, Any], key: str) -> Any:
    """What the growing text at `key` is now, to be looked at later; None if there is none."""
    text = holder.get(key)
    if not isinstance(text, str):
        return text
    length = len(text)
    return Later(lambda: holder[key][:length], keep=False)


def partial_later(holder: dict[str, Any], key: str) -> Any:
    """What is complete of the JSON at `key` now, to be looked at later; None if there is none."""
    text = text_until(holder, key)
    return Later(lambda: partial_json(text.__later__())) if isinstance(text, Later) else None


def first_later(entries: list[Any]) -> Later:
    """What is in a growing list now, to be looked at later."""
    length = len(entries)
    return Later(lambda: copy_of(entries[:length]))
