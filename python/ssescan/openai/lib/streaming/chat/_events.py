"""Events of `chat.completions.stream`: what a chunk adds, and what there is with it."""

from __future__ import annotations

from typing import Generic, List, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

from ....types.chat.chat_completion_chunk import ChatCompletionChunk
from ....types.chat.chat_completion_token_logprob import ChatCompletionTokenLogprob
from ..._parsing import ResponseFormatT
from .._lazy_fields import lazy_fields
from ._types import ParsedChatCompletionSnapshot

__all__ = [
    "ChatCompletionStreamEvent",
    "ChunkEvent",
    "ContentDeltaEvent",
    "ContentDoneEvent",
    "FunctionToolCallArgumentsDeltaEvent",
    "FunctionToolCallArgumentsDoneEvent",
    "LogprobsContentDeltaEvent",
    "LogprobsContentDoneEvent",
    "LogprobsRefusalDeltaEvent",
    "LogprobsRefusalDoneEvent",
    "RefusalDeltaEvent",
    "RefusalDoneEvent",
]


@lazy_fields("snapshot")
class ChunkEvent(Model):
    """Every chunk, before the other events that it brings. The snapshot is the live one."""

    type: Literal["chunk"]
    chunk: ChatCompletionChunk
    snapshot: ParsedChatCompletionSnapshot


@lazy_fields("snapshot", "parsed")
class ContentDeltaEvent(Model):
    """A piece of content; `parsed` is what is complete of it, if there is a class as response format."""

    type: Literal["content.delta"]
    delta: str
    snapshot: str
    parsed: Optional[object] = None


class ContentDoneEvent(Model, Generic[ResponseFormatT]):
    type: Literal["content.done"]
    content: str
    parsed: Optional[ResponseFormatT] = None


@lazy_fields("snapshot")
class RefusalDeltaEvent(Model):
    type: Literal["refusal.delta"]
    delta: str
    snapshot: str


class RefusalDoneEvent(Model):
    type: Literal["refusal.done"]
    refusal: str


@lazy_fields("arguments", "parsed_arguments")
class FunctionToolCallArgumentsDeltaEvent(Model):
    """A piece of the arguments of a call; `arguments` are those so far, `index` says which call of the message."""

    type: Literal["tool_calls.function.arguments.delta"]
    name: str
    index: int
    arguments: str
    parsed_arguments: object
    arguments_delta: str


class FunctionToolCallArgumentsDoneEvent(Model):
    type: Literal["tool_calls.function.arguments.done"]
    name: str
    index: int
    arguments: str
    parsed_arguments: object


@lazy_fields("snapshot")
class LogprobsContentDeltaEvent(Model):
    type: Literal["logprobs.content.delta"]
    content: List[ChatCompletionTokenLogprob]
    snapshot: List[ChatCompletionTokenLogprob]


class LogprobsContentDoneEvent(Model):
    type: Literal["logprobs.content.done"]
    content: List[ChatCompletionTokenLogprob]


@lazy_fields("snapshot")
class LogprobsRefusalDeltaEvent(Model):
    type: Literal["logprobs.refusal.delta"]
    refusal: List[ChatCompletionTokenLogprob]
    snapshot: List[ChatCompletionTokenLogprob]


class LogprobsRefusalDoneEvent(Model):
    type: Literal["logprobs.refusal.done"]
    refusal: List[ChatCompletionTokenLogprob]


ChatCompletionStreamEvent: TypeAlias = Union[
    ChunkEvent,
    ContentDeltaEvent,
    ContentDoneEvent[ResponseFormatT],
    RefusalDeltaEvent,
    RefusalDoneEvent,
    FunctionToolCallArgumentsDeltaEvent,
    FunctionToolCallArgumentsDoneEvent,
    LogprobsContentDeltaEvent,
    LogprobsContentDoneEvent,
    LogprobsRefusalDeltaEvent,
    LogprobsRefusalDoneEvent,
]
