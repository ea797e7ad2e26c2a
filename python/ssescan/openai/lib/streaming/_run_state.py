"""The state of an assistant's run, and the handler's hooks that each event calls.

`RunState.advance(event)` updates the state and yields the hooks with their arguments. The handler calls them.

The order of the hooks is that of the `openai` package, including its repeated calls. docs/explanation/differences.md lists the
differences under "In the helpers".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ssescan import _core
from ssescan.accumulation.assistants import add_part, add_to_step, parts_of, place, unknown_message, unknown_step
from ssescan.accumulation.deltas import find_entry, index_of, object_at, tree_of
from ssescan.accumulation.foreign import raise_if_foreign
from ssescan.accumulation.tool_calls import ToolCalls, fragments_of
from ssescan.events import UnknownEvent

if TYPE_CHECKING:  # these classes are loaded with the first event that needs them
    from ...types.beta import AssistantStreamEvent
    from ...types.beta.threads import Message, MessageContent, Run
    from ...types.beta.threads.message_content_delta import MessageContentDelta
    from ...types.beta.threads.runs import RunStep, ToolCallDelta
    from ...types.beta.threads.runs import ToolCall as ToolCallSnapshot

__all__ = ["TRANSITIONS", "Hook", "RunState", "accumulate_event", "accumulate_run_step", "message_fragments", "type_of"]

#: The name of a method of `AssistantEventHandler`, and its arguments.
Hook = tuple[str, tuple[Any, ...]]


# Accumulation


def accumulate_event(
    *, event: AssistantStreamEvent, current_message_snapshot: Message | None
) -> tuple[Message | None, list[MessageContentDelta]]:
    """Add an event to the snapshot of a message.

    Returns:
        The snapshot, and the fragments of the event that started a content part.

    Raises:
        RuntimeError: The event is a delta, and there is no snapshot yet.
    """
    if event.event == "thread.message.created":
        return event.data, []
    if event.event != "thread.message.delta":
        return current_message_snapshot, []
    if current_message_snapshot is None:
        raise RuntimeError("Encountered a message delta with no previous snapshot")
    parts = parts_of(current_message_snapshot)
    return current_message_snapshot, [fragment for fragment in message_fragments(event) if add_part(parts, fragment)]


def message_fragments(event: Any) -> list[Any]:
    """Return the content fragments of a message delta. Entries that are not objects are left out."""
    delta = event.data.delta
    content = delta and delta.content
    return [entry for entry in content if isinstance(tree_of(entry), dict)] if isinstance(content, list) else []


def accumulate_run_step(*, event: AssistantStreamEvent, run_step_snapshots: dict[str, RunStep]) -> None:
    """Add an event to the snapshots of the steps, which are stored by their ids.

    Raises:
        KeyError: The event is a delta of a step that is not among the snapshots.
    """
    if event.event == "thread.run.step.created":
        run_step_snapshots[event.data.id] = event.data
    elif event.event == "thread.run.step.delta":
        add_to_step(tree_of(run_step_snapshots[event.data.id]), event.data, {})


def _unknown_message(id: Any) -> Message:
    from ...types.beta.threads import Message

    return _core.node_new(Message, None, unknown_message(id), None)


def _unknown_step(id: Any) -> RunStep:
    from ...types.beta.threads.runs import RunStep

    return _core.node_new(RunStep, None, unknown_step(id), None)


# State


class RunState:
    """The run, its steps and its messages as far as they are known."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self.steps: dict[str, RunStep] = {}
        self.messages: dict[str, Message] = {}
        #: The message that was created or changed last.
        self.message: Message | None = None
        #: Id of the step in progress.
        self._step_id: str | None = None
        #: The tool calls of each step, by its id.
        self._calls: dict[str, ToolCalls] = {}
        self._last = _LastAdded()

    @property
    def step(self) -> RunStep | None:
        """The step in progress."""
        return self.steps[self._step_id] if self._step_id else None

    def advance(self, event: AssistantStreamEvent) -> Iterable[Hook]:
        """Update the state and yield the hooks to call.

        Each hook must be called before the next one is requested: parts of the state change between them.

        Raises:
            APIError: The event belongs to another API.
        """
        transition = TRANSITIONS.get(event.event)
        if transition is not None:
            return transition(self, event)
        if isinstance(event, UnknownEvent) and isinstance(event.data, dict):
            raise_if_foreign("assistants", event.name, event.data)
        return ()

    # Messages

    def _message_created(self, event: Any) -> Iterator[Hook]:
        self._accumulate_message(event)
        yield "on_message_created", (event.data,)

    def _message_delta(self, event: Any) -> Iterator[Hook]:
        delta, fragments = event.data.delta, message_fragments(event)
        if self.message is None:  # the server did not send the event that creates it
            self.message = _unknown_message(event.data.id)
        if len(fragments) > 1:
            self._last.freeze_part()
        started = self._accumulate_message(event)
        message: Any = self.message
        parts = message.content
        for fragment in started:
            part = parts[place(fragment, parts)[0]]
            if type_of(part) == "text":
                yield "on_text_created", (part.text,)
        for fragment in fragments:
            yield from self._last.part_delta(fragment, parts[place(fragment, parts)[0]])
        yield "on_message_delta", (delta, message)

    def _accumulate_message(self, event: Any) -> list[MessageContentDelta]:
        message: Any
        message, started = accumulate_event(event=event, current_message_snapshot=self.message)
        self.message = self.messages[message.id] = message
        return started

    def _message_done(self, event: Any) -> Iterator[Hook]:
        message = self.message = event.data
        self.messages[message.id] = message
        yield from self._last.part_done(message.content)
        yield "on_message_done", (message,)

    # Steps

    def _step_created(self, event: Any) -> Iterator[Hook]:
        accumulate_run_step(event=event, run_step_snapshots=self.steps)
        self._calls.pop(event.data.id, None)
        self._step_id = event.data.id
        yield "on_run_step_created", (event.data,)

    def _step_in_progress(self, event: Any) -> Iterable[Hook]:
        self.steps.setdefault(event.data.id, event.data)
        self._step_id = event.data.id
        return ()

    def _step_delta(self, event: Any) -> Iterator[Hook]:
        if event.data.id not in self.steps:  # the server did not send the event that creates it
            self.steps[event.data.id] = _unknown_step(event.data.id)
        snapshot, delta = self.steps[event.data.id], event.data.delta
        details = object_at(object_at(event.data, "delta"), "step_details")
        if len(fragments_of(details.get("tool_calls"))) > 1:
            self._last.freeze_call()
        calls = add_to_step(tree_of(snapshot), event.data, self._calls)
        if calls:
            tool_calls: Any = snapshot.step_details.tool_calls  # type: ignore[union-attr]
            fragments = [entry for entry in delta.step_details.tool_calls if isinstance(tree_of(entry), dict)]
            for fragment, call in zip(fragments, calls):
                at = self._calls[event.data.id].position(call)
                yield from self._last.call_delta(call.index, fragment, tool_calls[at])
        yield "on_run_step_delta", (delta, snapshot)

    def _step_done(self, event: Any) -> Iterator[Hook]:
        yield from self._last.call_done()
        yield "on_run_step_done", (event.data,)
        self.steps[event.data.id] = event.data
        self._step_id = None

    # Runs

    def _run_changed(self, event: Any) -> Iterable[Hook]:
        self.run = event.data
        return ()

    def _run_done(self, event: Any) -> Iterable[Hook]:
        self.run = event.data
        return self._last.call_done()


class _LastAdded:
    """The content part and the tool call to which the last fragment was added, and the hooks that depend on them.

    `openai` keeps them for the whole stream, also after their message or step has ended. This class repeats the calls
    that result from it, because handlers may rely on them. docs/explanation/differences.md lists them; they are marked here by:

    * [1] `on_tool_call_done` is called once more for the last call when its step ends, and when the run ends.
    * [2] `on_text_done` of a message's last part is called once more when the next message starts at another part.
    * [3] If the first call of a step has the index of the previous step's last call, then `on_tool_call_delta` is
      called for it, and `on_tool_call_created` is not.
    * [4] `on_text_created` and `on_text_delta` of a new part are called before `on_text_done` of the previous one.
    """

    def __init__(self) -> None:
        self._part_index: int | None = None
        self._part: MessageContent | None = None
        self._call_index: int | None = None
        self._call: ToolCallSnapshot | None = None

    def freeze_part(self) -> None:
        """Keep the part as it is now, before an event with several fragments. It may complete this part."""
        if self._part is not None:
            self._part = self._part.model_copy(deep=True)

    def freeze_call(self) -> None:
        """Keep the call as it is now, before an event with several fragments. It may complete this call."""
        if self._call is not None:
            self._call = self._call.model_copy(deep=True)

    def part_delta(self, fragment: Any, part: Any) -> list[Hook]:
        tree, hooks = tree_of(fragment), []
        if tree.get("type") == "text" and tree.get("text"):
            hooks.append(("on_text_delta", (fragment.text, part.text)))  # [4]: after `on_text_created`
        if (index := index_of(tree)) != self._part_index:
            if self._part is not None:
                hooks += _part_done(self._part)  # [2]: the part may be of an earlier message
            self._part_index = index
        self._part = part
        return hooks

    def part_done(self, parts: Any) -> list[Hook]:
        # [2]: the part is not forgotten here.
        if self._part_index is None:
            return []
        at, is_there = find_entry(parts or [], self._part_index)
        return _part_done(parts[at] if is_there else self._part)

    def call_delta(self, index: int, fragment: ToolCallDelta, call: ToolCallSnapshot) -> list[Hook]:
        if index == self._call_index:  # [3]: the index may be of an earlier step's call
            self._call = call
            return [("on_tool_call_delta", (fragment, call))]
        hooks = self.call_done()
        self._call_index, self._call = index, call
        return [*hooks, ("on_tool_call_created", (call,))]

    def call_done(self) -> list[Hook]:
        # [1]: the call is not forgotten here.
        return [] if self._call is None else [("on_tool_call_done", (self._call,))]


def _part_done(part: Any) -> list[Hook]:
    part_type = type_of(part)
    if part_type == "text":
        return [("on_text_done", (part.text,))]
    return [("on_image_file_done", (part.image_file,))] if part_type == "image_file" else []


def type_of(part: Any) -> Any:
    """Return the `type` of a content part."""
    return tree_of(part).get("type")


_Transition = Callable[[RunState, Any], Iterable[Hook]]


def _each(prefix: str, states: str, transition: _Transition) -> dict[str, _Transition]:
    return {f"{prefix}.{state}": transition for state in states.split()}


#: How each event changes the state. Other events change nothing.
TRANSITIONS: dict[str, _Transition] = {
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
