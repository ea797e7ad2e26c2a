"""The events of Cohere's Chat API, version 2, and the response that they add up to.

The names are those of the `cohere` package. Fields that a class does not declare are attributes too.
"""

from __future__ import annotations

from typing import Any, List, Literal, Optional, TypeAlias, Union

from ssescan.events import Event
from ssescan.models import Model

__all__ = [
    "AssistantMessageResponse",
    "AssistantMessageResponseContentItem",
    "ChatFinishReason",
    "Citation",
    "CitationEndV2ChatStreamResponse",
    "CitationStartV2ChatStreamResponse",
    "ContentDeltaV2ChatStreamResponse",
    "ContentEndV2ChatStreamResponse",
    "ContentStartV2ChatStreamResponse",
    "DebugV2ChatStreamResponse",
    "MessageEndV2ChatStreamResponse",
    "MessageStartV2ChatStreamResponse",
    "TextAssistantMessageResponseContentItem",
    "ThinkingAssistantMessageResponseContentItem",
    "ToolCallDeltaV2ChatStreamResponse",
    "ToolCallEndV2ChatStreamResponse",
    "ToolCallStartV2ChatStreamResponse",
    "ToolCallV2",
    "ToolCallV2Function",
    "ToolPlanDeltaV2ChatStreamResponse",
    "Usage",
    "UsageBilledUnits",
    "UsageTokens",
    "V2ChatResponse",
    "V2ChatStreamResponse",
]

ChatFinishReason: TypeAlias = Literal["COMPLETE", "STOP_SEQUENCE", "MAX_TOKENS", "TOOL_CALL", "ERROR", "TIMEOUT"]


# ---- The response ----------------------------------------------------------------------------------------------------


class TextAssistantMessageResponseContentItem(Model):
    """A text of the model."""

    type: Literal["text"]
    text: str


class ThinkingAssistantMessageResponseContentItem(Model):
    """The reasoning of the model."""

    type: Literal["thinking"]
    thinking: str


AssistantMessageResponseContentItem: TypeAlias = Union[
    TextAssistantMessageResponseContentItem, ThinkingAssistantMessageResponseContentItem
]


class ToolCallV2Function(Model):
    """The function of a tool call, and its arguments as JSON text. `ssescan.accumulate` also parses them."""

    name: Optional[str] = None
    arguments: Optional[str] = None
    parsed_arguments: Optional[Any] = None


class ToolCallV2(Model):
    """A call of a tool of the request."""

    id: str
    type: Literal["function"]
    function: Optional[ToolCallV2Function] = None


class Citation(Model):
    """A part of the text, and the documents or tool results that it cites."""

    start: Optional[int] = None
    end: Optional[int] = None
    text: Optional[str] = None
    sources: Optional[List[Any]] = None
    content_index: Optional[int] = None
    type: Optional[Literal["TEXT_CONTENT", "THINKING_CONTENT", "PLAN"]] = None


class AssistantMessageResponse(Model):
    """The message of the model."""

    role: Literal["assistant"]
    content: Optional[List[AssistantMessageResponseContentItem]] = None
    tool_plan: Optional[str] = None
    tool_calls: Optional[List[ToolCallV2]] = None
    citations: Optional[List[Citation]] = None


class UsageBilledUnits(Model):
    """The units that are billed."""

    input_tokens: Optional[float] = None
    output_tokens: Optional[float] = None
    search_units: Optional[float] = None
    classifications: Optional[float] = None


class UsageTokens(Model):
    """The token counts."""

    input_tokens: Optional[float] = None
    output_tokens: Optional[float] = None


class Usage(Model):
    """The token counts, and the units that are billed."""

    billed_units: Optional[UsageBilledUnits] = None
    tokens: Optional[UsageTokens] = None
    cached_tokens: Optional[float] = None


class V2ChatResponse(Model):
    """A whole answer."""

    id: str
    finish_reason: ChatFinishReason
    message: AssistantMessageResponse
    usage: Optional[Usage] = None
    logprobs: Optional[List[Any]] = None


# ---- The events ------------------------------------------------------------------------------------------------------


class ChatMessageStartEventDeltaMessage(Model):
    """The start of a message."""

    role: Optional[Literal["assistant"]] = None


class ChatMessageStartEventDelta(Model):
    """The content of `message-start`."""

    message: Optional[ChatMessageStartEventDeltaMessage] = None


class MessageStartV2ChatStreamResponse(Event):
    """The message starts."""

    type: Literal["message-start"]
    id: Optional[str] = None
    delta: Optional[ChatMessageStartEventDelta] = None


class ChatContentDeltaEventDeltaMessageContent(Model):
    """The start or a piece of a content item."""

    type: Optional[Literal["text", "thinking"]] = None
    text: Optional[str] = None
    thinking: Optional[str] = None


class ChatContentDeltaEventDeltaMessage(Model):
    """The part of the message that starts or grows."""

    content: Optional[ChatContentDeltaEventDeltaMessageContent] = None


class ChatContentDeltaEventDelta(Model):
    """The content of `content-start` and `content-delta`."""

    message: Optional[ChatContentDeltaEventDeltaMessage] = None


class ContentStartV2ChatStreamResponse(Event):
    """A content item starts."""

    type: Literal["content-start"]
    index: Optional[int] = None
    delta: Optional[ChatContentDeltaEventDelta] = None


class ContentDeltaV2ChatStreamResponse(Event):
    """A content item grows."""

    type: Literal["content-delta"]
    index: Optional[int] = None
    delta: Optional[ChatContentDeltaEventDelta] = None
    logprobs: Optional[Any] = None


class ContentEndV2ChatStreamResponse(Event):
    """A content item is complete."""

    type: Literal["content-end"]
    index: Optional[int] = None


class ChatToolPlanDeltaEventDeltaMessage(Model):
    """A piece of the tool plan."""

    tool_plan: Optional[str] = None


class ChatToolPlanDeltaEventDelta(Model):
    """The content of `tool-plan-delta`."""

    message: Optional[ChatToolPlanDeltaEventDeltaMessage] = None


class ToolPlanDeltaV2ChatStreamResponse(Event):
    """The tool plan grows: the model's reasoning before it calls tools."""

    type: Literal["tool-plan-delta"]
    delta: Optional[ChatToolPlanDeltaEventDelta] = None


class ChatToolCallStartEventDeltaMessage(Model):
    """The tool call that starts."""

    tool_calls: Optional[ToolCallV2] = None


class ChatToolCallStartEventDelta(Model):
    """The content of `tool-call-start`."""

    message: Optional[ChatToolCallStartEventDeltaMessage] = None


class ToolCallStartV2ChatStreamResponse(Event):
    """A tool call starts: its id and the name of the function."""

    type: Literal["tool-call-start"]
    index: Optional[int] = None
    delta: Optional[ChatToolCallStartEventDelta] = None


class ChatToolCallDeltaEventDeltaMessageToolCalls(Model):
    """The tool call that grows. Only `function.arguments` is there."""

    function: Optional[ToolCallV2Function] = None


class ChatToolCallDeltaEventDeltaMessage(Model):
    """The part of the message that grows."""

    tool_calls: Optional[ChatToolCallDeltaEventDeltaMessageToolCalls] = None


class ChatToolCallDeltaEventDelta(Model):
    """The content of `tool-call-delta`."""

    message: Optional[ChatToolCallDeltaEventDeltaMessage] = None


class ToolCallDeltaV2ChatStreamResponse(Event):
    """The arguments of a tool call grow."""

    type: Literal["tool-call-delta"]
    index: Optional[int] = None
    delta: Optional[ChatToolCallDeltaEventDelta] = None


class ToolCallEndV2ChatStreamResponse(Event):
    """A tool call is complete."""

    type: Literal["tool-call-end"]
    index: Optional[int] = None


class CitationStartEventDeltaMessage(Model):
    """The citation."""

    citations: Optional[Citation] = None


class CitationStartEventDelta(Model):
    """The content of `citation-start`."""

    message: Optional[CitationStartEventDeltaMessage] = None


class CitationStartV2ChatStreamResponse(Event):
    """A citation."""

    type: Literal["citation-start"]
    index: Optional[int] = None
    delta: Optional[CitationStartEventDelta] = None


class CitationEndV2ChatStreamResponse(Event):
    """A citation is complete."""

    type: Literal["citation-end"]
    index: Optional[int] = None


class ChatMessageEndEventDelta(Model):
    """The finish reason, the token counts, and the error of an answer that failed."""

    error: Optional[str] = None
    finish_reason: Optional[ChatFinishReason] = None
    usage: Optional[Usage] = None


class MessageEndV2ChatStreamResponse(Event):
    """The message is complete, or it failed. This is the last event."""

    type: Literal["message-end"]
    id: Optional[str] = None
    delta: Optional[ChatMessageEndEventDelta] = None


class DebugV2ChatStreamResponse(Event):
    """The prompt that the model received."""

    type: Literal["debug"]
    prompt: Optional[str] = None


V2ChatStreamResponse: TypeAlias = Union[
    MessageStartV2ChatStreamResponse,
    ContentStartV2ChatStreamResponse,
    ContentDeltaV2ChatStreamResponse,
    ContentEndV2ChatStreamResponse,
    ToolPlanDeltaV2ChatStreamResponse,
    ToolCallStartV2ChatStreamResponse,
    ToolCallDeltaV2ChatStreamResponse,
    ToolCallEndV2ChatStreamResponse,
    CitationStartV2ChatStreamResponse,
    CitationEndV2ChatStreamResponse,
    MessageEndV2ChatStreamResponse,
    DebugV2ChatStreamResponse,
]
