"""Chat Completions."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from ..._endpoints import Options, delete, get, post
from ..._types import omit
from .._listing import Listing
from ._helpers import CompletionHelpers
from .messages import Messages

if TYPE_CHECKING:
    from typing import Dict, Iterable, List, Literal, Optional, Union

    from typing_extensions import Required, Unpack

    from ..._streaming import Stream
    from ..._types import Omit
    from ...pagination import SyncCursorPage
    from ...types._params import SequenceNotStr
    from ...types.chat import (
        ChatCompletion,
        ChatCompletionAudioParam,
        ChatCompletionChunk,
        ChatCompletionDeleted,
        ChatCompletionMessageParam,
        ChatCompletionPredictionContentParam,
        ChatCompletionStreamOptionsParam,
        ChatCompletionToolChoiceOptionParam,
        ChatCompletionToolUnionParam,
        completion_create_params,
    )
    from ...types.shared import ChatModel, Metadata, ReasoningEffort

__all__ = ["Completions"]


class CompletionCreate(Options, total=False):
    messages: Required[Iterable[ChatCompletionMessageParam]]
    model: Required[Union[str, ChatModel]]
    audio: Optional[ChatCompletionAudioParam] | Omit
    frequency_penalty: Optional[float] | Omit
    function_call: completion_create_params.FunctionCall | Omit
    functions: Iterable[completion_create_params.Function] | Omit
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
    response_format: completion_create_params.ResponseFormat | Omit
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


class CompletionList(Listing, total=False):
    metadata: Optional[Metadata] | Omit
    model: str | Omit


class CompletionUpdate(Options, total=False):
    metadata: Required[Optional[Metadata]]


class Completions(CompletionHelpers):
    @cached_property
    def messages(self) -> Messages:
        return self._group(Messages)

    @overload
    def create(self, *, stream: Literal[True], **given: Unpack[CompletionCreate]) -> Stream[ChatCompletionChunk]: ...
    @overload
    def create(
        self, *, stream: Optional[Literal[False]] | Omit = omit, **given: Unpack[CompletionCreate]
    ) -> ChatCompletion: ...
    @overload
    def create(
        self, *, stream: bool, **given: Unpack[CompletionCreate]
    ) -> ChatCompletion | Stream[ChatCompletionChunk]: ...

    @post("/chat/completions", "chat.ChatCompletion", dialect="chat")
    def create(self, *, stream: Optional[bool] | Omit = omit, **given: Unpack[CompletionCreate]) -> Any:
        """The answer to a conversation: with `stream=True` a `Stream` of its chunks."""

    @get("/chat/completions/{completion_id}", "chat.ChatCompletion")
    def retrieve(self, completion_id: str, **given: Unpack[Options]) -> ChatCompletion:
        """An answer that was stored."""

    @post("/chat/completions/{completion_id}", "chat.ChatCompletion")
    def update(self, completion_id: str, **given: Unpack[CompletionUpdate]) -> ChatCompletion:
        """Other `metadata` for an answer that was stored."""

    @get("/chat/completions", "chat.ChatCompletion", page="SyncCursorPage")
    def list(self, **given: Unpack[CompletionList]) -> SyncCursorPage[ChatCompletion]:
        """The answers that were stored."""

    @delete("/chat/completions/{completion_id}", "chat.ChatCompletionDeleted")
    def delete(self, completion_id: str, **given: Unpack[Options]) -> ChatCompletionDeleted:
        """Forgets an answer that was stored."""
