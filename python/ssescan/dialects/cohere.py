"""Cohere's Chat API, version 2.

Events have their type in the event line and in the payload. The stream ends with `message-end`, which has the finish
reason. An answer that failed ends with it too. Without a reason it is an end marker all the same, like `[DONE]` in chat and
Anthropic's `message_stop`: a truncated stream does not have it.
"""

from __future__ import annotations

from .chat import FAILED
from .schema import Channel, Dialect, Finish, Row

_content = "delta.message.content"
_content_channels = {
    "text": Channel(f"{_content}.text", "index"),
    "reasoning": Channel(f"{_content}.thinking", "index"),
}
_call_channels = {"tool_arguments": Channel("delta.message.tool_calls.function.arguments", "index")}

#: How a message says that it is complete.
FINISH = Finish("delta.finish_reason", "index", fails=FAILED, error="delta.error")

DIALECT = Dialect(
    "cohere",
    types="ssescan.types.cohere",
    check=False,
    named_by=("sse", "type"),
    claims=("message-start", "content-", "tool-plan-", "tool-call-", "citation-", "message-end"),
    name_key="type",
    finish=FINISH,
    default=Row("UnknownEvent"),
    rows={
        "message-start": Row("MessageStartV2ChatStreamResponse"),
        "content-start": Row("ContentStartV2ChatStreamResponse", _content_channels),
        "content-delta": Row("ContentDeltaV2ChatStreamResponse", _content_channels),
        "content-end": Row("ContentEndV2ChatStreamResponse"),
        "tool-plan-delta": Row(
            "ToolPlanDeltaV2ChatStreamResponse", {"reasoning": Channel("delta.message.tool_plan", "index")}
        ),
        "tool-call-start": Row("ToolCallStartV2ChatStreamResponse", _call_channels),
        "tool-call-delta": Row("ToolCallDeltaV2ChatStreamResponse", _call_channels),
        "tool-call-end": Row("ToolCallEndV2ChatStreamResponse"),
        "citation-start": Row("CitationStartV2ChatStreamResponse"),
        "citation-end": Row("CitationEndV2ChatStreamResponse"),
        "message-end": Row("MessageEndV2ChatStreamResponse", ends="last", usage="delta.usage"),
        "debug": Row("DebugV2ChatStreamResponse"),
        "error": Row(None, error=("error", "")),
    },
)
