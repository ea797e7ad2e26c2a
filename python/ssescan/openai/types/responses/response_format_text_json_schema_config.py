"""Text output that must follow a JSON schema."""

from __future__ import annotations

from typing import ClassVar, Dict, Literal, Optional

from ssescan.models import Model

__all__ = ["ResponseFormatTextJSONSchemaConfig"]


class ResponseFormatTextJSONSchemaConfig(Model):
    __aliases__: ClassVar[dict[str, str]] = {"schema_": "schema"}

    name: str
    schema_: Dict[str, object]
    type: Literal["json_schema"]
    description: Optional[str] = None
    strict: Optional[bool] = None
