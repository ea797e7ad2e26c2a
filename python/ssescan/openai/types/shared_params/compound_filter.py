"""`CompoundFilter`, as it is sent."""

from __future__ import annotations

from typing import Iterable, Literal, TypeAlias, TypedDict, Union

from ssescan.openai.types._params import Required

from .comparison_filter import ComparisonFilter

__all__ = ["CompoundFilter", "Filter"]

Filter: TypeAlias = Union[ComparisonFilter, object]


class CompoundFilter(TypedDict, total=False):
    filters: Required[Iterable[Filter]]
    type: Required[Literal["and", "or"]]
