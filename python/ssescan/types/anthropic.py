"""The events of Anthropic's Messages API, and the message that they add up to.

The names are those of the `anthropic` package. Fields that a class does not declare are attributes too.
"""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, TypeAlias, Union

from ssescan.events import Event
from ssescan.models import Model

__all__ = [
    "BashCodeExecutionToolResultBlock",
    "BetaCompactionBlock",
    "BetaCompactionContentBlockDelta",
    "BetaMCPToolResultBlock",
    "BetaMCPToolUseBlock",
    "CacheCreation",
    "CitationCharLocation",
    "CitationContentBlockLocation",
    "CitationPageLocation",
    "CitationsDelta",
    "CitationsSearchResultLocation",
    "CitationsWebSearchResultLocation",
    "CodeExecutionToolResultBlock",
    "Container",
    "ContainerUploadBlock",
    "ContentBlock",
    "InputJSONDelta",
    "Message",
    "MessageDeltaUsage",
    "OutputTokensDetails",
    "RawContentBlockDelta",
    "RawContentBlockDeltaEvent",
    "RawContentBlockStartEvent",
    "RawContentBlockStopEvent",
    "RawMessageDelta",
    "RawMessageDeltaEvent",
    "RawMessageStartEvent",
    "RawMessageStopEvent",
    "RawMessageStreamEvent",
    "RedactedThinkingBlock",
    "RefusalStopDetails",
    "ServerToolUsage",
    "ServerToolUseBlock",
    "SignatureDelta",
    "StopReason",
    "TextBlock",
    "TextCitation",
    "TextDelta",
    "TextEditorCodeExecutionToolResultBlock",
    "ThinkingBlock",
    "ThinkingDelta",
    "ToolSearchToolResultBlock",
    "ToolUseBlock",
    "Usage",
    "WebFetchToolResultBlock",
    "WebSearchToolResultBlock",
]

StopReason: TypeAlias = Literal[
    "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded"
]


# ---- The message -----------------------------------------------------------------------------------------------------


class CitationCharLocation(Model):
    """A citation of characters of a plain text document."""

    type: Literal["char_location"]
    cited_text: str
    document_index: int
    start_char_index: int
    end_char_index: int
    document_title: Optional[str] = None
    file_id: Optional[str] = None


class CitationPageLocation(Model):
    """A citation of pages of a PDF document."""

    type: Literal["page_location"]
    cited_text: str
    document_index: int
    start_page_number: int
    end_page_number: int
    document_title: Optional[str] = None
    file_id: Optional[str] = None


class CitationContentBlockLocation(Model):
    """A citation of blocks of a document that the request divided into blocks."""

    type: Literal["content_block_location"]
    cited_text: str
    document_index: int
    start_block_index: int
    end_block_index: int
    document_title: Optional[str] = None
    file_id: Optional[str] = None


class CitationsWebSearchResultLocation(Model):
    """A citation of a page that a web search found."""

    type: Literal["web_search_result_location"]
    cited_text: str
    encrypted_index: str
    url: str
    title: Optional[str] = None


class CitationsSearchResultLocation(Model):
    """A citation of a search result that the request contained."""

    type: Literal["search_result_location"]
    cited_text: str
    search_result_index: int
    source: str
    start_block_index: int
    end_block_index: int
    title: Optional[str] = None


TextCitation: TypeAlias = Union[
    CitationCharLocation,
    CitationPageLocation,
    CitationContentBlockLocation,
    CitationsWebSearchResultLocation,
    CitationsSearchResultLocation,
]


class TextBlock(Model):
    """A text of the model, and the sources that it cites."""

    type: Literal["text"]
    text: str
    citations: Optional[List[TextCitation]] = None


class ThinkingBlock(Model):
    """The reasoning of the model. It must be sent back with its signature."""

    type: Literal["thinking"]
    thinking: str
    signature: str


class RedactedThinkingBlock(Model):
    """Encrypted reasoning. It must be sent back unchanged."""

    type: Literal["redacted_thinking"]
    data: str


class ToolUseBlock(Model):
    """A call of a tool of the request. `input` is empty when the block starts."""

    type: Literal["tool_use"]
    id: str
    name: str
    input: Dict[str, Any]


class ServerToolUseBlock(Model):
    """A call of a tool that the server runs, such as a web search."""

    type: Literal["server_tool_use"]
    id: str
    name: str
    input: Dict[str, Any]


class WebSearchToolResultBlock(Model):
    """The result of a web search: a list of pages, or an object with an `error_code`."""

    type: Literal["web_search_tool_result"]
    tool_use_id: str
    content: Any


class WebFetchToolResultBlock(Model):
    """The result of fetching a page: the document, or an object with an `error_code`."""

    type: Literal["web_fetch_tool_result"]
    tool_use_id: str
    content: Any


class CodeExecutionToolResultBlock(Model):
    """The result of code that the server ran, or an object with an `error_code`."""

    type: Literal["code_execution_tool_result"]
    tool_use_id: str
    content: Any


class BashCodeExecutionToolResultBlock(Model):
    """The result of a shell command that the server ran, or an object with an `error_code`."""

    type: Literal["bash_code_execution_tool_result"]
    tool_use_id: str
    content: Any


class TextEditorCodeExecutionToolResultBlock(Model):
    """The result of a file operation on the server, or an object with an `error_code`."""

    type: Literal["text_editor_code_execution_tool_result"]
    tool_use_id: str
    content: Any


class ToolSearchToolResultBlock(Model):
    """The tools that a search among the tools of the request found, or an object with an `error_code`."""

    type: Literal["tool_search_tool_result"]
    tool_use_id: str
    content: Any


class ContainerUploadBlock(Model):
    """A file that code on the server has written."""

    type: Literal["container_upload"]
    file_id: str


class BetaMCPToolUseBlock(Model):
    """A call of a tool of an MCP server, which Anthropic's server runs."""

    type: Literal["mcp_tool_use"]
    id: str
    name: str
    server_name: str
    input: Dict[str, Any]


class BetaMCPToolResultBlock(Model):
    """The result of a tool of an MCP server: a text, or a list of text blocks."""

    type: Literal["mcp_tool_result"]
    tool_use_id: str
    content: Any
    is_error: bool


class BetaCompactionBlock(Model):
    """A summary that replaces the messages before it. It must be sent back. `content` is None if compaction failed."""

    type: Literal["compaction"]
    content: Optional[str] = None
    encrypted_content: Optional[str] = None


ContentBlock: TypeAlias = Union[
    TextBlock,
    ThinkingBlock,
    RedactedThinkingBlock,
    ToolUseBlock,
    ServerToolUseBlock,
    WebSearchToolResultBlock,
    WebFetchToolResultBlock,
    CodeExecutionToolResultBlock,
    BashCodeExecutionToolResultBlock,
    TextEditorCodeExecutionToolResultBlock,
    ToolSearchToolResultBlock,
    ContainerUploadBlock,
    BetaMCPToolUseBlock,
    BetaMCPToolResultBlock,
    BetaCompactionBlock,
]


class CacheCreation(Model):
    """Tokens that were written to the cache, by how long they stay there."""

    ephemeral_1h_input_tokens: int
    ephemeral_5m_input_tokens: int


class ServerToolUsage(Model):
    """How often the server ran its tools."""

    web_search_requests: Optional[int] = None
    web_fetch_requests: Optional[int] = None


class OutputTokensDetails(Model):
    """A part of the output tokens: those of reasoning."""

    thinking_tokens: int


class Usage(Model):
    """The token counts of a message."""

    input_tokens: int
    output_tokens: int
    cache_creation: Optional[CacheCreation] = None
    cache_creation_input_tokens: Optional[int] = None
    cache_read_input_tokens: Optional[int] = None
    inference_geo: Optional[str] = None
    output_tokens_details: Optional[OutputTokensDetails] = None
    server_tool_use: Optional[ServerToolUsage] = None
    service_tier: Optional[Literal["standard", "priority", "batch"]] = None
    speed: Optional[Literal["standard", "fast"]] = None


class RefusalStopDetails(Model):
    """Why a classifier stopped the answer."""

    type: Literal["refusal"]
    category: Optional[str] = None
    explanation: Optional[str] = None


class Container(Model):
    """The container in which the server ran code."""

    id: str
    expires_at: str
    skills: Optional[List[Any]] = None


class Message(Model):
    """An answer of the model. In `message_start` it has no content and no stop reason yet."""

    id: str
    content: List[ContentBlock]
    model: str
    role: Literal["assistant"]
    type: Literal["message"]
    usage: Usage
    container: Optional[Container] = None
    stop_details: Optional[RefusalStopDetails] = None
    stop_reason: Optional[StopReason] = None
    stop_sequence: Optional[str] = None

    @property
    def tool_calls_truncated(self) -> bool:
        """True if the input of a tool call is not complete JSON. Do not run such a call."""
        return any(getattr(block, "partial_json", None) is not None for block in self.content or ())


# ---- The events ------------------------------------------------------------------------------------------------------


class TextDelta(Model):
    """A piece of a text block."""

    type: Literal["text_delta"]
    text: str


class InputJSONDelta(Model):
    """A piece of the input of a tool call, as JSON text."""

    type: Literal["input_json_delta"]
    partial_json: str


class CitationsDelta(Model):
    """A citation of a text block."""

    type: Literal["citations_delta"]
    citation: TextCitation


class ThinkingDelta(Model):
    """A piece of a thinking block."""

    type: Literal["thinking_delta"]
    thinking: str


class SignatureDelta(Model):
    """The signature of a thinking block."""

    type: Literal["signature_delta"]
    signature: str


class BetaCompactionContentBlockDelta(Model):
    """The summary of a compaction block."""

    type: Literal["compaction_delta"]
    content: Optional[str] = None
    encrypted_content: Optional[str] = None


RawContentBlockDelta: TypeAlias = Union[
    TextDelta, InputJSONDelta, CitationsDelta, ThinkingDelta, SignatureDelta, BetaCompactionContentBlockDelta
]


class RawMessageStartEvent(Event):
    """The message starts: its id, its model and the tokens of the request."""

    message: Message
    type: Literal["message_start"]


class RawContentBlockStartEvent(Event):
    """A content block starts."""

    content_block: ContentBlock
    index: int
    type: Literal["content_block_start"]


class RawContentBlockDeltaEvent(Event):
    """A content block grows."""

    delta: RawContentBlockDelta
    index: int
    type: Literal["content_block_delta"]


class RawContentBlockStopEvent(Event):
    """A content block is complete."""

    index: int
    type: Literal["content_block_stop"]


class RawMessageDelta(Model):
    """The fields of the message that are known at its end."""

    container: Optional[Container] = None
    stop_details: Optional[RefusalStopDetails] = None
    stop_reason: Optional[StopReason] = None
    stop_sequence: Optional[str] = None


class MessageDeltaUsage(Model):
    """The token counts of the message so far."""

    output_tokens: int
    cache_creation_input_tokens: Optional[int] = None
    cache_read_input_tokens: Optional[int] = None
    input_tokens: Optional[int] = None
    output_tokens_details: Optional[OutputTokensDetails] = None
    server_tool_use: Optional[ServerToolUsage] = None


class RawMessageDeltaEvent(Event):
    """The stop reason and the token counts."""

    delta: RawMessageDelta
    type: Literal["message_delta"]
    usage: MessageDeltaUsage


class RawMessageStopEvent(Event):
    """The message is complete. This is the last event."""

    type: Literal["message_stop"]


RawMessageStreamEvent: TypeAlias = Union[
    RawMessageStartEvent,
    RawMessageDeltaEvent,
    RawMessageStopEvent,
    RawContentBlockStartEvent,
    RawContentBlockDeltaEvent,
    RawContentBlockStopEvent,
]
