"""What a run adds up to, and what a handler is told of each event on the way.

The order of the calls and their arguments are those of the `openai` package, with what it repeats (docs/differences.md
says where it differs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, cast

from ._deltas import accumulate_delta, content_of, copy_of, insert, tree_of
from ._tool_calls import ToolCall, ToolCalls

if TYPE_CHECKING:
    from ...types.beta import AssistantStreamEvent
    from ...types.beta.threads import Message, MessageContent, Run
    from ...types.beta.threads.message_content_delta import MessageContentDelta
    from ...types.beta.threads.runs import RunStep, ToolCallDelta
    from ...types.beta.threads.runs import ToolCall as ToolCallSnapshot
    from ._assistants import AssistantEventHandler

__all__ = ["TRANSITIONS", "RunState", "accumulate_event", "accumulate_run_step", "kind_of"]


# Accumulation


def accumulate_event(
    *, event: AssistantStreamEvent, current_message_snapshot: Message | None
) -> tuple[Message | None, list[MessageContentDelta]]:
    """The snapshot of the message after `event`, and the fragments in it that began a content part.

    RuntimeError for a delta of a message that was never created.
    """
    if event.event == "thread.message.created":
        return event.data, []
    if event.event != "thread.message.delta":
        return current_message_snapshot, []
    if current_message_snapshot is None:
        raise RuntimeError("Encountered a message delta with no previous snapshot")
    parts = _parts(current_message_snapshot)
    fragments = (event.data.delta and event.data.delta.content) or []
    return current_message_snapshot, [fragment for fragment in fragments if _add_part(parts, fragment)]


def _parts(message: Message) -> list[Any]:
    tree = tree_of(message)
    if tree.get("content") is None:
        tree["content"] = []
    parts: list[Any] = tree["content"]
    return parts


def _part_index(fragment: Any, parts: list[Any]) -> int:
    """Of a server that numbers nothing, every fragment is of the last part."""
    index = tree_of(fragment).get("index")
    return index if isinstance(index, int) else max(len(parts) - 1, 0)


def _add_part(parts: list[Any], fragment: Any) -> bool:
    """True if the fragment is the first one of its part."""
    index = _part_index(fragment, parts)
    try:
        part = parts[index]
    except IndexError:
        insert(parts, index, copy_of(fragment))
        return True
    accumulate_delta(part, fragment)
    return False


def accumulate_run_step(*, event: AssistantStreamEvent, run_step_snapshots: dict[str, RunStep]) -> None:
    """Brings the snapshots of the steps, by id, up to `event`. KeyError for a delta of a step never created."""
    if event.event == "thread.run.step.created":
        run_step_snapshots[event.data.id] = event.data
    elif event.event == "thread.run.step.delta":
        _add_to_step(tree_of(run_step_snapshots[event.data.id]), event.data, {})


def _add_to_step(step: dict[str, Any], data: Any, known: dict[str, ToolCalls]) -> list[ToolCall]:
    """Adds a delta; gives the call that each of its fragments belongs to. `known`: the calls of steps, by id."""
    delta = content_of(data, "delta") or {}
    details = content_of(delta, "step_details") or {}
    fragments = details.get("tool_calls") or []
    if not fragments:
        accumulate_delta(step, delta)
        return []
    rest = {key: value for key, value in details.items() if key != "tool_calls"}
    accumulate_delta(step, {**delta, "step_details": rest})
    if data.id not in known:
        known[data.id] = ToolCalls(_calls_of(step))
    return [known[data.id].add(fragment) for fragment in fragments]


def _calls_of(step: dict[str, Any]) -> list[Any]:
    details = content_of(step, "step_details")
    if details.get("tool_calls") is None:
        details["tool_calls"] = []
    calls: list[Any] = details["tool_calls"]
    return calls


# What a handler is told


class RunState:
    """What a handler has seen so far, and what it is told of an event."""

    def __init__(self, handler: AssistantEventHandler) -> None:
        self._handler = handler
        self.run: Run | None = None
        self.steps: dict[str, RunStep] = {}
        self.messages: dict[str, Message] = {}
        self.message: Message | None = None
        #: Id of the step under way.
        self._step_id: str | None = None
        self._calls: dict[str, ToolCalls] = {}
        # Content part and tool call that were last added to. They outlive their message and their step, as upstream.
        self._part_index: int | None = None
        self._part: MessageContent | None = None
        self._call_index: int | None = None
        self._call: ToolCallSnapshot | None = None

    @property
    def step(self) -> RunStep | None:
        """The step under way."""
        return self.steps[self._step_id] if self._step_id else None

    def _message_created(self, event: Any) -> None:
        self._accumulate_message(event)
        self._handler.on_message_created(event.data)

    def _message_delta(self, event: Any) -> None:
        delta = event.data.delta
        fragments = (delta and delta.content) or []
        if len(fragments) > 1 and self._part is not None:
            # What is told to be done with this event is the part as it was before it.
            self._part = self._part.model_copy(deep=True)
        for fragment in self._accumulate_message(event):
            part = self._part_of(fragment)
            if kind_of(part) == "text":
                self._handler.on_text_created(part.text)
        for fragment in fragments:
            self._part_delta(fragment, self._part_of(fragment))
        self._handler.on_message_delta(delta, cast("Message", self.message))

    def _part_of(self, fragment: Any) -> Any:
        parts = cast("Message", self.message).content
        return parts[_part_index(fragment, parts)]

    def _accumulate_message(self, event: Any) -> list[MessageContentDelta]:
        self.message, began = accumulate_event(event=event, current_message_snapshot=self.message)
        message = cast("Message", self.message)
        self.messages[message.id] = message
        return began

    def _part_delta(self, fragment: Any, part: Any) -> None:
        tree = tree_of(fragment)
        if tree.get("type") == "text" and tree.get("text"):
            self._handler.on_text_delta(fragment.text, part.text)
        if tree.get("index") != self._part_index:
            if self._part is not None:
                self._part_done(self._part)
            self._part_index = tree.get("index")
        self._part = part

    def _part_done(self, part: MessageContent) -> None:
        kind: Any = kind_of(part)
        if kind == "text":
            self._handler.on_text_done(cast("Any", part).text)
        elif kind == "image_file":
            self._handler.on_image_file_done(cast("Any", part).image_file)

    def _message_done(self, event: Any) -> None:
        message = self.message = event.data
        self.messages[message.id] = message
        if self._part_index is not None:
            self._part_done(message.content[self._part_index])
        self._handler.on_message_done(message)

    def _step_created(self, event: Any) -> None:
        accumulate_run_step(event=event, run_step_snapshots=self.steps)
        self._calls.pop(event.data.id, None)
        self._step_id = event.data.id
        self._handler.on_run_step_created(event.data)

    def _step_in_progress(self, event: Any) -> None:
        self._step_id = event.data.id

    def _step_delta(self, event: Any) -> None:
        snapshot, delta = self.steps[event.data.id], event.data.delta
        fragments = content_of(content_of(event.data, "delta") or {}, "step_details")
        if self._call is not None and len((fragments or {}).get("tool_calls") or ()) > 1:
            # What is told to be done with this event is the call as it was before it.
            self._call = self._call.model_copy(deep=True)
        added = _add_to_step(tree_of(snapshot), event.data, self._calls)
        if added:
            details: Any = snapshot.step_details
            for fragment, call in zip(delta.step_details.tool_calls, added):
                at = self._calls[event.data.id].position(call)
                self._call_delta(call.index, fragment, details.tool_calls[at])
        self._handler.on_run_step_delta(delta, snapshot)

    def _call_delta(self, index: int, fragment: ToolCallDelta, call: ToolCallSnapshot) -> None:
        if index == self._call_index:
            self._call = call
            self._handler.on_tool_call_delta(fragment, call)
            return
        self._call_done()
        self._call_index, self._call = index, call
        self._handler.on_tool_call_created(call)

    def _call_done(self) -> None:
        if self._call is not None:
            self._handler.on_tool_call_done(self._call)

    def _step_done(self, event: Any) -> None:
        self._call_done()
        self._handler.on_run_step_done(event.data)
        self.steps[event.data.id] = event.data
        self._step_id = None

    def _run_changed(self, event: Any) -> None:
        self.run = event.data

    def _run_done(self, event: Any) -> None:
        self.run = event.data
        self._call_done()


def kind_of(part: Any) -> Any:
    return tree_of(part).get("type")


_Follow = Callable[[RunState, Any], None]


def _each(prefix: str, states: str, follow: _Follow) -> dict[str, _Follow]:
    return {f"{prefix}.{state}": follow for state in states.split()}


#: What each event means to a handler; of the others it is only told that they came.
TRANSITIONS: dict[str, _Follow] = {
    "thread.message.created": RunState._message_created,
    "thread.message.delta": RunState._message_delta,
    **_each("thread.message", "completed incomplete", RunState._message_done),
    "thread.run.step.created": RunState._step_created,
    "thread.run.step.in_progress": RunState._step_in_progress,
    "thread.run.step.delta": RunState._step_delta,
    **_each("thread.run.step", "completed cancelled expired failed", RunState._step_done),
    **_each("thread.run", "created queued in_progress cancelling", RunState._run_changed),
    **_each("thread.run", "completed cancelled expired failed requires_action incomplete", RunState._run_done),
}
