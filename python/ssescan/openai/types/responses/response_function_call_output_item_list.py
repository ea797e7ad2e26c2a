"""A function's output, in parts."""

from __future__ import annotations

from typing import List, TypeAlias

from .response_function_call_output_item import ResponseFunctionCallOutputItem

__all__ = ["ResponseFunctionCallOutputItemList"]

ResponseFunctionCallOutputItemList: TypeAlias = List[ResponseFunctionCallOutputItem]
