"""`ResponseConfigurationUpdateItemParamParam`, as it is sent."""

from __future__ import annotations

from typing import Literal, Optional, TypeAlias, TypedDict, Union

from ssescan.openai.types._params import Required

from ..shared.reasoning_effort import ReasoningEffort
from ..shared_params.response_format_text import ResponseFormatText
from .response_format_text_json_schema_config_param import ResponseFormatTextJSONSchemaConfigParam

__all__ = ["ResponseConfigurationUpdateItemParamParam", "Reasoning", "Text", "TextFormat"]


class Reasoning(TypedDict, total=False):
    effort: Optional[ReasoningEffort]


TextFormat: TypeAlias = Union[ResponseFormatText, ResponseFormatTextJSONSchemaConfigParam]


class Text(TypedDict, total=False):
    format: Required[TextFormat]


class ResponseConfigurationUpdateItemParamParam(TypedDict, total=False):
    type: Required[Literal["configuration_update"]]
    id: Optional[str]
    reasoning: Reasoning
    text: Text
