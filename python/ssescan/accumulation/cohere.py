"""From the events of Cohere's Chat API, version 2, to the response."""

from __future__ import annotations

from typing import Any

from ssescan.dialects.cohere import FINISH

from .deltas import accumulate_delta, accumulate_entry, index_of, object_at

__all__ = ["Response"]

#: The events that add to the message.
_ADDING = frozenset(
    (
        *("message-start", "content-start", "content-delta", "tool-plan-delta", "tool-call-start", "tool-call-delta"),
        "citation-start",
    )
)


class Response:
    """The response that events add up to. Each event becomes part of it."""

    def __init__(self) -> None:
        self._response: dict[str, Any] = {}
        self._message: dict[str, Any] = {"role": "assistant"}
        #: Key of the message -> its entries by their indexes.
        self._lists: dict[str, dict[int, dict[str, Any]]] = {"content": {}, "tool_calls": {}, "citations": {}}

    def add(self, name: str, event: dict[str, Any]) -> None:
        """Add an event."""
        delta = object_at(event, "delta")
        if name == "message-end":
            delta["finish_reason"] = FINISH.reason(delta.get("finish_reason"))
            self._response.update({key: value for key, value in delta.items() if value is not None})
        if name in ("message-start", "message-end") and event.get("id"):
            self._response.setdefault("id", event["id"])
        message = object_at(delta, "message") if name in _ADDING else {}
        for key, value in message.items():
            if key in self._lists:
                self._add_entry(self._lists[key], event, value)
            else:
                accumulate_delta(self._message, {key: value})
        if isinstance(logprobs := event.get("logprobs"), dict):
            self._response.setdefault("logprobs", []).append(logprobs)

    def _add_entry(self, entries: dict[int, dict[str, Any]], event: dict[str, Any], value: Any) -> None:
        if not isinstance(value, dict):
            return
        index = index_of(event)
        index = max(entries, default=0) if index is None else index
        if index in entries:
            accumulate_entry(entries[index], value)
        else:
            entries[index] = value
            if entries is self._lists["content"]:  # without a `content-start`
                value.setdefault("type", "thinking" if "thinking" in value else "text")

    def answer(self) -> dict[str, Any]:
        """Return the response."""
        lists = {key: [entries[index] for index in sorted(entries)] for key, entries in self._lists.items() if entries}
        return {**self._response, "message": {**self._message, **lists}}
