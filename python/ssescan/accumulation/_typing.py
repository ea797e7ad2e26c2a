"""Types of events and final objects, for checkers. Not imported at run time."""

from __future__ import annotations

from typing import Union

from ssescan.events import UnknownEvent
from ssescan.openai.types import Completion as Completion
from ssescan.openai.types.beta import AssistantStreamEvent
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

__all__ = [
    "AnthropicEvent",
    "AssistantsEvent",
    "ChatCompletionChunk",
    "CohereEvent",
    "Completion",
    "GenerateContentResponse",
    "Message",
    "ParsedChatCompletion",
    "ParsedResponse",
    "ResponsesEvent",
    "Run",
    "RunStep",
    "ThreadMessage",
    "V2ChatResponse",
]

AssistantsEvent = Union[AssistantStreamEvent, UnknownEvent]
ResponsesEvent = Union[ResponseStreamEvent, UnknownEvent]
AnthropicEvent = Union[RawMessageStreamEvent, UnknownEvent]
CohereEvent = Union[V2ChatStreamResponse, UnknownEvent]
