"""The names besides those of `typing` that the parameters of requests are declared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Required

from ssescan.openai._types import Base64FileInput, FileTypes

__all__ = ["Base64FileInput", "FileTypes", "Required", "SequenceNotStr", "TypedDict"]

if TYPE_CHECKING:
    from typing_extensions import TypedDict as TypedDict
else:
    try:  # before Python 3.12, pydantic takes no other
        from typing_extensions import TypedDict
    except ImportError:
        from typing import TypedDict

if TYPE_CHECKING:
    from typing import Iterator, Protocol, Sequence, TypeVar, overload

    T_co = TypeVar("T_co", covariant=True)

    class SequenceNotStr(Protocol[T_co]):
        """A sequence that is not a str: `str.__contains__` takes a str only, this one takes any object."""

        @overload
        def __getitem__(self, index: int, /) -> T_co: ...
        @overload
        def __getitem__(self, index: slice, /) -> Sequence[T_co]: ...
        def __contains__(self, value: object, /) -> bool: ...
        def __len__(self) -> int: ...
        def __iter__(self) -> Iterator[T_co]: ...
        def index(self, value: Any, start: int = 0, stop: int = ..., /) -> int: ...
        def count(self, value: Any, /) -> int: ...
        def __reversed__(self) -> Iterator[T_co]: ...

else:
    from typing import Sequence as SequenceNotStr
