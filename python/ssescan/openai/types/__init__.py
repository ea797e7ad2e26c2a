"""Typed models, under the module paths of `openai.types`. Loaded when first asked for."""

from typing import TYPE_CHECKING

from ssescan._lazy import attach

if TYPE_CHECKING:
    from .chat_model import ChatModel as ChatModel
    from .completion import Completion as Completion
    from .completion_choice import CompletionChoice as CompletionChoice
    from .completion_create_params import CompletionCreateParams as CompletionCreateParams
    from .completion_usage import CompletionUsage as CompletionUsage
    from .model import Model as Model
    from .model_deleted import ModelDeleted as ModelDeleted
    from .shared.all_models import AllModels as AllModels
    from .shared.comparison_filter import ComparisonFilter as ComparisonFilter
    from .shared.compound_filter import CompoundFilter as CompoundFilter
    from .shared.custom_tool_input_format import CustomToolInputFormat as CustomToolInputFormat
    from .shared.decision_input_json import DecisionInputJSON as DecisionInputJSON
    from .shared.decision_question_input_image import DecisionQuestionInputImage as DecisionQuestionInputImage
    from .shared.decision_question_input_part import DecisionQuestionInputPart as DecisionQuestionInputPart
    from .shared.decision_question_input_text import DecisionQuestionInputText as DecisionQuestionInputText
    from .shared.error_object import ErrorObject as ErrorObject
    from .shared.function_definition import FunctionDefinition as FunctionDefinition
    from .shared.function_parameters import FunctionParameters as FunctionParameters
    from .shared.metadata import Metadata as Metadata
    from .shared.oauth_error_code import OAuthErrorCode as OAuthErrorCode
    from .shared.reasoning import Reasoning as Reasoning
    from .shared.reasoning_effort import ReasoningEffort as ReasoningEffort
    from .shared.response_format_json_object import ResponseFormatJSONObject as ResponseFormatJSONObject
    from .shared.response_format_json_schema import ResponseFormatJSONSchema as ResponseFormatJSONSchema
    from .shared.response_format_text import ResponseFormatText as ResponseFormatText
    from .shared.response_format_text_grammar import ResponseFormatTextGrammar as ResponseFormatTextGrammar
    from .shared.response_format_text_python import ResponseFormatTextPython as ResponseFormatTextPython
    from .shared.responses_model import ResponsesModel as ResponsesModel
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "AllModels": "shared.all_models",
            "ChatModel": "chat_model",
            "ComparisonFilter": "shared.comparison_filter",
            "Completion": "completion",
            "CompletionChoice": "completion_choice",
            "CompletionCreateParams": "completion_create_params",
            "CompletionUsage": "completion_usage",
            "CompoundFilter": "shared.compound_filter",
            "CustomToolInputFormat": "shared.custom_tool_input_format",
            "DecisionInputJSON": "shared.decision_input_json",
            "DecisionQuestionInputImage": "shared.decision_question_input_image",
            "DecisionQuestionInputPart": "shared.decision_question_input_part",
            "DecisionQuestionInputText": "shared.decision_question_input_text",
            "ErrorObject": "shared.error_object",
            "FunctionDefinition": "shared.function_definition",
            "FunctionParameters": "shared.function_parameters",
            "Metadata": "shared.metadata",
            "Model": "model",
            "ModelDeleted": "model_deleted",
            "OAuthErrorCode": "shared.oauth_error_code",
            "Reasoning": "shared.reasoning",
            "ReasoningEffort": "shared.reasoning_effort",
            "ResponseFormatJSONObject": "shared.response_format_json_object",
            "ResponseFormatJSONSchema": "shared.response_format_json_schema",
            "ResponseFormatText": "shared.response_format_text",
            "ResponseFormatTextGrammar": "shared.response_format_text_grammar",
            "ResponseFormatTextPython": "shared.response_format_text_python",
            "ResponsesModel": "shared.responses_model",
        },
    )
