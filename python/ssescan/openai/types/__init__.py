"""Typed models, under the module paths of `openai.types`. Loaded when first asked for."""

from typing import TYPE_CHECKING

from ssescan._lazy import attach

if TYPE_CHECKING:
    from .completion_usage import CompletionUsage as CompletionUsage
    from .shared.chat_model import ChatModel as ChatModel
    from .shared.comparison_filter import ComparisonFilter as ComparisonFilter
    from .shared.compound_filter import CompoundFilter as CompoundFilter
    from .shared.custom_tool_input_format import CustomToolInputFormat as CustomToolInputFormat
    from .shared.error_object import ErrorObject as ErrorObject
    from .shared.function_definition import FunctionDefinition as FunctionDefinition
    from .shared.function_parameters import FunctionParameters as FunctionParameters
    from .shared.metadata import Metadata as Metadata
    from .shared.reasoning import Reasoning as Reasoning
    from .shared.reasoning_effort import ReasoningEffort as ReasoningEffort
    from .shared.response_format_json_object import ResponseFormatJSONObject as ResponseFormatJSONObject
    from .shared.response_format_json_schema import ResponseFormatJSONSchema as ResponseFormatJSONSchema
    from .shared.response_format_text import ResponseFormatText as ResponseFormatText
    from .shared.responses_model import ResponsesModel as ResponsesModel
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "ChatModel": "shared.chat_model",
            "ComparisonFilter": "shared.comparison_filter",
            "CompletionUsage": "completion_usage",
            "CompoundFilter": "shared.compound_filter",
            "CustomToolInputFormat": "shared.custom_tool_input_format",
            "ErrorObject": "shared.error_object",
            "FunctionDefinition": "shared.function_definition",
            "FunctionParameters": "shared.function_parameters",
            "Metadata": "shared.metadata",
            "Reasoning": "shared.reasoning",
            "ReasoningEffort": "shared.reasoning_effort",
            "ResponseFormatJSONObject": "shared.response_format_json_object",
            "ResponseFormatJSONSchema": "shared.response_format_json_schema",
            "ResponseFormatText": "shared.response_format_text",
            "ResponsesModel": "shared.responses_model",
        },
    )
