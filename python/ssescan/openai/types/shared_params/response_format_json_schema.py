"""`ResponseFormatJSONSchema`, as it is sent."""

from __future__ import annotations

from typing import Dict, Literal, Optional, TypedDict

from ssescan.openai.types._params import Required

__all__ = ["ResponseFormatJSONSchema", "JSONSchema"]


class JSONSchema(TypedDict, total=False):
    name: Required[str]
    description: str
    schema: Dict[str, object]
    strict: Optional[bool]


class ResponseFormatJSONSchema(TypedDict, total=False):
    json_schema: Required[JSONSchema]
    type: Required[Literal["json_schema"]]
