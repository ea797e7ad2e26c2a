"""Events of `chat.completions.stream`: the content of each chunk, and the snapshot that includes it."""

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
    """A chunk, before its other events. The snapshot is live: it keeps growing."""

    type: Literal["chunk"]
    chunk: ChatCompletionChunk
    snapshot: ParsedChatCompletionSnapshot


@lazy_fields("snapshot", "parsed")
class ContentDeltaEvent(Model):
    """A piece of content. `snapshot` is the content so far; `parsed` its complete part if `response_format` is a class."""

    type: Literal["content.delta"]
    delta: str
    snapshot: str
    parsed: Optional[object] = None


class ContentDoneEvent(Model, Generic[ResponseFormatT]):
    """The complete content. `parsed` is an object of the class that was passed as `response_format`."""

    type: Literal["content.done"]
    content: str
    parsed: Optional[ResponseFormatT] = None


@lazy_fields("snapshot")
class RefusalDeltaEvent(Model):
    """A piece of a refusal. `snapshot` is the refusal so far."""

    type: Literal["refusal.delta"]
    delta: str
    snapshot: str


class RefusalDoneEvent(Model):
    """The complete refusal."""

    type: Literal["refusal.done"]
    refusal: str


@lazy_fields("arguments", "parsed_arguments")
class FunctionToolCallArgumentsDeltaEvent(Model):
    """A piece of a tool call's arguments. `arguments` is the text so far; `index` is the position of the call."""

    type: Literal["tool_calls.function.arguments.delta"]
    name: str
    index: int
    arguments: str
    parsed_arguments: object
    arguments_delta: str


class FunctionToolCallArgumentsDoneEvent(Model):
    """The complete arguments of a tool call, parsed if the tool is strict."""

    type: Literal["tool_calls.function.arguments.done"]
    name: str
    index: int
    arguments: str
    parsed_arguments: object


@lazy_fields("snapshot")
class LogprobsContentDeltaEvent(Model):
    """Log probabilities of a piece of content. `snapshot` has all of them so far."""

    type: Literal["logprobs.content.delta"]
    content: List[ChatCompletionTokenLogprob]
    snapshot: List[ChatCompletionTokenLogprob]


class LogprobsContentDoneEvent(Model):
    """Log probabilities of the complete content."""

    type: Literal["logprobs.content.done"]
    content: List[ChatCompletionTokenLogprob]


@lazy_fields("snapshot")
class LogprobsRefusalDeltaEvent(Model):
    """Log probabilities of a piece of a refusal. `snapshot` has all of them so far."""

    type: Literal["logprobs.refusal.delta"]
    refusal: List[ChatCompletionTokenLogprob]
    snapshot: List[ChatCompletionTokenLogprob]


class LogprobsRefusalDoneEvent(Model):
    """Log probabilities of the complete refusal."""

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
