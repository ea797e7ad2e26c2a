"""The chunks of Gemini's `streamGenerateContent`.

The names are those of the `google-genai` package: attributes are in snake case (`finish_reason`), and wire names in camel
case (`finishReason`). Fields that a class does not declare are attributes too, under their wire names.
"""

from __future__ import annotations

from typing import Any, ClassVar, Dict, List, Optional

from ssescan.events import Event
from ssescan.models import Model

__all__ = [
    "Blob",
    "Candidate",
    "Citation",
    "CitationMetadata",
    "CodeExecutionResult",
    "Content",
    "ExecutableCode",
    "FileData",
    "FunctionCall",
    "FunctionResponse",
    "GenerateContentResponse",
    "GenerateContentResponsePromptFeedback",
    "GenerateContentResponseUsageMetadata",
    "ModalityTokenCount",
    "Part",
    "PartialArg",
    "SafetyRating",
    "ToolCall",
    "ToolResponse",
]

#: The attributes whose wire names differ.
_ALIASES = {
    "avg_logprobs": "avgLogprobs",
    "block_reason": "blockReason",
    "block_reason_message": "blockReasonMessage",
    "bool_value": "boolValue",
    "cache_tokens_details": "cacheTokensDetails",
    "cached_content_token_count": "cachedContentTokenCount",
    "candidates_token_count": "candidatesTokenCount",
    "candidates_tokens_details": "candidatesTokensDetails",
    "citation_metadata": "citationMetadata",
    "citation_sources": "citationSources",
    "code_execution_result": "codeExecutionResult",
    "continuation_token": "continuationToken",
    "create_time": "createTime",
    "display_name": "displayName",
    "end_index": "endIndex",
    "executable_code": "executableCode",
    "file_data": "fileData",
    "file_uri": "fileUri",
    "finish_message": "finishMessage",
    "finish_reason": "finishReason",
    "function_call": "functionCall",
    "function_response": "functionResponse",
    "grounding_metadata": "groundingMetadata",
    "inline_data": "inlineData",
    "json_path": "jsonPath",
    "logprobs_result": "logprobsResult",
    "mime_type": "mimeType",
    "model_status": "modelStatus",
    "model_version": "modelVersion",
    "null_value": "nullValue",
    "number_value": "numberValue",
    "partial_args": "partialArgs",
    "prompt_feedback": "promptFeedback",
    "prompt_token_count": "promptTokenCount",
    "prompt_tokens_details": "promptTokensDetails",
    "response_id": "responseId",
    "safety_ratings": "safetyRatings",
    "start_index": "startIndex",
    "string_value": "stringValue",
    "thought_signature": "thoughtSignature",
    "thoughts_token_count": "thoughtsTokenCount",
    "token_count": "tokenCount",
    "tool_call": "toolCall",
    "tool_response": "toolResponse",
    "tool_type": "toolType",
    "tool_use_prompt_token_count": "toolUsePromptTokenCount",
    "tool_use_prompt_tokens_details": "toolUsePromptTokensDetails",
    "total_token_count": "totalTokenCount",
    "traffic_type": "trafficType",
    "url_context_metadata": "urlContextMetadata",
    "usage_metadata": "usageMetadata",
    "video_metadata": "videoMetadata",
    "will_continue": "willContinue",
}


class _GeminiModel(Model):
    """Base of the models."""

    __aliases__: ClassVar[Dict[str, str]] = _ALIASES


class PartialArg(_GeminiModel):
    """A piece of an argument, at the place `json_path`. It has one of the values."""

    bool_value: Optional[bool] = None
    json_path: Optional[str] = None
    null_value: Optional[str] = None
    number_value: Optional[float] = None
    string_value: Optional[str] = None
    will_continue: Optional[bool] = None


class FunctionCall(_GeminiModel):
    """A call of a function of the request. `args` is an object, not JSON text.

    If the request asked for streamed arguments, a call is several parts, with `partial_args` instead. `accumulate` joins
    them.
    """

    args: Optional[Dict[str, Any]] = None
    id: Optional[str] = None
    name: Optional[str] = None
    partial_args: Optional[List[PartialArg]] = None
    will_continue: Optional[bool] = None


class ToolCall(_GeminiModel):
    """A call of a tool that the server runs. It must be sent back with its response."""

    args: Optional[Dict[str, Any]] = None
    id: Optional[str] = None
    tool_type: Optional[str] = None


class ToolResponse(_GeminiModel):
    """The result of a tool that the server ran."""

    id: Optional[str] = None
    response: Optional[Dict[str, Any]] = None
    tool_type: Optional[str] = None


class FunctionResponse(_GeminiModel):
    """The result of a function call."""

    id: Optional[str] = None
    name: Optional[str] = None
    response: Optional[Dict[str, Any]] = None


class ExecutableCode(_GeminiModel):
    """Code that the model wrote and the server runs."""

    code: Optional[str] = None
    language: Optional[str] = None


class CodeExecutionResult(_GeminiModel):
    """The output of code that the server ran."""

    outcome: Optional[str] = None
    output: Optional[str] = None


class Blob(_GeminiModel):
    """Data such as an image, as base64 text."""

    data: Optional[str] = None
    display_name: Optional[str] = None
    mime_type: Optional[str] = None


class FileData(_GeminiModel):
    """A file at a URI."""

    display_name: Optional[str] = None
    file_uri: Optional[str] = None
    mime_type: Optional[str] = None


class Part(_GeminiModel):
    """A part of the content. It has one of these fields, and beside it `thought` and `thought_signature`.

    `text` is reasoning if `thought` is true. The signature must be sent back with its part.
    """

    text: Optional[str] = None
    thought: Optional[bool] = None
    thought_signature: Optional[str] = None
    function_call: Optional[FunctionCall] = None
    function_response: Optional[FunctionResponse] = None
    executable_code: Optional[ExecutableCode] = None
    code_execution_result: Optional[CodeExecutionResult] = None
    inline_data: Optional[Blob] = None
    file_data: Optional[FileData] = None
    tool_call: Optional[ToolCall] = None
    tool_response: Optional[ToolResponse] = None
    video_metadata: Optional[Any] = None


class Content(_GeminiModel):
    """The parts of a message."""

    parts: Optional[List[Part]] = None
    role: Optional[str] = None


class Citation(_GeminiModel):
    """A source of a part of the text."""

    end_index: Optional[int] = None
    license: Optional[str] = None
    start_index: Optional[int] = None
    title: Optional[str] = None
    uri: Optional[str] = None


class CitationMetadata(_GeminiModel):
    """The sources of a candidate. Gemini's API and Vertex AI use different fields."""

    citation_sources: Optional[List[Citation]] = None
    citations: Optional[List[Citation]] = None


class SafetyRating(_GeminiModel):
    """How harmful a text probably is, in one category."""

    blocked: Optional[bool] = None
    category: Optional[str] = None
    probability: Optional[str] = None


class Candidate(_GeminiModel):
    """One of the answers. A `finish_reason` means that it is complete, for example STOP, MAX_TOKENS or SAFETY."""

    content: Optional[Content] = None
    finish_reason: Optional[str] = None
    finish_message: Optional[str] = None
    index: Optional[int] = None
    avg_logprobs: Optional[float] = None
    citation_metadata: Optional[CitationMetadata] = None
    continuation_token: Optional[str] = None
    grounding_metadata: Optional[Any] = None
    logprobs_result: Optional[Any] = None
    safety_ratings: Optional[List[SafetyRating]] = None
    token_count: Optional[int] = None
    url_context_metadata: Optional[Any] = None


class GenerateContentResponsePromptFeedback(_GeminiModel):
    """The server's verdict on the prompt. A prompt with a `block_reason` has no answer."""

    block_reason: Optional[str] = None
    block_reason_message: Optional[str] = None
    safety_ratings: Optional[List[SafetyRating]] = None


class ModalityTokenCount(_GeminiModel):
    """The tokens of one modality, such as TEXT or IMAGE."""

    modality: Optional[str] = None
    token_count: Optional[int] = None


class GenerateContentResponseUsageMetadata(_GeminiModel):
    """The token counts so far."""

    cache_tokens_details: Optional[List[ModalityTokenCount]] = None
    cached_content_token_count: Optional[int] = None
    candidates_token_count: Optional[int] = None
    candidates_tokens_details: Optional[List[ModalityTokenCount]] = None
    prompt_token_count: Optional[int] = None
    prompt_tokens_details: Optional[List[ModalityTokenCount]] = None
    thoughts_token_count: Optional[int] = None
    tool_use_prompt_token_count: Optional[int] = None
    tool_use_prompt_tokens_details: Optional[List[ModalityTokenCount]] = None
    total_token_count: Optional[int] = None
    traffic_type: Optional[str] = None


class GenerateContentResponse(Event):
    """A chunk of an answer, or a whole answer. Its `text` leaves out thoughts."""

    __aliases__: ClassVar[Dict[str, str]] = _ALIASES

    candidates: Optional[List[Candidate]] = None
    create_time: Optional[str] = None
    model_status: Optional[Any] = None
    model_version: Optional[str] = None
    prompt_feedback: Optional[GenerateContentResponsePromptFeedback] = None
    response_id: Optional[str] = None
    usage_metadata: Optional[GenerateContentResponseUsageMetadata] = None
