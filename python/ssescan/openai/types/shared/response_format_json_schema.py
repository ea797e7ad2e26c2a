"""Output that must follow a JSON schema."""

from __future__ import annotations

from typing import ClassVar, Dict, Literal, Optional

from ssescan.models import Model

__all__ = ["ResponseFormatJSONSchema", "JSONSchema"]


class JSONSchema(Model):
    __aliases__: ClassVar[dict[str, str]] = {"schema_": "schema"}

    name: str
    description: Optional[str] = None
    schema_: Optional[Dict[str, object]] = None
    strict: Optional[bool] = None


class ResponseFormatJSONSchema(Model):
    json_schema: JSONSchema
    type: Literal["json_schema"]
