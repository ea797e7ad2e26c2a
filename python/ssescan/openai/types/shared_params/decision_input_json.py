"""`DecisionInputJSON`, as it is sent."""

from __future__ import annotations

from typing import Dict, Iterable, Literal, Optional, TypedDict, Union

from ssescan.openai.types._params import Required

__all__ = ["DecisionInputJSON"]


class DecisionInputJSON(TypedDict, total=False):
    data: Required[Union[Dict[str, Optional[object]], Iterable[Dict[str, Optional[object]]]]]
    type: Required[Literal["input_json"]]
