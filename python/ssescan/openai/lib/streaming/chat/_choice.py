"""The events of one choice of an unfinished completion.

The order of the events is that of the `openai` package. A part is done when the finish reason arrives, or when another
tool call starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ssescan import _core
from ssescan.accumulation import chat as accumulation
from ssescan.accumulation.deltas import object_at
from ssescan.accumulation.tool_calls import ToolCall, arguments_text
from ssescan.models.dump import to_plain

from ..._parsing import is_class, is_strict, parse_arguments, parse_content, tool_named
from .._lazy_fields import LazyValue, json_prefix, list_prefix, text_prefix
from . import _events

__all__ = ["Choice", "ParseOptions", "event"]


class ParseOptions(NamedTuple):
    """How the answer is parsed: the content into a class, the arguments by the tools of the request."""

    response_format: Any
    tools: list[Any]


def event(cls: Any, type: str, **fields: Any) -> Any:
    """Make an event of the class `cls`."""
    return _core.node_new(cls, None, {"type": type, **fields}, None)


def _is_function(call: ToolCall) -> bool:
    return call.entry.get("type") in ("function", None)


class Choice(accumulation.Choice):
    """One choice, which also makes the events of its parts."""

    def __init__(self, first: dict[str, Any], parse_options: ParseOptions) -> None:
        super().__init__(first)
        self._parse_options = parse_options
        #: The call to which the last fragment was added.
        self._call: ToolCall | None = None
        #: Indexes of the calls, and names of the other parts, whose done event was yielded.
        self._done_calls: set[int] = set()
        self._done_parts: set[str] = set()

    def parse_unfinished(self) -> None:
        """Parse the complete part of the content and of the arguments that are not done yet."""
        if "content" not in self._done_parts and (parsed := self._parsed_content()) is not None:
            self.message["parsed"] = parsed.__later__()
        for call in self.calls or ():
            if call.index not in self._done_calls and self._is_strict(call):
                parsed = json_prefix(call.function, "arguments")
                call.function["parsed_arguments"] = parsed and parsed.__later__()

    def _parsed_content(self) -> LazyValue | None:
        if not is_class(self._parse_options.response_format) or self.message.get("refusal"):
            return None
        return json_prefix(self.message, "content")

    def _is_strict(self, call: ToolCall) -> bool:
        return bool(self._parse_options.tools) and is_strict(
            tool_named(self._parse_options.tools, call.function.get("name"))
        )

    # Events

    def delta_events(self, choice: dict[str, Any], *, first: bool) -> Iterator[Any]:
        """Yield the events of the pieces in a chunk. Nothing is parsed in the `first` chunk of the completion."""
        delta, message = self.delta, self.message
        if delta.get("content") is not None and message.get("content") is not None:
            parsed = None if first else self._parsed_content()
            so_far = text_prefix(message, "content")
            yield event(
                _events.ContentDeltaEvent, "content.delta", delta=delta["content"], snapshot=so_far, parsed=parsed
            )
        if delta.get("refusal") is not None and message.get("refusal") is not None:
            so_far = text_prefix(message, "refusal")
            yield event(_events.RefusalDeltaEvent, "refusal.delta", delta=delta["refusal"], snapshot=so_far)
        for fragment, call in self.added:
            if _is_function(call):
                yield self._arguments_event(fragment, call, first=first)
        if logprobs := object_at(choice, "logprobs"):
            yield from self._logprobs_events(logprobs)

    def _arguments_event(self, fragment: dict[str, Any], call: ToolCall, *, first: bool) -> Any:
        function = call.function
        return event(
            _events.FunctionToolCallArgumentsDeltaEvent,
            "tool_calls.function.arguments.delta",
            name=function.get("name"),
            index=call.index,
            arguments=text_prefix(function, "arguments"),
            parsed_arguments=json_prefix(function, "arguments") if not first and self._is_strict(call) else None,
            arguments_delta=arguments_text(object_at(fragment, "function").get("arguments")) or "",
        )

    def _logprobs_events(self, logprobs: dict[str, Any]) -> Iterator[Any]:
        held = object_at(self.tree, "logprobs")
        if logprobs.get("content") and held.get("content"):
            new, snapshot = to_plain(logprobs["content"]), list_prefix(held["content"])
            yield event(_events.LogprobsContentDeltaEvent, "logprobs.content.delta", content=new, snapshot=snapshot)
        if logprobs.get("refusal") and held.get("refusal"):
            new, snapshot = to_plain(logprobs["refusal"]), list_prefix(held["refusal"])
            yield event(_events.LogprobsRefusalDeltaEvent, "logprobs.refusal.delta", refusal=new, snapshot=snapshot)

    def done_events(self) -> Iterator[Any]:
        """Yield the events of the parts that the current chunk completed."""
        if self.tree.get("finish_reason"):
            yield from self._content_done()
            yield from self._call_done()
        for _, call in self.added:
            if call is not self._call:
                yield from self._content_done()
                yield from self._call_done()
            self._call = call

    def _content_done(self) -> Iterator[Any]:
        message, logprobs = self.message, object_at(self.tree, "logprobs")
        if message.get("content") and self._is_first("content"):
            message["parsed"] = parsed = parse_content(self._parse_options.response_format, message)
            yield event(_events.ContentDoneEvent, "content.done", content=message["content"], parsed=parsed)
        if message.get("refusal") is not None and self._is_first("refusal"):
            yield event(_events.RefusalDoneEvent, "refusal.done", refusal=message["refusal"])
        if logprobs.get("content") is not None and self._is_first("logprobs.content"):
            entries = to_plain(logprobs["content"])
            yield event(_events.LogprobsContentDoneEvent, "logprobs.content.done", content=entries)
        if logprobs.get("refusal") is not None and self._is_first("logprobs.refusal"):
            entries = to_plain(logprobs["refusal"])
            yield event(_events.LogprobsRefusalDoneEvent, "logprobs.refusal.done", refusal=entries)

    def _is_first(self, part: str) -> bool:
        """Return True for the first done event of a part."""
        if part in self._done_parts:
            return False
        self._done_parts.add(part)
        return True

    def _call_done(self) -> Iterator[Any]:
        call = self._call
        if call is None or call.index in self._done_calls:
            return
        self._done_calls.add(call.index)
        if not _is_function(call):
            return
        function = call.function
        function["parsed_arguments"] = parsed = parse_arguments(self._parse_options.tools, function)
        yield event(
            _events.FunctionToolCallArgumentsDoneEvent,
            "tool_calls.function.arguments.done",
            name=function.get("name"),
            index=call.index,
            arguments=function.get("arguments"),
            parsed_arguments=parsed,
        )
