"""`ResponseFormatTextJSONSchemaConfigParam`, as it is sent."""

from __future__ import annotations

from typing import Dict, Literal, Optional, TypedDict

from ssescan.openai.types._params import Required

__all__ = ["ResponseFormatTextJSONSchemaConfigParam"]


class ResponseFormatTextJSONSchemaConfigParam(TypedDict, total=False):
    name: Required[str]
    schema: Required[Dict[str, object]]
    type: Required[Literal["json_schema"]]
    description: str
    strict: Optional[bool]
