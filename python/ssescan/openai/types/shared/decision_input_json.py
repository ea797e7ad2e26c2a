"""`DecisionInputJSON`, as it is received."""

from __future__ import annotations

from typing import Dict, List, Literal, Optional, Union

from ssescan.models import Model

__all__ = ["DecisionInputJSON"]


class DecisionInputJSON(Model):
    data: Union[List[Dict[str, Optional[object]]], Dict[str, Optional[object]]]
    type: Literal["input_json"]
