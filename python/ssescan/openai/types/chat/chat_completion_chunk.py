"""One chunk of a streamed chat completion."""

from __future__ import annotations

from typing import Dict, List, Literal, Optional, TypeAlias, Union

from ssescan.events import Event
from ssescan.models import Model

from ..completion_usage import CompletionUsage
from .chat_completion_token_logprob import ChatCompletionTokenLogprob

__all__ = [
    "ChatCompletionChunk",
    "Choice",
    "ChoiceDelta",
    "ChoiceDeltaAudio",
    "ChoiceDeltaFunctionCall",
    "ChoiceDeltaToolCall",
    "ChoiceDeltaToolCallFunction",
    "ChoiceLogprobs",
    "Moderation",
    "ModerationInput",
    "ModerationInputModerationResults",
    "ModerationInputModerationResultsResult",
    "ModerationInputError",
    "ModerationOutput",
    "ModerationOutputModerationResults",
    "ModerationOutputModerationResultsResult",
    "ModerationOutputError",
]


class ChoiceDeltaAudio(Model):
    id: Optional[str] = None
    data: Optional[str] = None
    expires_at: Optional[int] = None
    transcript: Optional[str] = None


class ChoiceDeltaFunctionCall(Model):
    arguments: Optional[str] = None
    name: Optional[str] = None


class ChoiceDeltaToolCallFunction(Model):
    arguments: Optional[str] = None
    name: Optional[str] = None


class ChoiceDeltaToolCall(Model):
    index: int
    id: Optional[str] = None
    function: Optional[ChoiceDeltaToolCallFunction] = None
    type: Optional[Literal["function"]] = None


class ChoiceDelta(Model):
    audio: Optional[ChoiceDeltaAudio] = None
    content: Optional[str] = None
    function_call: Optional[ChoiceDeltaFunctionCall] = None
    refusal: Optional[str] = None
    role: Optional[Literal["developer", "system", "user", "assistant", "tool"]] = None
    tool_calls: Optional[List[ChoiceDeltaToolCall]] = None


class ChoiceLogprobs(Model):
    content: Optional[List[ChatCompletionTokenLogprob]] = None
    refusal: Optional[List[ChatCompletionTokenLogprob]] = None


class Choice(Model):
    delta: ChoiceDelta
    index: int
    finish_reason: Optional[Literal["stop", "length", "tool_calls", "content_filter", "function_call"]] = None
    logprobs: Optional[ChoiceLogprobs] = None


class ModerationInputModerationResultsResult(Model):
    categories: Dict[str, bool]
    category_applied_input_types: Dict[str, List[Literal["text", "image"]]]
    category_scores: Dict[str, float]
    flagged: bool
    model: str
    type: Literal["moderation_result"]


class ModerationInputModerationResults(Model):
    model: str
    results: List[ModerationInputModerationResultsResult]
    type: Literal["moderation_results"]


class ModerationInputError(Model):
    code: str
    message: str
    type: Literal["error"]


ModerationInput: TypeAlias = Union[ModerationInputModerationResults, ModerationInputError]


class ModerationOutputModerationResultsResult(Model):
    categories: Dict[str, bool]
    category_applied_input_types: Dict[str, List[Literal["text", "image"]]]
    category_scores: Dict[str, float]
    flagged: bool
    model: str
    type: Literal["moderation_result"]


class ModerationOutputModerationResults(Model):
    model: str
    results: List[ModerationOutputModerationResultsResult]
    type: Literal["moderation_results"]


class ModerationOutputError(Model):
    code: str
    message: str
    type: Literal["error"]


ModerationOutput: TypeAlias = Union[ModerationOutputModerationResults, ModerationOutputError]


class Moderation(Model):
    input: ModerationInput
    output: ModerationOutput


class ChatCompletionChunk(Event):
    id: str
    choices: List[Choice]
    created: int
    model: str
    object: Literal["chat.completion.chunk"]
    moderation: Optional[Moderation] = None
    obfuscation: Optional[str] = None
    service_tier: Optional[Literal["auto", "default", "flex", "scale", "priority", "fast"]] = None
    system_fingerprint: Optional[str] = None
    usage: Optional[CompletionUsage] = None
