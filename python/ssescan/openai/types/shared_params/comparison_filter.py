"""`ComparisonFilter`, as it is sent."""

from __future__ import annotations

from typing import Literal, TypedDict, Union

from ssescan.openai.types._params import Required, SequenceNotStr

__all__ = ["ComparisonFilter"]


class ComparisonFilter(TypedDict, total=False):
    key: Required[str]
    type: Required[Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]]
    value: Required[Union[str, float, bool, SequenceNotStr[Union[str, float]]]]
