"""Anthropic's Messages API, and servers that speak it.

Events have their type in the event line and in the payload; some servers send it in the payload only. The answer is
complete with its stop reason, and the stream ends with `message_stop`. There is no `[DONE]`.
"""

from __future__ import annotations

from .chat import FAILED
from .schema import Channel, Dialect, Finish, Reason, Row, Text, When

_usage = ("message.usage", "usage")

#: How a message says that it is complete.
FINISH = Finish("delta.stop_reason", "index", fails=FAILED)


def _start(key: str, *, as_json: bool = False) -> Channel:
    """Return the channel of a block that has text when it starts. Usually its text is empty, and comes as deltas."""
    path = f"content_block.{key}"
    return Channel(Text(path, When(path, True), as_json=as_json), "index")


def _begun(key: str) -> Channel:
    """Return the channel of the blocks that a message has when it starts."""
    return Channel(f"message.content[*].{key}")


DIALECT = Dialect(
    "anthropic",
    types="ssescan.types.anthropic",
    check=False,
    named_by=("sse", "type"),
    claims=("message_start", "content_block_", "message_delta", "message_stop"),
    name_key="type",
    finish=FINISH,
    default=Row("UnknownEvent"),
    rows={
        # Usually its content is empty. Servers that only pretend to stream send the whole content here.
        "message_start": Row(
            "RawMessageStartEvent", {"text": _begun("text"), "reasoning": _begun("thinking")}, usage=_usage
        ),
        "content_block_start": Row(
            "RawContentBlockStartEvent",
            {
                "text": _start("text"),
                "reasoning": _start("thinking"),
                "tool_arguments": _start("input", as_json=True),
            },
        ),
        "content_block_delta": Row(
            "RawContentBlockDeltaEvent",
            {
                "text": Channel("delta.text", "index"),
                "reasoning": Channel("delta.thinking", "index"),
                "tool_arguments": Channel("delta.partial_json", "index"),
            },
        ),
        "content_block_stop": Row("RawContentBlockStopEvent"),
        # The stop reason has no index, so that `finish` alone would wait for the other blocks.
        "message_delta": (
            Row("RawMessageDeltaEvent", ends="payload", usage=_usage, when=Reason("delta.stop_reason")),
            Row("RawMessageDeltaEvent", usage=_usage),
        ),
        "message_stop": Row("RawMessageStopEvent", ends="last"),
        "error": Row(None, error=("error", "")),
    },
)
