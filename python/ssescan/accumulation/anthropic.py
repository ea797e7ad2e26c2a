"""From the events of Anthropic's Messages API to the message."""

from __future__ import annotations

from typing import Any

from ssescan.dialects.anthropic import FINISH

from .deltas import accumulate_entry, index_of, object_at
from .tool_arguments import decoded
from .tool_calls import fragments_of

__all__ = ["LIMITS", "Message", "is_tool_use"]

#: The stop reasons of a message that reached a limit. Its last tool call may have a part of its input only.
LIMITS = ("max_tokens", "model_context_window_exceeded")

#: Type of a delta -> the block that it belongs to if the server did not send the event that starts it.
_BLOCKS: dict[Any, dict[str, Any]] = {
    "thinking_delta": {"type": "thinking", "thinking": "", "signature": ""},
    "signature_delta": {"type": "thinking", "thinking": "", "signature": ""},
    "input_json_delta": {"type": "tool_use", "input": {}},
}


def is_tool_use(block: dict[str, Any]) -> bool:
    """Return whether a content block is a call of a tool, of the caller or of the server."""
    return str(block.get("type")).endswith("tool_use")


class Message:
    """The message that events add up to. Each event becomes part of it."""

    def __init__(self) -> None:
        self._message: dict[str, Any] = {"type": "message", "role": "assistant", "content": []}
        self._blocks: dict[int, dict[str, Any]] = {}
        #: The pieces of the input of each tool call.
        self._inputs: dict[int, list[str]] = {}

    def add(self, name: str, event: dict[str, Any]) -> None:
        """Add an event."""
        if name == "message_start" and isinstance(message := event.get("message"), dict):
            self._message |= message
            self._blocks.update(enumerate(fragments_of(message.get("content"))))
        elif name == "content_block_start" and isinstance(block := event.get("content_block"), dict):
            self._blocks[self._index(event, len(self._blocks))] = block
        elif name == "content_block_delta" and isinstance(delta := event.get("delta"), dict):
            self._add_delta(self._index(event, max(self._blocks, default=0)), delta)
        elif name == "message_delta":
            self._add_rest(event)

    def _index(self, event: dict[str, Any], default: int) -> int:
        index = index_of(event)
        return default if index is None else index

    def _add_delta(self, index: int, delta: dict[str, Any]) -> None:
        kind = delta.pop("type", None)
        block = self._blocks.get(index)
        if block is None:
            block = self._blocks[index] = {**_BLOCKS.get(kind, {"type": "text", "text": ""})}
        if isinstance(piece := delta.pop("partial_json", None), str):
            self._inputs.setdefault(index, []).append(piece)
        if (citation := delta.pop("citation", None)) is not None:
            if not isinstance(block.get("citations"), list):
                block["citations"] = []
            block["citations"].append(citation)
        accumulate_entry(block, delta)

    def _add_rest(self, event: dict[str, Any]) -> None:
        """Add the stop reason and the token counts. The counts are those of the whole message."""
        for key, value in event.items():
            if key == "delta" and isinstance(value, dict) and "stop_reason" in value:
                value["stop_reason"] = FINISH.reason(value["stop_reason"])
            if key in ("delta", "usage") and isinstance(value, dict):
                held = self._message if key == "delta" else object_at(self._message, "usage")
                held.update({name: new for name, new in value.items() if new is not None or name not in held})
                if key == "usage":
                    self._message["usage"] = held
            elif key not in ("type", "delta", "usage"):
                self._message[key] = value

    def answer(self) -> dict[str, Any]:
        """Return the message. The input of a truncated tool call is kept as text, in `partial_json`."""
        for index, pieces in self._inputs.items():
            block, text = self._blocks[index], "".join(pieces)
            if isinstance(value := decoded(text), dict):
                block["input"] = value
            elif text.strip():
                block["partial_json"] = text
        blocks = [self._blocks[index] for index in sorted(self._blocks)]
        if (
            self._message.get("stop_reason") in LIMITS
            and blocks
            and is_tool_use(blocks[-1])
            and not blocks[-1].get("input")
        ):
            blocks[-1].setdefault("partial_json", "")  # truncated before its input
        return {**self._message, "content": blocks}
