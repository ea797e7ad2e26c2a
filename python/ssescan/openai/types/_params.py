"""What request parameters are declared with, beside `typing`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

__all__ = ["Required", "SequenceNotStr"]

if TYPE_CHECKING:
    from typing import Iterator, Protocol, Sequence, TypeVar, overload

    from typing_extensions import Required as Required

    T_co = TypeVar("T_co", covariant=True)

    class SequenceNotStr(Protocol[T_co]):
        """A sequence, but not a str: that one's `__contains__` takes str only, this one's takes anything."""

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

    if sys.version_info >= (3, 11):
        from typing import Required
    else:
        try:
            from typing_extensions import Required
        except ImportError:

            class Required:
                """Marks a key that must be there; for those who read the source, if nobody can ask for it."""

                def __class_getitem__(cls, item: Any) -> Any:
                    return item
