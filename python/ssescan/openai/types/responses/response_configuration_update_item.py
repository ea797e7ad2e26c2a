"""`ResponseConfigurationUpdateItem`, as it is received."""

from __future__ import annotations

from typing import Literal, Optional, TypeAlias, Union

from ssescan.models import Model

from ..shared.reasoning_effort import ReasoningEffort
from ..shared.response_format_text import ResponseFormatText
from .response_format_text_json_schema_config import ResponseFormatTextJSONSchemaConfig

__all__ = ["ResponseConfigurationUpdateItem", "Reasoning", "Text", "TextFormat"]


class Reasoning(Model):
    effort: Optional[ReasoningEffort] = None


TextFormat: TypeAlias = Union[ResponseFormatText, ResponseFormatTextJSONSchemaConfig]


class Text(Model):
    format: TextFormat


class ResponseConfigurationUpdateItem(Model):
    id: str
    type: Literal["configuration_update"]
    reasoning: Optional[Reasoning] = None
    text: Optional[Text] = None
