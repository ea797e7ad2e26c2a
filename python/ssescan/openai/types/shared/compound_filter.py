"""Tests joined by `and` or `or`."""

from __future__ import annotations

from typing import List, Literal, TypeAlias, Union

from ssescan.models import Model

from .comparison_filter import ComparisonFilter

__all__ = ["CompoundFilter", "Filter"]

Filter: TypeAlias = Union[ComparisonFilter, object]


class CompoundFilter(Model):
    filters: List[Filter]
    type: Literal["and", "or"]
