"""The keyword arguments of the methods of Chat Completions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._call import Options, ordered_by_name
from .._listing import Listing

if TYPE_CHECKING:
    from typing import Dict, Iterable, List, Literal, Optional, Required, Union

    from ..._types import Omit
    from ...types._params import SequenceNotStr
    from ...types.chat import (
        ChatCompletionAudioParam,
        ChatCompletionMessageParam,
        ChatCompletionPredictionContentParam,
        ChatCompletionStreamOptionsParam,
        ChatCompletionToolChoiceOptionParam,
        ChatCompletionToolUnionParam,
        completion_create_params,
    )
    from ...types.shared import ChatModel, Metadata, ReasoningEffort

__all__ = ["CompletionArguments", "CompletionCreate", "CompletionList", "CompletionTools", "CompletionUpdate"]


class CompletionTools(Options, total=False):
    """The arguments of `create` that `run_tools` takes too."""

    messages: Required[Iterable[ChatCompletionMessageParam]]
    model: Required[Union[str, ChatModel]]
    audio: Optional[ChatCompletionAudioParam] | Omit
    frequency_penalty: Optional[float] | Omit
    function_call: completion_create_params.FunctionCall | Omit
    logit_bias: Optional[Dict[str, int]] | Omit
    logprobs: Optional[bool] | Omit
    max_completion_tokens: Optional[int] | Omit
    max_tokens: Optional[int] | Omit
    metadata: Optional[Metadata] | Omit
    modalities: Optional[List[Literal["text", "audio"]]] | Omit
    moderation: Optional[completion_create_params.Moderation] | Omit
    n: Optional[int] | Omit
    parallel_tool_calls: bool | Omit
    prediction: Optional[ChatCompletionPredictionContentParam] | Omit
    presence_penalty: Optional[float] | Omit
    prompt_cache_key: Optional[str] | Omit
    prompt_cache_options: completion_create_params.PromptCacheOptions | Omit
    prompt_cache_retention: Optional[Literal["in_memory", "24h"]] | Omit
    reasoning_effort: Optional[ReasoningEffort] | Omit
    safety_identifier: Optional[str] | Omit
    seed: Optional[int] | Omit
    service_tier: Optional[Literal["auto", "default", "flex", "scale", "priority", "fast"]] | Omit
    stop: Union[str, SequenceNotStr[str], None] | Omit
    store: Optional[bool] | Omit
    stream_options: Optional[ChatCompletionStreamOptionsParam] | Omit
    temperature: Optional[float] | Omit
    tool_choice: ChatCompletionToolChoiceOptionParam | Omit
    tools: Iterable[ChatCompletionToolUnionParam] | Omit
    top_logprobs: Optional[int] | Omit
    top_p: Optional[float] | Omit
    user: str | Omit
    verbosity: Optional[Literal["low", "medium", "high"]] | Omit
    web_search_options: completion_create_params.WebSearchOptions | Omit


class CompletionArguments(CompletionTools, total=False):
    """The arguments of `create` that `stream` and `parse` take too."""

    functions: Iterable[completion_create_params.Function] | Omit


@ordered_by_name
class CompletionCreate(CompletionArguments, total=False):
    response_format: completion_create_params.ResponseFormat | Omit


class CompletionList(Listing, total=False):
    metadata: Optional[Metadata] | Omit
    model: str | Omit


class CompletionUpdate(Options, total=False):
    metadata: Required[Optional[Metadata]]
