"""Types of events and final objects, for checkers. Not imported at run time."""

from __future__ import annotations

from typing import Union

from ssescan.events import UnknownEvent
from ssescan.openai.types import Completion as Completion
from ssescan.openai.types import ImageEditStreamEvent, ImageGenStreamEvent
from ssescan.openai.types import ImagesResponse as ImagesResponse
from ssescan.openai.types.audio import Transcription as Transcription
from ssescan.openai.types.audio import TranscriptionDiarized as TranscriptionDiarized
from ssescan.openai.types.audio import TranscriptionStreamEvent
from ssescan.openai.types.beta import AgentSession as AgentSession
from ssescan.openai.types.beta import AgentSessionEvent, AssistantStreamEvent
from ssescan.openai.types.beta import AgentSessionItem as AgentSessionItem
from ssescan.openai.types.beta.agents.sessions import Turn as Turn
from ssescan.openai.types.beta.threads import Message as ThreadMessage
from ssescan.openai.types.beta.threads import Run as Run
from ssescan.openai.types.beta.threads.runs import RunStep as RunStep
from ssescan.openai.types.chat import ChatCompletionChunk as ChatCompletionChunk
from ssescan.openai.types.chat import ParsedChatCompletion as ParsedChatCompletion
from ssescan.openai.types.responses import ParsedResponse as ParsedResponse
from ssescan.openai.types.responses import ResponseStreamEvent
from ssescan.types.anthropic import Message as Message
from ssescan.types.anthropic import RawMessageStreamEvent
from ssescan.types.cohere import V2ChatResponse as V2ChatResponse
from ssescan.types.cohere import V2ChatStreamResponse
from ssescan.types.gemini import GenerateContentResponse as GenerateContentResponse
from ssescan.types.speech import SpeechEvent as SpeechAudioEvent
from ssescan.types.speech import Usage as SpeechUsage

__all__ = [
    "AgentSession",
    "AgentSessionItem",
    "AgentsEvent",
    "AnthropicEvent",
    "AssistantsEvent",
    "ChatCompletionChunk",
    "CohereEvent",
    "Completion",
    "GenerateContentResponse",
    "ImagesEvent",
    "ImagesResponse",
    "Message",
    "ParsedChatCompletion",
    "ParsedResponse",
    "ResponsesEvent",
    "Run",
    "RunStep",
    "SpeechEvent",
    "SpeechUsage",
    "ThreadMessage",
    "Transcription",
    "TranscriptionDiarized",
    "TranscriptionEvent",
    "Turn",
    "V2ChatResponse",
]

AssistantsEvent = Union[AssistantStreamEvent, UnknownEvent]
ResponsesEvent = Union[ResponseStreamEvent, UnknownEvent]
AnthropicEvent = Union[RawMessageStreamEvent, UnknownEvent]
CohereEvent = Union[V2ChatStreamResponse, UnknownEvent]
AgentsEvent = Union[AgentSessionEvent, UnknownEvent]
ImagesEvent = Union[ImageGenStreamEvent, ImageEditStreamEvent, UnknownEvent]
SpeechEvent = Union[SpeechAudioEvent, UnknownEvent]
TranscriptionEvent = Union[TranscriptionStreamEvent, UnknownEvent]
