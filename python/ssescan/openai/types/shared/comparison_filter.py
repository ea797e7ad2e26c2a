"""A test of one attribute of a file."""

from __future__ import annotations

from typing import List, Literal, Union

from ssescan.models import Model

__all__ = ["ComparisonFilter"]


class ComparisonFilter(Model):
    key: str
    type: Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]
    value: Union[str, float, bool, List[Union[str, float]]]
