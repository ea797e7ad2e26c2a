"""A response: what was asked, how, and what the model answered."""

from __future__ import annotations

from typing import Dict, List, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

from ..shared.metadata import Metadata
from ..shared.reasoning import Reasoning
from ..shared.responses_model import ResponsesModel
from .response_error import ResponseError
from .response_input_item import ResponseInputItem
from .response_output_item import ResponseOutputItem
from .response_output_message import ResponseOutputMessage
from .response_output_text import ResponseOutputText
from .response_prompt import ResponsePrompt
from .response_status import ResponseStatus
from .response_text_config import ResponseTextConfig
from .response_usage import ResponseUsage
from .service_tier import ServiceTier
from .tool import Tool
from .tool_choice_allowed import ToolChoiceAllowed
from .tool_choice_apply_patch import ToolChoiceApplyPatch
from .tool_choice_custom import ToolChoiceCustom
from .tool_choice_function import ToolChoiceFunction
from .tool_choice_mcp import ToolChoiceMcp
from .tool_choice_options import ToolChoiceOptions
from .tool_choice_shell import ToolChoiceShell
from .tool_choice_types import ToolChoiceTypes

__all__ = [
    "Response",
    "AccessPrograms",
    "IncompleteDetails",
    "ToolChoice",
    "ToolChoiceSpecificProgrammaticToolCallingParam",
    "Conversation",
    "Image",
    "InputTransformation",
    "Moderation",
    "ModerationInput",
    "ModerationInputModerationResult",
    "ModerationInputError",
    "ModerationOutput",
    "ModerationOutputModerationResult",
    "ModerationOutputError",
    "PromptCacheDiagnostics",
    "PromptCacheDiagnosticsCacheMiss",
    "PromptCacheDiagnosticsCacheHit",
    "PromptCacheDiagnosticsComparisonResponseNotFound",
    "PromptCacheDiagnosticsUnavailable",
    "PromptCacheOptions",
    "ToolUsage",
    "ToolUsageImageGen",
    "ToolUsageImageGenInputTokensDetails",
    "ToolUsageImageGenCachedTokensDetails",
    "ToolUsageImageGenOutputTokensDetails",
    "ToolUsageWebSearch",
]


class AccessPrograms(Model):
    cyber: Literal["standard", "daybreak_blue", "daybreak_red"]


class IncompleteDetails(Model):
    reason: Optional[Literal["max_output_tokens", "max_messages", "content_filter", "steered"]] = None


class ToolChoiceSpecificProgrammaticToolCallingParam(Model):
    type: Literal["programmatic_tool_calling"]


ToolChoice: TypeAlias = Union[
    ToolChoiceOptions,
    ToolChoiceAllowed,
    ToolChoiceTypes,
    ToolChoiceFunction,
    ToolChoiceMcp,
    ToolChoiceCustom,
    ToolChoiceSpecificProgrammaticToolCallingParam,
    ToolChoiceApplyPatch,
    ToolChoiceShell,
]


class Conversation(Model):
    id: str


class Image(Model):
    context_compression: Literal["enabled", "disabled"]


class InputTransformation(Model):
    id: str
    action: Literal["removed"]
    reason: Literal["organization_mismatch", "end_user_mismatch", "model_mismatch", "prefix_mismatch", "turn_boundary"]
    type: Literal["reasoning"]


class ModerationInputModerationResult(Model):
    categories: Dict[str, bool]
    category_applied_input_types: Dict[str, List[Literal["text", "image"]]]
    category_scores: Dict[str, float]
    flagged: bool
    model: str
    type: Literal["moderation_result"]


class ModerationInputError(Model):
    code: str
    message: str
    type: Literal["error"]


ModerationInput: TypeAlias = Union[ModerationInputModerationResult, ModerationInputError]


class ModerationOutputModerationResult(Model):
    categories: Dict[str, bool]
    category_applied_input_types: Dict[str, List[Literal["text", "image"]]]
    category_scores: Dict[str, float]
    flagged: bool
    model: str
    type: Literal["moderation_result"]


class ModerationOutputError(Model):
    code: str
    message: str
    type: Literal["error"]


ModerationOutput: TypeAlias = Union[ModerationOutputModerationResult, ModerationOutputError]


class Moderation(Model):
    input: ModerationInput
    output: ModerationOutput


class PromptCacheDiagnosticsCacheMiss(Model):
    cache_missed_tokens: int
    reason: Literal[
        "model_changed",
        "prompt_cache_key_changed",
        "tools_changed",
        "text_format_changed",
        "reasoning_effort_changed",
        "verbosity_changed",
        "context_compacted",
        "input_changed",
        "service_tier_changed",
    ]
    type: Literal["cache_miss"]
    comparison_reusable_tokens: Optional[int] = None


class PromptCacheDiagnosticsCacheHit(Model):
    type: Literal["cache_hit"]


class PromptCacheDiagnosticsComparisonResponseNotFound(Model):
    type: Literal["comparison_response_not_found"]


class PromptCacheDiagnosticsUnavailable(Model):
    type: Literal["unavailable"]


PromptCacheDiagnostics: TypeAlias = Union[
    PromptCacheDiagnosticsCacheMiss,
    PromptCacheDiagnosticsCacheHit,
    PromptCacheDiagnosticsComparisonResponseNotFound,
    PromptCacheDiagnosticsUnavailable,
]


class PromptCacheOptions(Model):
    mode: Literal["implicit", "explicit"]
    ttl: Literal["30m", "12h"]
    comparison_response_id: Optional[str] = None


class ToolUsageImageGenInputTokensDetails(Model):
    image_tokens: int
    text_tokens: int


class ToolUsageImageGenCachedTokensDetails(Model):
    cached_image_tokens: int
    cached_text_tokens: int


class ToolUsageImageGenOutputTokensDetails(Model):
    image_tokens: int
    text_tokens: int


class ToolUsageImageGen(Model):
    input_tokens: int
    input_tokens_details: ToolUsageImageGenInputTokensDetails
    output_tokens: int
    total_tokens: int
    cached_tokens: Optional[int] = None
    cached_tokens_details: Optional[ToolUsageImageGenCachedTokensDetails] = None
    output_tokens_details: Optional[ToolUsageImageGenOutputTokensDetails] = None


class ToolUsageWebSearch(Model):
    num_requests: int


class ToolUsage(Model):
    image_gen: ToolUsageImageGen
    web_search: ToolUsageWebSearch


class Response(Model):
    id: str
    access_programs: Optional[AccessPrograms] = None
    created_at: float
    error: Optional[ResponseError] = None
    incomplete_details: Optional[IncompleteDetails] = None
    instructions: Union[str, List[ResponseInputItem], None] = None
    metadata: Optional[Metadata] = None
    model: ResponsesModel
    object: Literal["response"]
    output: List[ResponseOutputItem]
    parallel_tool_calls: bool
    temperature: Optional[float] = None
    tool_choice: ToolChoice
    tools: List[Tool]
    top_p: Optional[float] = None
    background: Optional[bool] = None
    completed_at: Optional[float] = None
    conversation: Optional[Conversation] = None
    image: Optional[Image] = None
    input_transformations: Optional[List[InputTransformation]] = None
    max_output_tokens: Optional[int] = None
    max_tool_calls: Optional[int] = None
    moderation: Optional[Moderation] = None
    previous_response_id: Optional[str] = None
    prompt: Optional[ResponsePrompt] = None
    prompt_cache_diagnostics: Optional[PromptCacheDiagnostics] = None
    prompt_cache_key: Optional[str] = None
    prompt_cache_options: Optional[PromptCacheOptions] = None
    prompt_cache_retention: Optional[Literal["in_memory", "24h"]] = None
    reasoning: Optional[Reasoning] = None
    safety_identifier: Optional[str] = None
    service_tier: Optional[ServiceTier] = None
    status: Optional[ResponseStatus] = None
    text: Optional[ResponseTextConfig] = None
    tool_usage: Optional[ToolUsage] = None
    top_logprobs: Optional[int] = None
    truncation: Optional[Literal["auto", "disabled"]] = None
    usage: Optional[ResponseUsage] = None
    user: Optional[str] = None

    @property
    def output_text(self) -> str:
        """The `output_text` parts of all messages in `output`, joined."""
        # `or ()`: a list that the server left out is None.
        return "".join(
            part.text
            for item in self.output or ()
            if isinstance(item, ResponseOutputMessage)
            for part in item.content or ()
            if isinstance(part, ResponseOutputText)
        )
