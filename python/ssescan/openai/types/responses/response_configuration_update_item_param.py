"""A change of configuration within the input."""

from __future__ import annotations

from typing import Literal, Optional, TypeAlias, Union

from ssescan.models import Model

from ..shared.reasoning_effort import ReasoningEffort
from ..shared.response_format_text import ResponseFormatText
from .response_format_text_json_schema_config import ResponseFormatTextJSONSchemaConfig

__all__ = ["ResponseConfigurationUpdateItemParam", "Reasoning", "Text", "TextFormat"]


class Reasoning(Model):
    effort: Optional[ReasoningEffort] = None


TextFormat: TypeAlias = Union[ResponseFormatText, ResponseFormatTextJSONSchemaConfig]


class Text(Model):
    format: TextFormat


class ResponseConfigurationUpdateItemParam(Model):
    type: Literal["configuration_update"]
    id: Optional[str] = None
    reasoning: Optional[Reasoning] = None
    text: Optional[Text] = None
