"""Types for checkers: the options of streams, and the events of each dialect. Not imported at run time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, TypedDict, Union

from ssescan._core import ServerSentEvent
from ssescan.events import Event, UnknownEvent
from ssescan.openai.types import Completion as Completion
from ssescan.openai.types import ImageEditStreamEvent, ImageGenStreamEvent
from ssescan.openai.types.audio import TranscriptionStreamEvent
from ssescan.openai.types.beta import AgentSessionEvent, AssistantStreamEvent
from ssescan.openai.types.chat import ChatCompletionChunk as ChatCompletionChunk
from ssescan.openai.types.responses import ResponseStreamEvent
from ssescan.types.anthropic import RawMessageStreamEvent
from ssescan.types.cohere import V2ChatStreamResponse
from ssescan.types.gemini import GenerateContentResponse as GenerateContentResponse
from ssescan.types.speech import SpeechEvent as SpeechAudioEvent

from .observers import StreamEnd

__all__ = [
    "AgentsEvent",
    "AnthropicEvent",
    "AssistantsEvent",
    "AutoEvent",
    "ChatCompletionChunk",
    "CohereEvent",
    "Completion",
    "GenerateContentResponse",
    "ImagesEvent",
    "ParserOptions",
    "ResponsesEvent",
    "ScannerOptions",
    "SpeechEvent",
    "StreamOptions",
    "TranscriptionEvent",
]

AssistantsEvent = Union[AssistantStreamEvent, UnknownEvent]
ResponsesEvent = Union[ResponseStreamEvent, UnknownEvent]
AnthropicEvent = Union[RawMessageStreamEvent, UnknownEvent]
CohereEvent = Union[V2ChatStreamResponse, UnknownEvent]
AgentsEvent = Union[AgentSessionEvent, UnknownEvent]
ImagesEvent = Union[ImageGenStreamEvent, ImageEditStreamEvent, UnknownEvent]
SpeechEvent = Union[SpeechAudioEvent, UnknownEvent]
#: An event of a stream that is not of a known dialect is a `ServerSentEvent`.
AutoEvent = Union[Event, ServerSentEvent]
TranscriptionEvent = Union[TranscriptionStreamEvent, UnknownEvent]


class ParserOptions(TypedDict, total=False):
    """Keyword arguments of `Parser`."""

    max_event_bytes: int
    last_event_id: str


class ScannerOptions(ParserOptions, total=False):
    """Keyword arguments of `Scanner`."""

    timeout: Any
    tee: BinaryIO | None
    coalesce_s: float
    on_stream_end: Callable[[StreamEnd], object] | None


class StreamOptions(ScannerOptions, total=False):
    """Keyword arguments of `stream`."""

    method: str | None
    json: Any
    content: bytes | str | None
    headers: Mapping[str, str] | None
    max_retries: int
    max_body_bytes: int
    http_client: Any
    on_comment: Callable[[str], object] | None
