"""One choice of a completion while it comes in: what it is so far, and what there is to tell of it.

What happens when is what the `openai` package does: a part is done when a finish reason has come, or when another
tool call begins.
"""

from __future__ import annotations

from typing import Any, Iterator, NamedTuple

from ssescan import _core
from ssescan.models.dump import to_plain

from ..._parsing import is_class, is_strict, parse_arguments, parse_content, tool_named
from .._deltas import accumulate_delta, content_of, extend, tree_of
from .._lazy_fields import LazyValue, json_prefix, list_prefix, text_prefix
from .._tool_calls import ToolCall, ToolCalls
from . import _events

__all__ = ["Choice", "ParseOptions", "event"]


class ParseOptions(NamedTuple):
    """What the caller wants parsed: the content into a class, the arguments of these tools."""

    response_format: Any
    tools: list[Any]


def event(cls: Any, type: str, **fields: Any) -> Any:
    return _core.node_new(cls, None, {"type": type, **fields}, None)


def _is_function(call: ToolCall) -> bool:
    return call.entry.get("type") in ("function", None)


class Choice:
    """`tree` is the choice as it stands in the snapshot."""

    def __init__(self, first: dict[str, Any], wanted: ParseOptions) -> None:
        self._wanted = wanted
        # What stands beside the delta in the first chunk stays; of later ones only finish reason and logprobs count.
        self.tree = {key: to_plain(value) for key, value in first.items() if key != "delta"}
        self.message: dict[str, Any] = {}
        self.tree["message"] = self.message
        self._calls: ToolCalls | None = None
        #: What the current chunk adds to which calls.
        self._added: list[tuple[dict[str, Any], ToolCall]] = []
        #: The call that was added to last, and the ones that were told to be done, and the other parts that were.
        self._call: ToolCall | None = None
        self._calls_done: set[int] = set()
        self._done: set[str] = set()

    # Adding

    def add_delta(self, delta: dict[str, Any]) -> None:
        self._added = []
        if fragments := tree_of(delta.get("tool_calls")):
            delta = {key: value for key, value in delta.items() if key != "tool_calls"}
            self._added = [(tree_of(fragment), self._known_calls().add(fragment)) for fragment in fragments]
        accumulate_delta(self.message, delta)

    def _known_calls(self) -> ToolCalls:
        if self._calls is None:
            entries = self.message["tool_calls"] = []
            self._calls = ToolCalls(entries)
        return self._calls

    def add_logprobs(self, logprobs: dict[str, Any]) -> None:
        held = tree_of(self.tree.get("logprobs"))
        if held is None:
            self.tree["logprobs"] = {key: to_plain(logprobs.get(key)) for key in ("content", "refusal")}
            return
        for key in ("content", "refusal"):
            if new := logprobs.get(key):
                if held.get(key) is None:
                    held[key] = []
                extend(held[key], new)

    def look(self) -> None:
        """Brings what is parsed of the unfinished parts up to date."""
        if "content" not in self._done and (parsed := self._parsed_later()) is not None:
            self.message["parsed"] = parsed.__later__()
        for call in self._calls or ():
            if call.index not in self._calls_done and self._is_strict(call):
                parsed = json_prefix(call.function, "arguments")
                call.function["parsed_arguments"] = parsed and parsed.__later__()

    def _parsed_later(self) -> LazyValue | None:
        if not is_class(self._wanted.response_format) or self.message.get("refusal"):
            return None
        parsed: LazyValue | None = json_prefix(self.message, "content")
        return parsed

    def _is_strict(self, call: ToolCall) -> bool:
        return bool(self._wanted.tools) and is_strict(tool_named(self._wanted.tools, call.function.get("name")))

    # Telling

    def deltas(self, choice: dict[str, Any], *, first: bool) -> Iterator[Any]:
        """The events for what the chunk adds. In the `first` chunk nothing is parsed yet."""
        delta, message = tree_of(choice.get("delta")) or {}, self.message
        if delta.get("content") is not None and message.get("content") is not None:
            parsed = None if first else self._parsed_later()
            so_far = text_prefix(message, "content")
            yield event(
                _events.ContentDeltaEvent, "content.delta", delta=delta["content"], snapshot=so_far, parsed=parsed
            )
        if delta.get("refusal") is not None and message.get("refusal") is not None:
            so_far = text_prefix(message, "refusal")
            yield event(_events.RefusalDeltaEvent, "refusal.delta", delta=delta["refusal"], snapshot=so_far)
        for fragment, call in self._added:
            if _is_function(call):
                yield self._arguments_delta(fragment, call, first=first)
        if logprobs := tree_of(choice.get("logprobs")):
            yield from self._logprobs_deltas(logprobs)

    def _arguments_delta(self, fragment: dict[str, Any], call: ToolCall, *, first: bool) -> Any:
        function = call.function
        return event(
            _events.FunctionToolCallArgumentsDeltaEvent,
            "tool_calls.function.arguments.delta",
            name=function.get("name"),
            index=call.index,
            arguments=text_prefix(function, "arguments"),
            parsed_arguments=json_prefix(function, "arguments") if not first and self._is_strict(call) else None,
            arguments_delta=(content_of(fragment, "function") or {}).get("arguments") or "",
        )

    def _logprobs_deltas(self, logprobs: dict[str, Any]) -> Iterator[Any]:
        held = tree_of(self.tree.get("logprobs")) or {}
        if logprobs.get("content") and held.get("content"):
            new, all_ = to_plain(logprobs["content"]), list_prefix(held["content"])
            yield event(_events.LogprobsContentDeltaEvent, "logprobs.content.delta", content=new, snapshot=all_)
        if logprobs.get("refusal") and held.get("refusal"):
            new, all_ = to_plain(logprobs["refusal"]), list_prefix(held["refusal"])
            yield event(_events.LogprobsRefusalDeltaEvent, "logprobs.refusal.delta", refusal=new, snapshot=all_)

    def dones(self) -> Iterator[Any]:
        """The events for what is complete with the chunk."""
        if self.tree.get("finish_reason"):
            yield from self._content_dones()
            yield from self._call_done()
        for _, call in self._added:
            if call is not self._call:
                yield from self._content_dones()
                yield from self._call_done()
            self._call = call

    def _content_dones(self) -> Iterator[Any]:
        message, logprobs = self.message, tree_of(self.tree.get("logprobs")) or {}
        if message.get("content") and self._once("content"):
            message["parsed"] = parsed = parse_content(self._wanted.response_format, message)
            yield event(_events.ContentDoneEvent, "content.done", content=message["content"], parsed=parsed)
        if message.get("refusal") is not None and self._once("refusal"):
            yield event(_events.RefusalDoneEvent, "refusal.done", refusal=message["refusal"])
        if logprobs.get("content") is not None and self._once("logprobs.content"):
            all_ = to_plain(logprobs["content"])
            yield event(_events.LogprobsContentDoneEvent, "logprobs.content.done", content=all_)
        if logprobs.get("refusal") is not None and self._once("logprobs.refusal"):
            all_ = to_plain(logprobs["refusal"])
            yield event(_events.LogprobsRefusalDoneEvent, "logprobs.refusal.done", refusal=all_)

    def _once(self, part: str) -> bool:
        if part in self._done:
            return False
        self._done.add(part)
        return True

    def _call_done(self) -> Iterator[Any]:
        call = self._call
        if call is None or call.index in self._calls_done:
            return
        self._calls_done.add(call.index)
        if not _is_function(call):
            return
        function = call.function
        function["parsed_arguments"] = parsed = parse_arguments(self._wanted.tools, function)
        yield event(
            _events.FunctionToolCallArgumentsDoneEvent,
            "tool_calls.function.arguments.done",
            name=function.get("name"),
            index=call.index,
            arguments=function.get("arguments"),
            parsed_arguments=parsed,
        )
