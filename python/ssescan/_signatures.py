"""Readable signatures of named tuples."""

from __future__ import annotations

from typing import Any, TypeVar

__all__ = ["readable_signature"]

T = TypeVar("T", bound=tuple[Any, ...])


def readable_signature(cls: type[T]) -> type[T]:
    """Let `help` show the annotations of a `NamedTuple` as they are written.

    Where annotations are strings, `NamedTuple` turns them into `ForwardRef`s, and `help` would show those.
    """
    make: Any = cls.__new__
    make.__annotations__ = {
        name: getattr(annotation, "__forward_arg__", annotation) for name, annotation in make.__annotations__.items()
    }
    return cls
